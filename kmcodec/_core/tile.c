#include "tile.h"

#include <string.h>

#include "variants.h"

#define ONE_CODER_PIXELS 16384u /* a tile of fewer pixels, or of one row, has one range coder */

static const kmq_member *const members[KMQ_MEMBERS] = {&kmq_quick, &kmq_lean, &kmq_rich, &kmq_full};

#define PIXELS_AT_A_TIME 4096

/* Sets of weights. */
#define SETS_FIRST 256
#define SETS_SECOND 256
#define SETS_THIRD 512

/* Where the parts of a tile's state lie. */
typedef struct kmq_layout {
    size_t plane, colors, centred, powers, taps, centres, weights[3], bias, matches;
    size_t cells, flat_weights, flat_visits, rows[KMQ_MOST_INPUTS], end;
    int log_rows, log_matches;
    uint32_t centres_at[4], steps;
} kmq_layout;

/* Each part begins at a multiple of 64 bytes, so that vectors are aligned in all of them. */
static size_t take(kmq_layout *layout, size_t bytes) {
    size_t at = layout->end;
    layout->end = at + (bytes + 63) / 64 * 64;
    return at;
}

static int is_few(uint32_t n_leaves) { return n_leaves <= 16; }

static int count_inputs(const kmq_member *member, uint32_t n_leaves) {
    return is_few(n_leaves) ? member->n_few : member->n_many;
}

static uint32_t count_steps(uint32_t n_leaves) {
    uint32_t steps = 1;
    while ((n_leaves - 1) >> (4 * steps) != 0) steps++;
    return steps;
}

/* A group of 17 rows may begin at any row of a hash, so that there are some more. */
static size_t count_rows(kmq_input input, uint32_t n_leaves, int log_rows) {
    const size_t hashed = ((size_t)1 << log_rows) + KMQ_GROUP;
    switch (input.kind) {
    case EXACT:
        if (is_few(n_leaves)) return 16;
        return n_leaves <= 256 ? KMQ_GROUP * (size_t)n_leaves : hashed;
    case HASHED: return hashed;
    case MATCH: return 2 * KMQ_MATCH_ROWS;
    case NEAR: return KMQ_GROUP * 128;
    default: return 0;
    }
}

/* Return the log2 of a number of entries: as many as `count`, but at least 2^least, at most 2^most. */
static int log_of_entries(uint64_t count, int least, int most) {
    int log = least;
    while (log < most && (uint64_t)1 << log < count) log++;
    return log;
}

static void lay_out_centres(kmq_layout *layout, uint32_t n_leaves) {
    uint32_t centres = 0;
    layout->steps = count_steps(n_leaves);
    for (uint32_t step = 0; step < layout->steps; step++) {
        layout->centres_at[step] = centres; /* and as many as a prefix can have values: */
        centres += step == 0 ? 1 : ((n_leaves - 1) >> (4 * (layout->steps - step))) + 1;
    }
    layout->centres = take(layout, (size_t)centres * 64 * sizeof(int16_t));
}

/* A tile has at most 2^24 pixels, so that its plane has less than 2^28 leaves, whatever its shape,
 * and all its state less than 2^30 bytes: no size exceeds 32 bits. */
static void lay_out(kmq_layout *layout, const kmq_member *member, uint32_t n_leaves, uint32_t width,
                    uint32_t height) {
    const uint64_t pixels = (uint64_t)width * height;
    const int n = count_inputs(member, n_leaves);
    const size_t set = ((size_t)n + 7) / 8 * 8 * sizeof(int16_t);
    layout->end = (sizeof(kmq_tile) + 63) / 64 * 64;
    layout->plane = take(layout, ((size_t)width + 8) * ((size_t)height + 3) * sizeof(uint16_t));
    layout->colors = take(layout, 8 * sizeof(int16_t) * (size_t)n_leaves);
    layout->centred = take(layout, 8 * sizeof(int16_t) * (size_t)n_leaves);
    layout->powers = take(layout, sizeof(uint32_t) * (size_t)n_leaves);
    layout->taps = take(layout, 8 * sizeof(int16_t) * KMQ_NEIGHBORS);
    lay_out_centres(layout, n_leaves);
    layout->weights[0] = take(layout, SETS_FIRST * set);
    layout->weights[1] = take(layout, SETS_SECOND * set);
    layout->weights[2] = take(layout, SETS_THIRD * set);
    layout->bias = take(layout, 257 * 16 * sizeof(int16_t));
    layout->log_matches = log_of_entries(pixels, 4, 16);
    layout->matches = take(layout, sizeof(uint32_t) << layout->log_matches);
    layout->cells = take(layout, 4 * KMQ_FLAT_CELLS * sizeof(uint32_t));
    layout->flat_weights = take(layout, KMQ_FLAT_SETS * 4 * sizeof(int16_t));
    layout->flat_visits = take(layout, KMQ_FLAT_SETS);
    layout->log_rows = log_of_entries(2 * pixels, 6, member->log_rows);
    for (int i = 0; i < n; i++) {
        kmq_input input = is_few(n_leaves) ? member->few[i] : member->many[i];
        size_t rows = count_rows(input, n_leaves, layout->log_rows);
        layout->rows[i] = take(layout, sizeof(kmq_row) * rows);
    }
}

size_t kmq_tile_bytes(int model, uint32_t n_leaves, uint32_t width, uint32_t height) {
    if (model < 0 || model >= KMQ_MEMBERS) return 0;
    kmq_layout layout;
    lay_out(&layout, members[model], n_leaves, width, height);
    return layout.end;
}

/* Set the mean colour of the leaves from `first` to `end` - 1, for which a symbol of a step stands.
 * Those of symbols that stand for none stay 0. */
static void find_centre(kmq_tile *tile, uint32_t step, uint32_t symbol, uint32_t first,
                        uint32_t end) {
    uint32_t sums[4] = {0}; /* at most 65536 * 255 */
    for (uint32_t leaf = first; leaf < end; leaf++) {
        for (int c = 0; c < 4; c++) sums[c] = sums[c] + (uint32_t)tile->colors[leaf][c];
    }
    int16_t (*centre)[16] = tile->centres[tile->centres_at[step] + symbol / 16];
    for (int c = 0; c < 4; c++) centre[c][symbol % 16] = (int16_t)(sums[c] / (end - first));
}

static void find_centres(kmq_tile *tile) {
    for (uint32_t step = 0; step < tile->steps; step++) {
        uint32_t size = (uint32_t)1 << (4 * (tile->steps - 1 - step)); /* leaves of a symbol */
        for (uint32_t symbol = 0; symbol * size < tile->n_leaves; symbol++) {
            uint32_t first = symbol * size, left = tile->n_leaves - first;
            find_centre(tile, step, symbol, first, first + (left < size ? left : size));
        }
    }
}

static void start_flat(kmq_tile *tile, int matches) {
    for (int i = 0; i < 4 * KMQ_FLAT_CELLS; i++) tile->cells[i] = (uint32_t)128000 << 10;
    for (int i = 0; i < 16; i++) {
        tile->cells[3 * KMQ_FLAT_CELLS + KMQ_RUN_TREE + i] = (uint32_t)1 << 31;
    }
    for (int i = 0; i < KMQ_FLAT_SETS; i++) {
        int16_t *weights = tile->flat_weights[i];
        weights[0] = weights[1] = matches ? 6554 : 8192;
        weights[2] = matches ? 6554 : 0;
    }
    tile->flat_weights[KMQ_FLAT_SETS - 1][0] = 16384;
}

static void start_values(kmq_tile *tile, int n, int matches) {
    const int size = (n + 7) / 8 * 8;
    for (int i = 0; i < SETS_FIRST * size; i++) {
        tile->weights[0][i] = (int16_t)(i % size < n ? 6554 / n : 0);
    }
    start_flat(tile, matches);
    for (int c = 0; c < tile->channels; c++) {
        tile->taps[W][c] = tile->taps[N][c] = 8192;
        tile->taps[NW][c] = -3277;
        tile->taps[NE][c] = 3277;
    }
    find_centres(tile);
}

/* Set the pointers into a tile's memory. */
static void place_parts(kmq_tile *tile, const kmq_layout *layout, int n) {
    uint8_t *base = (void *)tile;
    tile->plane = (void *)(base + layout->plane);
    tile->colors = (void *)(base + layout->colors);
    tile->centred = (void *)(base + layout->centred);
    tile->powers = (void *)(base + layout->powers);
    tile->taps = (void *)(base + layout->taps);
    tile->centres = (void *)(base + layout->centres);
    memcpy(tile->centres_at, layout->centres_at, sizeof layout->centres_at);
    for (int i = 0; i < 3; i++) tile->weights[i] = (void *)(base + layout->weights[i]);
    tile->bias = (void *)(base + layout->bias);
    tile->matches = (void *)(base + layout->matches);
    tile->match_mask = ((uint32_t)1 << layout->log_matches) - 1;
    tile->cells = (void *)(base + layout->cells);
    tile->flat_weights = (void *)(base + layout->flat_weights);
    tile->flat_visits = base + layout->flat_visits;
    tile->shift = (uint32_t)(32 - layout->log_rows);
    for (int i = 0; i < n; i++) tile->rows[i] = (void *)(base + layout->rows[i]);
}

/* Note the colours: a value less 128 and times 128 is -16384 to 16256. */
static void take_colors(kmq_tile *tile, const kmq_tree *tree) {
    tile->channels = tree->channels;
    for (int c = 0; c < tree->channels; c++) tile->brightest[c] = 255;
    for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++) {
        for (int c = 0; c < tree->channels; c++) {
            int value = tree->colors[leaf][c], difference = value - 128;
            tile->colors[leaf][c] = (int16_t)value;
            tile->centred[leaf][c] = (int16_t)(difference * 128);
            tile->powers[leaf] += (uint32_t)(difference * difference);
        }
    }
}

kmq_tile *kmq_tile_begin(void *memory, int model, const kmq_tree *tree, uint32_t width,
                         uint32_t height) {
    const kmq_member *member = members[model];
    const uint32_t n_leaves = tree->n_leaves;
    const int n = count_inputs(member, n_leaves);
    kmq_layout layout;
    lay_out(&layout, member, n_leaves, width, height);
    kmq_tile *tile = memory;
    tile->variant = kmq_choose_variant();
    tile->model = model;
    tile->width = width;
    tile->height = height;
    tile->n_leaves = n_leaves;
    tile->steps = layout.steps;
    tile->stride = (ptrdiff_t)width + 8;
    place_parts(tile, &layout, n);
    take_colors(tile, tree);
    uint32_t last = is_few(n_leaves) ? KMQ_LAST_FEW : KMQ_LAST_MANY;
    kmq_tables_make(&tile->tables, member->start, last);
    start_values(tile, n, member->matches);
    uint64_t pixels = (uint64_t)width * height;
    tile->coders.count = pixels < ONE_CODER_PIXELS || height == 1 ? 1 : 2;
    return tile;
}

uint16_t *kmq_tile_plane(kmq_tile *tile, ptrdiff_t *stride) {
    *stride = tile->stride;
    return tile->plane + 3 * tile->stride + 4;
}

static size_t least_bytes(const kmq_tile *tile) {
    return (size_t)((uint64_t)tile->width * tile->height / KMQ_PIXELS_PER_BYTE);
}

void kmq_tile_read(kmq_tile *tile, const uint8_t *stream, size_t size) {
    tile->coders.input = kmq_range_read(stream, size, least_bytes(tile));
    for (int i = 0; i < tile->coders.count; i++) {
        tile->coders.decoders[i] = kmq_range_start(&tile->coders.input);
    }
}

/* Return which of a member's functions a tile has (spec 6.3.6). */
static uint32_t steps_of(const kmq_tile *tile) { return tile->steps < 3 ? tile->steps : 0; }

/* Return a budget without the pixels that there are not. */
static uint64_t budget_of(const kmq_tile *tile, uint64_t budget) {
    uint64_t left = (uint64_t)tile->width * tile->height - tile->done;
    return budget < left ? budget : left;
}

uint64_t kmq_tile_decode_some(kmq_tile *tile, uint64_t budget) {
    kmq_code *decode = tile->variant->decoders[tile->model][steps_of(tile)];
    if (!tile->coders.input.fault) decode(tile, budget_of(tile, budget));
    return tile->done;
}

int kmq_tile_is_sound(const kmq_tile *tile) {
    for (int i = 0; i < tile->coders.count; i++) {
        if (!kmq_range_finished(&tile->coders.input, &tile->coders.decoders[i])) return 0;
    }
    return 1;
}

/* Decode a tile in memory that is there. */
static kmq_status decode_in(void *memory, int model, const kmq_tree *tree, const kmq_stream *stream,
                            uint16_t *leaves, size_t stride, const kmq_context *context) {
    kmq_tile *tile = kmq_tile_begin(memory, model, tree, stream->width, stream->height);
    kmq_tile_read(tile, stream->bytes, stream->size);
    const uint64_t pixels = (uint64_t)stream->width * stream->height;
    uint64_t before = 0;
    while (tile->done < pixels) {
        kmq_tile_decode_some(tile, PIXELS_AT_A_TIME);
        if (tile->coders.input.fault) break;
        kmq_status status = kmq_advance(context, tile->done - before);
        if (status != KMQ_OK) return status;
        before = tile->done;
    }
    if (tile->coders.input.fault || !kmq_tile_is_sound(tile)) {
        return kmq_fail(context, KMQ_FORMAT, "the bytes are not the code of a tile's indices",
                        stream->bytes);
    }
    ptrdiff_t step;
    const uint16_t *row = kmq_tile_plane(tile, &step);
    for (uint32_t y = 0; y < stream->height; y++, row += step) {
        memcpy(leaves + y * stride, row, stream->width * sizeof *leaves);
    }
    return KMQ_OK;
}

kmq_status kmq_tile_decode(int model, const kmq_tree *tree, const kmq_stream *stream,
                           uint16_t *leaves, size_t stride, const kmq_context *context) {
    size_t size = kmq_tile_bytes(model, tree->n_leaves, stream->width, stream->height);
    uint8_t *memory = kmq_allocate(context, (uint64_t)size + KMQ_TILE_ALIGNMENT, 1);
    if (memory == NULL) return context->tally->status;
    size_t beyond = (size_t)((uintptr_t)memory % KMQ_TILE_ALIGNMENT);
    uint8_t *aligned = memory + (KMQ_TILE_ALIGNMENT - beyond);
    kmq_status status = decode_in(aligned, model, tree, stream, leaves, stride, context);
    kmq_release(context, memory);
    return status;
}

#ifndef KMQ_NO_ENCODER

size_t kmq_tile_most_bytes(uint32_t n_leaves, uint32_t width, uint32_t height) {
    return (size_t)width * height * (2 * count_steps(n_leaves) + 2) + 8;
}

void kmq_tile_write(kmq_tile *tile, uint8_t *const bytes[2], uint8_t *order) {
    size_t capacity = kmq_tile_most_bytes(tile->n_leaves, tile->width, tile->height);
    for (uint8_t i = 0; i < tile->coders.count; i++) {
        tile->coders.encoders[i] = kmq_range_open(bytes[i], capacity, i);
    }
    tile->coders.order.who = order;
    tile->coders.order.size = 0;
}

uint64_t kmq_tile_encode_some(kmq_tile *tile, uint64_t budget) {
    tile->variant->encoders[tile->model][steps_of(tile)](tile, budget_of(tile, budget));
    return tile->done;
}

size_t kmq_tile_finish(kmq_tile *tile, uint8_t *stream) {
    size_t taken[2] = {4, 4}, size = 0, least = least_bytes(tile);
    for (int i = 0; i < tile->coders.count; i++) {
        kmq_range_close(&tile->coders.encoders[i]);
        memcpy(stream + size, tile->coders.encoders[i].stream, 4);
        size += 4;
    }
    for (size_t i = 0; i < tile->coders.order.size; i++) {
        uint8_t who = tile->coders.order.who[i];
        stream[size++] = tile->coders.encoders[who].stream[taken[who]++];
    }
    while (size < least) stream[size++] = 0;
    return kmq_range_trim(stream, size, least);
}

#endif
