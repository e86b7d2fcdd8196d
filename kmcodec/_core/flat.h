/* Flat pixels, all of whose neighbours are one leaf: the decision whether a pixel is the same, and
 * runs of them (spec 6.3.4). Part of a variant.
 *
 * Cells of single pixels: 64 by what is equal farther away times 64 of a length, 4096 of a hash, 64
 * of a match. Cells of runs: 16 streaks times 64 of a length, 1024 of a hash, 64 of a match, 16.
 */
#define KMQ_RUN 16       /* pixels of a run */
#define KMQ_RUN_SET 64   /* the set of weights of runs; those before it are for single pixels */

/* Return what a length is about, in steps of half an octave: 0 to 63. */
KMQ_HOT uint32_t kmq_about(uint32_t length) {
    if (length < 4) return length;
    uint32_t octave = 30 - (uint32_t)kmq_leading_zeros(length); /* 1 for 4 to 7 */
    return 2 * octave + (length >> octave);
}

/* Code a decision by the range coder of a side. */
KMQ_HOT uint32_t kmq_code_decision(kmq_coders *coders, const uint32_t side, uint32_t chance,
                                   uint32_t bit, const int decoding) {
    if (decoding) {
        bit = (uint32_t)kmq_range_decide(&coders->input, &coders->decoders[side], chance);
    } else {
#ifndef KMQ_NO_ENCODER
        kmq_range_encode_bit(&coders->order, &coders->encoders[side], chance, (int)bit);
#endif
    }
    return bit;
}

/* Code one bit: the chances of up to three cells are mixed, and all learn (spec 6.3.4). */
KMQ_HOT uint32_t kmq_code_bit(kmq_tile *tile, kmq_coders *coders, const uint32_t side,
                              uint32_t *const *cells, const int n, uint32_t set, uint32_t bit,
                              const int decoding) {
    int16_t *weights = tile->flat_weights[set];
    int32_t inputs[3], sum = 0;
    for (int i = 0; i < n; i++) {
        inputs[i] = tile->tables.stretch[*cells[i] >> 20];
        sum += inputs[i] * weights[i];
    }
    sum = kmq_clamp(sum >> 14, -2047, 2047);
    int32_t chance = tile->tables.squash[sum + 2048];
    bit = kmq_code_decision(coders, side, (uint32_t)chance, bit, decoding);
    int32_t error = (int32_t)(bit << 16) - chance;
    uint32_t visits = tile->flat_visits[set];
    int32_t step = error * (int32_t)tile->tables.flat_pace[visits] >> 16; /* less than 18875 */
    tile->flat_visits[set] = (uint8_t)(visits + (visits < 255));
    for (int i = 0; i < n; i++) {
        int32_t change = ((inputs[i] * 16 * step >> 16) + 1) >> 1;
        weights[i] = (int16_t)kmq_clamp(weights[i] + change, -24000, 24000);
        uint32_t count = *cells[i] & 1023; /* at most 62; p stays from 0 to 2^22 - 1 */
        int32_t p = (int32_t)(*cells[i] >> 10), toward = ((int32_t)(bit << 22) - p) >> 3;
        p += (int32_t)((int64_t)toward * tile->tables.flat_rate[count] >> 9);
        *cells[i] = (uint32_t)p << 10 | (count + (count < 62));
    }
    return bit;
}

/* Code whether a flat pixel escapes from its neighbours' leaf. */
KMQ_HOT uint32_t kmq_code_flat(kmq_tile *tile, kmq_coders *coders, const kmq_site *site,
                               const uint32_t side, uint32_t calm, uint32_t beyond,
                               const kmq_member *member, const int decoding) {
    const uint16_t *near = site->near, w = near[W], escapes = *site->at != w;
    const int n = member->matches ? 3 : 2;
    uint32_t hashed = kmq_hash(kmq_pair(w, near[NEE]), near[NNE]) % KMQ_FLAT_CELLS;
    uint32_t *cells[3] = {tile->cells + 64 * beyond + kmq_about(calm),
                          tile->cells + KMQ_FLAT_CELLS + hashed, tile->cells + 2 * KMQ_FLAT_CELLS};
    if (member->matches) cells[2] += 2 * site->times[0] + (site->guess[0] == w);
    return kmq_code_bit(tile, coders, side, cells, n, beyond, escapes, decoding);
}

/* Whether 16 leaves are all `leaf`. */
KMQ_HOT int kmq_all_are(const uint16_t *leaves, uint32_t leaf) {
    uint64_t pattern = leaf * UINT64_C(0x0001000100010001), four[4];
    memcpy(four, leaves, sizeof four);
    uint64_t first = (four[0] ^ pattern) | (four[1] ^ pattern);
    return (first | (four[2] ^ pattern) | (four[3] ^ pattern)) == 0;
}

/* Code how many of 16 pixels, at a place where all around is one leaf, have it too. */
KMQ_HOT uint32_t kmq_code_run(kmq_tile *tile, kmq_coders *coders, const kmq_site *site,
                              const uint32_t side, int line, const kmq_member *member,
                              const int decoding) {
    const uint32_t w = site->near[W];
    const int n = member->matches ? 3 : 2;
    uint32_t run = 0;
    if (!decoding) while (run < KMQ_RUN && site->at[run] == w) run++;
    uint32_t *base = tile->cells + 3 * KMQ_FLAT_CELLS;
    uint32_t streak = tile->streak < 15 ? tile->streak : 15;
    uint32_t *cells[3] = {base + 64 * streak + kmq_about(tile->calm[line]),
                          base + KMQ_RUN_HASHED + kmq_hash(w, 0) % 1024, base + KMQ_RUN_MATCH};
    if (member->matches) cells[2] += 2 * site->times[0] + (site->guess[0] == w);
    uint32_t ends = run < KMQ_RUN;
    ends = kmq_code_bit(tile, coders, side, cells, n, KMQ_RUN_SET, ends, decoding);
    tile->streak = ends ? 0 : tile->streak + 1;
    if (!ends) return KMQ_RUN;
    uint32_t node = 1;
    for (int i = 3; i >= 0; i--) {
        uint32_t *cell = base + KMQ_RUN_TREE + node, bit = run >> i & 1;
        bit = kmq_code_bit(tile, coders, side, &cell, 1, KMQ_RUN_SET + 1, bit, decoding);
        node = 2 * node + bit;
    }
    return node - 16;
}

/* Whether a run may begin at a flat pixel: its pixels lie in the row, and all around them is one
 * leaf. What is read of the row above ends two columns after the run: it has to be known that far,
 * and rows have four columns more. So each pixel of the run is flat, and the one that ends it. */
KMQ_HOT int kmq_may_run(const kmq_tile *tile, const kmq_site *site, uint32_t beyond,
                        uint32_t known) {
    const uint16_t *up = site->at - tile->stride, *up2 = up - tile->stride;
    const uint32_t end = site->x + KMQ_RUN, w = site->near[W];
    if (beyond != 63 || end > tile->width || known < end + 2) return 0;
    return kmq_all_are(up + 2, w) && kmq_all_are(up2 + 1, w);
}

/* Code a run, and take its pixels. Return KMQ_LEAF if there are none. */
KMQ_HOT int kmq_begin_run(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const uint32_t side,
                          int line, const kmq_member *member, const int decoding) {
    uint32_t run = kmq_code_run(tile, coders, site, side, line, member, decoding);
    if (run == 0) return KMQ_LEAF;
    if (decoding) {
        for (uint32_t i = 0; i < run; i++) site->at[i] = site->at[-1];
    }
    tile->x[line] = site->x + run;
    tile->done += run - 1;
    tile->calm[line] += run;
    tile->broken[line] = run < KMQ_RUN;
    return KMQ_DONE;
}

/* Begin a pixel whose neighbours are all one leaf. */
KMQ_HOT int kmq_begin_flat(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const uint32_t side,
                           int line, uint32_t known, const kmq_member *member,
                           const int decoding) {
    const uint32_t beyond = kmq_equal_beyond(site->near), calm = tile->calm[line];
    if (tile->broken[line]) {
        tile->broken[line] = 0;
        return KMQ_LEAF;
    }
    if (kmq_may_run(tile, site, beyond, known)) {
        return kmq_begin_run(tile, coders, site, side, line, member, decoding);
    }
    if (kmq_code_flat(tile, coders, site, side, calm, beyond, member, decoding)) return KMQ_LEAF;
    tile->calm[line] = calm + 1;
    *site->at = site->at[-1];
    return KMQ_DONE;
}
