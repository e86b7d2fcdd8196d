/* Bytes and varints, one after another (spec 2.3). */
#ifndef KMQ_READER_H
#define KMQ_READER_H

#include "kmq.h"

typedef struct kmq_reader {
    const uint8_t *data;
    size_t size;
    size_t position; /* at most size */
} kmq_reader;

/* Read a varint. Returns KMQ_TRUNCATED if the data ends within it, KMQ_FORMAT if it is longer than
 * 9 bytes or not in its shortest form, and notes no error. The value is less than 2^63. */
kmq_status kmq_read_varint(kmq_reader *reader, uint64_t *value);

#endif
