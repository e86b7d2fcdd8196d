#include "plane.h"

static kmq_status unknown_coder(const kmq_context *context, const kmq_plane *plane) {
    return kmq_fail(context, KMQ_UNSUPPORTED, "the coder of the indices is unknown",
                    plane->payload);
}

kmq_status kmq_check_plane(const kmq_context *context, const kmq_plane *plane) {
    if (plane->size == 0) {
        return kmq_fail(context, KMQ_FORMAT, "there is no coder of the indices", plane->payload);
    }
    switch (plane->payload[0]) {
        case KMQ_CODER_PACKED: return kmq_check_packed(context, plane);
        case KMQ_CODER_DEFLATE: return kmq_check_deflate(context, plane);
        case KMQ_CODER_MIXED: return kmq_check_mixed(context, plane);
        default: return unknown_coder(context, plane);
    }
}

kmq_status kmq_decode_plane(const kmq_context *context, const kmq_plane *plane,
                            const kmq_region *region, const kmq_sink *sink) {
    switch (plane->payload[0]) {
        case KMQ_CODER_PACKED: return kmq_decode_packed(context, plane, region, sink);
        case KMQ_CODER_DEFLATE: return kmq_decode_deflate(context, plane, region, sink);
        case KMQ_CODER_MIXED: return kmq_decode_mixed(context, plane, region, sink);
        default: return unknown_coder(context, plane);
    }
}
