/* Leaves that are chosen as they are coded, by their error and by their price.
 *
 * The price of a leaf is that of its bits at this very place, as the model has learnt so far.
 * Errors are squared distances of points, to which the errors of neighbours are added before
 * (Floyd and Steinberg, "An adaptive algorithm for spatial grey scale", 1976).
 */
#ifndef KMQ_CHOICE_H
#define KMQ_CHOICE_H

#ifndef KMQ_NO_ENCODER

#include <stdint.h>

#include "tile.h"

#define KMQ_MOST_CLOSE 32
#define KMQ_MOST_CANDIDATES (KMQ_MOST_CLOSE + 6) /* and neighbours, and what matches expect */
#define KMQ_MOST_STEPS_CLOSER 4
#define KMQ_CHOOSERS 3         /* models that choose: those with the lowest numbers */
#define KMQ_BITS_OF_BREAK 1024 /* about what it takes to end a run, of 256 a bit */

struct kmq_site;

/* What a choice depends on. Points have coordinates from -32768 to 32767. */
typedef struct kmq_choice {
    const int32_t (*points)[4];  /* of the tile's pixels, row by row */
    const uint16_t *weights;     /* of the pixels' errors: 256 is 1 */
    const int32_t (*entries)[4]; /* points of the leaves */
    const uint16_t *close;       /* of each leaf: n_close different ones, itself first */
    uint32_t n_close;            /* 2 to KMQ_MOST_CLOSE */
    uint32_t price;              /* of a bit: a squared distance at weight 1 */
    int32_t diffusion;           /* the share of its neighbours' errors that a pixel makes up for:
                                  * 256 is 1 */
    int16_t (*errors)[4];        /* (height + 1) * (width + 2), zeros at first */
    uint32_t bits_of_escape;     /* of a leaf that no neighbour has, lately; of 256, times 16 */
    void (*choose)(kmq_tile *tile, const struct kmq_site *site);
} kmq_choice;

/* Set out to choose: the leaves that a tile begins with are those from which the search starts.
 * The choice stays the caller's, and has to stay where it is. Return 0 if the model does not
 * choose. The stream of a tile that chooses is not that of the leaves: it is to be encoded anew. */
int kmq_tile_choose(kmq_tile *tile, kmq_choice *choice);

#endif

#endif
