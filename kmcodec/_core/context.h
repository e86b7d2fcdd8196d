/* Memory, progress and errors of one call of the library. */
#ifndef KMQ_CONTEXT_H
#define KMQ_CONTEXT_H

#include "kmq.h"

/* What changes during a call. */
typedef struct kmq_tally {
    uint64_t used;  /* bytes allocated now */
    uint64_t done;  /* units of work of the present step */
    uint64_t total; /* 0: not known */
    uint64_t since; /* units since the progress function was asked */
    kmq_status status; /* of the last error, or KMQ_OK */
    kmq_error *error;  /* the caller's, or NULL */
} kmq_tally;

typedef struct kmq_context {
    kmq_options options; /* without zeros: defaults are filled in */
    const uint8_t *data; /* the file, from which offsets count */
    kmq_tally *tally;
} kmq_context;

/* Fill in the defaults of options; NULL stands for all of them. */
kmq_status kmq_complete_options(kmq_options *complete, const kmq_options *options);

/* Note an error and return its status. `at` is where in the file, or NULL. */
kmq_status kmq_fail(const kmq_context *context, kmq_status status, const char *message,
                    const uint8_t *at);

/* Return room for count * size bytes, each at least 1, or note an error and return NULL. Large room
 * takes the system long to clear: whoever asks for it writes it before reading, bit by bit. */
void *kmq_allocate_room(const kmq_context *context, uint64_t count, uint64_t size);

/* Return count * size bytes of zeros, each at least 1, or note an error and return NULL: clearing
 * large room takes so long that the caller may stop it. */
void *kmq_allocate(const kmq_context *context, uint64_t count, uint64_t size);

/* Free what these returned, or NULL. */
void kmq_release(const kmq_context *context, void *pointer);

/* Begin a step of `total` units of work. */
void kmq_begin(const kmq_context *context, uint64_t total);

/* Count work of which no step's total tells, as kmq_advance does. */
kmq_status kmq_consider(const kmq_context *context, uint64_t units);

/* Count work of a step, about 1 for a pixel; return KMQ_CANCELLED if the caller asks to stop. Call
 * it at least every 4096 units. */
kmq_status kmq_advance(const kmq_context *context, uint64_t units);

#endif
