#include "inflate.h"

#include <string.h>

#define MOST_LENGTHS 320 /* code lengths of a block: 286 and 30 at most are used */
#define LONGEST_CODE 15
#define QUICK_BITS 10 /* codes up to this length are found in one step */
#define END_OF_BLOCK 256

/* A canonical Huffman code. */
typedef struct huffman_code {
    uint16_t quick[1 << QUICK_BITS];   /* symbol * 16 + length, by the next bits; 0: longer */
    uint16_t count[LONGEST_CODE + 1];  /* symbols of each length */
    uint16_t symbols[MOST_LENGTHS];    /* by length, then by number */
} huffman_code;

typedef struct inflater {
    const kmq_context *context;
    const uint8_t *stream;
    size_t size;
    size_t position; /* the next byte to hold */
    uint64_t held;   /* bits, the next one lowest */
    unsigned n_held;
    uint8_t *out;
    size_t out_size;
    size_t n_out;
    size_t told; /* bytes of the output that are counted as work */
    huffman_code literals;
    huffman_code distances;
} inflater;

static kmq_status inflate_fault(const inflater *in, const char *message) {
    return kmq_fail(in->context, KMQ_FORMAT, message, in->stream);
}

/* Hold at least 57 bits, or all there are. */
static void hold_bits(inflater *in) {
    while (in->n_held <= 56 && in->position < in->size) {
        in->held |= (uint64_t)in->stream[in->position++] << in->n_held;
        in->n_held += 8;
    }
}

/* Take `width` bits, 0 to 16, as a number; -1 after the end. */
static int take_bits(inflater *in, unsigned width) {
    if (in->n_held < width) hold_bits(in);
    if (in->n_held < width) return -1;
    int number = (int)(in->held & (((uint64_t)1 << width) - 1));
    in->held >>= width;
    in->n_held -= width;
    return number;
}

static unsigned reversed_bits(unsigned number, int width) {
    unsigned result = 0;
    for (int k = 0; k < width; k++) result |= (number >> k & 1) << (width - 1 - k);
    return result;
}

/* Fill the table of the codes that are found in one step. */
static void fill_quick(huffman_code *code) {
    unsigned next = 0, place = 0;
    memset(code->quick, 0, sizeof code->quick);
    for (int length = 1; length <= QUICK_BITS; length++) {
        for (unsigned k = 0; k < code->count[length]; k++, next++) {
            uint16_t entry = (uint16_t)(code->symbols[place++] << 4 | length);
            unsigned low = reversed_bits(next, length);
            for (; low < 1u << QUICK_BITS; low += 1u << length) code->quick[low] = entry;
        }
        next <<= 1;
    }
}

/* Build a code from the lengths of its symbols; return 0 if they make none. As in common
 * libraries a code may be empty, or one symbol of one bit; every other one is complete. (Zlib
 * refuses one symbol in the code of code lengths, too, but no lengths of that are complete.) */
static int build_code(huffman_code *code, const uint8_t *lengths, int n) {
    uint16_t place[LONGEST_CODE + 2] = {0};
    memset(code->count, 0, sizeof code->count);
    for (int s = 0; s < n; s++) code->count[lengths[s]]++;
    code->count[0] = 0;
    int left = 1, n_coded = 0;
    for (int length = 1; length <= LONGEST_CODE; length++) {
        left = 2 * left - code->count[length];
        if (left < 0) return 0;
        n_coded += code->count[length];
        place[length + 1] = (uint16_t)(place[length] + code->count[length]);
    }
    if (left > 0 && n_coded > 0 && !(n_coded == 1 && code->count[1] == 1)) return 0;
    for (int s = 0; s < n; s++) {
        if (lengths[s] > 0) code->symbols[place[lengths[s]]++] = (uint16_t)s;
    }
    fill_quick(code);
    return 1;
}

/* Return the next symbol, or -1 if the bits are none. */
static int take_symbol(inflater *in, const huffman_code *code) {
    if (in->n_held < LONGEST_CODE) hold_bits(in);
    unsigned entry = code->quick[in->held & ((1 << QUICK_BITS) - 1)];
    if (entry != 0 && (entry & 15) <= in->n_held) {
        in->held >>= entry & 15;
        in->n_held -= entry & 15;
        return (int)(entry >> 4);
    }
    int number = 0, first = 0, place = 0; /* of the codes of a length: bits, least, first place */
    uint64_t bits = in->held;
    for (unsigned length = 1; length <= LONGEST_CODE && length <= in->n_held; length++) {
        number |= (int)(bits & 1);
        bits >>= 1;
        int count = code->count[length];
        if (number - first < count) {
            in->held >>= length;
            in->n_held -= length;
            return code->symbols[place + number - first];
        }
        place += count;
        first = (first + count) << 1;
        number <<= 1;
    }
    return -1;
}

/* Take a base value and what the extra bits add to it; -1 after the end. */
static int take_value(inflater *in, int base, unsigned extra) {
    int more = take_bits(in, extra);
    return more < 0 ? -1 : base + more;
}

/* Return the length of a match, 3 to 258, of a symbol from 257; -1 if it has none. */
static int take_length(inflater *in, int symbol) {
    int k = symbol - 257;
    if (k == 28) return 258;
    if (k > 28) return -1;
    if (k < 8) return k + 3;
    unsigned extra = (unsigned)k / 4 - 1;
    return take_value(in, ((4 + k % 4) << extra) + 3, extra);
}

/* Return a distance, 1 to 32768; -1 if the bits are none. */
static int take_distance(inflater *in) {
    int k = take_symbol(in, &in->distances);
    if (k < 0 || k > 29) return -1;
    if (k < 4) return k + 1;
    unsigned extra = (unsigned)k / 2 - 1;
    return take_value(in, ((2 + k % 2) << extra) + 1, extra);
}

static kmq_status copy_match(inflater *in, int length, int distance) {
    if (length < 0 || distance < 0 || (size_t)distance > in->n_out) {
        return inflate_fault(in, "the deflate stream has a match that is none");
    }
    if ((size_t)length > in->out_size - in->n_out) {
        return inflate_fault(in, "the deflate stream holds more than its rows");
    }
    uint8_t *to = in->out + in->n_out;
    const uint8_t *from = to - distance;
    for (int k = 0; k < length; k++) to[k] = from[k]; /* which may overlap */
    in->n_out += (size_t)length;
    return KMQ_OK;
}

/* Count what was put out since the last time as work. */
static kmq_status tell_work(inflater *in) {
    size_t units = in->n_out - in->told;
    in->told = in->n_out;
    return kmq_advance(in->context, units);
}

/* Decode the symbols of a block. */
static kmq_status inflate_symbols(inflater *in) {
    for (;;) {
        if (in->n_out - in->told >= 4096) {
            kmq_status status = tell_work(in);
            if (status != KMQ_OK) return status;
        }
        int symbol = take_symbol(in, &in->literals);
        if (symbol == END_OF_BLOCK) return KMQ_OK;
        if (symbol < 0) return inflate_fault(in, "the deflate stream is damaged or ends early");
        if (symbol > END_OF_BLOCK) {
            int length = take_length(in, symbol);
            int distance = length < 0 ? -1 : take_distance(in);
            kmq_status status = copy_match(in, length, distance);
            if (status != KMQ_OK) return status;
        } else if (in->n_out < in->out_size) {
            in->out[in->n_out++] = (uint8_t)symbol;
        } else {
            return inflate_fault(in, "the deflate stream holds more than its rows");
        }
    }
}

static kmq_status inflate_stored(inflater *in) {
    take_bits(in, in->n_held % 8);
    int length = take_bits(in, 16), check = take_bits(in, 16);
    if (length < 0 || check < 0 || (length ^ check) != 0xffff) {
        return inflate_fault(in, "the deflate stream has a stored block of no length");
    }
    for (; length > 0 && in->n_held > 0; length--) {
        if (in->n_out == in->out_size) {
            return inflate_fault(in, "the deflate stream holds more than its rows");
        }
        in->out[in->n_out++] = (uint8_t)take_bits(in, 8);
    }
    if ((size_t)length > in->size - in->position) {
        return inflate_fault(in, "the deflate stream ends early");
    }
    if ((size_t)length > in->out_size - in->n_out) {
        return inflate_fault(in, "the deflate stream holds more than its rows");
    }
    if (length > 0) memcpy(in->out + in->n_out, in->stream + in->position, (size_t)length);
    in->n_out += (size_t)length;
    in->position += (size_t)length;
    return KMQ_OK;
}

static kmq_status inflate_fixed(inflater *in) {
    uint8_t lengths[288];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    build_code(&in->literals, lengths, 288);
    memset(lengths, 5, 32);
    build_code(&in->distances, lengths, 32);
    return inflate_symbols(in);
}

/* Read `n` code lengths, which are coded themselves; return 0 if they are none. */
static int take_lengths(inflater *in, uint8_t *lengths, int n) {
    for (int k = 0; k < n;) {
        int symbol = take_symbol(in, &in->literals);
        if (symbol < 0) return 0;
        if (symbol < 16) {
            lengths[k++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16 && k == 0) return 0;
        uint8_t length = symbol == 16 ? lengths[k - 1] : 0;
        int times = symbol == 16   ? take_value(in, 3, 2)
                    : symbol == 17 ? take_value(in, 3, 3)
                                   : take_value(in, 11, 7);
        if (times < 0 || times > n - k) return 0;
        while (times-- > 0) lengths[k++] = length;
    }
    return 1;
}

static kmq_status inflate_dynamic(inflater *in) {
    static const uint8_t order[19] = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    };
    uint8_t lengths[MOST_LENGTHS] = {0};
    int n_literals = take_value(in, 257, 5), n_distances = take_value(in, 1, 5);
    int n_codes = take_value(in, 4, 4);
    if (n_codes < 0 || n_literals > 286 || n_distances > 30) {
        return inflate_fault(in, "the deflate stream has too many codes");
    }
    for (int k = 0; k < n_codes; k++) {
        int length = take_bits(in, 3);
        if (length < 0) return inflate_fault(in, "the deflate stream ends early");
        lengths[order[k]] = (uint8_t)length;
    }
    if (!build_code(&in->literals, lengths, 19) ||
        !take_lengths(in, lengths, n_literals + n_distances) || lengths[END_OF_BLOCK] == 0 ||
        !build_code(&in->literals, lengths, n_literals) ||
        !build_code(&in->distances, lengths + n_literals, n_distances)) {
        return inflate_fault(in, "the deflate stream has codes that are none");
    }
    return inflate_symbols(in);
}

static kmq_status inflate_block(inflater *in, int type) {
    if (type == 0) return inflate_stored(in);
    if (type == 1) return inflate_fixed(in);
    if (type == 2) return inflate_dynamic(in);
    return inflate_fault(in, "the deflate stream is damaged or ends early");
}

static kmq_status inflate_blocks(inflater *in) {
    for (int last = 0; !last;) {
        last = take_bits(in, 1);
        int type = last < 0 ? -1 : take_bits(in, 2);
        kmq_status status = inflate_block(in, type);
        if (status == KMQ_OK) status = tell_work(in);
        if (status == KMQ_OK) status = kmq_advance(in->context, type == 0 ? 1 : 256);
        if (status != KMQ_OK) return status;
    }
    if (in->n_out < in->out_size) return inflate_fault(in, "the deflate stream ends early");
    if (in->size - in->position + in->n_held / 8 > 0) {
        return inflate_fault(in, "bytes follow the deflate stream");
    }
    return KMQ_OK;
}

kmq_status kmq_inflate(const kmq_context *context, const uint8_t *stream, size_t size,
                       uint8_t *out, size_t out_size) {
    inflater *in = kmq_allocate(context, 1, sizeof *in);
    if (in == NULL) return context->tally->status;
    in->context = context;
    in->stream = stream;
    in->size = size;
    in->out = out;
    in->out_size = out_size;
    kmq_status status = inflate_blocks(in);
    kmq_release(context, in);
    return status;
}
