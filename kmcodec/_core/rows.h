/* Rows of chances, their mixture, and how both learn (spec 6.3.5). Part of a variant. */

/* Which neighbours have a symbol, and the row that is made of it. */
typedef struct kmq_near {
    alignas(32) int16_t made[16];
    uint8_t set[16]; /* of each symbol: which neighbours have it */
    int others;      /* symbols that no neighbour has */
} kmq_near;

/* What one step of a pixel mixes. What has places that are not constant is not part of it, so that
 * compilers can keep all of it in registers. */
typedef struct kmq_mixture {
    kmq_row *row[KMQ_MOST_INPUTS]; /* that learns; NULL for a distance */
    v16 made[KMQ_MOST_INPUTS];     /* distances, and rows of neighbours */
    int16_t *weights[2][KMQ_MOST_SETS]; /* the sets of each mixer */
    int16_t *bias[2];
    uint32_t limit, excluded;      /* no symbols from the one on, nor the other */
    v16 of_mixer[2];               /* of two mixers: cumulative chances of each */
    v16 all;                       /* cumulative chances of 16384 after each symbol */
    kmq_near *near;
    uint32_t symbol;
} kmq_mixture;

/* Return 2^-x for lanes of 1/256 bit from 0 on, in 1/4096. */
KMQ_HOT v16 kmq_power(v16 x) {
    v16 fraction = v16_left(x, 8);
    v16 slope = v16_sub(v16_all(20480), v16_right(fraction, 4));
    v16 q = v16_sub(v16_all(32760), v16_q15(v16_right(fraction, 1), slope));
    return v16_scale_down(q, x);
}

/* Turn sums of log-chances into cumulative chances. Symbols that do not occur get the least. */
KMQ_HOT v16 kmq_normalize(const kmq_mixture *mixture, const kmq_tables *tables, v16 sum) {
    if (mixture->limit != 16 || mixture->excluded != 16) {
        sum = v16_min(sum, v16_load(tables->below[mixture->limit]));     /* of 1 to 16 */
        sum = v16_min(sum, v16_load(tables->others[mixture->excluded])); /* of 0 to 16 */
    }
    sum = v16_running_sum(kmq_power(v16_sub_sat(v16_largest(sum), sum)));
    uint32_t total = v16_last(sum); /* 4095 to 65520: one lane has 4095, and each at most that */
    int shift = kmq_leading_zeros(total) - 16;
    v16 scale = v16_all((int16_t)((16368u << 15) / (total << shift >> 1)));
    sum = v16_q15(v16_right(v16_left_by(sum, shift), 1), scale);
    return v16_max(v16_add(sum, v16_load(tables->ordinal)), v16_load(tables->whole));
}

/* The inputs of a member. Wherever this is called, the member is a constant, and so is `steps`: 1
 * for palettes of up to 16 colours, 2 for others of up to 256, 0 for more. */
KMQ_HOT int kmq_count_inputs(const kmq_member *member, const int steps) {
    return steps == 1 ? member->n_few : member->n_many;
}

KMQ_HOT kmq_input kmq_input_of(const kmq_member *member, const int steps, const int i) {
    return steps == 1 ? member->few[i] : member->many[i];
}

/* What an input says of this step's symbols. */
KMQ_HOT v16 kmq_shown(const kmq_mixture *mixture, const kmq_member *member, const int steps,
                      const int i) {
    const int kind = kmq_input_of(member, steps, i).kind;
    if (kind == DISTANCE || kind == NEAR) return mixture->made[i];
    return v16_load(mixture->row[i]->chance);
}

/* The sets of weights that a mixer adds. */
KMQ_HOT int kmq_count_sets(const kmq_member *member, const int mixer) {
    return mixer == 1 ? 3
                      : 2 + (member->matches != 0) + (member->strips != 0) + (member->stack != 0);
}

/* Add the rows of a step, as weighted by one mixer. */
KMQ_HOT v16 kmq_add_rows(const kmq_mixture *mixture, const int mixer, const kmq_member *member,
                         const int steps) {
    const int n = kmq_count_inputs(member, steps), sets = kmq_count_sets(member, mixer);
    int16_t *const *sources = mixture->weights[mixer];
    v16 even = v16_load(mixture->bias[mixer]), odd = v16_all(0), weights = odd;
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        if (i % 8 == 0) {
            v8 sum = v8_load(sources[0] + i);
KMQ_UNROLL_SMALL
            for (int k = 1; k < sets; k++) sum = v8_add_sat(sum, v8_load(sources[k] + i));
            weights = v16_twice(v8_max(sum, v8_all(-32767))); /* as v8_q15 needs */
        }
        v16 part = v16_q15(v16_lane(weights, i % 8), kmq_shown(mixture, member, steps, i));
        if (i & 1) odd = v16_add_sat(odd, part);
        else even = v16_add_sat(even, part);
    }
    return v16_add_sat(even, odd);
}

/* Mix the rows of a step. */
KMQ_HOT void kmq_mix(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                     const int steps) {
    v16 sum = kmq_add_rows(mixture, 0, member, steps);
    if (member->mixers == 2) {
        v16 sum2 = kmq_add_rows(mixture, 1, member, steps);
        mixture->of_mixer[0] = kmq_normalize(mixture, tables, sum);
        mixture->of_mixer[1] = kmq_normalize(mixture, tables, sum2);
        sum = v16_add(v16_halve(sum, 1), v16_halve(sum2, 1));
    }
    mixture->all = kmq_normalize(mixture, tables, sum);
}

/* Let a row learn that a symbol (or set) came: its chance p becomes p + rate * (1 - p), the others'
 * p - rate * p, all in logarithms. */
KMQ_HOT void kmq_row_learn(kmq_row *row, const kmq_tables *tables, uint32_t symbol) {
    const kmq_pace *pace = &tables->pace[row->count]; /* it came from there: at most 127 */
    v16 loss = v16_twice(v8_load(pace->loss));
    uint32_t before = (uint32_t)row->chance[symbol], index = (pace->base - before) >> 5 & 2047;
    v16 came = v16_equal(v16_load(tables->ordinal), v16_all((int16_t)(symbol + 1)));
    v16 gain = v16_and(came, v16_all((int16_t)tables->gain[index]));
    v16_store(row->chance, v16_add(v16_sub_sat(v16_load(row->chance), loss), gain));
    row->count = pace->next;
}

/* Let a mixer learn the symbol of a step, by the cumulative chances that it gave. */
KMQ_HOT void kmq_mixer_learn(const kmq_mixture *mixture, const kmq_tables *tables, const int mixer,
                             const kmq_member *member, const int steps, v16 chances,
                             int16_t rate) {
    const int n = kmq_count_inputs(member, steps), sets = kmq_count_sets(member, mixer);
    int16_t *const *targets = mixture->weights[mixer];
    int16_t *bias = mixture->bias[mixer];
    v16 lane = v16_all((int16_t)(mixture->symbol + 1));
    v16 error = v16_and(v16_equal(v16_load(tables->ordinal), lane), v16_all(16384));
    error = v16_sub(error, v16_sub(chances, v16_up1(chances)));
    v16_parts dots[8]; /* the errors' sizes are 32768 in all, so that no sum is above 2^30 */
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        dots[i % 8] = v16_dot(error, kmq_shown(mixture, member, steps, i));
        if (i % 8 != 7 && i + 1 != n) continue;
        for (int k = i % 8 + 1; k < 8; k++) dots[k] = dots[0]; /* of weights without an input */
        v4 sums = v16_sums(dots[0], dots[1], dots[2], dots[3]), sums2 = sums;
        if (i % 8 >= 4) sums2 = v16_sums(dots[4], dots[5], dots[6], dots[7]);
        v8 change = v8_q15(v8_of_sums(sums, sums2), v8_all(rate));
KMQ_UNROLL_SMALL
        for (int k = 0; k < sets; k++) {
            int16_t *weights = targets[k] + i / 8 * 8;
            v8_store(weights, v8_add_sat(v8_load(weights), change));
        }
    }
    v16_store(bias, v16_add_sat(v16_load(bias), v16_q15(error, v16_all(KMQ_BIAS_RATE))));
}

/* Let everything that took part in a step learn its symbol. */
KMQ_HOT void kmq_learn(kmq_mixture *mixture, const kmq_tables *tables, const kmq_member *member,
                       const int steps, int16_t rate) {
    const int n = kmq_count_inputs(member, steps);
    const uint32_t symbol = mixture->symbol;
    if (member->mixers == 2) {
        for (int k = 0; k < 2; k++) {
            kmq_mixer_learn(mixture, tables, k, member, steps, mixture->of_mixer[k], rate);
        }
    } else {
        kmq_mixer_learn(mixture, tables, 0, member, steps, mixture->all, rate);
    }
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const int kind = kmq_input_of(member, steps, i).kind;
        if (kind == DISTANCE) continue;
        kmq_row_learn(mixture->row[i], tables, kind == NEAR ? mixture->near->set[symbol] : symbol);
    }
}
