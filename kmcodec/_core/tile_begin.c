/* The memory of a tile, and what it holds at first (spec 6.3). */
#include <string.h>

#include "tile.h"
#include "variants.h"

#define ONE_CODER_PIXELS 16384u /* a tile of fewer pixels, or of one row, has one range coder */

/* Return how many sets of weights a mixer's table has: the third of the first mixer is for matches,
 * the fourth for strips, the fifth for the plane before. */
static size_t count_sets(const kmq_member *member, int mixer, int table) {
    static const size_t sets[2][KMQ_MOST_SETS] = {{256, 256, 512, 512, 514},
                                                     {256, 256, 256}};
    if (mixer == 0 && table == 2 && !member->matches) return 0;
    if (mixer == 0 && table == 3 && !member->strips) return 0;
    if (mixer == 0 && table == 4 && !member->stack) return 0;
    return sets[mixer][table];
}

/* Where the parts of a tile's state lie. */
typedef struct kmq_layout {
    size_t planes[3], colors, centred, powers, taps, centres, weights[2][KMQ_MOST_SETS], bias;
    size_t matches, cells, flat_weights, flat_visits, rows[KMQ_MOST_INPUTS], end;
    int log_rows, log_matches;
    uint32_t centres_at[4], steps;
} kmq_layout;

/* Each part begins at a multiple of 64 bytes, so that vectors are aligned in all of them. */
static size_t take(kmq_layout *layout, size_t bytes) {
    size_t at = layout->end;
    layout->end = at + (bytes + 63) / 64 * 64;
    return at;
}

/* Whether a member has other inputs for so few colours. */
static int is_few(const kmq_member *member, uint32_t n_leaves) {
    return n_leaves <= 16 && !member->stack;
}

static int count_inputs(const kmq_member *member, uint32_t n_leaves) {
    return is_few(member, n_leaves) ? member->n_few : member->n_many;
}

/* A group of 17 rows may begin at any row of a hash, so that there are some more. */
static size_t count_rows(kmq_input input, uint32_t n_leaves, int few, int log_rows) {
    const size_t hashed = ((size_t)1 << log_rows) + KMQ_GROUP;
    switch (input.kind) {
    case EXACT:
        if (few) return 16;
        return n_leaves <= 256 ? KMQ_GROUP * (size_t)n_leaves : hashed;
    case HASHED: return hashed;
    case MATCH: return 2 * KMQ_MATCH_ROWS;
    case NEAR: return KMQ_GROUP * 128;
    case BEFORE: return 2 * KMQ_BEFORE_ROWS;
    default: return 0;
    }
}

/* Return the log2 of the power of two for `count` entries: `least` to `most`. */
static int log_of_entries(uint64_t count, int least, int most) {
    int log = least;
    while (log < most && (uint64_t)1 << log < count) log++;
    return log;
}

static void lay_out_centres(kmq_layout *layout, uint32_t n_leaves) {
    uint32_t centres = 0;
    layout->steps = kmq_count_steps(n_leaves);
    for (uint32_t step = 0; step < layout->steps; step++) {
        layout->centres_at[step] = centres; /* and as many as a prefix can have values: */
        centres += step == 0 ? 1 : ((n_leaves - 1) >> (4 * (layout->steps - step))) + 1;
    }
    layout->centres = take(layout, (size_t)centres * 64);
}

/* Planes of zeros around: in a stack the two before, and a row below each. */
static void lay_out_planes(kmq_layout *layout, const kmq_member *member,
                           const kmq_tile_size *size) {
    const size_t rows = (size_t)size->height + (member->stack ? 4 : 3);
    for (int i = 0; i < (member->stack ? 3 : 1); i++) {
        layout->planes[i] = take(layout, ((size_t)size->width + 8) * rows * sizeof(uint16_t));
    }
}

/* A tile has at most 2^24 pixels, so that each of its planes has less than 2^28 leaves, whatever its
 * shape, and all its state less than 2^30 bytes: no size exceeds 32 bits. */
static void lay_out(kmq_layout *layout, const kmq_member *member, const kmq_tile_size *size) {
    const uint32_t n_leaves = size->n_leaves;
    const uint64_t pixels = kmq_count_pixels(size);
    const int n = count_inputs(member, n_leaves);
    const size_t set = ((size_t)n + 7) / 8 * 8 * sizeof(int16_t);
    *layout = (kmq_layout){.end = (sizeof(kmq_tile) + 63) / 64 * 64};
    lay_out_planes(layout, member, size);
    layout->colors = take(layout, 8 * sizeof(int16_t) * (size_t)n_leaves);
    layout->centred = take(layout, 4 * sizeof(int16_t) * (size_t)n_leaves);
    layout->powers = take(layout, sizeof(uint32_t) * (size_t)n_leaves);
    layout->taps = take(layout, 8 * sizeof(int16_t) * KMQ_NEIGHBORS / 2);
    lay_out_centres(layout, n_leaves);
    for (int i = 0; i < member->mixers * KMQ_MOST_SETS; i++) {
        int mixer = i / KMQ_MOST_SETS, table = i % KMQ_MOST_SETS;
        layout->weights[mixer][table] = take(layout, count_sets(member, mixer, table) * set);
    }
    const size_t biases = (size_t)member->mixers * KMQ_BIASES;
    layout->bias = take(layout, biases * 16 * sizeof(int16_t));
    layout->log_matches = log_of_entries(pixels, 4, 16);
    size_t entries = member->matches ? (size_t)1 << layout->log_matches : 0;
    layout->matches = take(layout, entries * sizeof(uint32_t));
    const size_t banks = member->stack ? 2 : 1;
    layout->cells = take(layout, banks * KMQ_FLAT_BANK * sizeof(uint32_t));
    layout->flat_weights = take(layout, banks * KMQ_FLAT_SETS * 4 * sizeof(int16_t));
    layout->flat_visits = take(layout, banks * KMQ_FLAT_SETS);
    layout->log_rows = log_of_entries(2 * pixels, 6, member->log_rows);
    for (int i = 0; i < n; i++) {
        const int few = is_few(member, n_leaves);
        kmq_input input = few ? member->few[i] : member->many[i];
        size_t rows = count_rows(input, n_leaves, few, layout->log_rows);
        layout->rows[i] = take(layout, sizeof(kmq_row) * rows);
    }
}

int kmq_is_for_stacks(int model) {
    return model < 0 || model >= KMQ_MEMBERS ? -1 : kmq_members[model]->stack;
}

size_t kmq_tile_bytes(int model, const kmq_tile_size *size) {
    if (model < 0 || model >= KMQ_MEMBERS) return 0;
    if (!kmq_members[model]->stack && size->depth > 1) return 0;
    kmq_layout layout;
    lay_out(&layout, kmq_members[model], size);
    return layout.end;
}

/* Set the mean colour of the leaves from `first` to `end` - 1, for which a symbol of a step stands.
 * Those of symbols that stand for none stay 0. */
static void find_centre(kmq_tile *tile, uint32_t step, uint32_t symbol, uint32_t first,
                        uint32_t end) {
    int sums[4] = {0}, count = (int)(end - first); /* at most 65536 times 255 */
    for (uint32_t leaf = first; leaf < end; leaf++) {
        for (int c = 0; c < 4; c++) sums[c] += tile->colors[leaf][c];
    }
    uint8_t (*centre)[16] = tile->centres[tile->centres_at[step] + symbol / 16];
    for (int c = 0; c < 4; c++) centre[c][symbol % 16] = (uint8_t)(sums[c] / count);
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

static void start_bank(kmq_tile *tile, int bank, int matches) {
    uint32_t *cells = tile->cells + bank * KMQ_FLAT_BANK;
    int16_t (*sets)[4] = tile->flat_weights + bank * KMQ_FLAT_SETS;
    for (int i = 0; i < KMQ_FLAT_BANK; i++) cells[i] = (uint32_t)128000 << 10;
    for (int i = 0; i < 16; i++) {
        cells[3 * KMQ_FLAT_CELLS + KMQ_RUN_TREE + i] = (uint32_t)1 << 31;
    }
    for (int i = 0; i < KMQ_FLAT_SETS; i++) {
        int16_t *weights = sets[i];
        weights[0] = weights[1] = matches ? 6554 : 8192;
        weights[2] = matches ? 6554 : 0;
    }
    sets[KMQ_FLAT_SETS - 1][0] = 16384;
}

/* Return the weight of a channel of a neighbour, two of which share a row. */
static int16_t *tap_of(kmq_tile *tile, int neighbor, int channel) {
    return &tile->taps[neighbor / 2][neighbor % 2 * 4 + channel];
}

static void start_values(kmq_tile *tile, const kmq_member *member, int n) {
    const size_t size = ((size_t)n + 7) / 8 * 8;
    for (int mixer = 0; mixer < member->mixers; mixer++) { /* in other tables all are 0 */
        int16_t *weights = tile->weights[mixer][0];
        for (size_t i = 0; i < count_sets(member, mixer, 0) * size; i++) {
            weights[i] = (int16_t)(i % size < (size_t)n ? 6554 / n : 0);
        }
    }
    start_bank(tile, 0, member->matches);
    if (member->stack) start_bank(tile, 1, member->matches);
    for (int c = 0; c < tile->channels; c++) {
        *tap_of(tile, W, c) = *tap_of(tile, N, c) = 8192;
        *tap_of(tile, NW, c) = -3277;
        *tap_of(tile, NE, c) = 3277;
    }
    find_centres(tile);
}

/* Set the pointers into a tile's memory. */
static void place_parts(kmq_tile *tile, const kmq_layout *layout, int n,
                        int mixers) {
    uint8_t *base = (void *)tile;
    tile->plane = (void *)(base + layout->planes[0]);
    tile->before = (void *)(base + layout->planes[1]); /* offsets are 0 if there are none */
    tile->older = (void *)(base + layout->planes[2]);
    tile->colors = (void *)(base + layout->colors);
    tile->centred = (void *)(base + layout->centred);
    tile->powers = (void *)(base + layout->powers);
    tile->taps = (void *)(base + layout->taps);
    tile->centres = (void *)(base + layout->centres);
    memcpy(tile->centres_at, layout->centres_at, sizeof layout->centres_at);
    for (int i = 0; i < mixers * KMQ_MOST_SETS; i++) {
        int mixer = i / KMQ_MOST_SETS, table = i % KMQ_MOST_SETS;
        tile->weights[mixer][table] = (void *)(base + layout->weights[mixer][table]);
    }
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

kmq_tile *kmq_tile_begin(void *memory, int model, const kmq_tree *tree,
                         const kmq_tile_size *size) {
    const kmq_member *member = kmq_members[model];
    const uint32_t n_leaves = size->n_leaves, width = size->width;
    const int n = count_inputs(member, n_leaves);
    kmq_layout layout;
    lay_out(&layout, member, size);
    kmq_tile *tile = memory;
    tile->variant = kmq_choose_variant();
    tile->model = model;
    tile->width = width;
    tile->height = size->height;
    tile->depth = size->depth;
    tile->n_leaves = n_leaves;
    tile->steps = layout.steps;
    tile->stride = (ptrdiff_t)width + 8;
    tile->strips_per_pixel = ((uint32_t)16 << 16) / width;
    place_parts(tile, &layout, n, member->mixers);
    take_colors(tile, tree);
    uint32_t last = n_leaves <= 16 ? KMQ_LAST_FEW : KMQ_LAST_MANY;
    kmq_tables_make(&tile->tables, member->start, last);
    start_values(tile, member, n);
    uint64_t pixels = kmq_count_pixels(size);
    tile->coders.count = pixels < ONE_CODER_PIXELS || size->height == 1 ? 1 : 2;
    return tile;
}
