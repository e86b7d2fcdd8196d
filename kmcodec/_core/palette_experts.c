#include "palette_experts.h"

#define MOST_STEPS 8 /* of expert 4 */
#define MOST_NEAR 32 /* entries that experts 9 to 12 look at */

/* Add a bump, unless its expert has no say in this role. The centre is -255 to 510. */
static void add_part(kmq_palette_model *model, int role, int expert, int32_t share, int centre,
                     int row) {
    if (model->weights[role][expert] == 0 || share == 0) return;
    kmq_palette_part *part = &model->parts[model->n_parts++];
    part->weight = model->weights[role][expert] * share;
    part->below = model->rows[row] + KMQ_BUMP_ORIGIN - centre;
    part->share = share;
    part->expert = expert;
}

/* Begin with the experts 0 to 3, which look at no single entry. */
static void add_constant_parts(kmq_palette_model *model, const kmq_palette_value *value) {
    model->n_parts = 0;
    add_part(model, value->role, 0, KMQ_WHOLE_SHARE, 0, KMQ_EVEN);
    add_part(model, value->role, 1, KMQ_WHOLE_SHARE, 0, KMQ_EXACT);
    add_part(model, value->role, 2, KMQ_WHOLE_SHARE, 255, KMQ_EXACT);
    if (value->i > 0 && value->role != 3) {
        kmq_fill_seen(model->rows[KMQ_SEEN], model->seen[value->channel], value->i);
        add_part(model, value->role, 3, KMQ_WHOLE_SHARE, 0, KMQ_SEEN);
    }
}

/* Add the experts 4 and 5, which continue from the entry before. */
static void add_step_parts(kmq_palette_model *model, const kmq_palette_value *value) {
    uint32_t i = value->i;
    int c = value->channel;
    int n_steps = i <= MOST_STEPS ? (int)i - 1 : MOST_STEPS;
    int previous = i > 0 ? kmq_palette_entry(model, i - 1)[c] : 0;
    for (uint32_t j = 1; (int)j <= n_steps; j++) {
        int step = kmq_palette_entry(model, i - j)[c] - kmq_palette_entry(model, i - j - 1)[c];
        add_part(model, value->role, 4, KMQ_WHOLE_SHARE / n_steps, previous + step, 1);
    }
    if (model->ascending) {
        kmq_fill_gaps(model->rows[KMQ_GAPS], value->lowest, model->n_colors - i);
        add_part(model, value->role, 5, KMQ_WHOLE_SHARE, 0, KMQ_GAPS);
    } else if (i > 0) {
        add_part(model, value->role, 5, KMQ_WHOLE_SHARE, previous, 10);
    }
}

/* Add the experts 6 to 8, which look at the colour channels coded before. */
static void add_own_parts(kmq_palette_model *model, const kmq_palette_value *value) {
    const uint8_t *entry = kmq_palette_entry(model, value->i);
    int x = entry[value->before[value->n_before - 1]];
    add_part(model, value->role, 6, KMQ_WHOLE_SHARE, x, KMQ_EXACT);
    add_part(model, value->role, 7, KMQ_WHOLE_SHARE, x, 14);
    if (value->n_before == 2) {
        add_part(model, value->role, 8, KMQ_WHOLE_SHARE, 2 * x - entry[value->before[0]], 8);
    }
}

/* Return the sum of absolute differences to an earlier entry, over the channels coded. */
static int distance_to(const kmq_palette_model *model, const kmq_palette_value *value, uint32_t k) {
    int distance = 0;
    for (int q = 0; q < value->place; q++) {
        int c = model->order[q];
        int own = kmq_palette_entry(model, value->i)[c], other = kmq_palette_entry(model, k)[c];
        distance += own > other ? own - other : other - own;
    }
    return distance;
}

/* Add the experts 9 to 12 for one near entry, of which there is a distance and a share. */
static void add_near_part(kmq_palette_model *model, const kmq_palette_value *value, uint32_t k,
                          int distance, int32_t share) {
    const uint8_t *entry = kmq_palette_entry(model, value->i), *other = kmq_palette_entry(model, k);
    int t = 0, y = other[value->channel], centre = y;
    for (int rest = (10 + distance) * (10 + distance) / 32; rest > 0; rest >>= 1) t++;
    if (t > KMQ_LARGEST_WIDTH) t = KMQ_LARGEST_WIDTH;
    int wide = t + 6 < KMQ_LARGEST_WIDTH ? t + 6 : KMQ_LARGEST_WIDTH;
    add_part(model, value->role, 9, share, y, KMQ_EXACT);
    if (value->role != 2) {
        int last = value->before[value->n_before - 1];
        int own = 0, others = 0, ratio = y;
        centre = y + entry[last] - other[last];
        for (int q = 0; q < value->n_before; q++) {
            own += entry[value->before[q]];
            others += other[value->before[q]];
        }
        if (others > 0) ratio = (2 * y * own + others) / (2 * others);
        add_part(model, value->role, 11, share, ratio < 255 ? ratio : 255, t);
    }
    add_part(model, value->role, 10, share, centre, t);
    add_part(model, value->role, 12, share, centre, wide);
}

/* Add the experts 9 to 12, which look at near entries. */
static void add_near_parts(kmq_palette_model *model, const kmq_palette_value *value) {
    int distances[MOST_NEAR];
    int64_t closeness[MOST_NEAR], total = 0;
    uint32_t n_near = value->i < MOST_NEAR ? value->i : MOST_NEAR;
    for (uint32_t j = 0; j < n_near; j++) {
        distances[j] = distance_to(model, value, value->i - 1 - j);
        int64_t a = 4096 * 24 / (24 + distances[j]);
        closeness[j] = 1 + (a * a * a >> 24);
        total += closeness[j];
    }
    for (uint32_t j = 0; j < n_near; j++) {
        int32_t share = (int32_t)(KMQ_WHOLE_SHARE * closeness[j] / total);
        add_near_part(model, value, value->i - 1 - j, distances[j], share);
    }
}

void kmq_add_parts(kmq_palette_model *model, const kmq_palette_value *value) {
    int role = value->role;
    add_constant_parts(model, value);
    if (role <= 1 || role == 4 || role == 5) {
        add_step_parts(model, value);
    } else if (role != 2 && value->n_before > 0) {
        add_own_parts(model, value);
    }
    if (role == 2 || role >= 6) add_near_parts(model, value);
}
