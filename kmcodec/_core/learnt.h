/* A pixel's colour predicted from all neighbours by weights that learn (spec 6.3.8): normalized
 * least mean squares, after Widrow and Hoff, "Adaptive switching circuits" (1960).
 *
 * Each channel is a lane, and eight lanes hold the channels of two neighbours. A neighbour's colour
 * less 128 is taken times 128, a weight is of 16384, so that q15 of them is in 1/64. Part of a
 * variant.
 */

#define KMQ_LEARNING 103079215u /* 0.004 * 12 * 2^31, rounded */
#define KMQ_LEAST_POWER 360u

KMQ_HOT void kmq_predict_learnt(kmq_site *site, const kmq_tile *tile) {
    v8 sum = v8_all(0);
KMQ_UNROLL
    for (int i = 0; i < KMQ_NEIGHBORS / 2; i++) {
        const uint16_t *near = site->near + 2 * i;
        v8 colors = v8_load_halves(tile->centred[near[0]], tile->centred[near[1]]);
        v8_store(site->around_colors[i], colors);
        sum = v8_add_sat(sum, v8_q15(v8_load(tile->taps[i]), colors));
    }
    sum = v8_add_sat(sum, v8_swap_halves(sum));
    v8_store(site->sum, sum);
    v8 color = v8_add(v8_halve(v8_add_sat(sum, v8_all(32)), 6), v8_all(128));
    v8_store(site->colors[LEARNT], v8_min(v8_max(color, v8_all(0)), v8_load(tile->brightest)));
}

/* Move the weights towards the colour that came. */
KMQ_HOT void kmq_learn_prediction(const kmq_site *site, kmq_tile *tile) {
    const int16_t *color = tile->centred[*site->at];
    v8 error = v8_sub_sat(v8_halve(v8_load_halves(color, color), 1), v8_load(site->sum));
    uint32_t power = 0, channels = (uint32_t)tile->channels;
KMQ_UNROLL
    for (int i = 0; i < KMQ_NEIGHBORS; i++) power += tile->powers[site->near[i]]; /* below 2^20 */
    uint32_t rate = KMQ_LEARNING * channels / (power + KMQ_LEAST_POWER * channels);
    v16 step = v16_twice(v8_q15(error, v8_all((int16_t)(rate < 32767 ? rate : 32767))));
KMQ_UNROLL
    for (int i = 0; i < KMQ_NEIGHBORS / 2; i += 2) {
        v16 change = v16_q15(step, v16_load(site->around_colors[i]));
        v16_store(tile->taps[i], v16_add_sat(v16_load(tile->taps[i]), change));
    }
}
