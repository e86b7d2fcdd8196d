/* What C11 leaves to compilers. */
#ifndef KMQ_PORTABLE_H
#define KMQ_PORTABLE_H

#include <stdint.h>

/* Not every build uses all inline functions, which Clang would say. */
#if defined(__GNUC__)
#define KMQ_INLINE static inline __attribute__((unused))
#else
#define KMQ_INLINE static inline
#endif

/* Return how many bits above the highest one are 0; `value` is not 0. */
KMQ_INLINE int kmq_leading_zeros(uint32_t value) {
#if defined(__GNUC__)
    return __builtin_clz(value);
#else
    int zeros = 0;
    while (value >> 31 == 0) value <<= 1, zeros++;
    return zeros;
#endif
}

#endif
