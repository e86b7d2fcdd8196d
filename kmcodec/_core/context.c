#include "context.h"

#include <string.h>

#ifndef KMQ_NO_MALLOC
#include <stdlib.h>
#endif

#define MAX_PIXELS 178956970u /* spec 8 */
#define MAX_MEMORY ((uint64_t)1 << 30)
#define UNITS_PER_CALL 4096u /* of work, between two calls of the progress function */
#define CLEARED_PIECE ((size_t)1 << 19) /* bytes at a time */
#define BYTES_CLEARED_PER_UNIT 256u

/* Stands before each allocation, and keeps what follows aligned for any type. */
typedef union kmq_allocation {
    uint64_t size;
    max_align_t alignment;
} kmq_allocation;

#ifndef KMQ_NO_MALLOC

static void *allocate_by_malloc(void *user, size_t size) {
    (void)user;
    return malloc(size);
}

static void release_by_free(void *user, void *pointer) {
    (void)user;
    free(pointer);
}

#endif

const char *kmq_status_name(kmq_status status) {
    static const char *const names[] = {
        "OK",         "FormatError",    "TruncatedError", "UnsupportedError",
        "LimitError", "CancelledError", "MemoryError",    "ArgumentError",
    };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "?";
}

kmq_status kmq_complete_options(kmq_options *complete, const kmq_options *options) {
    memset(complete, 0, sizeof *complete);
    if (options != NULL) *complete = *options;
    if ((complete->allocate == NULL) != (complete->release == NULL)) return KMQ_ARGUMENT;
    if (complete->max_pixels == 0) complete->max_pixels = MAX_PIXELS;
    if (complete->max_bytes == 0) complete->max_bytes = 4 * (uint64_t)MAX_PIXELS;
    if (complete->max_memory == 0) complete->max_memory = MAX_MEMORY;
#ifndef KMQ_NO_MALLOC
    if (complete->allocate == NULL) {
        complete->allocate = allocate_by_malloc;
        complete->release = release_by_free;
    }
#endif
    return complete->allocate == NULL ? KMQ_ARGUMENT : KMQ_OK;
}

kmq_status kmq_fail(const kmq_context *context, kmq_status status, const char *message,
                    const uint8_t *at) {
    kmq_error *error = context->tally->error;
    context->tally->status = status;
    if (error != NULL) {
        error->status = status;
        error->message = message;
        error->offset = at == NULL ? KMQ_NO_OFFSET : (size_t)(at - context->data);
    }
    return status;
}

void *kmq_allocate_room(const kmq_context *context, uint64_t count, uint64_t size) {
    const kmq_options *options = &context->options;
    kmq_tally *tally = context->tally;
    uint64_t left = tally->used < options->max_memory ? options->max_memory - tally->used : 0;
    if (left < sizeof(kmq_allocation) || count > (left - sizeof(kmq_allocation)) / size) {
        kmq_fail(context, KMQ_LIMIT, "decoding takes more memory than the limit", NULL);
        return NULL;
    }
    uint64_t bytes = count * size + sizeof(kmq_allocation);
    kmq_allocation *start = NULL;
    if (bytes <= SIZE_MAX) start = options->allocate(options->allocator_user, (size_t)bytes);
    if (start == NULL) {
        kmq_fail(context, KMQ_MEMORY, "there is not enough memory", NULL);
        return NULL;
    }
    start->size = bytes;
    tally->used += bytes;
    return start + 1;
}

void *kmq_allocate(const kmq_context *context, uint64_t count, uint64_t size) {
    uint8_t *room = kmq_allocate_room(context, count, size);
    const size_t bytes = room == NULL ? 0 : (size_t)(count * size);
    for (size_t start = 0; start < bytes; start += CLEARED_PIECE) {
        size_t piece = bytes - start < CLEARED_PIECE ? bytes - start : CLEARED_PIECE;
        memset(room + start, 0, piece);
        if (kmq_consider(context, piece / BYTES_CLEARED_PER_UNIT) != KMQ_OK) {
            kmq_release(context, room);
            return NULL;
        }
    }
    return room;
}

void kmq_release(const kmq_context *context, void *pointer) {
    if (pointer == NULL) return;
    kmq_allocation *start = (kmq_allocation *)pointer - 1;
    context->tally->used -= start->size;
    context->options.release(context->options.allocator_user, start);
}

void kmq_begin(const kmq_context *context, uint64_t total) {
    context->tally->done = 0;
    context->tally->total = total;
}

kmq_status kmq_consider(const kmq_context *context, uint64_t units) {
    const kmq_options *options = &context->options;
    kmq_tally *tally = context->tally;
    tally->since += units;
    if (tally->since < UNITS_PER_CALL || options->progress == NULL) return KMQ_OK;
    tally->since = 0;
    uint64_t done = tally->done;
    if (tally->total > 0 && done > tally->total) done = tally->total;
    if (options->progress(options->progress_user, done, tally->total) == 0) return KMQ_OK;
    return kmq_fail(context, KMQ_CANCELLED, "the caller asked to stop", NULL);
}

kmq_status kmq_advance(const kmq_context *context, uint64_t units) {
    context->tally->done += units;
    return kmq_consider(context, units);
}
