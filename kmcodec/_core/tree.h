/* The order of a palette's entries, in which near places are near colours (spec 6.3.2). */
#ifndef KMQ_TREE_H
#define KMQ_TREE_H

#include "context.h"

typedef struct kmq_tree {
    uint32_t n_leaves;
    int channels;
    uint16_t *entries;    /* of each leaf: the number of its palette entry */
    uint8_t (*colors)[4]; /* of each leaf; channels that the palette lacks are 0 */
} kmq_tree;

/* Build the tree of a palette of 2 to 65536 entries, 1 to 4 channels. Free it with
 * kmq_free_tree, after a failure too. */
kmq_status kmq_build_tree(const kmq_context *context, const uint8_t *palette, uint32_t n_colors,
                          int channels, kmq_tree *tree);

void kmq_free_tree(const kmq_context *context, kmq_tree *tree);

#endif
