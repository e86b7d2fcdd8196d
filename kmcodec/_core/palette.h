/* Palettes of single colours (spec 5.1 to 5.4). */
#ifndef KMQ_PALETTE_H
#define KMQ_PALETTE_H

#include "context.h"

/* Decode a payload of the palette section into n_colors * channels bytes. */
kmq_status kmq_decode_palette(const kmq_context *context, const uint8_t *payload, size_t size,
                              uint32_t n_colors, int channels, uint8_t *entries);

#endif
