/* Coder 0: all indices of one width in bits (spec 6.1). */
#include "bits.h"
#include "plane.h"

static int index_bits(uint32_t n_colors) {
    int width = 0;
    while ((uint32_t)1 << width < n_colors) width++;
    return width;
}

kmq_status kmq_check_packed(const kmq_context *context, const kmq_plane *plane) {
    /* less than 2^62 indices, so that eight at a time do not overflow */
    uint64_t n = (uint64_t)plane->width * plane->height;
    uint64_t width = (uint64_t)index_bits(plane->n_colors);
    uint64_t expected = n / 8 * width + (n % 8 * width + 7) / 8;
    if (n / 8 > SIZE_MAX / 16 || plane->size - 1 != expected) {
        return kmq_fail(context, KMQ_FORMAT, "packed indices have another length", plane->payload);
    }
    if (n * width % 8 != 0) {
        uint8_t last = plane->payload[plane->size - 1];
        if ((last & (0xff >> n * width % 8)) != 0) {
            return kmq_fail(context, KMQ_FORMAT, "filling bits are not zero",
                            plane->payload + plane->size - 1);
        }
    }
    return KMQ_OK;
}

/* Begin to read at a number of bits. */
static void seek_bits(kmq_bits *bits, const kmq_plane *plane, uint64_t position) {
    size_t byte = (size_t)(position / 8);
    kmq_bits_begin(bits, plane->payload + 1 + byte, plane->size - 1 - byte);
    kmq_bits_read(bits, (int)(position % 8));
}

static kmq_status decode_packed_row(const kmq_context *context, const kmq_plane *plane,
                                    kmq_region row, const kmq_sink *sink) {
    uint16_t indices[KMQ_PIECE];
    int width = index_bits(plane->n_colors);
    kmq_bits bits;
    seek_bits(&bits, plane,
              ((uint64_t)row.top * plane->width + row.left) * (uint64_t)width);
    for (uint32_t left = row.width; left > 0; left -= row.width, row.left += row.width) {
        row.width = left < KMQ_PIECE ? left : KMQ_PIECE;
        uint32_t largest = 0;
        for (uint32_t x = 0; x < row.width; x++) {
            uint32_t index = kmq_bits_read(&bits, width);
            if (index > largest) largest = index;
            indices[x] = (uint16_t)index;
        }
        if (largest >= plane->n_colors) {
            return kmq_fail(context, KMQ_FORMAT, "an index has no palette entry", plane->payload);
        }
        kmq_status status = sink->take(sink->to, &row, indices, row.width);
        if (status == KMQ_OK) status = kmq_advance(context, row.width);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

kmq_status kmq_decode_packed(const kmq_context *context, const kmq_plane *plane,
                             const kmq_region *region, const kmq_sink *sink) {
    kmq_begin(context, (uint64_t)region->width * region->height);
    for (uint32_t y = 0; y < region->height; y++) {
        kmq_region row = {region->left, region->top + y, region->width, 1, 0, 0};
        kmq_status status = decode_packed_row(context, plane, row, sink);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}
