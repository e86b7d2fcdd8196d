/* The constant tables of the index models, from integer formulas (spec 6.3.11). */
#ifndef KMQ_TABLES_H
#define KMQ_TABLES_H

#include <stdalign.h>
#include <stdint.h>

#include "members.h"

#define KMQ_BIAS_RATE 32
#define KMQ_LAST_RATE 32
#define KMQ_LAST_FEW 63   /* visits that a row counts, for palettes of at most 16 colours */
#define KMQ_LAST_MANY 127 /* for others */

/* How a row learns at a visit. */
typedef struct kmq_pace {
    alignas(16) int16_t loss[8]; /* what each symbol loses, in all lanes */
    uint16_t next; /* the count after it */
    uint32_t base; /* from where the symbol that came gains */
} kmq_pace;

typedef struct kmq_tables {
    kmq_pace pace[128];
    uint16_t gain[2048];
    uint8_t level[3072];    /* of an activity */
    int16_t stretch[4096];
    uint16_t squash[4096];  /* of -2048 to 2047 */
    int16_t logarithm[17];  /* 2048 * log2 */
    uint16_t flat_rate[128];
    uint16_t flat_pace[256]; /* of a set of weights of flat decisions, by its visits */
    alignas(32) int16_t below[17][16];
    int16_t others[17][16];
    int16_t ordinal[16];
    int16_t whole[16];
} kmq_tables;

/* Fill the tables. A row's rate is 2 / (2 * count + start); it counts to `last`. */
void kmq_tables_make(kmq_tables *tables, uint32_t start, uint32_t last);

#endif
