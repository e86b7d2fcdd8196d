/* What surrounds a pixel, and the numbers made of it (spec 6.3.3, 6.3.6). Part of a variant. */

/* Return 32 bits that depend on both numbers. */
KMQ_HOT uint32_t kmq_hash(uint32_t a, uint32_t b) {
    uint32_t h = a * 0x2c9277b5u + b * 0x1e3779b1u + 0x3f4a7c15u;
    h = (h ^ h >> 15) * 0x35ebca6bu;
    return h ^ h >> 13;
}

KMQ_HOT uint32_t kmq_pair(uint32_t a, uint32_t b) { return a | b << 16; }

/* Note the leaves around a pixel: those of up to three rows above, three columns to the left and
 * two to the right, which the padded plane has. All are leaves that there are. And note which of
 * the nearest are equal: six bits, all if the pixel is flat. */
KMQ_HOT void kmq_look(kmq_site *site, ptrdiff_t stride) {
    const uint16_t *at = site->at, *up = at - stride, *up2 = up - stride;
    v8 leaves = v8_of_leaves(up - 2, up2, up2 + 1, at - 2, at - 1); /* NWW, NW, N, NE and these */
    v8 first = v8_lanes(leaves, v8_of(7, 2, 2, 7, 7, 2, 7, 7)); /* W, N, N, W, W, N */
    v8 second = v8_lanes(leaves, v8_of(2, 1, 3, 1, 6, 4, 7, 7)); /* N, NW, NE, NW, WW, NN */
    site->equal = v8_which_equal(first, second) & 63;
    v8_store((int16_t *)site->near, v8_lanes(leaves, v8_of(7, 2, 1, 3, 6, 4, 5, 0)));
    site->near[NEE] = up[2], site->near[WWW] = at[-3];
    site->near[NNN] = up2[-stride], site->near[NNW] = up2[-1];
}

/* Note which neighbours are as in the plane before: the first eight, all of the first six if the
 * pixel is still. */
KMQ_HOT void kmq_look_before(kmq_site *site, const kmq_tile *tile) {
    const ptrdiff_t place = site->at - tile->plane;
    const uint16_t *at = site->before = tile->before + place;
    const uint16_t *up = at - tile->stride, *up2 = up - tile->stride;
    site->older = tile->older + place;
    v8 leaves = v8_of_leaves(up - 2, up2, up2 + 1, at - 2, at - 1);
    v8 before = v8_lanes(leaves, v8_of(7, 2, 1, 3, 6, 4, 5, 0));
    site->same = v8_which_equal(before, v8_load((const int16_t *)site->near)) & 255;
}

/* Describe the plane before: what is as it was there, and what comes after the pixel there. */
KMQ_HOT void kmq_describe_before(kmq_site *site, const kmq_tile *tile) {
    const uint16_t *at = site->before;
    uint32_t below = at[tile->stride];
    site->pattern = (site->same & 15) | (uint32_t)(*at == *site->older) << 4;
    if (tile->z == 0) site->pattern = KMQ_NO_PATTERN;
    site->after = kmq_hash(kmq_pair(at[1], below), *site->older);
}

/* Which of the six neighbours farther away are as in the plane before. */
KMQ_HOT uint32_t kmq_same_beyond(const kmq_site *site, ptrdiff_t stride) {
    const uint16_t *near = site->near, *at = site->before, *up = at - stride, *up2 = up - stride;
    return site->same >> 6 | (uint32_t)(near[NEE] == up[2]) << 2 |
           (uint32_t)(near[WWW] == at[-3]) << 3 | (uint32_t)(near[NNN] == up2[-stride]) << 4 |
           (uint32_t)(near[NNW] == up2[-1]) << 5;
}

/* Which leaves of the planes before, and of farther neighbours, are as expected: 12 bits. */
KMQ_HOT uint32_t kmq_same_around(const kmq_site *site, ptrdiff_t stride) {
    const uint16_t *near = site->near, *at = site->before, *down = at + stride, *old = site->older;
    const uint32_t leaves[9] = {at[0], at[1], down[0], down[1], old[0], down[-1], at[2], old[1],
                                old[stride]};
    uint32_t same = 0;
KMQ_UNROLL_SMALL
    for (int i = 0; i < 9; i++) same |= (uint32_t)(leaves[i] == site->expected) << i;
    return same | (uint32_t)(near[W] == near[N]) << 9 | (uint32_t)(near[W] == near[NEE]) << 10 |
           (uint32_t)(near[W] == near[NWW]) << 11;
}

/* Which of the six neighbours farther away are W. */
KMQ_HOT uint32_t kmq_equal_beyond(const uint16_t *near) {
    static const uint8_t order[6] = {NNE, NWW, NEE, WWW, NNN, NNW};
    uint32_t equal = 0;
KMQ_UNROLL_SMALL
    for (int i = 0; i < 6; i++) equal |= (uint32_t)(near[order[i]] == near[W]) << i;
    return equal;
}

KMQ_HOT uint32_t kmq_equal_outside(const uint16_t *near) {
    static const uint8_t pairs[5][2] = {{NEE, NE}, {NWW, NW}, {NNE, NE}, {WWW, WW}, {NNN, NN}};
    uint32_t equal = 0;
KMQ_UNROLL_SMALL
    for (int i = 0; i < 5; i++) equal |= (uint32_t)(near[pairs[i][0]] == near[pairs[i][1]]) << i;
    return equal;
}

KMQ_HOT int kmq_clamp(int v, int least, int most) {
    return v < least ? least : v > most ? most : v;
}

/* Predict the pixel's colour, and tell how lively its surroundings are. */
KMQ_HOT void kmq_predict(kmq_site *site, const kmq_tile *tile, const kmq_member *member) {
    v8 w = v8_load(tile->colors[site->near[W]]), n = v8_load(tile->colors[site->near[N]]);
    v8 nw = v8_load(tile->colors[site->near[NW]]), ne = v8_load(tile->colors[site->near[NE]]);
    v8 gradient = v8_max(v8_sub(v8_add(w, n), nw), v8_min(w, n));
    v8_store(site->colors[GRADIENT], v8_min(gradient, v8_max(w, n)));
    v8 differences = v8_add(v8_abs(v8_sub(w, nw)), v8_abs(v8_sub(n, nw)));
    differences = v8_add(differences, v8_abs(v8_sub(n, ne)));
    site->level = tile->tables.level[v8_dot_all(differences, v8_all(1))]; /* of at most 3060 */
    if (member->learnt) kmq_predict_learnt(site, tile);
    if (member->average) { /* (3 W + 3 N + 2 NE + 4) / 8 */
        v8 sum = v8_add(v8_add(w, n), v8_add(v8_add(w, n), v8_add(w, n)));
        sum = v8_add(v8_add(sum, v8_add(ne, ne)), v8_all(4));
        v8_store(site->colors[AVERAGE], v8_right(sum, 3));
    }
    if (member->slope) {
        v8 slope = v8_sub(v8_add(n, ne), v8_load(tile->colors[site->near[NNE]]));
        v8_store(site->colors[SLOPE], v8_min(v8_max(slope, v8_all(0)), v8_all(255)));
    }
}

/* Hash the six nearest neighbours (spec 6.3.7). */
KMQ_HOT uint32_t kmq_six(const uint16_t *near) {
    uint32_t h = kmq_hash(kmq_pair(near[W], near[N]), kmq_pair(near[NW], near[NE]));
    return kmq_hash(h, kmq_pair(near[WW], near[NN]));
}

/* Hash all twelve, given the hash of six. */
KMQ_HOT uint32_t kmq_twelve(const uint16_t *near, uint32_t six) {
    uint32_t rest = kmq_hash(kmq_pair(near[NNE], near[NWW]), kmq_pair(near[NEE], near[WWW]));
    return kmq_hash(kmq_hash(six, kmq_pair(near[NNN], near[NNW])), rest);
}

alignas(16) static const int16_t kmq_by_4_bits[8] = {1, 16, 256, 4096};
alignas(16) static const int16_t kmq_by_5_bits[8] = {1, 32, 1024, 32767};
alignas(16) static const int16_t kmq_by_6_bits[8] = {1, 64, 4096, 32767};

/* Return the highest bits of a colour's channels as one number. */
KMQ_HOT uint32_t kmq_top(const kmq_site *site, const int color, const int bits) {
    const int16_t *by = bits == 4 ? kmq_by_4_bits : bits == 5 ? kmq_by_5_bits : kmq_by_6_bits;
    v8 channels = v8_halve(v8_load(site->colors[color]), 8 - bits);
    return (uint32_t)v8_dot_all(channels, v8_load(by));
}

/* Return the number of a hashed context. */
KMQ_HOT uint32_t kmq_number(const kmq_site *site, const int what) {
    const uint16_t *near = site->near;
    uint32_t w_n = kmq_pair(near[W], near[N]);
    switch (what) {
    case W_N: return kmq_hash(w_n, W_N);
    case W_N_NE: return kmq_hash(w_n, kmq_pair(W_N_NE, near[NE]));
    case W_N_NEE: return kmq_hash(w_n, kmq_pair(W_N_NEE, near[NEE]));
    case W_WW: return kmq_hash(kmq_pair(near[W], near[WW]), W_WW);
    case N_NN: return kmq_hash(kmq_pair(near[N], near[NN]), N_NN);
    case N_NN_NNN: return kmq_hash(kmq_pair(near[N], near[NN]), kmq_pair(N_NN_NNN, near[NNN]));
    case SIX: return kmq_six(near);
    case TWELVE: return kmq_twelve(near, kmq_six(near));
    case W_NE: return kmq_hash(kmq_pair(near[W], near[NE]), W_NE);
    case NW_NE: return kmq_hash(kmq_pair(near[NW], near[NE]), NW_NE);
    case NE_NEE: return kmq_hash(kmq_pair(near[NE], near[NEE]), NE_NEE);
    case FIVE: {
        uint32_t h = kmq_hash(w_n, kmq_pair(near[NW], near[NE]));
        return kmq_hash(h, kmq_pair(FIVE, near[WW]));
    }
    case GRADIENT4: return kmq_hash(kmq_top(site, GRADIENT, 4), GRADIENT4);
    case SLOPE5: return kmq_hash(kmq_top(site, SLOPE, 5), SLOPE5);
    case LEARNT4: return kmq_hash(kmq_top(site, LEARNT, 4), LEARNT4);
    case LEARNT4_W: return kmq_hash(kmq_top(site, LEARNT, 4), kmq_pair(LEARNT4_W, near[W]));
    case AVERAGE6: return kmq_hash(kmq_top(site, AVERAGE, 6), kmq_pair(AVERAGE6, site->level));
    case B_W_N: return kmq_hash(w_n, kmq_pair(B_W_N, *site->before));
    case B_W_AFTER:
        return kmq_hash(kmq_hash(kmq_pair(near[W], *site->before), B_W_AFTER), site->after);
    case B_W_N_AFTER: {
        uint32_t h = kmq_hash(w_n, kmq_pair(B_W_N_AFTER, *site->before));
        return kmq_hash(h, site->after + site->pattern);
    }
    default: return kmq_hash(site->y, ROW);
    }
}

/* Return the pattern, below 128, of rows of neighbours. */
KMQ_HOT uint32_t kmq_pattern(const kmq_site *site, const int what) {
    if (what == EQUAL) return site->equal;
    uint32_t guess = site->guess[0], n = guess == site->near[N], w = guess == site->near[W];
    return site->times[0] << 2 | n << 1 | w; /* at most 31 times */
}

/* Look up what followed these surroundings last time. An entry: 11 bits of the hash, 5 of how often
 * in a row the guess came true, 16 of the guess, which is a leaf: 0 at first. */
KMQ_HOT void kmq_recall(kmq_site *site, const kmq_tile *tile) {
    for (int k = 0; k < 2; k++) {
        uint32_t h = site->around[k], entry = tile->matches[h & tile->match_mask];
        int known = entry >> 21 == h >> 21;
        site->times[k] = known ? entry >> 16 & 31 : 0;
        site->guess[k] = known ? entry & 65535 : site->near[W];
    }
}

KMQ_HOT void kmq_remember(const kmq_site *site, kmq_tile *tile) {
    uint32_t leaf = *site->at;
    for (int k = 0; k < 2; k++) {
        uint32_t h = site->around[k], times = site->times[k] < 31 ? site->times[k] + 1 : 31;
        if (site->guess[k] != leaf) times = 1;
        tile->matches[h & tile->match_mask] = h >> 21 << 21 | times << 16 | leaf;
    }
}
