/* Which rows a step of a pixel mixes (spec 6.3.6, 6.3.9). Part of a variant. */

/* One step of a pixel: four bits of its leaf. */
typedef struct kmq_step {
    uint32_t index;   /* 0 for the highest bits */
    uint32_t down;    /* bits of the leaf below this step */
    uint32_t prefix;  /* the bits above it: those of some leaf */
    uint32_t later;   /* 1 unless it is the first */
    uint32_t within;  /* a row's place in its group of 17 */
    uint32_t outer;   /* from the third step on, what the first two gave */
    uint32_t sharing; /* which of W, N, NW, NE share the prefix */
} kmq_step;

KMQ_HOT kmq_step kmq_begin_step(const kmq_site *site, const uint32_t n_steps, const uint32_t index,
                                uint32_t prefix) {
    kmq_step step = {index, 4 * (n_steps - 1 - index), prefix, index > 0, 0, 0, 15};
    step.within = index & 1 ? 1 + (prefix & 15) : 0;
    step.outer = index < 2 ? 0 : index & 1 ? prefix >> 4 : prefix;
    if (index > 0) {
        v8 leaves = v8_load((const int16_t *)site->near);
        v8 above = v8_right(v8_right_by(leaves, (int)step.down), 4);
        step.sharing = v8_which_equal(above, v8_all((int16_t)prefix)) & 15;
    }
    return step;
}

/* Return the symbol of a leaf that shares the prefix. */
KMQ_HOT uint32_t kmq_symbol_of(const kmq_step *step, uint32_t leaf) {
    return leaf >> step->down & 15;
}

/* Note of each symbol which neighbours have it. */
KMQ_HOT void kmq_make_sets(kmq_near *near, const kmq_site *site, const kmq_step *step) {
    memset(near->set, 0, sizeof near->set);
    near->others = 16;
    for (int k = 0; k < 4; k++) {
        if (!(step->sharing >> k & 1)) continue;
        uint8_t *set = &near->set[kmq_symbol_of(step, site->near[k])];
        near->others -= *set == 0;
        *set = (uint8_t)(*set | 1 << k);
    }
}

/* Spread a number: the highest bits are the place of its rows. */
KMQ_HOT uint32_t kmq_place_of_hash(uint32_t number) { return number * 0x9e3779b1u; }

/* Return the row of a hashed number, made anew if another number had it. Where its group begins is
 * found once for all steps. Groups of neighbouring places overlap. */
KMQ_HOT kmq_row *kmq_own_row(kmq_row *row, uint32_t place, const int checks) {
    uint16_t check = (uint16_t)((place ^ place >> 13) | 1);
    if (checks && row->check != check) {
        memset(row, 0, sizeof *row);
        row->check = check;
    }
    return row;
}

/* There are 17 rows more than a shifted place has values. */
KMQ_HOT kmq_row *kmq_hashed_row(const kmq_tile *tile, const kmq_site *site, const int i,
                                const kmq_step *step, const int checks, const int steps) {
    uint32_t place = site->places[i];
    kmq_row *group = site->groups[i];
    if (steps == 0 && step->index >= 2) {
        place = kmq_place_of_hash(kmq_hash(site->numbers[i], step->outer));
        group = tile->rows[i] + (place >> tile->shift);
    }
    return kmq_own_row(group + step->within, place, checks);
}

/* Return the row of what followed these surroundings last time, at most 31 times in a row. */
KMQ_HOT kmq_row *kmq_match_row(const kmq_tile *tile, const kmq_site *site, int i, const int which,
                               const kmq_step *step) {
    uint32_t times = site->times[which], guess = site->guess[which];
    int says = times > 0 && guess >> step->down >> 4 == step->prefix;
    uint32_t symbol = says ? guess >> step->down & 15 : 16;
    return tile->rows[i] + KMQ_MATCH_ROWS * step->later + KMQ_GROUP * times + symbol;
}

/* Return the row of which leaf stood here in the plane before, and what is as it was there. */
KMQ_HOT kmq_row *kmq_before_row(const kmq_tile *tile, const kmq_site *site, int i,
                                const kmq_step *step) {
    uint32_t before = *site->before, says = before >> step->down >> 4 == step->prefix;
    uint32_t symbol = says ? kmq_symbol_of(step, before) : 16;
    return tile->rows[i] + KMQ_BEFORE_ROWS * step->later + KMQ_GROUP * site->pattern + symbol;
}

/* Make the row of how far the symbols' colours are from a predicted one, whose values are 0 to
 * 255: -128 for each step of a channel, of which at most 255 count. */
KMQ_HOT v16 kmq_make_distances(const kmq_tile *tile, const int16_t *color, const kmq_step *step) {
    uint8_t (*centre)[16] = tile->centres[tile->centres_at[step->index] + step->prefix];
    b16 sum = b16_distance(b16_load(centre[0]), b16_all((uint8_t)color[0]));
KMQ_UNROLL_SMALL
    for (int c = 1; c < 3; c++) {
        sum = b16_add_sat(sum, b16_distance(b16_load(centre[c]), b16_all((uint8_t)color[c])));
    }
    if (tile->channels > 3) {
        sum = b16_add_sat(sum, b16_distance(b16_load(centre[3]), b16_all((uint8_t)color[3])));
    }
    return v16_of_bytes(sum);
}

/* Make a row of symbols from a row of sets of neighbours. */
KMQ_HOT v16 kmq_make_near(kmq_near *near, const kmq_tile *tile, const kmq_row *row,
                          const kmq_site *site, const kmq_step *step) {
    int32_t rest = row->chance[0] - (row->count ? tile->tables.logarithm[near->others] : 0);
    v16_store(near->made, v16_all((int16_t)(rest < -32768 ? -32768 : rest)));
    for (int k = 0; k < 4; k++) {
        uint32_t symbol = kmq_symbol_of(step, site->near[k]);
        if (step->sharing >> k & 1) near->made[symbol] = row->chance[near->set[symbol]];
    }
    return v16_load(near->made);
}

/* Return the row that an input learns, or NULL for a distance. */
KMQ_HOT kmq_row *kmq_find_row(const kmq_tile *tile, const kmq_site *site, const int i,
                              const kmq_step *step, const kmq_member *member, const int steps) {
    const kmq_input input = kmq_input_of(member, steps, i);
    switch (input.kind) {
    case EXACT:
        if (steps == 0 && tile->steps > 2) {
            return kmq_hashed_row(tile, site, i, step, member->matches, steps);
        }
        return site->groups[i] + step->within;
    case HASHED: return kmq_hashed_row(tile, site, i, step, member->matches, steps);
    case MATCH: return kmq_match_row(tile, site, i, input.what, step);
    case DISTANCE: return NULL;
    case BEFORE: return kmq_before_row(tile, site, i, step);
    default:
        return tile->rows[i] + KMQ_GROUP * kmq_pattern(site, input.what) +
               (step->later ? 1 + step->sharing : 0);
    }
}

/* Find where the rows of each input begin that its leaf, or hashed number, has for all steps. */
KMQ_HOT void kmq_find_groups(const kmq_tile *tile, kmq_site *site, const kmq_member *member,
                             const int steps) {
    const int n = kmq_count_inputs(member, steps);
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const kmq_input input = kmq_input_of(member, steps, i);
        if (input.kind != HASHED && input.kind != EXACT) continue;
        uint32_t leaf = site->near[input.what % KMQ_NEIGHBORS];
        if (input.kind == EXACT && (steps > 0 || tile->steps <= 2)) {
            site->groups[i] = tile->rows[i] + (steps == 1 ? leaf : KMQ_GROUP * leaf);
            continue;
        }
        site->numbers[i] = input.kind == EXACT ? leaf : kmq_number(site, input.what);
        site->places[i] = kmq_place_of_hash(site->numbers[i]);
        site->groups[i] = tile->rows[i] + (site->places[i] >> tile->shift);
    }
}

/* Gather the inputs of a step. */
KMQ_HOT void kmq_gather(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                        const kmq_step *step, const kmq_member *member, const int steps) {
    const int n = kmq_count_inputs(member, steps);
    if (member->near) kmq_make_sets(mixture->near, site, step);
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const kmq_input input = kmq_input_of(member, steps, i);
        kmq_row *row = kmq_find_row(tile, site, i, step, member, steps);
        mixture->row[i] = row;
        if (input.kind == NEAR) {
            mixture->made[i] = kmq_make_near(mixture->near, tile, row, site, step);
        } else if (input.kind == DISTANCE) {
            mixture->made[i] = kmq_make_distances(tile, site->colors[input.what], step);
        }
    }
}

/* Choose the sets and the bias of a second mixer. */
KMQ_HOT void kmq_choose_second(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                               const kmq_step *step, const uint32_t size, const uint32_t bias) {
    const uint32_t places[2] = {site->near[W], site->near[N]};
    for (int k = 0; k < 2; k++) {
        uint32_t shares = places[k] >> step->down >> 4 == step->prefix;
        uint32_t symbol = shares ? places[k] >> step->down & 15 : 16;
        mixture->weights[1][k] = tile->weights[1][k] + size * (17 * step->later + symbol);
    }
    uint32_t times = site->times[0] < 3 ? site->times[0] : 3;
    const uint32_t set = 2 * site->outside + step->later + 64 * times;
    mixture->weights[1][2] = tile->weights[1][2] + size * set;
    mixture->bias[1] = tile->bias[KMQ_BIASES + bias];
}

/* Return the number of the set for what the plane before has: 0 if there is none, at most 256. */
KMQ_HOT uint32_t kmq_set_before(const kmq_tile *tile, const kmq_site *site) {
    const uint16_t *at = site->before;
    uint32_t set = 8 * site->pattern + (uint32_t)(at[1] == *at);
    set += 2 * (uint32_t)(at[tile->stride] == *at) + 4 * (uint32_t)(site->near[W] == *at);
    return site->pattern == KMQ_NO_PATTERN ? 0 : set + 1;
}

/* Choose the sets of weights of a step, and its bias: site->equal is less than 128, site->level at
 * most 9, and what else there is has four or five bits. */
KMQ_HOT void kmq_choose_weights(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                                const kmq_step *step, const kmq_member *member, const int steps) {
    const uint32_t size = ((uint32_t)kmq_count_inputs(member, steps) + 7) & ~7u;
    uint32_t first = steps == 1 ? site->equal : 2 * site->equal + step->later;
    uint32_t second = steps == 1 ? site->outside : site->level;
    if (steps != 1 && step->later) second = 16 + step->sharing + 16 * site->level;
    int16_t **sets = mixture->weights[0];
    *sets++ = tile->weights[0][0] + size * first;
    *sets++ = tile->weights[0][1] + size * second;
    if (member->matches) {
        uint32_t third = 256 * step->later;
        for (int k = 0; k < 2; k++) {
            uint32_t times = site->times[k] < 15 ? site->times[k] : 15;
            if (site->guess[k] >> step->down >> 4 != step->prefix) times = 0;
            third += times << (k == 0 ? 4 : 0);
        }
        *sets++ = tile->weights[0][2] + size * third;
    }
    if (member->strips) *sets++ = tile->weights[0][3] + size * (site->strip + step->later);
    if (member->stack) {
        *sets++ = tile->weights[0][4] + size * (2 * kmq_set_before(tile, site) + step->later);
    }
    const uint32_t bias = steps == 1 ? 0 : step->later ? step->prefix & 255 : 256;
    mixture->bias[0] = tile->bias[bias];
    if (member->mixers == 2) kmq_choose_second(tile, mixture, site, step, size, bias);
}
