#include "palette_model.h"

#include <string.h>

#include "palette_experts.h"

#define UNITS_PER_ENTRY 64 /* of work */

/* The fixed part of each expert's weight in each role. */
static const int16_t prior_weights[KMQ_ROLES][KMQ_EXPERTS] = {
    {3, 1, 89, 1, 10, 152, 0, 0, 0, 0, 0, 0, 0},
    {1, 3, 249, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
    {112, 10, 74, 31, 0, 0, 0, 0, 0, 4, 21, 0, 4},
    {4, 102, 149, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
    {2, 3, 1, 1, 73, 176, 0, 0, 0, 0, 0, 0, 0},
    {90, 3, 2, 49, 38, 74, 0, 0, 0, 0, 0, 0, 0},
    {27, 1, 1, 18, 0, 0, 25, 26, 0, 17, 32, 31, 78},
    {2, 1, 1, 3, 0, 0, 145, 2, 33, 4, 27, 34, 4},
    {14, 5, 1, 12, 0, 0, 3, 10, 6, 20, 55, 119, 11},
};
static const uint8_t color_orders[6][3] = {
    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0},
};

/* Note the order that a parameter stands for; return 0 if it has none. */
static int set_order(kmq_palette_model *model, int number) {
    int n_colored = model->channels >= 3 ? 3 : 1;
    int n_orders = n_colored == 3 ? 6 : 1;
    int alpha_first = number >= n_orders;
    model->alpha = model->channels % 2 == 0 ? model->channels - 1 : -1;
    if (number >= (model->alpha < 0 ? n_orders : 2 * n_orders)) return 0;
    int place = 0;
    if (alpha_first) model->order[place++] = model->alpha;
    for (int k = 0; k < n_colored; k++) model->order[place++] = color_orders[number % n_orders][k];
    if (model->alpha >= 0 && !alpha_first) model->order[place] = model->alpha;
    return 1;
}

static void start_model(kmq_palette_model *model) {
    kmq_fill_bumps(model->rows);
    for (int role = 0; role < KMQ_ROLES; role++) {
        for (int e = 0; e < KMQ_EXPERTS; e++) {
            model->learnt[role][e] = 16 * prior_weights[role][e];
            model->weights[role][e] = 17 * prior_weights[role][e];
        }
    }
}

/* Return the mass of all values below `end`: less than 2^37, as shares of an expert sum to at most
 * 1024 and the weights of a role to less than 2^13. */
static int64_t mass_below(const kmq_palette_model *model, int end) {
    int64_t total = 0;
    for (int k = 0; k < model->n_parts; k++) {
        total += model->parts[k].weight * model->parts[k].below[end];
    }
    return total;
}

static int code_bit(kmq_palette_model *model, uint32_t chance, int bit) {
#ifndef KMQ_NO_ENCODER
    if (model->encoding) {
        kmq_range_encode_bit(&model->order_of_bytes, &model->encoder, chance, bit);
        return bit;
    }
#endif
    (void)bit;
    return kmq_range_decide(&model->input, &model->decoder, chance);
}

/* Code a value by its decisions, or find it; return it. */
static int code_value(kmq_palette_model *model, int lowest, int value) {
    int begin = 0, end = 256;
    int64_t at_begin = mass_below(model, lowest), at_end = mass_below(model, 256);
    while (end - begin > 1) {
        int middle = (begin + end) / 2;
        if (middle <= lowest) {
            begin = middle;
            continue;
        }
        int64_t at_middle = mass_below(model, middle);
        int64_t chance = (at_end - at_middle) * 65536 / (at_end - at_begin);
        chance = chance < 1 ? 1 : chance > 65535 ? 65535 : chance;
        if (code_bit(model, (uint32_t)chance, value >= middle)) {
            begin = middle;
            at_begin = at_middle;
        } else {
            end = middle;
            at_end = at_middle;
        }
    }
    return begin;
}

/* Change the weights of a role by the experts' parts in the mass of the value. */
static void learn_weights(kmq_palette_model *model, int role, int value) {
    int64_t votes[KMQ_EXPERTS] = {0}, total = 0;
    for (int k = 0; k < model->n_parts; k++) {
        const kmq_palette_part *part = &model->parts[k];
        votes[part->expert] += part->weight * (part->below[value + 1] - part->below[value]);
    }
    for (int e = 0; e < KMQ_EXPERTS; e++) total += votes[e]; /* EVEN's vote is never 0 */
    for (int e = 0; e < KMQ_EXPERTS; e++) {
        int64_t *learnt = &model->learnt[role][e];
        *learnt += votes[e] * 4096 / total / 4 - *learnt / 4;
        model->weights[role][e] = *learnt + prior_weights[role][e];
    }
}

static int find_role(const kmq_palette_model *model, const kmq_palette_value *value) {
    const uint8_t *entry = kmq_palette_entry(model, value->i);
    if (value->channel == model->alpha) return value->place > 0 ? 2 : model->ascending ? 0 : 1;
    if (model->order[0] == model->alpha && entry[model->alpha] == 0) return 3;
    if (value->n_before == 0) return model->ascending ? 4 : 5;
    if (value->n_before == 1) return 6;
    return entry[value->before[0]] == entry[value->before[1]] ? 7 : 8;
}

/* Return the least value possible; 256 if there is none. */
static int find_lowest(const kmq_palette_model *model, const kmq_palette_value *value) {
    if (!model->ascending || value->i == 0) return 0;
    const uint8_t *entry = kmq_palette_entry(model, value->i);
    const uint8_t *before = kmq_palette_entry(model, value->i - 1);
    for (int q = 0; q < value->place; q++) {
        if (entry[model->order[q]] != before[model->order[q]]) return 0;
    }
    return before[value->channel] + (value->place == model->channels - 1);
}

/* Code one entry, or find it; return 0 if there is none that follows the one before. */
static int code_entry(kmq_palette_model *model, uint32_t i) {
    kmq_palette_value value = {.i = i};
    uint8_t *entry = model->entries + (size_t)i * (size_t)model->channels;
    for (; value.place < model->channels; value.place++) {
        int c = value.channel = model->order[value.place];
        value.lowest = find_lowest(model, &value);
        if (value.lowest > 255) return 0;
        value.role = find_role(model, &value);
        kmq_add_parts(model, &value);
        entry[c] = (uint8_t)code_value(model, value.lowest, entry[c]);
        learn_weights(model, value.role, entry[c]);
        for (int v = entry[c] + 1; v < 257; v++) model->seen[c][v]++;
        if (c != model->alpha) value.before[value.n_before++] = c;
    }
    return 1;
}

static kmq_status code_entries(const kmq_context *context, kmq_palette_model *model) {
    start_model(model);
    for (uint32_t i = 0; i < model->n_colors; i++) {
        if (!code_entry(model, i)) {
            return kmq_fail(context, KMQ_FORMAT,
                            "an ascending palette goes on after its largest entry", NULL);
        }
        kmq_status status = kmq_advance(context, UNITS_PER_ENTRY);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

/* Replace each colour value by 255 less it; alpha stays. */
static void invert_entries(kmq_palette_model *model) {
    for (uint32_t i = 0; i < model->n_colors; i++) {
        uint8_t *entry = model->entries + (size_t)i * (size_t)model->channels;
        for (int c = 0; c < model->channels; c++) {
            if (c != model->alpha) entry[c] = (uint8_t)(255 - entry[c]);
        }
    }
}

/* Return a model that is ready but for the entries, or NULL after noting why. */
static kmq_palette_model *begin_model(const kmq_context *context, uint32_t n_colors, int channels,
                                  int parameter) {
    if (n_colors > KMQ_LARGEST_MODELLED) {
        kmq_fail(context, KMQ_FORMAT, "a modelled palette has more than 4096 entries", NULL);
        return NULL;
    }
    kmq_palette_model *model = kmq_allocate(context, 1, sizeof *model);
    if (model == NULL) return NULL;
    model->n_colors = n_colors;
    model->channels = channels;
    model->ascending = parameter & 1;
    if (set_order(model, parameter >> 2)) return model;
    kmq_release(context, model);
    kmq_fail(context, KMQ_FORMAT, "the palette's method is not defined", NULL);
    return NULL;
}

kmq_status kmq_decode_modelled(const kmq_context *context, const uint8_t *stream, size_t size,
                               int parameter, uint32_t n_colors, int channels, uint8_t *entries) {
    kmq_palette_model *model = begin_model(context, n_colors, channels, parameter);
    if (model == NULL) return context->tally->status;
    memset(entries, 0, (size_t)n_colors * (size_t)channels);
    model->entries = entries;
    model->input = kmq_range_read(stream, size, 0);
    model->decoder = kmq_range_start(&model->input);
    kmq_status status = KMQ_OK;
    if (!model->input.fault) status = code_entries(context, model);
    if (status == KMQ_OK && !kmq_range_finished(&model->input, &model->decoder)) {
        status = kmq_fail(context, KMQ_FORMAT,
                          "the bytes are not the code of the palette's entries", stream);
    }
    if (parameter & 2) invert_entries(model);
    kmq_release(context, model);
    return status;
}

#ifndef KMQ_NO_ENCODER

kmq_status kmq_encode_modelled(const kmq_context *context, const uint8_t *entries,
                               uint32_t n_colors, int channels, int parameter, uint8_t *stream,
                               size_t *size) {
    kmq_palette_model *model = begin_model(context, n_colors, channels, parameter);
    if (model == NULL) return context->tally->status;
    size_t n_values = (size_t)n_colors * (size_t)channels;
    model->entries = kmq_allocate(context, n_values, 1);
    kmq_status status = context->tally->status;
    if (model->entries != NULL) {
        memcpy(model->entries, entries, n_values);
        if (parameter & 2) invert_entries(model);
        model->encoding = 1;
        model->encoder = kmq_range_open(stream, *size, 0);
        status = code_entries(context, model);
        kmq_range_close(&model->encoder);
        *size = kmq_range_trim(stream, model->encoder.position, 0);
        if (status == KMQ_OK && model->encoder.full) {
            status = kmq_fail(context, KMQ_ARGUMENT, "the stream has no room for a palette", NULL);
        }
    }
    kmq_release(context, model->entries);
    kmq_release(context, model);
    return status;
}

#endif
