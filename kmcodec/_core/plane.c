#include "plane.h"

static kmq_status unknown_coder(const kmq_context *context, const kmq_plane *plane) {
    return kmq_fail(context, KMQ_UNSUPPORTED, "the coder of the indices is unknown",
                    plane->payload);
}

/* Return a plane with the planes of a stack one below another. */
static kmq_plane one_plane(const kmq_plane *plane) {
    kmq_plane all = *plane;
    all.height *= all.depth;
    all.depth = 1;
    return all;
}

kmq_region kmq_region_of_rows(const kmq_region *region, uint32_t height) {
    kmq_region rows = {region->left, region->plane * height + region->top, region->width, 0, 0, 0};
    rows.height = (region->planes - 1) * height + region->height;
    return rows;
}

kmq_status kmq_check_plane(const kmq_context *context, const kmq_plane *plane) {
    if (plane->size == 0) {
        return kmq_fail(context, KMQ_FORMAT, "there is no coder of the indices", plane->payload);
    }
    const kmq_plane all = one_plane(plane);
    switch (plane->payload[0]) {
        case KMQ_CODER_PACKED: return kmq_check_packed(context, &all);
        case KMQ_CODER_DEFLATE: return kmq_check_deflate(context, &all);
        case KMQ_CODER_MIXED: return kmq_check_mixed(context, plane);
        default: return unknown_coder(context, plane);
    }
}

kmq_status kmq_decode_plane(const kmq_context *context, const kmq_plane *plane,
                            const kmq_region *region, const kmq_sink *sink) {
    const kmq_plane all = one_plane(plane);
    const kmq_region rows = kmq_region_of_rows(region, plane->height);
    switch (plane->payload[0]) {
        case KMQ_CODER_PACKED: return kmq_decode_packed(context, &all, &rows, sink);
        case KMQ_CODER_DEFLATE: return kmq_decode_deflate(context, &all, &rows, sink);
        case KMQ_CODER_MIXED: return kmq_decode_mixed(context, plane, region, sink);
        default: return unknown_coder(context, plane);
    }
}
