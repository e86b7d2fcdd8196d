#include "codebook.h"

#include <string.h>

#include "plane.h"
#include "reader.h"

#define CODEBOOK_RAW 0 /* spec 5.5 */
#define CODEBOOK_PLANE 1
#define COPIED_PIECE ((size_t)1 << 18) /* bytes at a time */

/* Where the values of a plane go. */
typedef struct block_sink {
    const kmq_context *context;
    const kmq_info *info;
    uint32_t columns; /* blocks in a row of the plane */
    uint32_t n_rows;  /* rows of blocks for each channel */
    uint8_t *blocks;
} block_sink;

/* Return the place of a value: block k's pixel (x, y) in channel c. */
static uint8_t *block_value(const block_sink *sink, uint64_t k, uint32_t x, uint32_t y,
                            uint32_t c) {
    const kmq_info *info = sink->info;
    uint64_t pixel = (k * info->block_height + y) * info->block_width + x;
    return sink->blocks + (size_t)(pixel * (uint64_t)info->channels + c);
}

/* Take a row of values of the plane. What stands after the last block must be that block again,
 * which is to the left and so is there already. */
static kmq_status take_values(const block_sink *sink, kmq_region row, const uint16_t *values) {
    const kmq_info *info = sink->info;
    uint32_t block_row = row.top / info->block_height, y = row.top % info->block_height;
    uint32_t c = block_row / sink->n_rows;
    uint64_t first = (uint64_t)(block_row % sink->n_rows) * sink->columns;
    for (uint32_t i = 0; i < row.width; i++) {
        uint64_t k = first + (row.left + i) / info->block_width;
        uint32_t x = (row.left + i) % info->block_width;
        if (k < info->n_colors) {
            *block_value(sink, k, x, y, c) = (uint8_t)values[i];
        } else if (*block_value(sink, info->n_colors - 1, x, y, c) != values[i]) {
            return kmq_fail(sink->context, KMQ_FORMAT,
                            "what fills the last row of blocks is not the last block", NULL);
        }
    }
    return KMQ_OK;
}

static kmq_status take_rectangle(void *to, const kmq_region *place, const uint16_t *values,
                                 size_t stride) {
    const block_sink *sink = to;
    for (uint32_t y = 0; y < place->height; y++) {
        kmq_region row = {place->left, place->top + y, place->width, 1, 0, 0};
        kmq_status status = take_values(sink, row, values + (size_t)y * stride);
        if (status != KMQ_OK) return status;
        status = kmq_advance(sink->context, place->width);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

/* Add green to red and blue, which were stored relative to it. */
static kmq_status add_green(const kmq_context *context, const kmq_info *info, uint8_t *blocks) {
    size_t step = (size_t)info->channels;
    uint64_t n = (uint64_t)info->block_width * info->block_height * info->n_colors;
    for (uint64_t i = 0; i < n; i++, blocks += step) {
        blocks[0] = (uint8_t)(blocks[0] + blocks[1] - 128);
        blocks[2] = (uint8_t)(blocks[2] + blocks[1] - 128);
        if (i % 4096 == 0 && kmq_advance(context, 4096) != KMQ_OK) return KMQ_CANCELLED;
    }
    return KMQ_OK;
}

/* Decode the index payload at the reader's position. */
static kmq_status decode_block_plane(const kmq_context *context, kmq_reader reader,
                                     block_sink *to) {
    const kmq_info *info = to->info;
    uint8_t grays[256];
    for (int v = 0; v < 256; v++) grays[v] = (uint8_t)v;
    uint64_t width = (uint64_t)to->columns * info->block_width;
    uint64_t height = (uint64_t)to->n_rows * info->block_height * (uint64_t)info->channels;
    if (width > INT32_MAX || height > INT32_MAX ||
        width * height / 2 > context->options.max_bytes) { /* at most twice the blocks */
        return kmq_fail(context, KMQ_LIMIT, "the plane of the blocks is too large", NULL);
    }
    kmq_plane plane = {(uint32_t)width, (uint32_t)height, 1, 256, 1, grays,
                       reader.data + reader.position, reader.size - reader.position};
    kmq_region all = {0, 0, plane.width, plane.height, 0, 1};
    kmq_sink sink = {take_rectangle, to};
    kmq_status status = kmq_check_plane(context, &plane);
    return status == KMQ_OK ? kmq_decode_plane(context, &plane, &all, &sink) : status;
}

static kmq_status copy_blocks(const kmq_context *context, const uint8_t *from, size_t size,
                              uint8_t *blocks) {
    for (size_t start = 0; start < size; start += COPIED_PIECE) {
        size_t piece = size - start < COPIED_PIECE ? size - start : COPIED_PIECE;
        memcpy(blocks + start, from + start, piece);
        kmq_status status = kmq_advance(context, piece / 64);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

kmq_status kmq_decode_codebook(const kmq_context *context, const uint8_t *payload, size_t size,
                               const kmq_info *info, uint8_t *blocks) {
    uint64_t bytes = (uint64_t)info->block_width * info->block_height * info->n_colors *
                     (uint64_t)info->channels; /* held against max_bytes before */
    if (size == 0) return kmq_fail(context, KMQ_FORMAT, "the palette section is empty", payload);
    if (payload[0] == CODEBOOK_RAW) {
        if (size - 1 != bytes) {
            return kmq_fail(context, KMQ_FORMAT, "raw blocks have another length", payload);
        }
        return copy_blocks(context, payload + 1, (size_t)bytes, blocks);
    }
    if (payload[0] != CODEBOOK_PLANE) {
        return kmq_fail(context, KMQ_FORMAT, "the codebook's method is not defined", payload);
    }
    kmq_reader reader = {payload, size, 1};
    uint64_t columns;
    if (kmq_read_varint(&reader, &columns) != KMQ_OK || columns < 1 || columns > info->n_colors) {
        return kmq_fail(context, KMQ_FORMAT, "the number of columns is out of range", payload);
    }
    block_sink to = {context, info, (uint32_t)columns, 0, blocks};
    to.n_rows = (info->n_colors - 1) / to.columns + 1;
    kmq_status status = decode_block_plane(context, reader, &to);
    if (status == KMQ_OK && info->channels >= 3) status = add_green(context, info, blocks);
    return status;
}

kmq_status kmq_find_means(const kmq_context *context, const kmq_info *info,
                          const uint8_t *blocks, uint8_t *means) {
    uint64_t n = (uint64_t)info->block_width * info->block_height;
    for (uint32_t k = 0; k < info->n_colors; k++) {
        uint64_t sums[4] = {0, 0, 0, 0};
        for (uint32_t y = 0; y < info->block_height; y++) {
            for (uint32_t x = 0; x < info->block_width; x++) {
                for (int c = 0; c < info->channels; c++) sums[c] += *blocks++;
            }
            kmq_status status = kmq_advance(context, info->block_width);
            if (status != KMQ_OK) return status;
        }
        for (int c = 0; c < info->channels; c++) *means++ = (uint8_t)((2 * sums[c] + n) / (2 * n));
    }
    return KMQ_OK;
}
