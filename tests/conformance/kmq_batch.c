/* Decode many files in one process, and hold what the library says of each against itself.
 *
 * Standard input has, for each file, its size in 4 bytes, lowest first, and its bytes. For each one
 * line is printed: "OK WIDTH HEIGHT CHANNELS ADLER-32 of the pixels", or the name of the error; the
 * planes of a stack stand one below another, and HEIGHT is that of all. It stops at the first thing that no file may cause; what sanitizers find ends it, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmq.h"

static void require(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "broken: %s\n", what);
    exit(3);
}

static void *room_for(size_t size) {
    void *room = malloc(size > 0 ? size : 1);
    require(room != NULL, "the test has memory");
    return room;
}

static uint32_t adler32(const uint8_t *data, size_t size) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* Numbers that depend on nothing but the file. */
static uint32_t chance(uint32_t *state, uint32_t below) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

/* Says yes to all asks but the last that it is to live through. */
typedef struct patience {
    long left;
} patience;

static int ask(void *user, uint64_t done, uint64_t total) {
    patience *limit = user;
    require(total == 0 || done <= total, "no more is done than there is");
    return limit->left-- <= 0;
}

static void *allocate(void *user, size_t size) {
    patience *limit = user;
    return limit->left-- <= 0 ? NULL : malloc(size);
}

static void release(void *user, void *pointer) {
    (void)user;
    free(pointer);
}

/* Return the rows of all planes. */
static size_t rows_of(const kmq_info *info) { return (size_t)info->height * info->planes; }

/* A region decoded alone is the same part of the whole; errors of it are those of the file. */
static void check_region(const kmq_file *file, const uint8_t *pixels, uint32_t *state) {
    const kmq_info *info = kmq_file_info(file);
    size_t n = (size_t)info->channels;
    kmq_region region = {chance(state, info->width), chance(state, info->height), 0, 0, 0, 0};
    region.width = 1 + chance(state, info->width - region.left);
    region.height = 1 + chance(state, info->height - region.top);
    region.plane = chance(state, info->planes);
    region.planes = 1 + chance(state, info->planes - region.plane);
    size_t row = region.width * n, rows = (size_t)region.height * region.planes;
    uint8_t *part = room_for(row * rows);
    require(kmq_decode(file, &region, 0, part, row, NULL) == KMQ_OK, "a region is decoded");
    for (size_t y = 0; y < rows; y++) {
        size_t from = (region.plane + y / region.height) * info->height + y % region.height;
        size_t at = ((from + region.top) * info->width + region.left) * n;
        require(memcmp(part + y * row, pixels + at, row) == 0, "a region has the whole's pixels");
    }
    free(part);
}

/* Four channels are the file's own, or what they stand for. */
static void check_rgba(const kmq_file *file, const uint8_t *pixels) {
    const kmq_info *info = kmq_file_info(file);
    size_t n = (size_t)info->channels, count = info->width * rows_of(info);
    uint8_t *rgba = room_for(4 * count);
    require(kmq_decode(file, NULL, 4, rgba, 4 * (size_t)info->width, NULL) == KMQ_OK, "RGBA");
    for (size_t i = 0; i < count; i++) {
        const uint8_t *own = pixels + n * i, *wide = rgba + 4 * i;
        int same = wide[0] == own[0] && wide[1] == own[n >= 3 ? 1 : 0] &&
                   wide[2] == own[n >= 3 ? 2 : 0] && wide[3] == (n % 2 == 0 ? own[n - 1] : 255);
        require(same, "RGB and alpha are the file's channels");
    }
    free(rgba);
}

/* Indices and palette give the pixels. */
static void check_indices(const kmq_file *file, const uint8_t *pixels) {
    const kmq_info *info = kmq_file_info(file);
    size_t n = (size_t)info->channels, columns = info->grid_width;
    uint16_t *indices = room_for(2 * columns * info->grid_height * info->planes);
    kmq_status status = kmq_decode_indices(file, NULL, indices, columns, NULL);
    require(status == KMQ_OK, "indices are decoded");
    for (size_t y = 0; y < rows_of(info); y++) {
        for (uint32_t x = 0; x < info->width; x++, pixels += n) {
            size_t place = y / info->block_height * columns + x / info->block_width;
            size_t at = (size_t)indices[place] * info->block_height + y % info->block_height;
            at = at * info->block_width + x % info->block_width;
            require(indices[place] < info->n_colors, "an index is less than the colours");
            require(memcmp(kmq_palette(file) + at * n, pixels, n) == 0, "indices are the pixels");
        }
    }
    free(indices);
}

/* Decode a whole file by some options; return what it says, and the pixels. */
static kmq_status decode(const uint8_t *data, size_t size, const kmq_options *options,
                         kmq_file **file, uint8_t **pixels) {
    kmq_error error = {KMQ_OK, NULL, 0};
    *pixels = NULL;
    *file = kmq_open(data, size, options, &error);
    if (*file != NULL) {
        const kmq_info *info = kmq_file_info(*file);
        size_t row = (size_t)info->width * (size_t)info->channels;
        *pixels = room_for(row * rows_of(info));
        kmq_status status = kmq_decode(*file, NULL, 0, *pixels, row, &error);
        require(status == error.status, "the status is the error's");
    }
    require(error.message != NULL, "every result has a message");
    require(error.offset == KMQ_NO_OFFSET || error.offset <= size, "offsets lie in the file");
    return error.status;
}

/* Stop, or fail to allocate, after a number of asks: nothing but that comes of it, and nothing stays
 * allocated. Return whether it came to that. */
static int is_interrupted(const uint8_t *data, size_t size, kmq_status expected, long asks,
                          kmq_status interruption) {
    kmq_file *file;
    uint8_t *pixels;
    patience limit = {asks};
    kmq_options options = {.progress = ask, .progress_user = &limit};
    if (interruption == KMQ_MEMORY) {
        options = (kmq_options){.allocate = allocate, .release = release, .allocator_user = &limit};
    }
    kmq_status status = decode(data, size, &options, &file, &pixels);
    require(status == expected || status == interruption, "an interruption changes nothing else");
    kmq_close(file);
    free(pixels);
    return status == interruption;
}

static void check_interruptions(const uint8_t *data, size_t size, kmq_status expected) {
    static const kmq_status kinds[2] = {KMQ_CANCELLED, KMQ_MEMORY};
    for (int i = 0; i < 2; i++) {
        long asks = 0;
        while (is_interrupted(data, size, expected, asks, kinds[i])) asks = 2 * asks + 1;
    }
}

static void run_file(const uint8_t *data, size_t size) {
    kmq_file *file;
    uint8_t *pixels;
    kmq_options options = {.max_pixels = 1 << 18};
    kmq_status status = decode(data, size, &options, &file, &pixels);
    if (status == KMQ_OK) {
        const kmq_info *info = kmq_file_info(file);
        size_t bytes = info->width * rows_of(info) * (size_t)info->channels;
        uint32_t state = adler32(pixels, bytes);
        printf("OK %lu %lu %d %lu\n", (unsigned long)info->width, (unsigned long)rows_of(info),
               info->channels, (unsigned long)state);
        for (int k = 0; k < 3; k++) check_region(file, pixels, &state);
        if (bytes < 1 << 20) {
            check_rgba(file, pixels);
            check_indices(file, pixels);
        }
    } else {
        printf("%s\n", kmq_status_name(status));
    }
    kmq_close(file);
    free(pixels);
    if (status != KMQ_LIMIT) check_interruptions(data, size, status);
}

int main(void) {
    uint8_t head[4];
    while (fread(head, 1, 4, stdin) == 4) {
        size_t size = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 |
                      (size_t)head[3] << 24;
        uint8_t *data = room_for(size); /* of its own size, so that sanitizers see its end */
        require(fread(data, 1, size, stdin) == size, "the input is whole");
        run_file(data, size);
        fflush(stdout);
        free(data);
    }
    return 0;
}
