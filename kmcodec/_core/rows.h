/* Rows of chances, their mixture, and how both learn (spec 6.3.5). */

/* What one step of a pixel mixes. `shown` is what a row says of this step's symbols. */
typedef struct kmq_mixture {
    kmq_row *row[KMQ_MOST_INPUTS];           /* that learns; NULL for a distance */
    const int16_t *shown[KMQ_MOST_INPUTS];
    int16_t *weights[3];
    int16_t *bias;
    uint32_t limit, excluded;                /* no symbols from the one on, nor the other */
    int others;                              /* symbols that no neighbour has */
    uint8_t set[16];                         /* of each symbol: which neighbours have it */
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
    const int16_t *below = tables->below[mixture->limit];      /* of 1 to 16 */
    const int16_t *others = tables->others[mixture->excluded]; /* of 0 to 16 */
    low = v8_min(v8_min(low, v8_load(below)), v8_load(others));
    high = v8_min(v8_min(high, v8_load(below + 8)), v8_load(others + 8));
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

/* The inputs of a member. Wherever this is called, the member is a constant, and so is `steps`: 1 for
 * palettes of up to 16 colours, 2 for others of up to 256, 0 for more. */
KMQ_HOT int kmq_count_inputs(const kmq_member *member, const int steps) {
    return steps == 1 ? member->n_few : member->n_many;
}

KMQ_HOT kmq_input kmq_input_of(const kmq_member *member, const int steps, const int i) {
    return steps == 1 ? member->few[i] : member->many[i];
}

/* Mix the rows of a step. */
KMQ_HOT void kmq_mix(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                     const int steps) {
    const int n = kmq_count_inputs(member, steps);
    v8 low = v8_load(mixture->bias), high = v8_load(mixture->bias + 8);
    v8 low2 = v8_all(0), high2 = v8_all(0), weights = low2;
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        if (i % 8 == 0) {
            weights = v8_load(mixture->weights[0] + i);
            weights = v8_add_sat(weights, v8_load(mixture->weights[1] + i));
            if (member->sets > 2) weights = v8_add_sat(weights, v8_load(mixture->weights[2] + i));
            weights = v8_max(weights, v8_all(-32767)); /* as v8_q15 needs */
        }
        v8 w = v8_lane(weights, i % 8);
        v8 a = v8_q15(w, v8_load(mixture->shown[i])), b = v8_q15(w, v8_load(mixture->shown[i] + 8));
        if (i & 1) {
            low2 = v8_add_sat(low2, a), high2 = v8_add_sat(high2, b);
        } else {
            low = v8_add_sat(low, a), high = v8_add_sat(high, b);
        }
    }
    kmq_normalize(mixture, tables, v8_add_sat(low, low2), v8_add_sat(high, high2));
}

/* Let a row learn that a symbol (or set) came: its chance p becomes p + rate * (1 - p), the others'
 * p - rate * p, all in logarithms. */
KMQ_HOT void kmq_row_learn(kmq_row *row, const kmq_tables *tables, uint32_t symbol) {
    const kmq_pace *pace = &tables->pace[row->count]; /* it came from there: at most 127 */
    v8 loss = v8_load(pace->loss);
    uint32_t index = (pace->base - (uint32_t)row->chance[symbol]) >> 5 & 2047;
    v8_store(row->chance, v8_sub_sat(v8_load(row->chance), loss));
    v8_store(row->chance + 8, v8_sub_sat(v8_load(row->chance + 8), loss));
    row->chance[symbol] = (int16_t)(row->chance[symbol] + tables->gain[index]);
    row->count = pace->next;
}

/* Let everything that took part in a step learn its symbol. */
KMQ_HOT void kmq_learn(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                       const int steps, int16_t rate) {
    const int n = kmq_count_inputs(member, steps);
    const uint32_t symbol = mixture->symbol;
    v8 lane = v8_all((int16_t)(symbol + 1)), hit = v8_all(16384);
    v8 low = v8_and(v8_equal(v8_load(tables->ordinal), lane), hit);
    v8 high = v8_and(v8_equal(v8_load(tables->ordinal + 8), lane), hit);
    low = v8_sub(low, v8_sub(mixture->low, v8_up1(mixture->low)));
    high = v8_sub(high, v8_sub(mixture->high, v8_up1_from(mixture->high, mixture->low)));
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
        for (int k = 0; k < member->sets; k++) {
            int16_t *weights = mixture->weights[k] + i / 8 * 8;
            v8_store(weights, v8_add_sat(v8_load(weights), change));
        }
    }
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const int kind = kmq_input_of(member, steps, i).kind;
        if (kind == DISTANCE) continue;
        kmq_row_learn(mixture->row[i], tables, kind == NEAR ? mixture->set[symbol] : symbol);
    }
    v8 pace = v8_all(KMQ_BIAS_RATE);
    v8_store(mixture->bias, v8_add_sat(v8_load(mixture->bias), v8_q15(low, pace)));
    v8_store(mixture->bias + 8, v8_add_sat(v8_load(mixture->bias + 8), v8_q15(high, pace)));
}
