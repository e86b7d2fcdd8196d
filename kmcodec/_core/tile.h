/* The leaves of one tile, by a model (spec 6.3). */
#ifndef KMQ_TILE_H
#define KMQ_TILE_H

#include "context.h"
#include "tree.h"

/* Return the bytes that the decoder of a tile allocates, or 0 if there is no such model. `model`
 * is 0 to 127. */
size_t kmq_tile_memory(int model, uint32_t n_leaves, uint32_t width, uint32_t height);

/* Decode the leaves of a tile, 0 to n_leaves - 1, into rows `stride` elements apart. The tile has
 * at most 16777216 pixels and the stream may have any bytes. Counts each pixel by kmq_advance. */
kmq_status kmq_tile_decode(int model, const kmq_tree *tree, uint32_t width, uint32_t height,
                           const uint8_t *stream, size_t size, uint16_t *leaves, size_t stride,
                           const kmq_context *context);

#endif
