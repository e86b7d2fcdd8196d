/* Codebooks of blocks (spec 5.5). */
#ifndef KMQ_CODEBOOK_H
#define KMQ_CODEBOOK_H

#include "context.h"

/* Decode a payload of the palette section into n_colors blocks. */
kmq_status kmq_decode_codebook(const kmq_context *context, const uint8_t *payload, size_t size,
                               const kmq_info *info, uint8_t *blocks);

/* Find the mean colour of each block, `channels` bytes each. */
kmq_status kmq_find_means(const kmq_context *context, const kmq_info *info,
                          const uint8_t *blocks, uint8_t *means);

#endif
