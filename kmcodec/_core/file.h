/* An open file. */
#ifndef KMQ_FILE_H
#define KMQ_FILE_H

#include "container.h"
#include "context.h"
#include "plane.h"

struct kmq_file {
    kmq_options options;
    const uint8_t *data;
    uint64_t used; /* bytes of memory that the file holds */
    kmq_container container;
    kmq_info info;
    uint8_t *palette; /* or blocks */
    uint8_t *means;   /* colours of the blocks; the palette itself if there are none */
    kmq_plane plane;  /* its payload is NULL if there is one colour */
};

/* Note a success, so that an error from before does not stay. */
void kmq_clear_error(kmq_error *error);

#endif
