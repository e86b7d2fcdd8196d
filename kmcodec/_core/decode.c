/* Indices to pixels (spec 6.4), and what the caller asks for. */
#include <string.h>

#include "file.h"

/* Where the pixels or the indices of a region go. */
typedef struct picture_sink {
    const kmq_context *context;
    const kmq_file *file;
    kmq_region region; /* in pixels; in indices if indices are wanted */
    int channels;      /* of the pixels wanted */
    const uint8_t *entries; /* of `channels` bytes each, if entries are single colours */
    uint8_t *pixels;
    uint16_t *indices;
    size_t stride;
} picture_sink;

/* Find which row of the buffer has a row, counted through all planes; 0 if none has. */
static int find_row(const picture_sink *sink, uint32_t row, size_t *found) {
    const kmq_region *region = &sink->region;
    uint32_t height = sink->file->plane.height;
    uint32_t plane = row / height - region->plane, y = row % height - region->top;
    *found = (size_t)plane * region->height + y;
    return y < region->height; /* planes that are not wanted are not given */
}

static kmq_status take_indices(void *to, const kmq_region *place, const uint16_t *indices,
                               size_t stride) {
    const picture_sink *sink = to;
    size_t row;
    for (uint32_t y = 0; y < place->height; y++, indices += stride) {
        if (!find_row(sink, place->top + y, &row)) continue;
        uint16_t *start = sink->indices + row * sink->stride + (place->left - sink->region.left);
        memcpy(start, indices, place->width * sizeof *start);
    }
    return KMQ_OK;
}

/* Write a row of pixels whose entries have as many bytes as a pixel. */
static void write_row(const picture_sink *sink, const uint16_t *indices, uint32_t width,
                      uint8_t *row) {
    const uint8_t *entries = sink->entries;
    size_t n = (size_t)sink->channels;
    if (n == 1) {
        for (uint32_t x = 0; x < width; x++) row[x] = entries[indices[x]];
    } else if (n == 4) {
        for (uint32_t x = 0; x < width; x++, row += 4) memcpy(row, entries + n * indices[x], 4);
    } else {
        for (uint32_t x = 0; x < width; x++, row += n) {
            const uint8_t *entry = entries + n * indices[x];
            for (size_t c = 0; c < n; c++) row[c] = entry[c];
        }
    }
}

static kmq_status take_pixels(void *to, const kmq_region *place, const uint16_t *indices,
                              size_t stride) {
    const picture_sink *sink = to;
    size_t left = (size_t)(place->left - sink->region.left) * (size_t)sink->channels, row;
    for (uint32_t y = 0; y < place->height; y++, indices += stride) {
        if (!find_row(sink, place->top + y, &row)) continue;
        write_row(sink, indices, place->width, sink->pixels + row * sink->stride + left);
    }
    return KMQ_OK;
}

/* Write one pixel of `from` channels as RGB and alpha. */
static void write_rgba(const uint8_t *pixel, int from, uint8_t *out) {
    out[0] = pixel[0];
    out[1] = from >= 3 ? pixel[1] : pixel[0];
    out[2] = from >= 3 ? pixel[2] : pixel[0];
    out[3] = from % 2 == 0 ? pixel[from - 1] : 255;
}

/* Write the part of a block that lies in the region. `left` and `top` are its corner. */
static kmq_status write_block(const picture_sink *sink, uint32_t index, uint32_t left,
                              uint32_t top) {
    const kmq_info *info = &sink->file->info;
    const kmq_region *region = &sink->region;
    size_t own = (size_t)info->channels, wanted = (size_t)sink->channels;
    uint32_t x0 = left > region->left ? left : region->left;
    uint32_t y0 = top > region->top ? top : region->top;
    uint32_t x1 = region->left + region->width, y1 = region->top + region->height;
    if (x1 - left > info->block_width) x1 = left + info->block_width;
    if (y1 - top > info->block_height) y1 = top + info->block_height;
    uint32_t width = x1 - x0;
    for (uint32_t y = y0; y < y1; y++) {
        uint64_t pixel = ((uint64_t)index * info->block_height + (y - top)) * info->block_width;
        const uint8_t *from = sink->file->palette + (size_t)(pixel + (x0 - left)) * own;
        uint8_t *to = sink->pixels + (size_t)(y - region->top) * sink->stride +
                      (size_t)(x0 - region->left) * wanted;
        if (own == wanted) memcpy(to, from, width * own);
        for (uint32_t x = 0; x < width && own != wanted; x++, from += own, to += wanted) {
            write_rgba(from, info->channels, to);
        }
        kmq_status status = kmq_advance(sink->context, width / 4 + 1);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

static kmq_status take_blocks(void *to, const kmq_region *place, const uint16_t *indices,
                              size_t stride) {
    const picture_sink *sink = to;
    const kmq_info *info = &sink->file->info;
    for (uint32_t y = 0; y < place->height; y++, indices += stride) {
        for (uint32_t x = 0; x < place->width; x++) {
            kmq_status status =
                write_block(sink, indices[x], (place->left + x) * info->block_width,
                            (place->top + y) * info->block_height);
            if (status != KMQ_OK) return status;
        }
    }
    return KMQ_OK;
}

/* Give rows of a picture of one colour, whose indices are all 0. */
static kmq_status give_zeros(const kmq_context *context, const kmq_region *region,
                             const kmq_sink *sink) {
    static const uint16_t zeros[KMQ_PIECE];
    kmq_begin(context, (uint64_t)region->width * region->height);
    for (uint32_t y = 0; y < region->height; y++) {
        kmq_region piece = {region->left, region->top + y, 0, 1, 0, 0};
        for (uint32_t left = region->width; left > 0; left -= piece.width) {
            piece.width = left < KMQ_PIECE ? left : KMQ_PIECE;
            kmq_status status = sink->take(sink->to, &piece, zeros, piece.width);
            if (status == KMQ_OK) status = kmq_advance(context, piece.width);
            if (status != KMQ_OK) return status;
            piece.left += piece.width;
        }
    }
    return KMQ_OK;
}

static kmq_status give_indices(const kmq_context *context, const kmq_file *file,
                               const kmq_region *region, const kmq_sink *sink) {
    if (file->plane.payload == NULL) {
        const kmq_region rows = kmq_region_of_rows(region, file->plane.height);
        return give_zeros(context, &rows, sink);
    }
    return kmq_decode_plane(context, &file->plane, region, sink);
}

/* Return the region that is wanted: of at least one plane, by default all. */
static kmq_region complete_region(const kmq_region *region, uint32_t width, uint32_t height,
                                  uint32_t planes) {
    kmq_region all = {0, 0, width, height, 0, planes};
    if (region != NULL) all = *region;
    if (all.planes == 0) all.planes = 1;
    return all;
}

/* Check a region of planes of some size, and that rows of `row` elements fit into a stride. */
static kmq_status check_region(const kmq_context *context, const kmq_region *region,
                               uint32_t width, uint32_t height, uint32_t planes, uint64_t row,
                               size_t element, size_t stride) {
    if (region->width < 1 || region->height < 1 || region->left >= width || region->top >= height ||
        region->width > width - region->left || region->height > height - region->top ||
        region->plane >= planes || region->planes > planes - region->plane) {
        return kmq_fail(context, KMQ_ARGUMENT, "the region is not within the picture", NULL);
    }
    if (row > stride || stride > SIZE_MAX / element / region->height / region->planes) {
        return kmq_fail(context, KMQ_ARGUMENT, "the stride is too small, or too large", NULL);
    }
    return KMQ_OK;
}

/* Give the palette `channels` bytes an entry; NULL after noting why not. */
static uint8_t *convert_palette(const kmq_context *context, const kmq_file *file) {
    size_t own = (size_t)file->info.channels;
    uint8_t *entries = kmq_allocate(context, file->info.n_colors, 4);
    for (uint32_t k = 0; entries != NULL && k < file->info.n_colors; k++) {
        write_rgba(file->palette + k * own, file->info.channels, entries + 4 * (size_t)k);
    }
    return entries;
}

/* Return the region of the grid that a region of pixels needs. */
static kmq_region grid_region(const kmq_info *info, const kmq_region *region) {
    kmq_region grid = {region->left / info->block_width, region->top / info->block_height, 0, 0,
                       region->plane, region->planes};
    grid.width = (region->left + region->width - 1) / info->block_width - grid.left + 1;
    grid.height = (region->top + region->height - 1) / info->block_height - grid.top + 1;
    return grid;
}

static kmq_status decode_pixels(const kmq_context *context, picture_sink *to) {
    const kmq_file *file = to->file;
    const kmq_info *info = &file->info;
    kmq_region grid = grid_region(info, &to->region);
    kmq_sink sink = {take_blocks, to};
    if (info->block_width > 1 || info->block_height > 1) {
        return give_indices(context, file, &grid, &sink);
    }
    sink.take = take_pixels;
    uint8_t *converted = NULL;
    to->entries = file->palette;
    if (to->channels != info->channels) {
        to->entries = converted = convert_palette(context, file);
        if (converted == NULL) return context->tally->status;
    }
    kmq_status status = give_indices(context, file, &grid, &sink);
    kmq_release(context, converted);
    return status;
}

kmq_status kmq_decode(const kmq_file *file, const kmq_region *region, int channels,
                      uint8_t *pixels, size_t stride, kmq_error *error) {
    kmq_tally tally = {.error = error};
    kmq_clear_error(error);
    if (file == NULL || pixels == NULL) {
        kmq_context none = {.tally = &tally};
        return kmq_fail(&none, KMQ_ARGUMENT, "there is no file, or no buffer", NULL);
    }
    tally.used = file->used;
    kmq_context context = {file->options, file->data, &tally};
    const kmq_info *info = &file->info;
    picture_sink to = {.context = &context, .file = file, .pixels = pixels, .stride = stride};
    to.region = complete_region(region, info->width, info->height, info->planes);
    to.channels = channels == 0 ? info->channels : channels;
    if (to.channels != info->channels && to.channels != 4) {
        return kmq_fail(&context, KMQ_ARGUMENT, "channels is not 0, 4 or the file's own", NULL);
    }
    uint64_t row = (uint64_t)to.region.width * (uint64_t)to.channels;
    kmq_status status =
        check_region(&context, &to.region, info->width, info->height, info->planes, row, 1, stride);
    return status == KMQ_OK ? decode_pixels(&context, &to) : status;
}

kmq_status kmq_decode_indices(const kmq_file *file, const kmq_region *region, uint16_t *indices,
                              size_t stride, kmq_error *error) {
    kmq_tally tally = {.error = error};
    kmq_clear_error(error);
    if (file == NULL || indices == NULL) {
        kmq_context none = {.tally = &tally};
        return kmq_fail(&none, KMQ_ARGUMENT, "there is no file, or no buffer", NULL);
    }
    tally.used = file->used;
    kmq_context context = {file->options, file->data, &tally};
    const kmq_info *info = &file->info;
    picture_sink to = {.context = &context, .file = file, .indices = indices, .stride = stride};
    to.region = complete_region(region, info->grid_width, info->grid_height, info->planes);
    kmq_sink sink = {take_indices, &to};
    kmq_status status = check_region(&context, &to.region, info->grid_width, info->grid_height,
                                     info->planes, to.region.width, sizeof *indices, stride);
    return status == KMQ_OK ? give_indices(&context, file, &to.region, &sink) : status;
}
