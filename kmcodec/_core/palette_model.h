/* Palettes by a mixture of experts and the range coder (spec 5.4). */
#ifndef KMQ_PALETTE_MODEL_H
#define KMQ_PALETTE_MODEL_H

#include "context.h"

#define KMQ_LARGEST_MODELLED 4096u /* entries */

/* Decode the bytes after the method byte, by its parameter, into n_colors * channels bytes. */
kmq_status kmq_decode_modelled(const kmq_context *context, const uint8_t *stream, size_t size,
                               int parameter, uint32_t n_colors, int channels, uint8_t *entries);

#ifndef KMQ_NO_ENCODER

/* Return the most bytes of a stream. */
#define KMQ_MODELLED_CAPACITY(n_values) (16 * (size_t)(n_values) + 8)

/* Encode a palette of at most 4096 entries by a parameter of spec 5.4, without the method byte.
 * The parameter is one that is defined for these channels, and where it says ascending the
 * entries are. `*size` is the room in the stream, and then what it takes. */
kmq_status kmq_encode_modelled(const kmq_context *context, const uint8_t *entries,
                               uint32_t n_colors, int channels, int parameter, uint8_t *stream,
                               size_t *size);

#endif

#endif
