/* What the thirteen experts of modelled palettes say of a value (spec 5.4). */
#ifndef KMQ_PALETTE_EXPERTS_H
#define KMQ_PALETTE_EXPERTS_H

#include "palette_bumps.h"
#include "range.h"

#define KMQ_ROLES 9
#define KMQ_EXPERTS 13
#define KMQ_MOST_PARTS 144 /* 4 constant ones, 8 steps and 1, or 3 and 4 for each near entry */

/* One bump of one expert. */
typedef struct kmq_palette_part {
    int64_t weight; /* the expert's weight times the share: less than 2^24 */
    const int32_t *below; /* below[v]: mass at values less than v, of 16384 */
    int32_t share;
    int expert;
} kmq_palette_part;

/* What is known of the value to be coded. */
typedef struct kmq_palette_value {
    uint32_t i;       /* number of its entry */
    int place;        /* in the order of coding */
    int channel;
    int role;
    int lowest;       /* that it can be, 0 to 255 */
    int n_before;     /* colour channels of the entry that are coded */
    int before[3];    /* those channels, as they were coded */
} kmq_palette_value;

typedef struct kmq_palette_model {
    uint8_t *entries;
    uint32_t n_colors;
    int channels;
    int order[4];
    int alpha; /* channel, or -1 */
    int ascending;
    int encoding;
    kmq_range_input input;
    kmq_range_decoder decoder;
#ifndef KMQ_NO_ENCODER
    kmq_range_order order_of_bytes; /* none is kept */
    kmq_range_encoder encoder;
#endif
    int64_t learnt[KMQ_ROLES][KMQ_EXPERTS];
    int64_t weights[KMQ_ROLES][KMQ_EXPERTS]; /* prior and learnt: less than 2^13 */
    kmq_palette_part parts[KMQ_MOST_PARTS];
    int n_parts;
    uint16_t seen[4][257]; /* earlier entries below each value */
    kmq_bump_row rows[KMQ_BUMP_ROWS];
} kmq_palette_model;

/* Return an entry, as it is coded. */
static inline uint8_t *kmq_palette_entry(const kmq_palette_model *model, uint32_t i) {
    return model->entries + (size_t)i * (size_t)model->channels;
}

/* Fill the parts of the model with all bumps that have a say in a value. */
void kmq_add_parts(kmq_palette_model *model, const kmq_palette_value *value);

#endif
