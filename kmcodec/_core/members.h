/* The members of the family of models (spec 6.3.10). */
#ifndef KMQ_MEMBERS_H
#define KMQ_MEMBERS_H

#include <stdint.h>

#define KMQ_MOST_INPUTS 32
#define KMQ_MOST_SETS 5 /* of weights that a mixer adds */

/* The neighbours of a pixel, by name (spec 6.3.3). */
enum { W, N, NW, NE, WW, NN, NNE, NWW, NEE, WWW, NNN, NNW, KMQ_NEIGHBORS };

/* An input: where it takes its row from (spec 6.3.6). */
enum { EXACT, HASHED, MATCH, DISTANCE, NEAR, BEFORE };

/* What is hashed. */
enum {
    W_N, W_N_NE, W_N_NEE, W_WW, N_NN, N_NN_NNN, W_NE, NW_NE, NE_NEE, FIVE, SIX, TWELVE, GRADIENT4,
    SLOPE5, LEARNT4, LEARNT4_W, AVERAGE6, ROW, B_W_N, B_W_AFTER, B_W_N_AFTER
};

/* From which predicted colour a distance is. */
enum { GRADIENT, SLOPE, LEARNT, AVERAGE };

/* What the patterns of neighbours tell apart. */
enum { EQUAL, MATCHING };

typedef struct kmq_input {
    uint8_t kind, what;
} kmq_input;

typedef struct kmq_member {
    int n_many;                      /* inputs for palettes of more than 16 colours */
    kmq_input many[KMQ_MOST_INPUTS];
    int n_few;                       /* inputs for others; none: they have those of `many` */
    kmq_input few[KMQ_MOST_INPUTS];
    int strips;                      /* whether weights differ from strip to strip of a tile */
    int mixers;                      /* 2: a second one with sets of its own, and the mean */
    int near;                        /* whether rows of neighbours are among the inputs */
    int slope, learnt, average;      /* whether those predictions are used */
    int matches;                     /* whether what followed is remembered, and hashed rows tell
                                      * their numbers apart */
    uint32_t start;                  /* of the rate of learning: 2 / (2 * visits + start) */
    uint32_t first_rate;             /* at which weights learn at first, beside the last one */
    int log_rows;                    /* log2 of the rows of a hashed input, at most */
    int stack;                       /* whether it is for stacks: it looks at the plane before */
} kmq_member;

#define KMQ_QUICK \
    { \
        2, {{EXACT, W}, {EXACT, N}}, \
        3, {{HASHED, W_N}, {HASHED, W_N_NE}, {HASHED, SIX}}, \
        0, 1, 0, 0, 0, 0, 0, 6, 200, 14, 0 \
    }
#define KMQ_LEAN \
    { \
        4, {{EXACT, W}, {EXACT, N}, {EXACT, NE}, {DISTANCE, LEARNT}}, \
        8, {{HASHED, W_N}, {DISTANCE, LEARNT}, {HASHED, SIX}, {HASHED, W_N_NEE}, {HASHED, NW_NE}, \
            {HASHED, W_WW}, {HASHED, N_NN}, {HASHED, LEARNT4_W}}, \
        1, 1, 0, 0, 1, 0, 0, 6, 200, 14, 0 \
    }
#define KMQ_RICH \
    { \
        13, {{EXACT, W}, {EXACT, N}, {EXACT, NE}, {HASHED, W_WW}, {HASHED, N_NN}, {MATCH, 0}, \
             {HASHED, SIX}, {HASHED, TWELVE}, {HASHED, W_N_NEE}, {HASHED, GRADIENT4}, \
             {DISTANCE, LEARNT}, {DISTANCE, SLOPE}, {NEAR, MATCHING}}, \
        12, {{HASHED, W_N}, {DISTANCE, LEARNT}, {HASHED, SIX}, {HASHED, W_N_NEE}, {EXACT, NE}, \
             {HASHED, W_WW}, {HASHED, N_NN}, {HASHED, LEARNT4}, {MATCH, 0}, {HASHED, TWELVE}, \
             {NEAR, MATCHING}, {HASHED, N_NN_NNN}}, \
        1, 1, 1, 1, 1, 0, 1, 3, 100, 15, 0 \
    }
#define KMQ_FULL \
    { \
        23, {{EXACT, W}, {EXACT, N}, {EXACT, NE}, {EXACT, NW}, {HASHED, W_WW}, {HASHED, N_NN}, \
             {DISTANCE, LEARNT}, {HASHED, LEARNT4}, {EXACT, NWW}, {HASHED, NE_NEE}, \
             {HASHED, NW_NE}, {HASHED, W_NE}, {HASHED, AVERAGE6}, {DISTANCE, SLOPE}, {MATCH, 0}, \
             {HASHED, SIX}, {HASHED, TWELVE}, {HASHED, W_N_NEE}, {HASHED, GRADIENT4}, \
             {NEAR, MATCHING}, {HASHED, N_NN_NNN}, {NEAR, EQUAL}, {HASHED, SLOPE5}}, \
        19, {{HASHED, W_N}, {DISTANCE, LEARNT}, {HASHED, SIX}, {HASHED, W_N_NEE}, {HASHED, NW_NE}, \
             {HASHED, W_WW}, {HASHED, N_NN}, {HASHED, LEARNT4_W}, {MATCH, 0}, {HASHED, TWELVE}, \
             {HASHED, ROW}, {HASHED, N_NN_NNN}, {NEAR, MATCHING}, {EXACT, NE}, {HASHED, LEARNT4}, \
             {HASHED, W_N_NE}, {NEAR, EQUAL}, {HASHED, SLOPE5}, {HASHED, FIVE}}, \
        1, 2, 1, 1, 1, 1, 1, 4, 100, 16, 0 \
    }
#define KMQ_QUICK_STACK \
    { \
        5, {{EXACT, W}, {EXACT, N}, {BEFORE, 0}, {HASHED, SIX}, {HASHED, B_W_AFTER}}, \
        0, {{0, 0}}, \
        0, 1, 0, 0, 0, 0, 0, 6, 200, 14, 1 \
    }
#define KMQ_RICH_STACK \
    { \
        16, {{EXACT, W}, {EXACT, N}, {EXACT, NE}, {HASHED, W_WW}, {HASHED, N_NN}, {MATCH, 0}, \
             {HASHED, SIX}, {HASHED, TWELVE}, {HASHED, W_N_NEE}, {HASHED, GRADIENT4}, \
             {DISTANCE, LEARNT}, {DISTANCE, SLOPE}, {NEAR, MATCHING}, {BEFORE, 0}, \
             {HASHED, B_W_N}, {HASHED, B_W_AFTER}}, \
        0, {{0, 0}}, \
        1, 1, 1, 1, 1, 0, 1, 3, 100, 15, 1 \
    }
#define KMQ_FULL_STACK \
    { \
        27, {{EXACT, W}, {EXACT, N}, {EXACT, NE}, {EXACT, NW}, {HASHED, W_WW}, {HASHED, N_NN}, \
             {DISTANCE, LEARNT}, {HASHED, LEARNT4}, {EXACT, NWW}, {HASHED, NE_NEE}, \
             {HASHED, NW_NE}, {HASHED, W_NE}, {HASHED, AVERAGE6}, {DISTANCE, SLOPE}, {MATCH, 0}, \
             {HASHED, SIX}, {HASHED, TWELVE}, {HASHED, W_N_NEE}, {HASHED, GRADIENT4}, \
             {NEAR, MATCHING}, {HASHED, N_NN_NNN}, {NEAR, EQUAL}, {HASHED, SLOPE5}, {BEFORE, 0}, \
             {HASHED, B_W_N}, {HASHED, B_W_AFTER}, {HASHED, B_W_N_AFTER}}, \
        0, {{0, 0}}, \
        1, 2, 1, 1, 1, 1, 1, 4, 100, 16, 1 \
    }

#endif
