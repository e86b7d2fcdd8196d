/* Errors of pixels, and the choice whether one is as expected (see choice.h). Part of a variant. */
#define KMQ_RUN 16 /* pixels of a run */

#ifndef KMQ_NO_ENCODER

/* Return 256 log2 x, to about 2; x is not 0. */
KMQ_HOT uint32_t kmq_log2_of(uint32_t x) {
    int zeros = kmq_leading_zeros(x);
    uint32_t part = x << zeros >> 23 & 255;
    return 256 * (uint32_t)(31 - zeros) + part + (part * (256 - part) * 88 >> 16);
}

/* Return the bits, of 256 each, of what has a chance of 2^one_bits. */
KMQ_HOT uint32_t kmq_bits_of(uint32_t chance, uint32_t one_bits) {
    return 256 * one_bits - kmq_log2_of(chance);
}

KMQ_HOT int64_t kmq_squared_distance(const int32_t *a, const int32_t *b) {
    int64_t sum = 0;
    for (int c = 0; c < 4; c++) sum += (int64_t)(a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

KMQ_HOT int16_t (*kmq_errors_at(const kmq_tile *tile, uint32_t x, uint32_t y))[4] {
    return tile->choice->errors + (size_t)(y + 1) * (tile->width + 2) + x + 1;
}

/* Find the point that a pixel is to have: its own, and a share of its neighbours' errors. */
KMQ_HOT void kmq_aim(const kmq_tile *tile, uint32_t x, uint32_t y, int32_t *target) {
    const kmq_choice *choice = tile->choice;
    const int32_t *point = choice->points[(size_t)y * tile->width + x];
    int16_t (*at)[4] = kmq_errors_at(tile, x, y), (*up)[4] = at - (tile->width + 2);
    for (int c = 0; c < 4; c++) {
        int32_t sum = 7 * at[-1][c] + up[-1][c] + 5 * up[0][c] + 3 * up[1][c];
        target[c] = point[c] + (sum * choice->diffusion >> 12);
    }
}

/* Note how far a leaf is from what the pixel was to have. */
KMQ_HOT void kmq_note_error(const kmq_tile *tile, uint32_t x, uint32_t y, const int32_t *target,
                            uint32_t leaf) {
    int16_t *error = *kmq_errors_at(tile, x, y);
    for (int c = 0; c < 4; c++) {
        int32_t difference = target[c] - tile->choice->entries[leaf][c];
        error[c] = (int16_t)kmq_clamp(difference, -16384, 16383);
    }
}

/* Return a leaf near a point, found from a leaf by steps to the nearest close one. */
KMQ_HOT uint32_t kmq_approach(const kmq_choice *choice, uint32_t leaf, const int32_t *target) {
    for (int step = 0; step < KMQ_MOST_STEPS_CLOSER; step++) {
        const uint16_t *close = choice->close + (size_t)leaf * choice->n_close;
        uint32_t best = leaf;
        int64_t least = INT64_MAX;
        for (uint32_t i = 0; i < choice->n_close; i++) {
            int64_t far = kmq_squared_distance(choice->entries[close[i]], target);
            if (far < least) least = far, best = close[i];
        }
        if (best == leaf) break;
        leaf = best;
    }
    return leaf;
}

/* Return the cost of a leaf's error. */
KMQ_HOT int64_t kmq_cost_of_error(const kmq_tile *tile, uint32_t x, uint32_t y,
                                  const int32_t *target, uint32_t leaf) {
    int64_t weight = tile->choice->weights[(size_t)y * tile->width + x];
    return weight * kmq_squared_distance(tile->choice->entries[leaf], target);
}

/* Decide whether a pixel is as expected. `bits` are those by which escaping costs more, without the
 * leaf itself. The pixel then has the expected leaf, or the best other one. */
KMQ_HOT int kmq_choose_expected(kmq_tile *tile, uint32_t x, uint32_t y, uint16_t *at,
                                uint32_t expected, int64_t bits) {
    const kmq_choice *choice = tile->choice;
    int32_t target[4];
    kmq_aim(tile, x, y, target);
    uint32_t other = kmq_approach(choice, *at, target);
    if (other == expected) { /* the nearest is as expected, which is no escape */
        if (bits + (choice->bits_of_escape >> 4) >= 0) {
            *at = (uint16_t)expected;
            kmq_note_error(tile, x, y, target, expected);
            return 1;
        }
        other = choice->close[(size_t)expected * choice->n_close + 1];
    }
    int64_t escape = kmq_cost_of_error(tile, x, y, target, other);
    escape += (int64_t)choice->price * (bits + (choice->bits_of_escape >> 4));
    const int stays = kmq_cost_of_error(tile, x, y, target, expected) <= escape;
    *at = (uint16_t)(stays ? expected : other);
    if (stays) kmq_note_error(tile, x, y, target, expected);
    return stays;
}

/* Choose how many of the next pixels are as expected, at most a run of them. */
KMQ_HOT void kmq_choose_run(kmq_tile *tile, const kmq_site *site) {
    for (uint32_t i = 0; i < KMQ_RUN; i++) {
        if (!kmq_choose_expected(tile, site->x + i, site->y, site->at + i, site->expected,
                                 KMQ_BITS_OF_BREAK)) {
            return;
        }
    }
}

#endif
