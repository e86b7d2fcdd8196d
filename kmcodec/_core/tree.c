#include "tree.h"

#include <string.h>

#define ENTRIES_PER_UNIT 16u /* of work at a node */

typedef struct tree_builder {
    const kmq_context *context;
    kmq_tree *tree;
    const uint8_t *palette;
    int channels;
    uint16_t *sorted; /* room for the entries of a node */
} tree_builder;

/* Return where a node of the places `low` to `high` - 1 is split: about in the middle, so that
 * leaves with the same highest bits are below one node. */
static uint32_t find_middle(uint32_t low, uint32_t high) {
    uint32_t n = high - low, half = (n + 1) / 2, group = 1;
    while (16 * group < n) group *= 16;
    uint32_t most = (n - 1) / group * group;
    half = (half + group / 2) / group * group;
    half = half < group ? group : half;
    return low + (half < most ? half : most);
}

static uint8_t value_of(const tree_builder *builder, uint32_t place, int channel) {
    size_t entry = builder->tree->entries[place];
    return builder->palette[entry * (size_t)builder->channels + (size_t)channel];
}

/* Return the channel with the largest spread, and the first of those that are equal. Sums of
 * squares are below 2^32, and times the entries below 2^48. */
static int find_channel(const tree_builder *builder, uint32_t low, uint32_t high) {
    int widest = 0;
    uint64_t largest = 0;
    for (int c = 0; c < builder->channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (uint32_t place = low; place < high; place++) {
            uint64_t v = value_of(builder, place, c);
            sum += v;
            squares += v * v;
        }
        uint64_t spread = (high - low) * squares - sum * sum;
        if (spread > largest) {
            largest = spread;
            widest = c;
        }
    }
    return widest;
}

/* Sort a node's entries by their value in a channel; equal ones keep their order. */
static void sort_node(const tree_builder *builder, uint32_t low, uint32_t high, int channel) {
    uint16_t *entries = builder->tree->entries;
    uint32_t starts[257] = {0};
    for (uint32_t place = low; place < high; place++) {
        starts[value_of(builder, place, channel) + 1]++;
    }
    for (int v = 0; v < 256; v++) starts[v + 1] += starts[v];
    for (uint32_t place = low; place < high; place++) {
        builder->sorted[starts[value_of(builder, place, channel)]++] = entries[place];
    }
    memcpy(entries + low, builder->sorted, (high - low) * sizeof *entries);
}

/* Split a node and all below it. Calls itself for the smaller child only, so at most 16 deep,
 * wherever nodes are split. */
static kmq_status grow_tree(const tree_builder *builder, uint32_t low, uint32_t high) {
    while (high - low > 1) {
        kmq_status status = kmq_consider(builder->context, (high - low) / ENTRIES_PER_UNIT + 1);
        if (status != KMQ_OK) return status;
        sort_node(builder, low, high, find_channel(builder, low, high));
        uint32_t middle = find_middle(low, high);
        if (middle - low < high - middle) {
            status = grow_tree(builder, low, middle);
            low = middle;
        } else {
            status = grow_tree(builder, middle, high);
            high = middle;
        }
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

kmq_status kmq_build_tree(const kmq_context *context, const uint8_t *palette, uint32_t n_colors,
                          int channels, kmq_tree *tree) {
    tree_builder builder = {context, tree, palette, channels, NULL};
    *tree = (kmq_tree){.n_leaves = n_colors, .channels = channels};
    tree->entries = kmq_allocate(context, n_colors, sizeof *tree->entries);
    if (tree->entries == NULL) return context->tally->status;
    tree->colors = kmq_allocate(context, n_colors, sizeof *tree->colors);
    if (tree->colors == NULL) return context->tally->status;
    builder.sorted = kmq_allocate(context, n_colors, sizeof *builder.sorted);
    if (builder.sorted == NULL) return context->tally->status;
    for (uint32_t k = 0; k < n_colors; k++) tree->entries[k] = (uint16_t)k;
    kmq_status status = grow_tree(&builder, 0, n_colors);
    kmq_release(context, builder.sorted);
    for (uint32_t leaf = 0; leaf < n_colors; leaf++) {
        memcpy(tree->colors[leaf], palette + (size_t)tree->entries[leaf] * (size_t)channels,
               (size_t)channels);
    }
    return status;
}

void kmq_free_tree(const kmq_context *context, kmq_tree *tree) {
    kmq_release(context, tree->entries);
    kmq_release(context, tree->colors);
}
