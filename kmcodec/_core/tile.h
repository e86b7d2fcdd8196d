/* The leaves of one tile, by a member of the family of models (spec 6.3).
 *
 * A tile is coded in parts of as many pixels as the caller likes, so that it can stop, show how far
 * it is, or ask for prices.
 */
#ifndef KMQ_TILE_H
#define KMQ_TILE_H

#include "context.h"
#include "tree.h"

#define KMQ_MEMBERS 4
#define KMQ_PIXELS_PER_BYTE ((uint64_t)1 << 22) /* a stream has a byte for so many, at least */
#define KMQ_TILE_ALIGNMENT 64

typedef struct kmq_tile kmq_tile;

/* The stream of a tile, and the tile's size in pixels, of which there are at most 16777216. */
typedef struct kmq_stream {
    uint32_t width, height;
    const uint8_t *bytes;
    size_t size;
} kmq_stream;

/* Return the bytes of the state of a tile, or 0 if there is no such model. There are 2 to 65536
 * leaves. */
size_t kmq_tile_bytes(int model, uint32_t n_leaves, uint32_t width, uint32_t height);

/* Decode the leaves of a tile, 0 to n_leaves - 1, into rows `stride` elements apart. The stream may
 * have any bytes. Counts each pixel by kmq_advance. */
kmq_status kmq_tile_decode(int model, const kmq_tree *tree, const kmq_stream *stream,
                           uint16_t *leaves, size_t stride, const kmq_context *context);

/* Begin a tile in `memory`: kmq_tile_bytes zeros, aligned to KMQ_TILE_ALIGNMENT. Of the tree only
 * the leaves' number, colours and channels are used, and those only now. */
kmq_tile *kmq_tile_begin(void *memory, int model, const kmq_tree *tree, uint32_t width,
                         uint32_t height);

/* Return where the tile's leaves are, in rows `stride` elements apart. An encoder writes them there
 * before it begins, each less than the number of leaves. */
uint16_t *kmq_tile_plane(kmq_tile *tile, ptrdiff_t *stride);

/* Set out to decode a stream, which has to stay where it is. */
void kmq_tile_read(kmq_tile *tile, const uint8_t *stream, size_t size);

/* Decode at least `budget` more pixels, or all; return how many are done. There are no more after a
 * fault. */
uint64_t kmq_tile_decode_some(kmq_tile *tile, uint64_t budget);

/* Whether all pixels came from the very stream that an encoder writes for them. */
int kmq_tile_is_sound(const kmq_tile *tile);

#ifndef KMQ_NO_ENCODER

/* Return the most bytes that either range coder of a tile writes. */
size_t kmq_tile_most_bytes(uint32_t n_leaves, uint32_t width, uint32_t height);

/* Set out to encode. `bytes` are two rooms of kmq_tile_most_bytes, `order` has twice as many. */
void kmq_tile_write(kmq_tile *tile, uint8_t *const bytes[2], uint8_t *order);

/* Encode at least `budget` more pixels, or all; return how many are done. */
uint64_t kmq_tile_encode_some(kmq_tile *tile, uint64_t budget);

/* Write the stream of all pixels to a room of twice kmq_tile_most_bytes; return its bytes. */
size_t kmq_tile_finish(kmq_tile *tile, uint8_t *stream);

#endif

#endif
