/* A plane of indices: which coder it has, and its rectangles as they are decoded (spec 6). */
#ifndef KMQ_PLANE_H
#define KMQ_PLANE_H

#include "context.h"

#define KMQ_CODER_PACKED 0 /* spec 6 */
#define KMQ_CODER_DEFLATE 1
#define KMQ_CODER_MIXED 2

/* An index payload, and what the header says of its plane. */
typedef struct kmq_plane {
    uint32_t width, height; /* 1 to 2^31 - 1 */
    uint32_t depth;         /* planes of a stack, or 1; all have at most 2^31 - 1 rows together */
    uint32_t n_colors;      /* 2 to 65536 */
    int channels;           /* of the palette */
    const uint8_t *palette; /* of which `mixed` makes its tree */
    const uint8_t *payload; /* begins with the coder */
    size_t size;
} kmq_plane;

/* Where indices go: rectangles, in no given order except that of two in the same row the left one
 * is first. Rows are counted through all planes of a stack, and `planes` is 0: the rectangles cover
 * the region that was asked for, in a stack perhaps with other rows of the same columns. */
typedef struct kmq_sink {
    kmq_status (*take)(void *to, const kmq_region *place, const uint16_t *indices, size_t stride);
    void *to;
} kmq_sink;

/* Check all but the stream of indices, before anything is allocated for the plane. */
kmq_status kmq_check_plane(const kmq_context *context, const kmq_plane *plane);

/* Return the rows of a region, counted through all planes, with those between its planes. */
kmq_region kmq_region_of_rows(const kmq_region *region, uint32_t height);

/* Decode a region, of at least one plane, of a plane that was checked. All indices are less than
 * n_colors. */
kmq_status kmq_decode_plane(const kmq_context *context, const kmq_plane *plane,
                            const kmq_region *region, const kmq_sink *sink);

/* Indices that are given at a time, at most. */
#define KMQ_PIECE 4096u

/* The coders, which kmq_check_plane and kmq_decode_plane choose from. */
kmq_status kmq_check_packed(const kmq_context *context, const kmq_plane *plane);
kmq_status kmq_decode_packed(const kmq_context *context, const kmq_plane *plane,
                             const kmq_region *region, const kmq_sink *sink);
kmq_status kmq_check_deflate(const kmq_context *context, const kmq_plane *plane);
kmq_status kmq_decode_deflate(const kmq_context *context, const kmq_plane *plane,
                              const kmq_region *region, const kmq_sink *sink);
kmq_status kmq_check_mixed(const kmq_context *context, const kmq_plane *plane);
kmq_status kmq_decode_mixed(const kmq_context *context, const kmq_plane *plane,
                            const kmq_region *region, const kmq_sink *sink);

#endif
