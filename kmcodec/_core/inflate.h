/* Raw DEFLATE (RFC 1951) of a known size (spec 6.2). */
#ifndef KMQ_INFLATE_H
#define KMQ_INFLATE_H

#include "context.h"

/* Decode a stream into exactly `out_size` bytes. It must end in its last byte. */
kmq_status kmq_inflate(const kmq_context *context, const uint8_t *stream, size_t size,
                       uint8_t *out, size_t out_size);

#endif
