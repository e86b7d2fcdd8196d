/* Which instructions the hot code of tiles uses: those of the processor that is compiled for or, on
 * x86-64, SSSE3 or SSE2, as the processor that runs the program has it. All of them give the same.
 * KMQ_PLAIN keeps to plain C, and KMQ_ONE_VARIANT to what is compiled for.
 */
#ifndef KMQ_VARIANTS_H
#define KMQ_VARIANTS_H

#include <string.h>

#include "portable.h"
#include "tile_state.h"

#define KMQ_C 0
#define KMQ_SSE2 1
#define KMQ_SSSE3 2
#define KMQ_NEON 3
#define KMQ_WASM 4

static const kmq_member kmq_quick = KMQ_QUICK, kmq_lean = KMQ_LEAN, kmq_rich = KMQ_RICH,
                        kmq_full = KMQ_FULL;

#if defined(KMQ_PLAIN) || !defined(__GNUC__)
#define KMQ_SIMD KMQ_C
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define KMQ_SIMD KMQ_WASM
#elif defined(__ARM_NEON) && defined(__AARCH64EL__)
#include <arm_neon.h>
#define KMQ_SIMD KMQ_NEON
#elif defined(__SSSE3__)
#include <tmmintrin.h>
#define KMQ_SIMD KMQ_SSSE3
#elif defined(__SSE2__) && (defined(KMQ_ONE_VARIANT) || !defined(__x86_64__) || defined(_MSC_VER))
#include <emmintrin.h>
#define KMQ_SIMD KMQ_SSE2
#elif defined(__SSE2__)
#include <tmmintrin.h>
#define KMQ_CHOOSES
#else
#define KMQ_SIMD KMQ_C
#endif

/* Functions of the hot code have arguments that are constants where they are called, and are only
 * fast with those inlined. In plain C they are not: a compiler would take minutes for megabytes. */
#if defined(KMQ_CHOOSES) || KMQ_SIMD != KMQ_C
#define KMQ_HOT static inline __attribute__((unused, always_inline))
#define KMQ_UNROLL _Pragma("GCC unroll 24")
#else
#define KMQ_HOT KMQ_INLINE
#define KMQ_UNROLL
#endif

#ifdef KMQ_CHOOSES
#define KMQ_JOIN(name, suffix) name##suffix
#define KMQ_JOIN_EXPANDED(name, suffix) KMQ_JOIN(name, suffix)
#define KMQ_OF_VARIANT(name) KMQ_JOIN_EXPANDED(name, KMQ_SUFFIX)
#include "variant_names.h"
#define KMQ_SIMD KMQ_SSE2
#define KMQ_SUFFIX _sse2
#else
#define KMQ_OF_VARIANT(name) name
#endif

#include "variant.h"

#ifdef KMQ_CHOOSES
#undef KMQ_SIMD
#undef KMQ_SUFFIX
#define KMQ_SIMD KMQ_SSSE3
#define KMQ_SUFFIX _ssse3
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("ssse3"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("ssse3")
#endif

#include "variant.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

KMQ_INLINE const kmq_variant *kmq_choose_variant(void) {
    return __builtin_cpu_supports("ssse3") ? &kmq_coding_ssse3 : &kmq_coding_sse2;
}
#else
KMQ_INLINE const kmq_variant *kmq_choose_variant(void) { return &kmq_coding; }
#endif

#endif
