/* Which rows a step of a pixel mixes (spec 6.3.6). */

/* One step of a pixel: four bits of its leaf. */
typedef struct kmq_step {
    uint32_t index;   /* 0 for the highest bits */
    uint32_t down;    /* bits of the leaf below this step */
    uint32_t prefix;  /* the bits above it: those of some leaf */
    uint32_t later;   /* 1 unless it is the first */
    uint32_t within;  /* a row's place in its group of 17 */
    uint32_t outer;   /* from the third step on, what the first two gave */
    uint32_t sharing; /* which of W, N, NE, NW share the prefix */
    uint32_t lanes[4]; /* their symbols */
} kmq_step;

static const uint8_t kmq_closest[4] = {W, N, NE, NW};

KMQ_HOT kmq_step kmq_begin_step(const kmq_site *site, const uint32_t n_steps, const uint32_t index,
                                uint32_t prefix) {
    kmq_step step = {index, 4 * (n_steps - 1 - index), prefix, index > 0, 0, 0, 0, {0}};
    step.within = index & 1 ? 1 + (prefix & 15) : 0;
    step.outer = index < 2 ? 0 : index & 1 ? prefix >> 4 : prefix;
    for (int k = 0; k < 4; k++) {
        uint32_t leaf = site->near[kmq_closest[k]];
        step.sharing |= (uint32_t)(index == 0 || leaf >> step.down >> 4 == prefix) << k;
        step.lanes[k] = leaf >> step.down & 15;
    }
    return step;
}

/* Note of each symbol which neighbours have it. */
KMQ_HOT void kmq_make_sets(kmq_mixture *mixture, const kmq_step *step) {
    memset(mixture->set, 0, sizeof mixture->set);
    mixture->others = 16;
    for (int k = 0; k < 4; k++) {
        if (!(step->sharing >> k & 1)) continue;
        uint8_t *set = &mixture->set[step->lanes[k]];
        mixture->others -= *set == 0;
        *set = (uint8_t)(*set | 1 << k);
    }
}

/* Return the row of a hashed number: there are 17 rows more than the shifted hash has values. */
KMQ_HOT kmq_row *kmq_hashed_row(const kmq_tile *tile, int i, uint32_t number, const kmq_step *step,
                                const int checks) {
    uint32_t h = (step->index < 2 ? number : kmq_hash(number, step->outer)) * 0x9e3779b1u;
    kmq_row *row = tile->rows[i] + (h >> tile->shift) + step->within;
    uint16_t check = (uint16_t)((h ^ h >> 13) | 1);
    if (checks && row->check != check) {
        memset(row, 0, sizeof *row);
        row->check = check;
    }
    return row;
}

/* Return the row of what followed these surroundings last time, at most 31 times in a row. */
KMQ_HOT kmq_row *kmq_match_row(const kmq_tile *tile, const kmq_site *site, int i, const int which,
                               const kmq_step *step) {
    uint32_t times = site->times[which], guess = site->guess[which];
    int says = times > 0 && guess >> step->down >> 4 == step->prefix;
    uint32_t symbol = says ? guess >> step->down & 15 : 16;
    return tile->rows[i] + KMQ_MATCH_ROWS * step->later + KMQ_GROUP * times + symbol;
}

/* Make the row of how far the symbols' colours are from a predicted one. All values are 0 to 255. */
KMQ_HOT void kmq_make_distances(int16_t *made, const kmq_tile *tile, const int16_t *color,
                                const kmq_step *step) {
    int16_t (*centre)[16] = tile->centres[tile->centres_at[step->index] + step->prefix];
    v8 low = v8_all(0), high = low;
    for (int c = 0; c < 4; c++) {
        v8 value = v8_all(color[c]);
        low = v8_add(low, v8_abs(v8_sub(v8_load(centre[c]), value)));
        high = v8_add(high, v8_abs(v8_sub(v8_load(centre[c] + 8), value)));
    }
    v8_store(made, v8_sub(v8_all(0), v8_left(v8_min(low, v8_all(255)), 7)));
    v8_store(made + 8, v8_sub(v8_all(0), v8_left(v8_min(high, v8_all(255)), 7)));
}

/* Make a row of symbols from a row of sets of neighbours. */
KMQ_HOT void kmq_make_near(int16_t *made, const kmq_tile *tile, const kmq_row *row,
                           const kmq_mixture *mixture, const kmq_step *step) {
    int32_t rest = row->chance[0] - (row->count ? tile->tables.logarithm[mixture->others] : 0);
    v8 all = v8_all((int16_t)(rest < -32768 ? -32768 : rest));
    v8_store(made, all);
    v8_store(made + 8, all);
    for (int k = 0; k < 4; k++) {
        uint32_t symbol = step->lanes[k];
        if (step->sharing >> k & 1) made[symbol] = row->chance[mixture->set[symbol]];
    }
}

/* Return the row of one leaf around, by itself. */
KMQ_HOT kmq_row *kmq_exact_row(const kmq_tile *tile, int i, uint32_t leaf, const kmq_step *step,
                               const kmq_member *member, const int steps) {
    if (steps == 0) return kmq_hashed_row(tile, i, leaf, step, member->checks);
    return tile->rows[i] + (steps == 1 ? leaf : KMQ_GROUP * leaf + step->within);
}

/* Return the row that an input learns, or NULL for a distance. */
KMQ_HOT kmq_row *kmq_find_row(const kmq_tile *tile, const kmq_site *site, const int i,
                              const kmq_step *step, const kmq_member *member, const int steps) {
    const kmq_input input = kmq_input_of(member, steps, i);
    uint32_t leaf = site->near[input.what % KMQ_NEIGHBORS];
    switch (input.kind) {
    case EXACT: return kmq_exact_row(tile, i, leaf, step, member, steps);
    case HASHED: return kmq_hashed_row(tile, i, site->numbers[i], step, member->checks);
    case MATCH: return kmq_match_row(tile, site, i, input.what, step);
    case DISTANCE: return NULL;
    default:
        return tile->rows[i] + KMQ_GROUP * kmq_pattern(site, input.what) +
               (step->later ? 1 + step->sharing : 0);
    }
}

/* Gather the inputs of a step. */
KMQ_HOT void kmq_gather(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                        const kmq_step *step, const kmq_member *member, const int steps) {
    const int n = kmq_count_inputs(member, steps);
    int n_made = 0; /* no member has more than KMQ_MOST_MADE of those inputs */
    if (member->near) kmq_make_sets(mixture, step);
KMQ_UNROLL
    for (int i = 0; i < n; i++) {
        const kmq_input input = kmq_input_of(member, steps, i);
        kmq_row *row = kmq_find_row(tile, site, i, step, member, steps);
        mixture->row[i] = row;
        mixture->shown[i] = row != NULL ? row->chance : NULL;
        if (input.kind != DISTANCE && input.kind != NEAR) continue;
        int16_t *made = mixture->made[n_made++];
        mixture->shown[i] = made;
        if (input.kind == NEAR) kmq_make_near(made, tile, row, mixture, step);
        if (input.kind == DISTANCE) kmq_make_distances(made, tile, site->colors[input.what], step);
    }
}

/* Choose the sets of weights of a step, and its bias: site->equal is less than 128, site->level at
 * most 9, and what else there is has four or five bits. */
KMQ_HOT void kmq_choose_weights(const kmq_tile *tile, kmq_mixture *mixture, const kmq_site *site,
                                const kmq_step *step, const kmq_member *member, const int steps) {
    const uint32_t size = ((uint32_t)kmq_count_inputs(member, steps) + 7) & ~7u;
    uint32_t first = steps == 1 ? site->equal : 2 * site->equal + step->later;
    uint32_t second = steps == 1 ? site->outside : site->level;
    if (steps != 1 && step->later) second = 16 + step->sharing + 16 * site->level;
    mixture->weights[0] = tile->weights[0] + size * first;
    mixture->weights[1] = tile->weights[1] + size * second;
    if (member->sets > 2) {
        uint32_t third = 256 * step->later;
        for (int k = 0; k < 2; k++) {
            uint32_t times = site->times[k] < 15 ? site->times[k] : 15;
            if (site->guess[k] >> step->down >> 4 != step->prefix) times = 0;
            third += times << (k == 0 ? 4 : 0);
        }
        mixture->weights[2] = tile->weights[2] + size * third;
    }
    mixture->bias = tile->bias[steps == 1 ? 0 : step->later ? step->prefix & 255 : 256];
}
