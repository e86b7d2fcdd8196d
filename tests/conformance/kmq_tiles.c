/* Code many small tiles, and say what came of each: builds for different processors, compilers and
 * instructions have to say the same.
 *
 * Each tile is encoded in parts, decoded in others, and held against itself. A line has the model,
 * the colours, width, height and planes, what kind they are, the stream's bytes and their CRC-32. Of
 * a tile that chooses its leaves, there are the price of a bit and the CRC-32 of the leaves. Where
 * a program has three variants, each codes all tiles. In WebAssembly a function of the host's takes
 * the numbers. With any argument, only one tile of seven is coded.
 */
#include "../../kmcodec/_core/context.c"
#include "../../kmcodec/_core/crc32.c"
#include "../../kmcodec/_core/tables.c"
#include "../../kmcodec/_core/tile_begin.c"
#include "../../kmcodec/_core/tile.c"

#if defined(__wasm__)
__attribute__((import_module("host"), import_name("line"))) void print_line(
    int model, uint32_t n, uint32_t width, uint32_t height, uint32_t depth, int kind, uint32_t size,
    uint32_t crc);
__attribute__((import_module("host"), import_name("fail"))) _Noreturn void fail(int where);

/* What a test needs of a library. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        int difference = ((const uint8_t *)a)[i] - ((const uint8_t *)b)[i];
        if (difference != 0) return difference;
    }
    return 0;
}

void *memset(void *to, int value, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)to)[i] = (uint8_t)value;
    return to;
}
#else
#include <stdio.h>
#include <stdlib.h>

static void print_line(int model, uint32_t n, uint32_t width, uint32_t height, uint32_t depth,
                       int kind, uint32_t size, uint32_t crc) {
    printf("%d %lu %lux%lux%lu %d %lu %08lx\n", model, (unsigned long)n, (unsigned long)width,
           (unsigned long)height, (unsigned long)depth, kind, (unsigned long)size,
           (unsigned long)crc);
}

static _Noreturn void fail(int where) {
    fprintf(stderr, "broken: %d\n", where);
    exit(3);
}
#endif

#define ROOM ((size_t)96 << 20)

enum { NOISE, FLAT, PATTERN, SHADES, N_KINDS };

static _Alignas(64) uint8_t memory[ROOM];
static uint8_t colors[65536][4], streams[2][1 << 18], order[1 << 19], stream[1 << 19];
static uint16_t planes[1 << 14];

static uint32_t chance(uint32_t *state, uint32_t below) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static kmq_tree make_tree(uint32_t n, int channels, uint32_t *state) {
    memset(colors, 0, sizeof colors);
    for (uint32_t leaf = 0; leaf < n; leaf++) {
        for (int c = 0; c < channels; c++) colors[leaf][c] = (uint8_t)chance(state, 256);
        if (leaf > 0 && chance(state, 2)) memcpy(colors[leaf], colors[leaf - 1], 3);
    }
    return (kmq_tree){.n_leaves = n, .channels = channels, .colors = colors};
}

/* Noise, flat fields, a regular pattern, and shades with specks. */
static uint32_t make_leaf(int kind, uint32_t n, uint32_t x, uint32_t y, uint32_t *state) {
    uint32_t noise = chance(state, n), speck = chance(state, 30) == 0;
    switch (kind) {
    case NOISE: return noise;
    case FLAT: return speck && (y & 8) ? noise : (x / 37 + y / 19) * (n / 3 + 1) % n;
    case PATTERN: return (x * x % 7 * 41 + y * y % 5 * (n - 1)) % n;
    default: return speck ? noise : (x * n / 90 + y * 3) % n;
    }
}

/* Later planes have to do with the ones before: some noise, few specks, a move, or nothing new. */
static uint32_t make_later(int kind, uint32_t n, uint32_t x, uint32_t y, uint32_t z,
                           uint32_t before, uint32_t *state) {
    uint32_t noise = chance(state, n);
    switch (kind) {
    case NOISE: return chance(state, 4) ? before : noise;
    case FLAT: return chance(state, 60) ? before : noise;
    case PATTERN: return make_leaf(kind, n, x + z, y, state);
    default: return before;
    }
}

static void make_planes(int kind, const kmq_tile_size *size, uint32_t *state) {
    const uint32_t n = size->n_leaves, area = size->width * size->height;
    for (uint32_t i = 0; i < area; i++) {
        planes[i] = (uint16_t)make_leaf(kind, n, i % size->width, i / size->width, state);
    }
    for (uint32_t i = area; i < area * size->depth; i++) {
        uint32_t x = i % size->width, y = i % area / size->width;
        planes[i] = (uint16_t)make_later(kind, n, x, y, i / area, planes[i - area], state);
    }
}

static kmq_tile *begin(int model, const kmq_tree *tree, const kmq_tile_size *shape, int variant) {
    size_t size = kmq_tile_bytes(model, shape);
    if (size == 0 || size > ROOM) fail(1);
    memset(memory, 0, size);
    kmq_tile *tile = kmq_tile_begin(memory, model, tree, shape);
#ifdef KMQ_CHOOSES
    const kmq_variant *const variants[] = {kmq_choose_variant(), &kmq_coding_c, &kmq_coding_ssse3};
    tile->variant = variants[variant];
#else
    (void)variant;
#endif
    return tile;
}

static size_t encode(kmq_tile *tile, const kmq_tile_size *size) {
    uint8_t *const rooms[2] = {streams[0], streams[1]};
    const uint64_t area = (uint64_t)size->width * size->height;
    const uint16_t *from = planes;
    if (kmq_tile_most_bytes(size) > sizeof streams[0]) fail(2);
    kmq_tile_write(tile, rooms, order);
    for (uint32_t z = 0; z < size->depth; z++) {
        if (z > 0) kmq_tile_next_plane(tile);
        ptrdiff_t stride;
        uint16_t *row = kmq_tile_plane(tile, &stride);
        for (uint32_t y = 0; y < size->height; y++, row += stride, from += size->width) {
            memcpy(row, from, size->width * sizeof *row);
        }
        for (uint64_t done = 0, part = 1; done < area; part += 100) {
            done = kmq_tile_encode_some(tile, part);
        }
    }
    return kmq_tile_finish(tile, stream);
}

/* Decode a plane in parts; return 0 after a fault. */
static int decode_plane(kmq_tile *tile, const kmq_tile_size *size, uint64_t part) {
    uint64_t before, done = 0;
    do {
        before = done;
        done = kmq_tile_decode_some(tile, part);
    } while (done < (uint64_t)size->width * size->height && done > before);
    return done > before;
}

/* What was encoded comes back, whatever the parts; what is damaged does no harm. */
static void check(kmq_tile *tile, const kmq_tile_size *size, size_t bytes, int is_whole) {
    const uint16_t *from = planes;
    kmq_tile_read(tile, stream, bytes);
    for (uint32_t z = 0; z < size->depth; z++) {
        if (z > 0) kmq_tile_next_plane(tile);
        if (!decode_plane(tile, size, is_whole ? 77 : UINT64_MAX)) {
            if (is_whole) fail(5);
            return;
        }
        if (!is_whole) continue;
        ptrdiff_t stride;
        const uint16_t *row = kmq_tile_plane(tile, &stride);
        for (uint32_t y = 0; y < size->height; y++, row += stride, from += size->width) {
            if (memcmp(row, from, size->width * sizeof *row) != 0) fail(4);
        }
    }
    if (is_whole && !kmq_tile_is_sound(tile)) fail(3);
}

static void run_tile(int model, const kmq_tile_size *size, int kind, int variant) {
    const uint32_t n = size->n_leaves, width = size->width;
    uint32_t state = n * 31 + width;
    kmq_tree tree = make_tree(n, 1 + (int)(n + width) % 4, &state);
    make_planes(kind, size, &state);
    size_t bytes = encode(begin(model, &tree, size, variant), size);
    print_line(model, n, width, size->height, size->depth, kind, (uint32_t)bytes,
               kmq_crc32(0, stream, bytes));
    check(begin(model, &tree, size, variant), size, bytes, 1);
    stream[bytes / 3] ^= (uint8_t)(1 + kind);
    check(begin(model, &tree, size, variant), size, bytes, 0);
}

static void run_pictures(int variant, int every) {
    static const uint32_t numbers[8] = {2, 16, 17, 200, 256, 300, 5000, 65536};
    static const uint32_t sizes[4][2] = {{1, 1}, {47, 1}, {2, 33}, {90, 53}};
    for (int i = 0; i < 4 * 8 * 4 * N_KINDS; i += every) {
        const uint32_t *sides = sizes[i / N_KINDS % 4];
        const kmq_tile_size size = {numbers[i / N_KINDS / 4 % 8], sides[0], sides[1], 1};
        run_tile(i / N_KINDS / 4 / 8, &size, i % N_KINDS, variant);
    }
    /* Two range coders. */
    for (int i = 0; i < 16; i += every) {
        const kmq_tile_size size = {i % 2 ? 5 : 260, 128, 128, 1};
        run_tile(i / 4, &size, i % 4, variant);
    }
}

enum { N_CLOSE = 7, CHOICE = N_KINDS, MOST_CHOICE_LEAVES = 5000, MOST_CHOICE_PIXELS = 1 << 14 };

static int32_t points[MOST_CHOICE_PIXELS][4], entries[MOST_CHOICE_LEAVES][4];
static uint16_t weights[MOST_CHOICE_PIXELS], close[MOST_CHOICE_LEAVES][N_CLOSE];
static int16_t errors[MOST_CHOICE_PIXELS + 1024][4];

/* Make what a choice depends on: points as far apart as they may be, or near their leaf's. */
static kmq_choice make_choice(const kmq_tile_size *size, int kind, uint32_t *state) {
    static const uint32_t prices[4] = {0, 2000, 300000, UINT32_MAX};
    const uint32_t n = size->n_leaves, area = size->width * size->height;
    const int32_t reach = kind == NOISE ? 32767 : 900;
    const uint32_t n_close = n < N_CLOSE ? n : N_CLOSE;
    uint16_t *at = close[0];
    for (uint32_t leaf = 0; leaf < n; leaf++) {
        for (int c = 0; c < 4; c++) entries[leaf][c] = (int32_t)chance(state, 65536) - 32768;
        for (uint32_t i = 0; i < n_close; i++) *at++ = (uint16_t)((leaf + i) % n);
    }
    for (uint32_t i = 0; i < area; i++) {
        for (int c = 0; c < 4; c++) {
            int32_t off = (int32_t)chance(state, 2 * (uint32_t)reach) - reach;
            int32_t point = entries[planes[i]][c] + off;
            points[i][c] = point < -32768 ? -32768 : point > 32767 ? 32767 : point;
        }
        weights[i] = (uint16_t)(chance(state, 9) ? chance(state, 600) : 65535);
    }
    memset(errors, 0, sizeof errors);
    return (kmq_choice){
        .points = (const int32_t (*)[4])points, .weights = weights,
        .entries = (const int32_t (*)[4])entries, .close = close[0], .n_close = n_close,
        .price = prices[chance(state, 4)], .diffusion = 128 * (int32_t)chance(state, 3),
        .errors = errors, .bits_of_escape = 3072 * 16};
}

/* Choose the leaves of a tile; they are below the number of colours. */
static void run_choice(int model, const kmq_tile_size *size, int kind, int variant) {
    const uint32_t n = size->n_leaves, width = size->width;
    uint32_t state = n * 31 + width;
    kmq_tree tree = make_tree(n, 1 + (int)(n + width) % 4, &state);
    make_planes(kind, size, &state);
    kmq_choice choice = make_choice(size, kind, &state);
    kmq_tile *tile = begin(model, &tree, size, variant);
    if (!kmq_tile_choose(tile, &choice)) fail(6);
    encode(tile, size);
    ptrdiff_t stride;
    const uint16_t *row = kmq_tile_plane(tile, &stride);
    uint32_t crc = 0;
    for (uint32_t y = 0; y < size->height; y++, row += stride) {
        for (uint32_t x = 0; x < width; x++) {
            const uint8_t bytes[2] = {(uint8_t)row[x], (uint8_t)(row[x] >> 8)};
            if (row[x] >= n) fail(7);
            crc = kmq_crc32(crc, bytes, 2);
        }
    }
    print_line(model, n, width, size->height, 1, CHOICE + kind, choice.price, crc);
}

static void run_choices(int variant, int every) {
    static const uint32_t numbers[6] = {2, 5, 17, 200, 300, 5000};
    static const uint32_t sizes[3][2] = {{2, 33}, {90, 53}, {128, 128}};
    for (int i = 0; i < KMQ_CHOOSERS * 6 * 3 * N_KINDS; i += every) {
        const uint32_t *sides = sizes[i / N_KINDS % 3];
        const kmq_tile_size size = {numbers[i / N_KINDS / 3 % 6], sides[0], sides[1], 1};
        run_choice(i / N_KINDS / 3 / 6, &size, i % N_KINDS, variant);
    }
    const kmq_tile_size full = {5, 9, 9, 1};
    uint32_t state = 1;
    kmq_tree tree = make_tree(5, 3, &state);
    kmq_choice choice = make_choice(&full, FLAT, &state);
    if (kmq_tile_choose(begin(KMQ_CHOOSERS, &tree, &full, variant), &choice)) fail(8);
}

static void run_stacks(int variant, int every) {
    static const uint32_t numbers[4] = {2, 16, 200, 5000};
    static const uint32_t sizes[4][3] = {{1, 1, 2}, {47, 1, 4}, {2, 33, 5}, {90, 53, 3}};
    for (int i = 0; i < 3 * 4 * 4 * N_KINDS; i += every) {
        const uint32_t *sides = sizes[i / N_KINDS % 4];
        const kmq_tile_size size = {numbers[i / N_KINDS / 4 % 4], sides[0], sides[1], sides[2]};
        run_tile(4 + i / N_KINDS / 4 / 4, &size, i % N_KINDS, variant);
    }
    /* Two range coders. */
    for (int i = 0; i < 6; i += every) {
        const kmq_tile_size size = {i % 2 ? 5 : 260, 128, 64, 2};
        run_tile(4 + i / 2, &size, 1 + i / 2, variant);
    }
}

static void run_all(int variant, int every) {
    run_pictures(variant, every);
    run_stacks(variant, every);
    run_choices(variant, every);
}

#if defined(__wasm__)
__attribute__((export_name("run"))) void run(void) { run_all(0, 1); }
#else
int main(int argc, char **argv) {
    (void)argv;
    run_all(0, argc > 1 ? 7 : 1);
#ifdef KMQ_CHOOSES
    run_all(1, argc > 1 ? 7 : 1);
    if (__builtin_cpu_supports("ssse3")) run_all(2, argc > 1 ? 7 : 1);
#endif
    return 0;
}
#endif
