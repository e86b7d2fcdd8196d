/* The hot code of tiles, for the instructions that KMQ_SIMD names. Like what it includes, it has no
 * guard: a program may have two variants, whose names differ by KMQ_OF_VARIANT.
 */
#include "simd.h"
#include "rows.h"
#include "learnt.h"
#include "contexts.h"
#include "inputs.h"
#include "pixels.h"

/* Inlining makes one function of all of this for each member and number of steps. */
#define KMQ_CODE(way, member, steps, decoding) \
    static void KMQ_OF_VARIANT(way##_##member##_##steps)(kmq_tile *tile, uint64_t budget) { \
        kmq_code_pixels(tile, budget, &kmq_##member, steps, decoding); \
    }
#define KMQ_CODE_ALL(way, member, decoding) \
    KMQ_CODE(way, member, 0, decoding) \
    KMQ_CODE(way, member, 1, decoding) \
    KMQ_CODE(way, member, 2, decoding)
#define KMQ_NAME_ALL(way, member) \
    {KMQ_OF_VARIANT(way##_##member##_0), \
     KMQ_OF_VARIANT(way##_##member##_1), \
     KMQ_OF_VARIANT(way##_##member##_2)}
#define KMQ_NAMES(way) \
    {KMQ_NAME_ALL(way, quick), KMQ_NAME_ALL(way, lean), \
     KMQ_NAME_ALL(way, rich), KMQ_NAME_ALL(way, full)}

KMQ_CODE_ALL(decode, quick, 1)
KMQ_CODE_ALL(decode, lean, 1)
KMQ_CODE_ALL(decode, rich, 1)
KMQ_CODE_ALL(decode, full, 1)

#ifndef KMQ_NO_ENCODER
KMQ_CODE_ALL(encode, quick, 0)
KMQ_CODE_ALL(encode, lean, 0)
KMQ_CODE_ALL(encode, rich, 0)
KMQ_CODE_ALL(encode, full, 0)
static const kmq_variant KMQ_OF_VARIANT(kmq_coding) = {KMQ_NAMES(decode), KMQ_NAMES(encode)};
#else
static const kmq_variant KMQ_OF_VARIANT(kmq_coding) = {KMQ_NAMES(decode)};
#endif

#undef KMQ_CODE
#undef KMQ_CODE_ALL
#undef KMQ_NAME_ALL
#undef KMQ_NAMES
