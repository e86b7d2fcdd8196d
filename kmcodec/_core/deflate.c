/* Coder 1: packed rows, filtered and in one DEFLATE stream (spec 6.2). */
#include "inflate.h"
#include "plane.h"

#define FILTER_LEFT 1
#define FILTER_UP 2
#define LARGEST_RATIO 1032u /* DEFLATE emits at most 258 bytes for 2 bits */
#define SMALLEST_BODY 2u
#define UNFILTERED_PIECE ((size_t)1 << 16) /* bytes at a time */

/* The rows as they are packed. */
typedef struct packed_rows {
    int log2_bits; /* of an index */
    int filter;
    size_t row_bytes;
    uint8_t *bytes;
} packed_rows;

/* Return the log2 of the least of 1, 2, 4, 8, 16 bits that hold any index. */
static int least_log2_bits(uint32_t n_colors) {
    int log2_bits = 0;
    while (n_colors > (uint32_t)1 << (1 << log2_bits)) log2_bits++;
    return log2_bits;
}

static uint64_t packed_row_bytes(uint32_t width, int log2_bits) {
    return (((uint64_t)width << log2_bits) + 7) / 8;
}

kmq_status kmq_check_deflate(const kmq_context *context, const kmq_plane *plane) {
    int least = least_log2_bits(plane->n_colors);
    uint64_t bytes = packed_row_bytes(plane->width, least) * plane->height; /* less than 2^63 */
    uint64_t body = plane->size < 2 ? 0 : plane->size - 2;
    if (body < SMALLEST_BODY || body < bytes / LARGEST_RATIO + (bytes % LARGEST_RATIO != 0)) {
        return kmq_fail(context, KMQ_FORMAT, "the deflate stream is too short for its plane",
                        plane->payload);
    }
    int log2_bits = plane->payload[1] & 15, filter = plane->payload[1] >> 4;
    if ((log2_bits != least && (least >= 3 || log2_bits != 3)) || filter > FILTER_UP) {
        return kmq_fail(context, KMQ_FORMAT, "the deflate layout is not defined",
                        plane->payload + 1);
    }
    return KMQ_OK;
}

/* Turn the differences of the bytes from `start` to `end` - 1 of row y back into bytes. */
static void unfilter_piece(const packed_rows *rows, uint32_t y, size_t start, size_t end) {
    uint8_t *row = rows->bytes + (size_t)y * rows->row_bytes;
    size_t step = rows->log2_bits == 4 ? 2 : 1;
    if (rows->filter == FILTER_LEFT) {
        size_t x = start < step ? step : start;
        for (; x < end; x++) row[x] = (uint8_t)(row[x] + row[x - step]);
    } else if (rows->filter == FILTER_UP && y > 0) {
        const uint8_t *above = row - rows->row_bytes;
        for (size_t x = start; x < end; x++) row[x] = (uint8_t)(row[x] + above[x]);
    }
}

static kmq_status unfilter_row(const kmq_context *context, const packed_rows *rows, uint32_t y) {
    for (size_t start = 0; start < rows->row_bytes; start += UNFILTERED_PIECE) {
        size_t left = rows->row_bytes - start;
        size_t piece = left < UNFILTERED_PIECE ? left : UNFILTERED_PIECE;
        unfilter_piece(rows, y, start, start + piece);
        kmq_status status = kmq_advance(context, piece / 16 + 1);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

/* Return one index of a row. */
static uint16_t unpack_index(const uint8_t *row, uint32_t x, int log2_bits) {
    if (log2_bits == 3) return row[x];
    if (log2_bits == 4) return (uint16_t)(row[2 * (size_t)x] << 8 | row[2 * (size_t)x + 1]);
    int per_byte = 3 - log2_bits; /* log2 of the indices in a byte */
    unsigned place = ~x & ((1u << per_byte) - 1); /* from the low end */
    unsigned shifted = (unsigned)row[x >> per_byte] >> (place << log2_bits);
    return (uint16_t)(shifted & ((1u << (1 << log2_bits)) - 1));
}

static kmq_status give_row(const kmq_context *context, const kmq_plane *plane,
                           const packed_rows *rows, kmq_region row, const kmq_sink *sink) {
    uint16_t indices[KMQ_PIECE];
    const uint8_t *bytes = rows->bytes + (size_t)row.top * rows->row_bytes;
    unsigned used = (unsigned)(((uint64_t)plane->width << rows->log2_bits) % 8);
    if (used > 0 && (bytes[rows->row_bytes - 1] & (0xff >> used)) != 0) {
        return kmq_fail(context, KMQ_FORMAT, "filling bits are not zero", plane->payload);
    }
    for (uint32_t left = row.width; left > 0; left -= row.width, row.left += row.width) {
        row.width = left < KMQ_PIECE ? left : KMQ_PIECE;
        uint16_t largest = 0;
        for (uint32_t x = 0; x < row.width; x++) {
            indices[x] = unpack_index(bytes, row.left + x, rows->log2_bits);
            if (indices[x] > largest) largest = indices[x];
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

/* Unfilter the rows down to the region's last one, and give those of the region. */
static kmq_status give_rows(const kmq_context *context, const kmq_plane *plane,
                            const packed_rows *rows, const kmq_region *region,
                            const kmq_sink *sink) {
    for (uint32_t y = 0; y < region->top + region->height; y++) {
        kmq_region row = {region->left, y, region->width, 1, 0, 0};
        kmq_status status = unfilter_row(context, rows, y);
        if (status == KMQ_OK && y >= region->top) {
            status = give_row(context, plane, rows, row, sink);
        }
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

kmq_status kmq_decode_deflate(const kmq_context *context, const kmq_plane *plane,
                              const kmq_region *region, const kmq_sink *sink) {
    packed_rows rows = {.log2_bits = plane->payload[1] & 15, .filter = plane->payload[1] >> 4};
    uint64_t row_bytes = packed_row_bytes(plane->width, rows.log2_bits);
    kmq_begin(context, row_bytes * plane->height + (uint64_t)region->width * region->height);
    rows.bytes = kmq_allocate_room(context, plane->height, row_bytes);
    if (rows.bytes == NULL) return context->tally->status;
    rows.row_bytes = (size_t)row_bytes;
    kmq_status status = kmq_inflate(context, plane->payload + 2, plane->size - 2, rows.bytes,
                                    rows.row_bytes * plane->height);
    if (status == KMQ_OK) status = give_rows(context, plane, &rows, region, sink);
    kmq_release(context, rows.bytes);
    return status;
}
