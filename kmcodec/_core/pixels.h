/* The pixels of a tile, in their order (spec 6.3.3 to 6.3.5). */

#define KMQ_RUN 16       /* pixels of a run */
#define KMQ_RUN_SET 64   /* the set of weights of runs; those before it are for single pixels */

/* Return what a length is about, in steps of half an octave: 0 to 63. */
KMQ_HOT uint32_t kmq_about(uint32_t length) {
    if (length < 4) return length;
    uint32_t octave = 30 - (uint32_t)kmq_leading_zeros(length); /* 1 for 4 to 7 */
    return 2 * octave + (length >> octave);
}

/* Let both sides have one coder, where there is one: after each turn of a side the other takes over
 * where it stands. The coders are copies of the tile's, so that they can stay in registers. */
KMQ_HOT void kmq_pass_on(kmq_coders *coders, const int from, const int decoding) {
    if (coders->count == 2) return;
    if (decoding) coders->decoders[1 - from] = coders->decoders[from];
#ifndef KMQ_NO_ENCODER
    if (!decoding) coders->encoders[1 - from] = coders->encoders[from];
#endif
}

KMQ_HOT void kmq_exchange(kmq_coders *coders, const int decoding) {
    if (decoding) {
        kmq_range_decoder decoder = coders->decoders[0];
        coders->decoders[0] = coders->decoders[1];
        coders->decoders[1] = decoder;
    } else {
#ifndef KMQ_NO_ENCODER
        kmq_range_encoder encoder = coders->encoders[0];
        coders->encoders[0] = coders->encoders[1];
        coders->encoders[1] = encoder;
#endif
    }
}

/* Code a decision by the range coder of a side. */
KMQ_HOT uint32_t kmq_code_decision(kmq_coders *coders, const int side, uint32_t chance,
                                   uint32_t bit, const int decoding) {
    if (decoding) {
        bit = (uint32_t)kmq_range_decide(&coders->input, &coders->decoders[side], chance);
    } else {
#ifndef KMQ_NO_ENCODER
        kmq_range_encode_bit(&coders->order, &coders->encoders[side], chance, (int)bit);
#endif
    }
    kmq_pass_on(coders, side, decoding);
    return bit;
}

/* Code one bit: the chances of up to three cells are mixed, and all learn (spec 6.3.4). */
KMQ_HOT uint32_t kmq_code_bit(kmq_tile *tile, kmq_coders *coders, const int side,
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
                               const int side, uint32_t calm, uint32_t beyond,
                               const kmq_member *member, const int decoding) {
    const uint32_t *near = site->near, w = near[W], escapes = *site->at != w;
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
                              const int side, int line, const kmq_member *member,
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

/* Whether a run may begin at a flat pixel: its pixels lie in the row, and all around them, as far as
 * the row above is `known`, is one leaf. What is read there ends two columns after the run, where
 * rows have four more. As it is read, each pixel of the run is flat, so that the one that breaks the
 * run is, too. */
KMQ_HOT int kmq_may_run(const kmq_tile *tile, const kmq_site *site, uint32_t beyond,
                        uint32_t known) {
    const uint16_t *up = site->at - tile->stride, *up2 = up - tile->stride;
    const uint32_t end = site->x + KMQ_RUN, w = site->near[W];
    if (beyond != 63 || end > tile->width || known < end + 2) return 0;
    return kmq_all_are(up + 2, w) && kmq_all_are(up2 + 1, w);
}

/* Code a run, and take its pixels. Return KMQ_LEAF if there are none. */
KMQ_HOT int kmq_begin_run(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const int side,
                          int line, const kmq_member *member, const int decoding) {
    uint32_t run = kmq_code_run(tile, coders, site, side, line, member, decoding);
    if (run == 0) return KMQ_LEAF;
    if (decoding) {
        for (uint32_t i = 0; i < run; i++) site->at[i] = (uint16_t)site->near[W];
    }
    tile->x[line] = site->x + run;
    tile->done += run - 1;
    tile->calm[line] += run;
    tile->broken[line] = run < KMQ_RUN;
    return KMQ_DONE;
}

/* Begin a pixel whose neighbours are all one leaf. */
KMQ_HOT int kmq_begin_flat(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const int side,
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
    *site->at = (uint16_t)site->near[W];
    return KMQ_DONE;
}

/* Begin the next pixels of a line: look around, and see whether they are as their neighbours.
 * Return KMQ_LEAF if the leaf of the site is still to be coded. `known` is how far the row above is.
 */
KMQ_HOT int kmq_begin_pixel(kmq_tile *tile, kmq_coders *coders, kmq_site *site, const int side,
                            int line, uint32_t known, const kmq_member *member,
                            const int decoding) {
    int next = KMQ_LEAF;
    site->x = tile->x[line];
    site->y = tile->y + (uint32_t)line;
    site->at = tile->plane + (ptrdiff_t)(site->y + 3) * tile->stride + 4 + site->x;
    site->escaped = 0;
    kmq_look(site, tile->stride);
    if (member->matches) {
        site->around[1] = kmq_six(site->near);
        site->around[0] = kmq_twelve(site->near, site->around[1]);
        kmq_recall(site, tile);
    }
    tile->x[line] = site->x + 1;
    tile->done++;
    if (kmq_is_flat(site->near)) {
        next = kmq_begin_flat(tile, coders, site, side, line, known, member, decoding);
        site->escaped = next == KMQ_LEAF;
    }
    if (next == KMQ_LEAF) tile->calm[line] = 0;
    if (next == KMQ_DONE && member->matches) kmq_remember(site, tile);
    return next;
}

/* Work out what all steps of a pixel have in common. */
KMQ_HOT void kmq_describe(const kmq_tile *tile, kmq_site *site, const kmq_member *member,
                          const int steps) {
    site->equal = kmq_equal_near(site->near) | site->escaped << 6;
    if (steps == 1) site->outside = kmq_equal_outside(site->near);
    kmq_predict(site, tile, member);
    const int n = kmq_count_inputs(member, steps);
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const kmq_input input = kmq_input_of(member, steps, i);
        if (input.kind == HASHED) site->numbers[i] = kmq_number(site, input.what);
    }
}

/* Choose what a step of a pixel mixes. The prefix is one that some leaf has, so that there is at
 * least one symbol. */
KMQ_HOT void kmq_prepare_step(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                              const uint32_t index, uint32_t prefix, const uint32_t n_steps,
                              const kmq_member *member, const int steps) {
    const kmq_step step = kmq_begin_step(site, n_steps, index, prefix);
    kmq_gather(tile, mixture, site, &step, member, steps);
    kmq_choose_weights(tile, mixture, site, &step, member, steps);
    uint32_t last = ((tile->n_leaves - 1) >> step.down) - 16 * prefix, w = site->near[W];
    mixture->limit = last < 15 ? last + 1 : 16;
    mixture->excluded = site->escaped && step.down == 0 && w >> 4 == prefix ? w & 15 : 16;
}

KMQ_HOT void kmq_code_symbol(kmq_coders *coders, kmq_mixture *mixture, const int side,
                             uint32_t symbol, const int decoding) {
    const int16_t *below = mixture->cumulative + 7, *above = below + 1;
    if (decoding) {
        kmq_range_decoder *decoder = &coders->decoders[side];
        uint32_t value = kmq_range_value(&coders->input, decoder);
        symbol = v8_count_not_above(mixture->low, mixture->high, v8_all((int16_t)value));
        coders->input.fault |= symbol >= mixture->limit;
        symbol = symbol < mixture->limit ? symbol : 0;
        uint32_t low = (uint32_t)below[symbol], high = (uint32_t)above[symbol];
        kmq_range_take(&coders->input, decoder, low, high);
    } else {
#ifndef KMQ_NO_ENCODER
        uint32_t low = (uint32_t)below[symbol], high = (uint32_t)above[symbol];
        kmq_range_encode_symbol(&coders->order, &coders->encoders[side], low, high);
#endif
    }
    kmq_pass_on(coders, side, decoding);
    mixture->symbol = symbol;
}

/* Code a step of one pixel, or of two: both are mixed before either learns. */
KMQ_HOT void kmq_code_step(kmq_tile *tile, kmq_coders *coders, const kmq_site *first,
                           const kmq_site *second, uint32_t prefixes[2], const uint32_t index,
                           const uint32_t n_steps, const kmq_member *member, const int steps,
                           const int decoding) {
    const int two = second != NULL;
    const uint32_t down = 4 * (n_steps - 1 - index);
    const kmq_tables *tables = &tile->tables;
    kmq_mixture a, b;
    kmq_prepare_step(tile, &a, first, index, prefixes[0], n_steps, member, steps);
    if (two) kmq_prepare_step(tile, &b, second, index, prefixes[1], n_steps, member, steps);
    kmq_mix(&a, tables, member, steps);
    if (two) kmq_mix(&b, tables, member, steps);
    kmq_code_symbol(coders, &a, 0, (uint32_t)*first->at >> down & 15, decoding);
    if (two) kmq_code_symbol(coders, &b, 1, (uint32_t)*second->at >> down & 15, decoding);
    kmq_learn(&a, tables, member, steps, tile->rate);
    if (two) kmq_learn(&b, tables, member, steps, tile->rate);
    prefixes[0] = prefixes[0] << 4 | a.symbol;
    if (two) prefixes[1] = prefixes[1] << 4 | b.symbol;
}

/* Code the leaves of one pixel, or of two. */
KMQ_HOT void kmq_code_leaves(kmq_tile *tile, kmq_coders *coders, kmq_site *first, kmq_site *second,
                             const kmq_member *member, const int steps, const int decoding) {
    const int two = second != NULL;
    uint32_t prefixes[2] = {0, 0};
    kmq_describe(tile, first, member, steps);
    if (two) kmq_describe(tile, second, member, steps);
    const uint32_t n = steps == 0 ? tile->steps : (uint32_t)steps; /* a constant but for 0 */
    kmq_code_step(tile, coders, first, second, prefixes, 0, n, member, steps, decoding);
    if (steps == 2) {
        kmq_code_step(tile, coders, first, second, prefixes, 1, n, member, steps, decoding);
    }
    for (uint32_t index = 1; steps == 0 && index < n; index++) {
        kmq_code_step(tile, coders, first, second, prefixes, index, n, member, steps, decoding);
    }
    if (decoding) *first->at = (uint16_t)prefixes[0];
    if (decoding && two) *second->at = (uint16_t)prefixes[1];
    if (member->learnt) kmq_learn_prediction(first, tile);
    if (member->learnt && two) kmq_learn_prediction(second, tile);
    if (member->matches) kmq_remember(first, tile);
    if (member->matches && two) kmq_remember(second, tile);
}

/* Fill what lies left of a row that begins, or right of one that has ended. */
KMQ_HOT void kmq_pad(kmq_tile *tile, uint32_t y, int right) {
    uint16_t *row = tile->plane + (ptrdiff_t)(y + 3) * tile->stride;
    uint16_t *from = right ? row + tile->width + 4 : row;
    uint16_t leaf = right ? from[-1] : row[4 - tile->stride];
    for (int i = 0; i < 4; i++) from[i] = leaf;
}

/* Code the next pixels of each row of the pair: the lower row is three pixels or more behind. */
KMQ_HOT void kmq_code_two(kmq_tile *tile, kmq_coders *coders, const int lower,
                          const kmq_member *member, const int steps, const int decoding) {
    kmq_site first, second;
    const uint32_t width = tile->width, ahead = tile->x[0], x = tile->x[1];
    int a = KMQ_DONE, b = KMQ_DONE;
    if (ahead < width) {
        if (ahead == 0) kmq_pad(tile, tile->y, 0);
        a = kmq_begin_pixel(tile, coders, &first, 0, 0, UINT32_MAX, member, decoding);
    }
    if (lower && x < width && (ahead >= width || ahead >= x + 3)) {
        if (x == 0) kmq_pad(tile, tile->y + 1, 0);
        uint32_t known = ahead < width ? ahead : UINT32_MAX;
        b = kmq_begin_pixel(tile, coders, &second, 1, 1, known, member, decoding);
    }
    if (a == KMQ_LEAF && b == KMQ_LEAF) {
        kmq_code_leaves(tile, coders, &first, &second, member, steps, decoding);
    } else if (a == KMQ_LEAF || b == KMQ_LEAF) {
        kmq_site *site = b == KMQ_LEAF ? &second : &first;
        if (b == KMQ_LEAF) kmq_exchange(coders, decoding);
        kmq_code_leaves(tile, coders, site, NULL, member, steps, decoding);
        if (b == KMQ_LEAF) kmq_exchange(coders, decoding);
    }
}

/* Code pixels until at least `budget` of them are done, or the tile. */
KMQ_HOT void kmq_code_pixels(kmq_tile *tile, uint64_t budget, const kmq_member *member,
                             const int steps, const int decoding) {
    const uint32_t width = tile->width;
    kmq_coders coders = tile->coders;
    const uint64_t stop = tile->done + budget;
    while (tile->y < tile->height && tile->done < stop) {
        const int lower = tile->y + 1 < tile->height;
        if (tile->x[0] == 0) {
            uint64_t before = (uint64_t)tile->y * width;
            tile->rate = (int16_t)(KMQ_LAST_RATE + member->first_rate * 8000u / (8000u + before));
        }
        while (tile->x[0] < width || (lower && tile->x[1] < width)) {
            uint32_t ahead = tile->x[0];
            kmq_code_two(tile, &coders, lower, member, steps, decoding);
            if (ahead < width && tile->x[0] == width) kmq_pad(tile, tile->y, 1);
            if (tile->done >= stop) break;
        }
        if (tile->x[0] < width || (lower && tile->x[1] < width)) break;
        if (lower) kmq_pad(tile, tile->y + 1, 1);
        tile->y += 2;
        tile->x[0] = tile->x[1] = 0;
    }
    tile->coders = coders;
}
