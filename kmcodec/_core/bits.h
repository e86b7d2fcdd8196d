/* Numbers of some bits, the most significant bit first (spec 1). */
#ifndef KMQ_BITS_H
#define KMQ_BITS_H

#include <stddef.h>
#include <stdint.h>

typedef struct kmq_bits {
    const uint8_t *data;
    size_t size;
    size_t position; /* the next byte */
    uint64_t held;   /* the lowest n_held bits are still to be read */
    int n_held;      /* fewer than 64 */
    int ended;       /* 1 once more bits were wanted than there are */
} kmq_bits;

static inline void kmq_bits_begin(kmq_bits *bits, const uint8_t *data, size_t size) {
    bits->data = data;
    bits->size = size;
    bits->position = 0;
    bits->held = 0;
    bits->n_held = 0;
    bits->ended = 0;
}

/* Return a number of `width` bits, 0 to 32; after the end zeros are read. */
static inline uint32_t kmq_bits_read(kmq_bits *bits, int width) {
    while (bits->n_held < width) {
        uint8_t byte = 0;
        if (bits->position < bits->size) {
            byte = bits->data[bits->position++];
        } else {
            bits->ended = 1;
        }
        bits->held = bits->held << 8 | byte;
        bits->n_held += 8;
    }
    bits->n_held -= width;
    return (uint32_t)(bits->held >> bits->n_held & (((uint64_t)1 << width) - 1));
}

/* Whether all bytes are read, and what is left of the last one is zero. */
static inline int kmq_bits_finished(const kmq_bits *bits) {
    return !bits->ended && bits->position == bits->size && bits->n_held < 8 &&
           (bits->held & (((uint64_t)1 << bits->n_held) - 1)) == 0;
}

#endif
