/* The choice of a leaf among what is near, by the price of each (see choice.h). Part of a variant. */
#ifndef KMQ_NO_ENCODER

typedef struct kmq_candidate {
    uint32_t leaf, depth; /* steps of which the price is part of the cost */
    int64_t cost;
} kmq_candidate;

/* Add a leaf to the candidates, unless it is one, or is no leaf that may come here. */
KMQ_HOT int kmq_add_candidate(const kmq_tile *tile, const kmq_site *site, const int32_t *target,
                              kmq_candidate *candidates, int n, uint32_t leaf) {
    if (site->escaped && leaf == site->near[W]) return n;
    for (int i = 0; i < n; i++) {
        if (candidates[i].leaf == leaf) return n;
    }
    candidates[n].leaf = leaf;
    candidates[n].depth = 0;
    candidates[n].cost = kmq_cost_of_error(tile, site->x, site->y, target, leaf);
    return n + 1;
}

/* Find the candidates: leaves near the point, neighbours, and what matches expect. */
KMQ_HOT int kmq_find_candidates(const kmq_tile *tile, const kmq_site *site, const int32_t *target,
                                kmq_candidate *candidates, const kmq_member *member) {
    const kmq_choice *choice = tile->choice;
    const uint32_t nearest = kmq_approach(choice, *site->at, target);
    const uint16_t *close = choice->close + (size_t)nearest * choice->n_close;
    int n = 0;
    for (uint32_t i = 0; i < choice->n_close; i++) {
        n = kmq_add_candidate(tile, site, target, candidates, n, close[i]);
    }
    for (int k = W; k <= NE; k++) {
        n = kmq_add_candidate(tile, site, target, candidates, n, site->near[k]);
    }
    for (int k = 0; member->matches && k < 2; k++) {
        if (site->times[k] == 0) continue;
        n = kmq_add_candidate(tile, site, target, candidates, n, site->guess[k]);
    }
    return n;
}

KMQ_HOT int kmq_cheapest(const kmq_candidate *candidates, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
        if (candidates[i].cost < candidates[best].cost) best = i;
    }
    return best;
}

/* Add the price of a step to all candidates that share what comes before it. */
KMQ_HOT void kmq_price_step(kmq_tile *tile, const kmq_site *site, kmq_candidate *candidates, int n,
                            const kmq_candidate chosen, const uint32_t n_steps,
                            const kmq_member *member, const int steps) {
    const uint32_t down = 4 * (n_steps - 1 - chosen.depth);
    const uint32_t prefix = chosen.leaf >> down >> 4;
    alignas(32) int16_t above[16];
    kmq_near near;
    kmq_mixture mixture;
    mixture.near = &near;
    kmq_prepare_step(tile, &mixture, site, chosen.depth, prefix, n_steps, member, steps);
    kmq_mix(&mixture, &tile->tables, member, steps);
    v16_store(above, mixture.all);
    for (int i = 0; i < n; i++) {
        if (candidates[i].depth != chosen.depth || candidates[i].leaf >> down >> 4 != prefix) {
            continue;
        }
        uint32_t symbol = candidates[i].leaf >> down & 15;
        int chance = above[symbol] - (symbol > 0 ? above[symbol - 1] : 0);
        uint32_t bits = kmq_bits_of((uint32_t)chance, KMQ_SYMBOL_BITS);
        candidates[i].cost += (int64_t)tile->choice->price * bits;
        candidates[i].depth++;
    }
}

/* Choose the leaf of least cost: steps are priced in the order of what is known of the costs, so
 * that few are. */
KMQ_HOT void kmq_choose_leaf(kmq_tile *tile, const kmq_site *site, const kmq_member *member,
                             const int steps) {
    const uint32_t n_steps = steps == 0 ? tile->steps : (uint32_t)steps;
    kmq_choice *choice = tile->choice;
    kmq_candidate candidates[KMQ_MOST_CANDIDATES];
    int32_t target[4];
    kmq_aim(tile, site->x, site->y, target);
    const int n = kmq_find_candidates(tile, site, target, candidates, member);
    int best = kmq_cheapest(candidates, n);
    while (candidates[best].depth < n_steps) {
        kmq_price_step(tile, site, candidates, n, candidates[best], n_steps, member, steps);
        best = kmq_cheapest(candidates, n);
    }
    const uint32_t leaf = candidates[best].leaf;
    if (site->escaped && choice->price > 0) {
        int64_t error = kmq_cost_of_error(tile, site->x, site->y, target, leaf);
        int64_t bits = (candidates[best].cost - error) / choice->price;
        int32_t change = (int32_t)bits - (int32_t)(choice->bits_of_escape >> 4);
        choice->bits_of_escape = (uint32_t)((int32_t)choice->bits_of_escape + change);
    }
    *site->at = (uint16_t)leaf;
    kmq_note_error(tile, site->x, site->y, target, leaf);
}

#endif
