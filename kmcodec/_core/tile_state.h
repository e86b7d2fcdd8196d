/* The state of a tile that is being coded (spec 6.3). */
#ifndef KMQ_TILE_STATE_H
#define KMQ_TILE_STATE_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "choice.h"
#include "range.h"
#include "tables.h"
#include "tile.h"

#define KMQ_FLAT_CELLS 4096 /* of each input of a flat decision; and those of runs */
#define KMQ_FLAT_BANK (4 * KMQ_FLAT_CELLS) /* of flat pixels; a second one is for still ones */
#define KMQ_BIASES 257      /* of a mixer */
#define KMQ_FLAT_SETS 66    /* of weights: for single pixels, for runs, and for a run's length;
                             * as many for still pixels */
#define KMQ_RUN_HASHED 1024 /* where, among the cells of runs, those of their second input begin, */
#define KMQ_RUN_MATCH 2048  /* those of the third, */
#define KMQ_RUN_TREE 2112   /* and those of the length's bits */
#define KMQ_GROUP 17        /* rows: one for a step's first symbol, and one after each of 16 */
#define KMQ_NO_PATTERN 32
#define KMQ_BEFORE_ROWS 561 /* for 33 patterns, 17 symbols, where the last is none */
#define KMQ_MATCH_ROWS 544  /* for 0 to 31 times, 17 symbols, where the last is none */

/* A chance is a binary logarithm: 2048 for a factor of two above 1/16. */
typedef struct kmq_row {
    alignas(16) int16_t chance[16];
    uint16_t count; /* of visits, at most the member's last */
    uint16_t check; /* of the hashed number whose row it is; 0 before the first */
    uint16_t unused[6];
} kmq_row;

/* A pixel and what surrounds it. */
typedef struct kmq_site {
    uint32_t x, y;
    uint16_t *at; /* its leaf in the padded plane */
    alignas(16) uint16_t near[KMQ_NEIGHBORS];
    uint32_t side; /* which range coder has it */
    uint32_t still;    /* whether it is expected to be as in the plane before */
    uint32_t expected; /* what a flat or still pixel should be */
    uint32_t escaped, equal, outside, level, strip;
    const uint16_t *before, *older; /* in a stack: its place in the two planes before; */
    uint32_t same;                  /* which neighbours are as there: eight bits, in their order; */
    uint32_t pattern;               /* at most 31, or KMQ_NO_PATTERN in the first plane; */
    uint32_t after;                 /* a hash of what lies there beyond what is known here */
    uint32_t around[2], times[2], guess[2]; /* of the matches */
    alignas(16) int16_t colors[4][8];       /* predicted; four channels and zeros */
    alignas(16) int16_t sum[8];             /* the learnt prediction, less 128, times 64, twice */
    alignas(16) int16_t around_colors[KMQ_NEIGHBORS / 2][8]; /* of two neighbours each */
    uint32_t numbers[KMQ_MOST_INPUTS];      /* of hashed inputs, */
    uint32_t places[KMQ_MOST_INPUTS];       /* their hashes, */
    kmq_row *groups[KMQ_MOST_INPUTS];       /* and where their rows begin */
} kmq_site;

/* The range coders of a tile: one for each row of a pair, or one for both. */
typedef struct kmq_coders {
    int count; /* 2, or 1 in a small tile */
    kmq_range_input input;
    kmq_range_decoder decoders[2];
#ifndef KMQ_NO_ENCODER
    kmq_range_order order;
    kmq_range_encoder encoders[2];
#endif
} kmq_coders;

/* What beginning a pixel leaves to do: nothing, or to code its leaf. */
enum { KMQ_DONE, KMQ_LEAF };

/* How a run was that broke: all of one leaf, or as in the plane before. */
enum { KMQ_NO_RUN, KMQ_FLAT_RUN, KMQ_STILL_RUN };

/* Code pixels until at least `budget` of them are done, or the tile. */
typedef void kmq_code(kmq_tile *tile, uint64_t budget);

/* Choose the leaf of a pixel that is neither flat nor still, or has escaped. */
typedef void kmq_choose(kmq_tile *tile, const kmq_site *site);

/* The functions of the members: 0 for palettes of more than 256 colours, 1 of at most 16, 2 of
 * others. */
typedef struct kmq_variant {
    kmq_code *decoders[KMQ_MEMBERS][3];
#ifndef KMQ_NO_ENCODER
    kmq_code *encoders[KMQ_MEMBERS][3];
    kmq_choose *choosers[KMQ_CHOOSERS][2]; /* of palettes of more than 16 colours, and others */
#endif
} kmq_variant;

struct kmq_tile {
    kmq_tables tables;
    const kmq_variant *variant;
    int model;
    uint32_t width, height, n_leaves, steps;
    ptrdiff_t stride;                 /* of the padded plane */
    uint16_t *plane;                  /* height + 3 rows of width + 8 leaves; in a stack one row
                                       * of zeros more, */
    uint16_t *before, *older;         /* and the two planes before, which are zeros at first */
    uint32_t depth, z;                /* planes, and the one that is being coded */
    int channels;
    int16_t (*colors)[8];             /* of the leaves: four channels and zeros */
    int16_t (*centred)[4];            /* the same less 128, times 128, in the image's channels */
    uint32_t *powers;                 /* of the leaves: the sum of the squares of those
                                       * differences, at most 4 * 128^2 */
    alignas(16) int16_t brightest[8]; /* 255 in those channels */
    int16_t (*taps)[8];               /* weights of two neighbours' colours in a predicted one */
    uint8_t (*centres)[4][16];        /* mean colours of what a step's symbols stand for */
    uint32_t centres_at[4];           /* where those of each step begin */
    kmq_row *rows[KMQ_MOST_INPUTS];
    uint32_t shift;                   /* a hash is shifted by this to be a row's number */
    int16_t *weights[2][KMQ_MOST_SETS]; /* of each mixer: tables of sets of 8, 16 or 24 */
    uint32_t strips_per_pixel;        /* a tile has 16 strips from left to right; of 65536 */
    int16_t (*bias)[16];
    uint32_t *matches;
    uint32_t match_mask;
    uint32_t *cells;                  /* of flat decisions */
    int16_t (*flat_weights)[4];
    uint8_t *flat_visits;
    uint32_t y, x[2];                 /* where the coding stands */
    uint32_t calm[2];                 /* pixels since something happened, in each row of the pair */
    uint32_t broken[2];               /* 0, or how the run was that the next pixel has escaped: */
    uint32_t streak;                  /* runs since one was broken */
    int16_t rate;                     /* of weights */
    uint64_t done;                    /* pixels of this plane */
    kmq_coders coders;
#ifndef KMQ_NO_ENCODER
    kmq_choice *choice; /* NULL where leaves are as they are */
#endif
};

/* Return the steps in which a leaf is coded: one for four bits, and at most four. */
KMQ_INLINE uint32_t kmq_count_steps(uint32_t n_leaves) {
    uint32_t steps = 1;
    while ((n_leaves - 1) >> (4 * steps) != 0) steps++;
    return steps;
}

#endif
