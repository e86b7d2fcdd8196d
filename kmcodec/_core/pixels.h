/* The pixels of a tile, in their order (spec 6.3.3 to 6.3.5). Part of a variant. */

/* Begin the next pixels of a line: look around, and see whether they are as their neighbours.
 * Return KMQ_LEAF if the leaf of the site is still to be coded. The row above is `known` so far. */
KMQ_HOT int kmq_begin_pixel(kmq_tile *tile, kmq_coders *coders, kmq_site *site, int line,
                            uint32_t known, const kmq_member *member,
                            const int decoding) {
    int next = KMQ_LEAF;
    site->x = tile->x[line];
    site->y = tile->y + (uint32_t)line;
    site->at = tile->plane + (ptrdiff_t)(site->y + 3) * tile->stride + 4 + site->x;
    site->side = (uint32_t)(line & (coders->count - 1));
    site->escaped = 0;
    kmq_look(site, tile->stride);
    if (member->matches) {
        site->around[1] = kmq_six(site->near);
        site->around[0] = kmq_twelve(site->near, site->around[1]);
        kmq_recall(site, tile);
    }
    tile->x[line] = site->x + 1;
    tile->done++;
    site->still = 0;
    if (member->stack) {
        kmq_look_before(site, tile);
        site->still = tile->broken[line] != KMQ_FLAT_RUN && tile->z > 0 && (site->same & 63) == 63;
    }
    site->expected = site->still ? *site->before : site->at[-1];
    if (site->still || site->equal == 63) {
        next = kmq_begin_flat(tile, coders, site, site->side, line, known, member, decoding);
        site->escaped = next == KMQ_LEAF;
    }
    if (next == KMQ_LEAF) tile->calm[line] = 0;
    if (next == KMQ_DONE && member->matches) kmq_remember(site, tile);
    return next;
}

/* Work out what all steps of a pixel have in common. */
KMQ_HOT void kmq_describe(const kmq_tile *tile, kmq_site *site, const kmq_member *member,
                          const int steps) {
    site->equal |= site->escaped << 6;
    if (steps == 1 || member->mixers == 2) site->outside = kmq_equal_outside(site->near);
    if (member->stack) kmq_describe_before(site, tile);
    kmq_predict(site, tile, member);
    site->strip = 2 * site->level + 32 * (site->x * tile->strips_per_pixel >> 16); /* of 16 */
    kmq_find_groups(tile, site, member, steps);
}

/* Choose what a step of a pixel mixes. The prefix is one that some leaf has, so that there is at
 * least one symbol. */
KMQ_HOT void kmq_prepare_step(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                              const uint32_t index, uint32_t prefix, const uint32_t n_steps,
                              const kmq_member *member, const int steps) {
    const kmq_step step = kmq_begin_step(site, n_steps, index, prefix);
    kmq_gather(tile, mixture, site, &step, member, steps);
    kmq_choose_weights(tile, mixture, site, &step, member, steps);
    uint32_t last = ((tile->n_leaves - 1) >> step.down) - 16 * prefix;
    uint32_t w = member->stack ? site->expected : site->near[W];
    mixture->limit = last < 15 ? last + 1 : 16;
    mixture->excluded = 16;
    if (site->escaped && step.down == 0 && w >> 4 == prefix) mixture->excluded = w & 15;
}

KMQ_HOT void kmq_code_symbol(kmq_coders *coders, kmq_mixture *mixture, uint32_t side,
                             uint32_t symbol, const int decoding) {
    alignas(32) int16_t cumulative[32]; /* 15 unused, 0, then those after each symbol */
    const int16_t *below = cumulative + 15, *above = below + 1;
    cumulative[15] = 0;
    v16_store(cumulative + 16, mixture->all);
    if (decoding) {
        kmq_range_decoder *decoder = &coders->decoders[side];
        uint32_t value = kmq_range_value(&coders->input, decoder);
        symbol = v16_count_not_above(mixture->all, v16_all((int16_t)value));
        if (symbol >= mixture->limit) { /* the last of 16 has the rest, so that it is below 16 */
            coders->input.fault = 1;
            symbol = 0;
        }
        uint32_t low = (uint32_t)below[symbol], high = (uint32_t)above[symbol];
        kmq_range_take(&coders->input, decoder, low, high);
    } else {
#ifndef KMQ_NO_ENCODER
        uint32_t low = (uint32_t)below[symbol], high = (uint32_t)above[symbol];
        kmq_range_encode_symbol(&coders->order, &coders->encoders[side], low, high);
#endif
    }
    mixture->symbol = symbol;
}

/* Code a step of one pixel, or of two: both are mixed before either learns. */
KMQ_HOT void kmq_code_step(kmq_tile *tile, kmq_coders *coders, kmq_site *const *sites,
                           const int count, uint32_t prefixes[2], const uint32_t index,
                           const uint32_t n_steps, const kmq_member *member, const int steps,
                           const int decoding) {
    const uint32_t down = 4 * (n_steps - 1 - index);
    const kmq_tables *tables = &tile->tables;
    kmq_mixture mixtures[2];
    kmq_near nears[2];
    KMQ_EACH(count, mixtures[i].near = &nears[i]);
    KMQ_EACH(count, kmq_prepare_step(tile, &mixtures[i], sites[i], index, prefixes[i], n_steps,
                                     member, steps));
    KMQ_EACH(count, kmq_mix(&mixtures[i], tables, member, steps));
    KMQ_EACH(count, kmq_code_symbol(coders, &mixtures[i], sites[i]->side,
                                    (uint32_t)*sites[i]->at >> down & 15, decoding));
    KMQ_EACH(count, kmq_learn(&mixtures[i], tables, member, steps, tile->rate));
    KMQ_EACH(count, prefixes[i] = prefixes[i] << 4 | mixtures[i].symbol);
}

/* Code the leaves of one pixel, or of two. */
KMQ_HOT void kmq_code_leaves(kmq_tile *tile, kmq_coders *coders, kmq_site *first, kmq_site *second,
                             const int count, const kmq_member *member, const int steps,
                             const int decoding) {
    kmq_site *const sites[2] = {first, second};
    uint32_t prefixes[2] = {0, 0};
    KMQ_EACH(count, kmq_describe(tile, sites[i], member, steps));
#ifndef KMQ_NO_ENCODER
    if (!decoding && tile->choice != NULL) KMQ_EACH(count, tile->choice->choose(tile, sites[i]));
#endif
    const uint32_t n = steps == 0 ? tile->steps : (uint32_t)steps; /* a constant but for 0 */
#define KMQ_STEP(index) \
    kmq_code_step(tile, coders, sites, count, prefixes, index, n, member, steps, decoding)
    for (uint32_t index = 0; steps == 0 && index < n; index++) KMQ_STEP(index);
    if (steps > 0) KMQ_STEP(0);
    if (steps > 1) KMQ_STEP(1);
#undef KMQ_STEP
    if (decoding) KMQ_EACH(count, *sites[i]->at = (uint16_t)prefixes[i]);
    if (member->learnt) KMQ_EACH(count, kmq_learn_prediction(sites[i], tile));
    if (member->matches) KMQ_EACH(count, kmq_remember(sites[i], tile));
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
        a = kmq_begin_pixel(tile, coders, &first, 0, UINT32_MAX, member, decoding);
    }
    if (lower && x < width && (ahead >= width || ahead >= x + 3)) {
        if (x == 0) kmq_pad(tile, tile->y + 1, 0);
        uint32_t known = ahead < width ? ahead : UINT32_MAX;
        b = kmq_begin_pixel(tile, coders, &second, 1, known, member, decoding);
    }
    const int count = (a == KMQ_LEAF) + (b == KMQ_LEAF);
    if (a == KMQ_DONE && b == KMQ_LEAF) first = second; /* faster than a pointer to either */
#ifdef KMQ_COMPACT
    if (count > 0) kmq_code_leaves(tile, coders, &first, &second, count, member, steps, decoding);
#else
    if (count == 2) kmq_code_leaves(tile, coders, &first, &second, 2, member, steps, decoding);
    if (count == 1) kmq_code_leaves(tile, coders, &first, NULL, 1, member, steps, decoding);
#endif
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
            uint64_t before = ((uint64_t)tile->z * tile->height + tile->y) * width;
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
