/* The range coder of palettes and indices (spec 5.4), after Martin, "Range encoding" (1979).
 *
 * A decision has the chance p of a 1, 1 to 65535 of 65536. A symbol has cumulative chances of
 * 16384. Both sides keep `range` at 2^24 or more between steps, so that range >> 16 is at least
 * 256 and range >> 14 at least 1024: no part of a step is empty.
 */
#ifndef KMQ_RANGE_H
#define KMQ_RANGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "portable.h"

#define KMQ_CHANCE_BITS 16
#define KMQ_SYMBOL_BITS 14
#define KMQ_SMALLEST_RANGE ((uint32_t)1 << 24)

/* Return the number from `low` to low + range - 1 that is divisible by the highest power of two. */
KMQ_INLINE uint64_t kmq_range_last_word(uint64_t low, uint32_t range) {
    int zeros = 32;
    for (;;) {
        uint64_t multiple = (low + ((uint64_t)1 << zeros) - 1) >> zeros << zeros;
        if (multiple < low + range) return multiple;
        zeros--; /* ends at 0 at the latest, where the multiple is low */
    }
}

/* The bytes that decoders read. Two decoders may share them: a byte then belongs to whoever reads
 * it. */
typedef struct kmq_range_input {
    const uint8_t *stream;
    size_t size;
    size_t position; /* bytes read, zeros after the end included */
    int fault;       /* 1 once the stream is known to be none that an encoder writes */
} kmq_range_input;

typedef struct kmq_range_decoder {
    uint32_t range;
    uint32_t code; /* less than range, unless there is a fault */
    uint32_t low;  /* of the interval, modulo 2^32: with code, the last four bytes that were read */
} kmq_range_decoder;

KMQ_INLINE uint32_t kmq_range_next_byte(kmq_range_input *input) {
    size_t position = input->position++;
    return position < input->size ? input->stream[position] : 0;
}

/* Read bytes until the range is large enough. */
KMQ_INLINE void kmq_range_renew(kmq_range_input *input, kmq_range_decoder *decoder) {
    if (input->position + 4 <= input->size) { /* below 2^29, zeros after the end included */
        const uint8_t *p = input->stream + input->position;
        uint64_t next = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
        int bits = kmq_leading_zeros(decoder->range) & 24;
        decoder->range <<= bits;
        decoder->code = (uint32_t)(((uint64_t)decoder->code << 32 | next) << bits >> 32);
        decoder->low <<= bits;
        input->position += (size_t)(bits >> 3);
        return;
    }
    while (decoder->range < KMQ_SMALLEST_RANGE) {
        uint32_t byte = kmq_range_next_byte(input);
        decoder->range <<= 8;
        decoder->code = decoder->code << 8 | byte;
        decoder->low <<= 8;
    }
}

/* Set out to read a stream, which may end with a zero only if it has `least` bytes. */
KMQ_INLINE kmq_range_input kmq_range_read(const uint8_t *stream, size_t size, size_t least) {
    kmq_range_input input = {stream, size, 0, size > least && stream[size - 1] == 0};
    return input;
}

/* Start a decoder: it reads four bytes. */
KMQ_INLINE kmq_range_decoder kmq_range_start(kmq_range_input *input) {
    kmq_range_decoder decoder = {UINT32_MAX, 0, 0};
    for (int i = 0; i < 4; i++) decoder.code = decoder.code << 8 | kmq_range_next_byte(input);
    input->fault |= decoder.code == UINT32_MAX;
    return decoder;
}

/* Return the bit of a decision. */
KMQ_INLINE int kmq_range_decide(kmq_range_input *input, kmq_range_decoder *decoder,
                                uint32_t chance) {
    uint32_t bound = (decoder->range >> KMQ_CHANCE_BITS) * chance;
    int bit = decoder->code < bound;
    if (bit) {
        decoder->range = bound;
    } else {
        decoder->range -= bound;
        decoder->code -= bound;
        decoder->low += bound;
    }
    kmq_range_renew(input, decoder);
    return bit;
}

/* Return a value, 0 to 16383: the symbol is the one for which low <= value < high. */
KMQ_INLINE uint32_t kmq_range_value(kmq_range_input *input, const kmq_range_decoder *decoder) {
    uint32_t value = decoder->code / (decoder->range >> KMQ_SYMBOL_BITS);
    if (value >> KMQ_SYMBOL_BITS == 0) return value;
    input->fault = 1;
    return (1u << KMQ_SYMBOL_BITS) - 1;
}

/* Take the symbol of a value, by its cumulative chances. */
KMQ_INLINE void kmq_range_take(kmq_range_input *input, kmq_range_decoder *decoder, uint32_t low,
                               uint32_t high) {
    uint32_t part = decoder->range >> KMQ_SYMBOL_BITS;
    decoder->code -= part * low;
    decoder->low += part * low;
    decoder->range = part * (high - low);
    kmq_range_renew(input, decoder);
}

/* Whether all bytes are read and the last ones of this decoder are those that an encoder writes. */
KMQ_INLINE int kmq_range_finished(const kmq_range_input *input, const kmq_range_decoder *decoder) {
    if (input->fault || input->size > input->position) return 0;
    /* The interval may begin before the last four bytes do, so both have 2^32 added. */
    uint64_t word = ((uint64_t)1 << 32) + (uint32_t)(decoder->low + decoder->code);
    return kmq_range_last_word(word - decoder->code, decoder->range) == word;
}

#ifndef KMQ_NO_ENCODER

/* Where encoders write. Two encoders may share the order, in which their bytes are read. */
typedef struct kmq_range_order {
    uint8_t *who; /* NULL for palettes */
    size_t size;
} kmq_range_order;

typedef struct kmq_range_encoder {
    uint8_t *stream;
    size_t capacity;
    size_t position;
    uint64_t low; /* less than 2^32 between steps */
    uint32_t range;
    int full;    /* 1 once the stream did not fit */
    uint8_t who;
} kmq_range_encoder;

KMQ_INLINE kmq_range_encoder kmq_range_open(uint8_t *stream, size_t capacity, uint8_t who) {
    kmq_range_encoder encoder = {stream, capacity, 0, 0, UINT32_MAX, 0, who};
    return encoder;
}

KMQ_INLINE void kmq_range_put(kmq_range_encoder *encoder, uint8_t byte) {
    if (encoder->position < encoder->capacity) {
        encoder->stream[encoder->position++] = byte;
    } else {
        encoder->full = 1;
    }
}

/* Move what exceeds 32 bits of `low` into the bytes written. */
KMQ_INLINE void kmq_range_carry(kmq_range_encoder *encoder) {
    if (encoder->low >> 32 == 0) return;
    encoder->low &= UINT32_MAX;
    size_t i = encoder->position;
    while (i > 0 && ++encoder->stream[--i] == 0) continue;
}

KMQ_INLINE void kmq_range_write(kmq_range_order *order, kmq_range_encoder *encoder) {
    kmq_range_carry(encoder);
    while (encoder->range < KMQ_SMALLEST_RANGE) {
        kmq_range_put(encoder, (uint8_t)(encoder->low >> 24));
        if (order->who != NULL && !encoder->full) order->who[order->size++] = encoder->who;
        encoder->low = encoder->low << 8 & UINT32_MAX;
        encoder->range <<= 8;
    }
}

/* Write the bit of a decision. */
KMQ_INLINE void kmq_range_encode_bit(kmq_range_order *order, kmq_range_encoder *encoder,
                                     uint32_t chance, int bit) {
    uint32_t bound = (encoder->range >> KMQ_CHANCE_BITS) * chance;
    if (bit) {
        encoder->range = bound;
    } else {
        encoder->range -= bound;
        encoder->low += bound;
    }
    kmq_range_write(order, encoder);
}

/* Write a symbol, by its cumulative chances of 16384, low < high. */
KMQ_INLINE void kmq_range_encode_symbol(kmq_range_order *order, kmq_range_encoder *encoder,
                                        uint32_t low, uint32_t high) {
    uint32_t part = encoder->range >> KMQ_SYMBOL_BITS;
    encoder->low += (uint64_t)part * low;
    encoder->range = part * (high - low);
    kmq_range_write(order, encoder);
}

/* Write the last four bytes. */
KMQ_INLINE void kmq_range_close(kmq_range_encoder *encoder) {
    encoder->low = kmq_range_last_word(encoder->low, encoder->range);
    kmq_range_carry(encoder);
    for (int shift = 24; shift >= 0; shift -= 8) {
        kmq_range_put(encoder, (uint8_t)(encoder->low >> shift));
    }
}

/* Return the bytes of a stream without the zeros that it can do without. */
KMQ_INLINE size_t kmq_range_trim(const uint8_t *stream, size_t size, size_t least) {
    while (size > least && stream[size - 1] == 0) size--;
    return size;
}

#endif

#endif
