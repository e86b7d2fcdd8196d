/* Signature, header and sections (spec 2 to 4). */
#ifndef KMQ_CONTAINER_H
#define KMQ_CONTAINER_H

#include "context.h"
#include "reader.h"

#define KMQ_SECTION_PALETTE 0x01 /* spec 4.3 */
#define KMQ_SECTION_INDICES 0x02
#define KMQ_MOST_SECTIONS 33 /* the two critical ones and 31 kinds of ancillary ones */

typedef struct kmq_payload {
    int tag; /* without the bit of the last section */
    const uint8_t *data;
    size_t size;
} kmq_payload;

typedef struct kmq_container {
    kmq_info info; /* its coder is -1 */
    int n_sections;
    kmq_payload sections[KMQ_MOST_SECTIONS];
} kmq_container;

/* Read signature, version and header; the reader is at the start of the file. */
kmq_status kmq_parse_header(const kmq_context *context, kmq_reader *reader, kmq_info *info);

/* Read a whole file, and hold its header against the limits. Nothing is allocated. */
kmq_status kmq_parse_container(const kmq_context *context, const uint8_t *data, size_t size,
                               kmq_container *container);

#endif
