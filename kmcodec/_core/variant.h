/* The hot code of tiles, for the instructions that KMQ_SIMD names. Like what it includes, it has no
 * guard: a program may have several variants, whose names differ by KMQ_OF_VARIANT.
 */

/* Functions of the hot code have arguments that are constants where they are called, and are only
 * fast with those inlined. They are not in plain C, of which a compiler would make megabytes in
 * many minutes, nor where a compiler is told not to. */
#if KMQ_SIMD != KMQ_C && !defined(__NO_INLINE__)
#define KMQ_HOT static inline __attribute__((unused, always_inline))
#if defined(__clang__)
#define KMQ_UNROLL _Pragma("clang loop unroll(full)") /* to a count it unrolls too late */
#else
#define KMQ_UNROLL _Pragma("GCC unroll 32")
#endif
#else
#define KMQ_HOT KMQ_INLINE
#define KMQ_UNROLL
#endif

/* Small loops are unrolled where there is room. */
#ifdef KMQ_COMPACT
#define KMQ_UNROLL_SMALL
#else
#define KMQ_UNROLL_SMALL KMQ_UNROLL
#endif

/* Do something for each of `count` pixels, 1 or 2, of number i. With KMQ_COMPACT there is one copy
 * of the code for all, and of that of steps one for all palettes of more than 16 colours: together
 * two fifths of the bytes, for a tenth more time. */
#ifdef KMQ_COMPACT
#define KMQ_EACH(count, what) for (int i = 0; i < (count); i++) what
#else
#define KMQ_EACH(count, what) \
    do { \
        { enum { i = 0 }; what; } \
        if ((count) > 1) { enum { i = 1 }; what; } \
    } while (0)
#endif

#include "simd.h"
#include "simd16.h"
#include "rows.h"
#include "learnt.h"
#include "contexts.h"
#include "inputs.h"
#include "choosing.h"
#include "flat.h"
#include "pixels.h"
#include "choosing_leaves.h"

/* Inlining makes one function of all of this for each member and number of steps. */
#define KMQ_CODE(way, member, steps, decoding) \
    static void KMQ_OF_VARIANT(way##_##member##_##steps)(kmq_tile *tile, uint64_t budget) { \
        kmq_code_pixels(tile, budget, &kmq_##member, steps, decoding); \
    }
#ifdef KMQ_COMPACT
#define KMQ_CODE_ALL(way, member, decoding) \
    KMQ_CODE(way, member, 0, decoding) \
    KMQ_CODE(way, member, 1, decoding)
#define KMQ_NAME_ALL(way, member) \
    {KMQ_OF_VARIANT(way##_##member##_0), \
     KMQ_OF_VARIANT(way##_##member##_1), \
     KMQ_OF_VARIANT(way##_##member##_0)}
#else
#define KMQ_CODE_ALL(way, member, decoding) \
    KMQ_CODE(way, member, 0, decoding) \
    KMQ_CODE(way, member, 1, decoding) \
    KMQ_CODE(way, member, 2, decoding)
#define KMQ_NAME_ALL(way, member) \
    {KMQ_OF_VARIANT(way##_##member##_0), \
     KMQ_OF_VARIANT(way##_##member##_1), \
     KMQ_OF_VARIANT(way##_##member##_2)}
#endif
/* Members for stacks have one function for all palettes. Where code has to be small, they and the
 * full one share one function, which looks up what the member has: half of the bytes for all of
 * the members, and up to 1.5 of the time for these. */
#ifdef KMQ_SMALL
#define KMQ_CODE_SHARED(way, decoding) \
    static __attribute__((noinline)) void KMQ_OF_VARIANT(way##_any)(kmq_tile *tile, \
                                                                    uint64_t budget) { \
        const kmq_member *member = kmq_members[tile->model]; \
        kmq_code_pixels(tile, budget, member, tile->steps == 1 && member->n_few > 0, decoding); \
    }
#define KMQ_NAME_SHARED(way) \
    {KMQ_OF_VARIANT(way##_any), KMQ_OF_VARIANT(way##_any), KMQ_OF_VARIANT(way##_any)}
#define KMQ_NAMES(way) \
    {KMQ_NAME_ALL(way, quick), KMQ_NAME_ALL(way, lean), KMQ_NAME_ALL(way, rich), \
     KMQ_NAME_SHARED(way), KMQ_NAME_SHARED(way), KMQ_NAME_SHARED(way), KMQ_NAME_SHARED(way)}
#else
#define KMQ_CODE_SHARED(way, decoding) \
    KMQ_CODE_ALL(way, full, decoding) \
    KMQ_CODE(way, quick_stack, 0, decoding) \
    KMQ_CODE(way, rich_stack, 0, decoding) \
    KMQ_CODE(way, full_stack, 0, decoding)
#define KMQ_NAME_STACK(way, member) \
    {KMQ_OF_VARIANT(way##_##member##_0), \
     KMQ_OF_VARIANT(way##_##member##_0), \
     KMQ_OF_VARIANT(way##_##member##_0)}
#define KMQ_NAMES(way) \
    {KMQ_NAME_ALL(way, quick), KMQ_NAME_ALL(way, lean), KMQ_NAME_ALL(way, rich), \
     KMQ_NAME_ALL(way, full), KMQ_NAME_STACK(way, quick_stack), KMQ_NAME_STACK(way, rich_stack), \
     KMQ_NAME_STACK(way, full_stack)}
#endif
#define KMQ_CODE_MEMBERS(way, decoding) \
    KMQ_CODE_ALL(way, quick, decoding) \
    KMQ_CODE_ALL(way, lean, decoding) \
    KMQ_CODE_ALL(way, rich, decoding) \
    KMQ_CODE_SHARED(way, decoding)

KMQ_CODE_MEMBERS(decode, 1)

#ifndef KMQ_NO_ENCODER
KMQ_CODE_MEMBERS(encode, 0)
/* Choosing takes its time anyway, so that one function serves all palettes of more than 16. */
#define KMQ_CHOOSE(member, steps) \
    static void KMQ_OF_VARIANT(choose_##member##_##steps)(kmq_tile *tile, const kmq_site *site) { \
        kmq_choose_leaf(tile, site, &kmq_##member, steps); \
    }
#define KMQ_CHOOSE_ALL(member) KMQ_CHOOSE(member, 0) KMQ_CHOOSE(member, 1)
#define KMQ_CHOOSERS_OF(member) \
    {KMQ_OF_VARIANT(choose_##member##_0), KMQ_OF_VARIANT(choose_##member##_1)}
KMQ_CHOOSE_ALL(quick)
KMQ_CHOOSE_ALL(lean)
KMQ_CHOOSE_ALL(rich)
static const kmq_variant KMQ_OF_VARIANT(kmq_coding) = {
    KMQ_NAMES(decode), KMQ_NAMES(encode),
    {KMQ_CHOOSERS_OF(quick), KMQ_CHOOSERS_OF(lean), KMQ_CHOOSERS_OF(rich)},
};
#else
static const kmq_variant KMQ_OF_VARIANT(kmq_coding) = {KMQ_NAMES(decode)};
#endif

#undef KMQ_HOT
#undef KMQ_EACH
#undef KMQ_EACH16
#undef KMQ_EACH8
#undef KMQ_EACH4
#undef KMQ_PAIR
#undef KMQ_OF_ONE
#undef KMQ_OF_TWO
#undef KMQ_UNROLL
#undef KMQ_UNROLL_SMALL
#undef KMQ_CODE
#undef KMQ_CODE_ALL
#undef KMQ_NAME_ALL
#undef KMQ_NAME_STACK
#undef KMQ_CODE_SHARED
#undef KMQ_NAME_SHARED
#undef KMQ_CODE_MEMBERS
#undef KMQ_NAMES
#undef KMQ_CHOOSE
#undef KMQ_CHOOSE_ALL
#undef KMQ_CHOOSERS_OF
#undef KMQ_RUN
