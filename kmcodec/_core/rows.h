/* Rows of chances, their mixture, and how both learn (spec 6.3.5). Part of a variant. */

/* What one step of a pixel mixes. `shown` is what a row says of this step's symbols. */
typedef struct kmq_mixture {
    kmq_row *row[KMQ_MOST_INPUTS];           /* that learns; NULL for a distance */
    const int16_t *shown[KMQ_MOST_INPUTS];
    int16_t *weights[2][KMQ_MOST_SETS];      /* the sets of each mixer */
    int16_t *bias[2];
    uint32_t limit, excluded;                /* no symbols from the one on, nor the other */
    int others;                              /* symbols that no neighbour has */
    uint8_t set[16];                         /* of each symbol: which neighbours have it */
    v8 lows[2], highs[2];                    /* of two mixers: cumulative chances of each */
    v8 low, high;                            /* cumulative chances of 16384 after each symbol */
    alignas(16) int16_t cumulative[24];      /* 7 unused, 0, then the same */
    alignas(16) int16_t made[KMQ_MOST_MADE][16];         /* rows that were made for this step */
    uint32_t symbol;
} kmq_mixture;

/* Return 2^-x for lanes of 1/256 bit from 0 on, in 1/4096. */
KMQ_HOT v8 kmq_power(v8 x) {
    v8 fraction = v8_left(x, 8);
    v8 slope = v8_sub(v8_all(20480), v8_right(fraction, 4));
    v8 q = v8_sub(v8_all(32760), v8_q15(v8_right(fraction, 1), slope));
    return v8_scale_down(q, x);
}

KMQ_HOT v8 kmq_running_sum(v8 a) {
    a = v8_add(a, v8_up1(a));
    a = v8_add(a, v8_up2(a));
    return v8_add(a, v8_up4(a));
}

/* Turn sums of log-chances into cumulative chances. Symbols that do not occur get the least. */
KMQ_HOT void kmq_normalize(kmq_mixture *mixture, const kmq_tables *tables, v8 low, v8 high) {
    if (mixture->limit != 16 || mixture->excluded != 16) {
        const int16_t *below = tables->below[mixture->limit];      /* of 1 to 16 */
        const int16_t *others = tables->others[mixture->excluded]; /* of 0 to 16 */
        low = v8_min(v8_min(low, v8_load(below)), v8_load(others));
        high = v8_min(v8_min(high, v8_load(below + 8)), v8_load(others + 8));
    }
    v8 most = v8_largest(v8_max(low, high));
    low = kmq_running_sum(kmq_power(v8_sub_sat(most, low)));
    high = kmq_running_sum(kmq_power(v8_sub_sat(most, high)));
    high = v8_add(high, v8_last_in_all(low));
    uint32_t total = v8_last(high); /* 4095 to 65520: one lane has 4095, and each at most that */
    int shift = kmq_leading_zeros(total) - 16;
    v8 scale = v8_all((int16_t)((16368u << 15) / (total << shift >> 1)));
    low = v8_q15(v8_right(v8_left_by(low, shift), 1), scale);
    high = v8_q15(v8_right(v8_left_by(high, shift), 1), scale);
    low = v8_add(low, v8_load(tables->ordinal));
    high = v8_max(v8_add(high, v8_load(tables->ordinal + 8)), v8_load(tables->whole));
    mixture->low = low;
    mixture->high = high;
    mixture->cumulative[7] = 0;
    v8_store(mixture->cumulative + 8, low);
    v8_store(mixture->cumulative + 16, high);
}

/* The inputs of a member. Wherever this is called, the member is a constant, and so is `steps`: 1
 * for palettes of up to 16 colours, 2 for others of up to 256, 0 for more. */
KMQ_HOT int kmq_count_inputs(const kmq_member *member, const int steps) {
    return steps == 1 ? member->n_few : member->n_many;
}

KMQ_HOT kmq_input kmq_input_of(const kmq_member *member, const int steps, const int i) {
    return steps == 1 ? member->few[i] : member->many[i];
}

/* The sets of weights that a mixer adds. */
KMQ_HOT int kmq_count_sets(const kmq_member *member, const int mixer) {
    return mixer == 0 ? 2 + (member->matches != 0) + (member->strips != 0) : 3;
}

/* Add the rows of a step, as weighted by one mixer. */
KMQ_HOT void kmq_add_rows(const kmq_mixture *mixture, const int mixer, const int sets, const int n,
                          v8 *low, v8 *high) {
    int16_t *const *sources = mixture->weights[mixer];
    v8 a = v8_load(mixture->bias[mixer]), b = v8_load(mixture->bias[mixer] + 8);
    v8 a2 = v8_all(0), b2 = v8_all(0), weights = a2;
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        if (i % 8 == 0) {
            weights = v8_load(sources[0] + i);
KMQ_UNROLL_SMALL
            for (int k = 1; k < sets; k++) weights = v8_add_sat(weights, v8_load(sources[k] + i));
            weights = v8_max(weights, v8_all(-32767)); /* as v8_q15 needs */
        }
        v8 w = v8_lane(weights, i % 8);
        v8 x = v8_q15(w, v8_load(mixture->shown[i])), y = v8_q15(w, v8_load(mixture->shown[i] + 8));
        if (i & 1) {
            a2 = v8_add_sat(a2, x), b2 = v8_add_sat(b2, y);
        } else {
            a = v8_add_sat(a, x), b = v8_add_sat(b, y);
        }
    }
    *low = v8_add_sat(a, a2);
    *high = v8_add_sat(b, b2);
}

/* Mix the rows of a step. */
KMQ_HOT void kmq_mix(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                     const int steps) {
    const int n = kmq_count_inputs(member, steps);
    v8 low, high, low2, high2;
    kmq_add_rows(mixture, 0, kmq_count_sets(member, 0), n, &low, &high);
    if (member->mixers == 2) {
        kmq_normalize(mixture, tables, low, high);
        mixture->lows[0] = mixture->low, mixture->highs[0] = mixture->high;
        kmq_add_rows(mixture, 1, kmq_count_sets(member, 1), n, &low2, &high2);
        kmq_normalize(mixture, tables, low2, high2);
        mixture->lows[1] = mixture->low, mixture->highs[1] = mixture->high;
        low = v8_add(v8_halve(low, 1), v8_halve(low2, 1));
        high = v8_add(v8_halve(high, 1), v8_halve(high2, 1));
    }
    kmq_normalize(mixture, tables, low, high);
}

/* Let a row learn that a symbol (or set) came: its chance p becomes p + rate * (1 - p), the others'
 * p - rate * p, all in logarithms. */
KMQ_HOT void kmq_row_learn(kmq_row *row, const kmq_tables *tables, uint32_t symbol) {
    const kmq_pace *pace = &tables->pace[row->count]; /* it came from there: at most 127 */
    v8 loss = v8_load(pace->loss);
    uint32_t before = (uint32_t)row->chance[symbol], index = (pace->base - before) >> 5 & 2047;
    v8_store(row->chance, v8_sub_sat(v8_load(row->chance), loss));
    v8_store(row->chance + 8, v8_sub_sat(v8_load(row->chance + 8), loss));
    row->chance[symbol] = (int16_t)(row->chance[symbol] + tables->gain[index]);
    row->count = pace->next;
}

/* Let a mixer learn the symbol of a step, by the cumulative chances that it gave. */
KMQ_HOT void kmq_mixer_learn(const kmq_mixture *mixture, const kmq_tables *tables, const int mixer,
                             const int sets, const int n, v8 chances_low, v8 chances_high,
                             int16_t rate) {
    int16_t *const *targets = mixture->weights[mixer];
    int16_t *bias = mixture->bias[mixer];
    v8 lane = v8_all((int16_t)(mixture->symbol + 1)), hit = v8_all(16384);
    v8 low = v8_and(v8_equal(v8_load(tables->ordinal), lane), hit);
    v8 high = v8_and(v8_equal(v8_load(tables->ordinal + 8), lane), hit);
    low = v8_sub(low, v8_sub(chances_low, v8_up1(chances_low)));
    high = v8_sub(high, v8_sub(chances_high, v8_up1_from(chances_high, chances_low)));
    v4 dots[8]; /* the errors' sizes are 32768 in all, so that no sum is above 2^30 */
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const int16_t *shown = mixture->shown[i];
        dots[i % 8] = v4_add(v8_dot(low, v8_load(shown)), v8_dot(high, v8_load(shown + 8)));
        if (i % 8 != 7 && i + 1 != n) continue;
        for (int k = i % 8 + 1; k < 8; k++) dots[k] = v4_zero();
        v4 sums = v4_sums(dots[0], dots[1], dots[2], dots[3]), sums2 = v4_zero();
        if (i % 8 >= 4) sums2 = v4_sums(dots[4], dots[5], dots[6], dots[7]);
        v8 change = v8_q15(v8_of_sums(sums, sums2), v8_all(rate));
KMQ_UNROLL_SMALL
        for (int k = 0; k < sets; k++) {
            int16_t *weights = targets[k] + i / 8 * 8;
            v8_store(weights, v8_add_sat(v8_load(weights), change));
        }
    }
    v8 pace = v8_all(KMQ_BIAS_RATE);
    v8_store(bias, v8_add_sat(v8_load(bias), v8_q15(low, pace)));
    v8_store(bias + 8, v8_add_sat(v8_load(bias + 8), v8_q15(high, pace)));
}

/* Let everything that took part in a step learn its symbol. */
KMQ_HOT void kmq_learn(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                       const int steps, int16_t rate) {
    const int n = kmq_count_inputs(member, steps);
    const uint32_t symbol = mixture->symbol;
    if (member->mixers == 2) {
        for (int k = 0; k < 2; k++) {
            v8 low = mixture->lows[k], high = mixture->highs[k];
            kmq_mixer_learn(mixture, tables, k, kmq_count_sets(member, k), n, low, high, rate);
        }
    } else {
        const int sets = kmq_count_sets(member, 0);
        kmq_mixer_learn(mixture, tables, 0, sets, n, mixture->low, mixture->high, rate);
    }
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const int kind = kmq_input_of(member, steps, i).kind;
        if (kind == DISTANCE) continue;
        kmq_row_learn(mixture->row[i], tables, kind == NEAR ? mixture->set[symbol] : symbol);
    }
}
