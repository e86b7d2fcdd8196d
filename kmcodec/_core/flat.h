/* Flat pixels, all of whose neighbours are one leaf, and still ones, whose neighbours are as in the
 * plane before: the decision whether a pixel is as expected, and runs of them (spec 6.3.4). Part of
 * a variant.
 *
 * Cells of single pixels: 64 by what is equal farther away times 64 of a length, 4096 of a hash, 64
 * of a match. Cells of runs: 16 streaks times 64 of a length, 1024 of a hash, 64 of a match, 16.
 */
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

/* Return the chance of a 1, as mixed from up to three cells, and what each of these says. */
KMQ_HOT int32_t kmq_chance_of(const kmq_tile *tile, uint32_t *const *cells, const int n,
                              uint32_t set, int32_t *inputs) {
    const int16_t *weights = tile->flat_weights[set];
    int32_t sum = 0;
    for (int i = 0; i < n; i++) {
        inputs[i] = tile->tables.stretch[*cells[i] >> 20];
        sum += inputs[i] * weights[i];
    }
    return tile->tables.squash[kmq_clamp(sum >> 14, -2047, 2047) + 2048];
}

/* Code one bit: the chances of up to three cells are mixed, and all learn (spec 6.3.4). */
KMQ_HOT uint32_t kmq_code_bit(kmq_tile *tile, kmq_coders *coders, const uint32_t side,
                              uint32_t *const *cells, const int n, uint32_t set, uint32_t bit,
                              const int decoding) {
    int16_t *weights = tile->flat_weights[set];
    int32_t inputs[3];
    const int32_t chance = kmq_chance_of(tile, cells, n, set, inputs);
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

/* Return the first cell, and the first set of weights, of flat pixels or of still ones. */
KMQ_HOT uint32_t *kmq_bank(const kmq_tile *tile, const kmq_site *site) {
    return tile->cells + (site->still ? KMQ_FLAT_BANK : 0);
}

KMQ_HOT uint32_t kmq_bank_sets(const kmq_site *site) { return site->still ? KMQ_FLAT_SETS : 0; }

#ifndef KMQ_NO_ENCODER
/* Choose whether a flat pixel escapes, by the chance of that. */
KMQ_HOT void kmq_choose_flat(kmq_tile *tile, const kmq_site *site, uint32_t *const *cells,
                             const int n, uint32_t set) {
    int32_t inputs[3];
    uint32_t chance = (uint32_t)kmq_chance_of(tile, cells, n, set, inputs);
    int64_t bits = kmq_bits_of(chance, KMQ_CHANCE_BITS);
    bits -= kmq_bits_of((1u << KMQ_CHANCE_BITS) - chance, KMQ_CHANCE_BITS);
    kmq_choose_expected(tile, site->x, site->y, site->at, site->expected, bits);
}
#endif

/* Code whether a flat or still pixel escapes from what is expected. */
KMQ_HOT uint32_t kmq_code_flat(kmq_tile *tile, kmq_coders *coders, const kmq_site *site,
                               const uint32_t side, uint32_t calm, uint32_t beyond,
                               const kmq_member *member, const int decoding) {
    const uint16_t *near = site->near;
    const uint32_t expected = site->expected;
    const int n = member->matches ? 3 : 2;
    uint32_t hashed = kmq_hash(kmq_pair(expected, near[NEE]), near[NNE]) % KMQ_FLAT_CELLS;
    if (member->stack && tile->z > 0) hashed = kmq_same_around(site, tile->stride);
    uint32_t *bank = kmq_bank(tile, site), set = kmq_bank_sets(site) + beyond;
    uint32_t *cells[3] = {bank + 64 * beyond + kmq_about(calm), bank + KMQ_FLAT_CELLS + hashed,
                          bank + 2 * KMQ_FLAT_CELLS};
    if (member->matches) cells[2] += 2 * site->times[0] + (site->guess[0] == expected);
#ifndef KMQ_NO_ENCODER
    if (!decoding && tile->choice != NULL) kmq_choose_flat(tile, site, cells, n, set);
#endif
    const uint32_t escapes = *site->at != expected;
    return kmq_code_bit(tile, coders, side, cells, n, set, escapes, decoding);
}

/* Whether eight leaves are all `leaf`. */
KMQ_HOT int kmq_half_are(const uint16_t *leaves, uint32_t leaf) {
    uint64_t pattern = leaf * UINT64_C(0x0001000100010001), two[2];
    memcpy(two, leaves, sizeof two);
    return ((two[0] ^ pattern) | (two[1] ^ pattern)) == 0;
}

/* Whether 16 leaves are all `leaf`. */
KMQ_HOT int kmq_all_are(const uint16_t *leaves, uint32_t leaf) {
    return kmq_half_are(leaves, leaf) & kmq_half_are(leaves + 8, leaf);
}

/* Describe where a run would go in the planes before, and the row below it: eight bits. */
KMQ_HOT uint32_t kmq_run_before(const kmq_tile *tile, const kmq_site *site) {
    const uint16_t *at = site->before, *down = at + tile->stride;
    const uint16_t *old = site->older, *old_down = old + tile->stride;
    const uint32_t leaf = site->expected, size = KMQ_RUN * sizeof *at;
    return (uint32_t)kmq_half_are(at + 1, leaf) | (uint32_t)kmq_half_are(at + 9, leaf) << 1 |
           (uint32_t)kmq_half_are(down, leaf) << 2 | (uint32_t)kmq_half_are(down + 8, leaf) << 3 |
           (uint32_t)kmq_all_are(old, leaf) << 4 | (uint32_t)kmq_all_are(old_down, leaf) << 5 |
           (uint32_t)(memcmp(at, old, size) == 0) << 6 |
           (uint32_t)(memcmp(down, old_down, size) == 0) << 7;
}

/* Return how many of the next 16 pixels are as expected. */
KMQ_HOT uint32_t kmq_count_expected(const kmq_site *site) {
    uint32_t run = 0;
    while (run < KMQ_RUN && site->at[run] == (site->still ? site->before[run] : site->expected)) {
        run++;
    }
    return run;
}

/* Code how many of 16 pixels, at a place where all around is as expected, are so, too. */
KMQ_HOT uint32_t kmq_code_run(kmq_tile *tile, kmq_coders *coders, const kmq_site *site,
                              const uint32_t side, int line, const kmq_member *member,
                              const int decoding) {
    const uint32_t expected = site->expected, set = kmq_bank_sets(site) + KMQ_RUN_SET;
    const int n = member->matches ? 3 : 2;
#ifndef KMQ_NO_ENCODER
    if (!decoding && tile->choice != NULL) kmq_choose_run(tile, site);
#endif
    uint32_t run = decoding ? 0 : kmq_count_expected(site);
    uint32_t *base = kmq_bank(tile, site) + 3 * KMQ_FLAT_CELLS;
    uint32_t streak = tile->streak < 15 ? tile->streak : 15, hashed = kmq_hash(expected, 0) % 1024;
    if (member->stack && tile->z > 0) hashed = kmq_run_before(tile, site);
    uint32_t *cells[3] = {base + 64 * streak + kmq_about(tile->calm[line]),
                          base + KMQ_RUN_HASHED + hashed, base + KMQ_RUN_MATCH};
    if (member->matches) cells[2] += 2 * site->times[0] + (site->guess[0] == expected);
    uint32_t ends = run < KMQ_RUN;
    ends = kmq_code_bit(tile, coders, side, cells, n, set, ends, decoding);
    tile->streak = ends ? 0 : tile->streak + 1;
    if (!ends) return KMQ_RUN;
    uint32_t node = 1;
    for (int i = 3; i >= 0; i--) {
        uint32_t *cell = base + KMQ_RUN_TREE + node, bit = run >> i & 1;
        bit = kmq_code_bit(tile, coders, side, &cell, 1, set + 1, bit, decoding);
        node = 2 * node + bit;
    }
    return node - 16;
}

/* Whether a run may begin at a flat or still pixel: its pixels lie in the row, and all around them
 * is one leaf, or as in the plane before. What is read of the row above ends two columns after the run: it has to be known
 * that far, and rows have four columns more. So each pixel of the run is flat, or still, and the one
 * that ends it. */
KMQ_HOT int kmq_may_run(const kmq_tile *tile, const kmq_site *site, uint32_t beyond,
                        uint32_t known) {
    const uint16_t *up = site->at - tile->stride, *up2 = up - tile->stride;
    const uint32_t end = site->x + KMQ_RUN, w = site->near[W];
    if (beyond != 63 || end > tile->width || known < end + 2) return 0;
    if (site->still) {
        const uint16_t *before = site->before - tile->stride;
        return memcmp(up + 2, before + 2, 2 * KMQ_RUN) == 0 &&
               memcmp(up2 + 1, before - tile->stride + 1, 2 * KMQ_RUN) == 0;
    }
    return kmq_all_are(up + 2, w) && kmq_all_are(up2 + 1, w);
}

/* Code a run, and take its pixels. Return KMQ_LEAF if there are none. */
KMQ_HOT int kmq_begin_run(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const uint32_t side,
                          int line, const kmq_member *member, const int decoding) {
    uint32_t run = kmq_code_run(tile, coders, site, side, line, member, decoding);
    if (run == 0) return KMQ_LEAF;
    if (decoding) {
        for (uint32_t i = 0; i < run; i++) {
            site->at[i] = site->still ? site->before[i] : site->at[-1];
        }
    }
    tile->x[line] = site->x + run;
    tile->done += run - 1;
    tile->calm[line] += run;
    if (run < KMQ_RUN) tile->broken[line] = site->still ? KMQ_STILL_RUN : KMQ_FLAT_RUN;
    return KMQ_DONE;
}

/* Begin a pixel whose neighbours are all one leaf, or as in the plane before. */
KMQ_HOT int kmq_begin_flat(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const uint32_t side,
                           int line, uint32_t known, const kmq_member *member,
                           const int decoding) {
    const uint32_t calm = tile->calm[line];
    uint32_t beyond = site->still ? kmq_same_beyond(site, tile->stride)
                                  : kmq_equal_beyond(site->near);
    if (tile->broken[line] != KMQ_NO_RUN) {
        tile->broken[line] = KMQ_NO_RUN;
        return KMQ_LEAF;
    }
    if (kmq_may_run(tile, site, beyond, known)) {
        return kmq_begin_run(tile, coders, site, side, line, member, decoding);
    }
    if (kmq_code_flat(tile, coders, site, side, calm, beyond, member, decoding)) return KMQ_LEAF;
    tile->calm[line] = calm + 1;
    *site->at = (uint16_t)site->expected;
    return KMQ_DONE;
}
