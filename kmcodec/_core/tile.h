/* The leaves of one tile, by a member of the family of models (spec 6.3).
 *
 * A tile is coded in parts of as many pixels as the caller likes, so that it can stop, or show how
 * far it is.
 */
#ifndef KMQ_TILE_H
#define KMQ_TILE_H

#include "context.h"
#include "portable.h"
#include "tree.h"

#define KMQ_MEMBERS 7 /* of which the last three are for stacks */
#define KMQ_PIXELS_PER_BYTE ((uint64_t)1 << 22) /* a stream has a byte for so many, at least */
#define KMQ_TILE_ALIGNMENT 64

typedef struct kmq_tile kmq_tile;

/* The number of leaves, 2 to 65536, and the size of a tile: one plane, or several of a stack. */
typedef struct kmq_tile_size {
    uint32_t n_leaves, width, height, depth;
} kmq_tile_size;

KMQ_INLINE uint64_t kmq_count_pixels(const kmq_tile_size *size) {
    return (uint64_t)size->width * size->height * size->depth;
}

/* Whether there is a model of this number, and whether it is for stacks: -1, 0 or 1. */
int kmq_is_for_stacks(int model);

/* Return the bytes of the state of a tile, or 0 if there is no such model for its depth. */
size_t kmq_tile_bytes(int model, const kmq_tile_size *size);

/* Begin a tile in `memory`: kmq_tile_bytes zeros, aligned to KMQ_TILE_ALIGNMENT. Of the tree only
 * the leaves' number, colours and channels are used, and those only now. */
kmq_tile *kmq_tile_begin(void *memory, int model, const kmq_tree *tree,
                         const kmq_tile_size *size);

/* Return where the leaves of the tile's plane are, in rows `stride` elements apart. An encoder
 * writes them there before it begins the plane, each less than the number of leaves. */
uint16_t *kmq_tile_plane(kmq_tile *tile, ptrdiff_t *stride);

/* Set out to decode a stream, which has to stay where it is. */
void kmq_tile_read(kmq_tile *tile, const uint8_t *stream, size_t size);

/* Decode at least `budget` more pixels of the plane, or all; return how many are done. There are no
 * more after a fault. */
uint64_t kmq_tile_decode_some(kmq_tile *tile, uint64_t budget);

/* Go on to the next plane, all of this one being done. */
void kmq_tile_next_plane(kmq_tile *tile);

/* Whether all pixels came from the very stream that an encoder writes for them. */
int kmq_tile_is_sound(const kmq_tile *tile);

#ifndef KMQ_NO_ENCODER

/* Return the most bytes that either range coder of a tile is given. No pixel takes as many as its
 * share: chances would have to be at their least at each, and they learn. */
size_t kmq_tile_most_bytes(const kmq_tile_size *size);

/* Set out to encode. `bytes` are two rooms of kmq_tile_most_bytes, `order` has twice as many. */
void kmq_tile_write(kmq_tile *tile, uint8_t *const bytes[2], uint8_t *order);

/* Encode at least `budget` more pixels of the plane, or all; return how many are done. */
uint64_t kmq_tile_encode_some(kmq_tile *tile, uint64_t budget);

/* Write the stream of all pixels to a room of twice kmq_tile_most_bytes; return its bytes, or 0 if
 * a range coder had too little room. */
size_t kmq_tile_finish(kmq_tile *tile, uint8_t *stream);

#endif

#endif
