/* Which instructions the hot code of tiles uses: those of the processor that is compiled for or, on
 * x86-64, AVX2, SSSE3 or plain C, whichever the processor that runs the program has. All give the
 * same. KMQ_PLAIN keeps to plain C.
 */
#ifndef KMQ_VARIANTS_H
#define KMQ_VARIANTS_H

#include <string.h>

#include "portable.h"
#include "tile_state.h"

/* Clang says which loops stay loops in the function that members share, and GCC does not see that a
 * site is only used if its pixel has begun. It goes by where a name stands, which may be a macro. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define KMQ_C 0
#define KMQ_SSSE3 1
#define KMQ_NEON 2
#define KMQ_WASM 3
#define KMQ_AVX2 4

static const kmq_member kmq_quick = KMQ_QUICK, kmq_lean = KMQ_LEAN, kmq_rich = KMQ_RICH,
                        kmq_full = KMQ_FULL, kmq_quick_stack = KMQ_QUICK_STACK,
                        kmq_rich_stack = KMQ_RICH_STACK, kmq_full_stack = KMQ_FULL_STACK;
static const kmq_member *const kmq_members[KMQ_MEMBERS] = {
    &kmq_quick, &kmq_lean, &kmq_rich, &kmq_full, &kmq_quick_stack, &kmq_rich_stack,
    &kmq_full_stack,
};

#if defined(KMQ_PLAIN) || !defined(__GNUC__)
#define KMQ_SIMD KMQ_C
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define KMQ_SIMD KMQ_WASM
#elif defined(__ARM_NEON) && defined(__AARCH64EL__)
#include <arm_neon.h>
#define KMQ_SIMD KMQ_NEON
#elif defined(__AVX2__) && !defined(KMQ_SMALL)
#include <immintrin.h>
#define KMQ_SIMD KMQ_AVX2
#elif defined(__SSSE3__)
#include <tmmintrin.h>
#define KMQ_SIMD KMQ_SSSE3
#elif defined(__x86_64__)
#include <immintrin.h>
#define KMQ_CHOOSES
#else
#define KMQ_SIMD KMQ_C
#endif

#ifdef KMQ_CHOOSES
#define KMQ_JOIN(name, suffix) name##suffix
#define KMQ_JOIN_EXPANDED(name, suffix) KMQ_JOIN(name, suffix)
#define KMQ_OF_VARIANT(name) KMQ_JOIN_EXPANDED(name, KMQ_SUFFIX)
#include "variant_names.h"
#else
#define KMQ_OF_VARIANT(name) name
#endif

#ifndef KMQ_CHOOSES
#ifdef KMQ_SMALL
#define KMQ_COMPACT
#endif
#include "variant.h"
KMQ_INLINE const kmq_variant *kmq_choose_variant(void) { return &kmq_coding; }
#else

#define KMQ_COMPACT /* only the newest instructions are worth the bytes and the time to compile */
#define KMQ_SIMD KMQ_C
#define KMQ_SUFFIX _c
#include "variant.h"
#undef KMQ_SIMD
#undef KMQ_SUFFIX

#define KMQ_SIMD KMQ_SSSE3
#define KMQ_SUFFIX _ssse3
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("ssse3"))), apply_to = function)
#include "variant.h"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("ssse3")
#include "variant.h"
#pragma GCC pop_options
#endif
#undef KMQ_SIMD
#undef KMQ_SUFFIX

#ifndef KMQ_SMALL
#undef KMQ_COMPACT
#define KMQ_SIMD KMQ_AVX2
#define KMQ_SUFFIX _avx2
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "variant.h"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#include "variant.h"
#pragma GCC pop_options
#endif
#endif

KMQ_INLINE const kmq_variant *kmq_choose_variant(void) {
#ifndef KMQ_SMALL
    if (__builtin_cpu_supports("avx2")) return &kmq_coding_avx2;
#endif
    return __builtin_cpu_supports("ssse3") ? &kmq_coding_ssse3 : &kmq_coding_c;
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif
