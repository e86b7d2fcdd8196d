/* Code many small tiles, and say what came of each: builds for different processors, compilers and
 * instructions have to say the same.
 *
 * Each tile is encoded in parts, decoded in others, and held against itself. A line has the model,
 * the colours, width and height, the kind of the plane, the stream's bytes and their CRC-32. Where
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
    int model, uint32_t n, uint32_t width, uint32_t height, int kind, uint32_t size, uint32_t crc);
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

static void print_line(int model, uint32_t n, uint32_t width, uint32_t height, int kind,
                       uint32_t size, uint32_t crc) {
    printf("%d %lu %lux%lu %d %lu %08lx\n", model, (unsigned long)n, (unsigned long)width,
           (unsigned long)height, kind, (unsigned long)size, (unsigned long)crc);
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
static uint16_t plane[1 << 14];

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

static kmq_tile *begin(int model, const kmq_tree *tree, uint32_t width, uint32_t height,
                       int variant) {
    size_t size = kmq_tile_bytes(model, tree->n_leaves, width, height);
    if (size == 0 || size > ROOM) fail(1);
    memset(memory, 0, size);
    kmq_tile *tile = kmq_tile_begin(memory, model, tree, width, height);
#ifdef KMQ_CHOOSES
    const kmq_variant *const variants[] = {kmq_choose_variant(), &kmq_coding_c, &kmq_coding_ssse3};
    tile->variant = variants[variant];
#else
    (void)variant;
#endif
    return tile;
}

static size_t encode(kmq_tile *tile) {
    uint8_t *const rooms[2] = {streams[0], streams[1]};
    uint64_t n = (uint64_t)tile->width * tile->height;
    if (kmq_tile_most_bytes(tile->n_leaves, tile->width, tile->height) > sizeof streams[0]) fail(2);
    ptrdiff_t stride;
    uint16_t *leaves = kmq_tile_plane(tile, &stride);
    for (uint32_t y = 0; y < tile->height; y++) {
        const uint16_t *row = plane + (size_t)y * tile->width;
        memcpy(leaves + (ptrdiff_t)y * stride, row, tile->width * sizeof *row);
    }
    kmq_tile_write(tile, rooms, order);
    for (uint64_t done = 0, part = 1; done < n; part += 100) {
        done = kmq_tile_encode_some(tile, part);
    }
    return kmq_tile_finish(tile, stream);
}

/* What was encoded comes back, whatever the parts; what is damaged does no harm. */
static void check(kmq_tile *tile, size_t size, int is_whole) {
    kmq_tile_read(tile, stream, size);
    while (kmq_tile_decode_some(tile, is_whole ? 77 : UINT64_MAX) <
           (uint64_t)tile->width * tile->height) {
        if (tile->coders.input.fault) break;
    }
    if (!is_whole) return;
    if (!kmq_tile_is_sound(tile)) fail(3);
    ptrdiff_t stride;
    const uint16_t *leaves = kmq_tile_plane(tile, &stride);
    for (uint32_t y = 0; y < tile->height; y++) {
        const uint16_t *row = plane + (size_t)y * tile->width;
        if (memcmp(leaves + (ptrdiff_t)y * stride, row, tile->width * sizeof *row) != 0) fail(4);
    }
}

static void run_tile(int model, uint32_t n, uint32_t width, uint32_t height, int kind,
                     int variant) {
    uint32_t state = n * 31 + width;
    kmq_tree tree = make_tree(n, 1 + (int)(n + width) % 4, &state);
    for (uint32_t i = 0; i < width * height; i++) {
        plane[i] = (uint16_t)make_leaf(kind, n, i % width, i / width, &state);
    }
    size_t size = encode(begin(model, &tree, width, height, variant));
    print_line(model, n, width, height, kind, (uint32_t)size, kmq_crc32(0, stream, size));
    check(begin(model, &tree, width, height, variant), size, 1);
    stream[size / 3] ^= (uint8_t)(1 + kind);
    check(begin(model, &tree, width, height, variant), size, 0);
}

static void run_all(int variant, int every) {
    static const uint32_t numbers[8] = {2, 16, 17, 200, 256, 300, 5000, 65536};
    static const uint32_t sizes[4][2] = {{1, 1}, {47, 1}, {2, 33}, {90, 53}};
    for (int i = 0; i < 4 * 8 * 4 * N_KINDS; i += every) {
        const uint32_t *size = sizes[i / N_KINDS % 4];
        int model = i / N_KINDS / 4 / 8;
        run_tile(model, numbers[i / N_KINDS / 4 % 8], size[0], size[1], i % N_KINDS, variant);
    }
    /* Two range coders. */
    for (int i = 0; i < 16; i += every) {
        run_tile(i / 4, i % 2 ? 5 : 260, 128, 128, i % 4, variant);
    }
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
