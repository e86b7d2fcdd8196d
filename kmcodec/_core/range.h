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

/* Not every build uses all of these, which Clang would say. */
#if defined(__GNUC__)
#define KMQ_INLINE static inline __attribute__((unused))
#else
#define KMQ_INLINE static inline
#endif

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

typedef struct kmq_range_decoder {
    const uint8_t *stream;
    size_t size;
    size_t position; /* bytes read, zeros after the end included; at least 4 */
    uint32_t range;
    uint32_t code; /* less than range, unless there is a fault */
    int fault;     /* 1 once the stream is known to be none that an encoder writes */
} kmq_range_decoder;

KMQ_INLINE uint32_t kmq_range_next_byte(kmq_range_decoder *decoder) {
    size_t position = decoder->position++;
    return position < decoder->size ? decoder->stream[position] : 0;
}

KMQ_INLINE void kmq_range_renew(kmq_range_decoder *decoder) {
    while (decoder->range < KMQ_SMALLEST_RANGE) {
        decoder->range <<= 8;
        decoder->code = decoder->code << 8 | kmq_range_next_byte(decoder);
    }
}

KMQ_INLINE void kmq_range_start(kmq_range_decoder *decoder, const uint8_t *stream,
                                   size_t size) {
    decoder->stream = stream;
    decoder->size = size;
    decoder->position = 0;
    decoder->range = UINT32_MAX;
    decoder->code = 0;
    for (int i = 0; i < 4; i++) decoder->code = decoder->code << 8 | kmq_range_next_byte(decoder);
    decoder->fault = decoder->code == UINT32_MAX || (size > 0 && stream[size - 1] == 0);
}

/* Return the bit of a decision. */
KMQ_INLINE int kmq_range_decide(kmq_range_decoder *decoder, uint32_t chance) {
    uint32_t bound = (decoder->range >> KMQ_CHANCE_BITS) * chance;
    int bit = decoder->code < bound;
    if (bit) {
        decoder->range = bound;
    } else {
        decoder->range -= bound;
        decoder->code -= bound;
    }
    kmq_range_renew(decoder);
    return bit;
}

/* Return a value, 0 to 16383: the symbol is the one for which low <= value < high. */
KMQ_INLINE uint32_t kmq_range_value(kmq_range_decoder *decoder) {
    uint32_t value = decoder->code / (decoder->range >> KMQ_SYMBOL_BITS);
    decoder->fault |= (int)(value >> KMQ_SYMBOL_BITS != 0);
    return value < (1u << KMQ_SYMBOL_BITS) ? value : (1u << KMQ_SYMBOL_BITS) - 1;
}

/* Take the symbol of a value, by its cumulative chances. */
KMQ_INLINE void kmq_range_take(kmq_range_decoder *decoder, uint32_t low, uint32_t high) {
    uint32_t part = decoder->range >> KMQ_SYMBOL_BITS;
    decoder->code -= part * low;
    decoder->range = part * (high - low);
    kmq_range_renew(decoder);
}

/* Whether the stream is the one that an encoder writes for what was decoded. */
KMQ_INLINE int kmq_range_finished(const kmq_range_decoder *decoder) {
    if (decoder->fault || decoder->size > decoder->position) return 0;
    uint64_t word = 0;
    for (size_t i = decoder->position - 4; i < decoder->position; i++) {
        word = word << 8 | (i < decoder->size ? decoder->stream[i] : 0u);
    }
    /* The interval may begin before the last four bytes do, so both have 2^32 added. */
    word += (uint64_t)1 << 32;
    return kmq_range_last_word(word - decoder->code, decoder->range) == word;
}

#ifndef KMQ_NO_ENCODER

typedef struct kmq_range_encoder {
    uint8_t *stream;
    size_t capacity;
    size_t position;
    uint64_t low; /* less than 2^32 between steps */
    uint32_t range;
    int full; /* 1 once the stream did not fit */
} kmq_range_encoder;

KMQ_INLINE void kmq_range_open(kmq_range_encoder *encoder, uint8_t *stream, size_t capacity) {
    encoder->stream = stream;
    encoder->capacity = capacity;
    encoder->position = 0;
    encoder->low = 0;
    encoder->range = UINT32_MAX;
    encoder->full = 0;
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

KMQ_INLINE void kmq_range_write(kmq_range_encoder *encoder) {
    kmq_range_carry(encoder);
    while (encoder->range < KMQ_SMALLEST_RANGE) {
        kmq_range_put(encoder, (uint8_t)(encoder->low >> 24));
        encoder->low = encoder->low << 8 & UINT32_MAX;
        encoder->range <<= 8;
    }
}

/* Write the bit of a decision. */
KMQ_INLINE void kmq_range_encode_bit(kmq_range_encoder *encoder, uint32_t chance, int bit) {
    uint32_t bound = (encoder->range >> KMQ_CHANCE_BITS) * chance;
    if (bit) {
        encoder->range = bound;
    } else {
        encoder->range -= bound;
        encoder->low += bound;
    }
    kmq_range_write(encoder);
}

/* Write a symbol, by its cumulative chances of 16384, low < high. */
KMQ_INLINE void kmq_range_encode_symbol(kmq_range_encoder *encoder, uint32_t low,
                                           uint32_t high) {
    uint32_t part = encoder->range >> KMQ_SYMBOL_BITS;
    encoder->low += (uint64_t)part * low;
    encoder->range = part * (high - low);
    kmq_range_write(encoder);
}

/* End the stream; return its bytes, or SIZE_MAX if they did not fit. */
KMQ_INLINE size_t kmq_range_close(kmq_range_encoder *encoder) {
    encoder->low = kmq_range_last_word(encoder->low, encoder->range);
    kmq_range_carry(encoder);
    for (int shift = 24; shift >= 0; shift -= 8) {
        kmq_range_put(encoder, (uint8_t)(encoder->low >> shift));
    }
    if (encoder->full) return SIZE_MAX;
    while (encoder->position > 0 && encoder->stream[encoder->position - 1] == 0) {
        encoder->position--;
    }
    return encoder->position;
}

#endif

#endif
