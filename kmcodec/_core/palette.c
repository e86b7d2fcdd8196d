#include "palette.h"

#include <string.h>

#include "bits.h"
#include "palette_model.h"

#define METHOD_RAW 0 /* spec 5.1 */
#define METHOD_DELTA 1
#define METHOD_DELTA_GREEN 2
#define METHOD_MODELLED 3 /* modulo 4 */

/* Return a Rice-coded number, or -1 if there is none (spec 5.2). */
static int read_rice(kmq_bits *bits, int parameter) {
    int quotient = 0;
    while (kmq_bits_read(bits, 1)) {
        if (++quotient > 255 >> parameter) return -1;
    }
    int number = quotient << parameter | (int)kmq_bits_read(bits, parameter);
    return bits->ended ? -1 : number;
}

/* Read each channel's folded differences into the places of its values. */
static int read_differences(kmq_bits *bits, uint32_t n_colors, int channels, uint8_t *entries) {
    for (int c = 0; c < channels; c++) {
        int parameter = (int)kmq_bits_read(bits, 3);
        for (uint32_t k = 0; k < n_colors; k++) {
            int folded = read_rice(bits, parameter);
            if (folded < 0) return 0;
            int difference = folded % 2 ? -(folded + 1) / 2 : folded / 2;
            entries[(size_t)k * (size_t)channels + (size_t)c] = (uint8_t)difference;
        }
    }
    return kmq_bits_finished(bits);
}

/* Turn differences into values (spec 5.2, 5.3). */
static void sum_differences(uint32_t n_colors, int channels, int green, uint8_t *entries) {
    uint8_t entry[4] = {0, 0, 0, 0};
    for (uint32_t k = 0; k < n_colors; k++, entries += channels) {
        if (green) {
            entries[0] = (uint8_t)(entries[0] + entries[1]);
            entries[2] = (uint8_t)(entries[2] + entries[1]);
        }
        for (int c = 0; c < channels; c++) {
            entry[c] = (uint8_t)(entry[c] + entries[c]);
            entries[c] = entry[c];
        }
    }
}

kmq_status kmq_decode_palette(const kmq_context *context, const uint8_t *payload, size_t size,
                              uint32_t n_colors, int channels, uint8_t *entries) {
    if (size == 0) return kmq_fail(context, KMQ_FORMAT, "the palette section is empty", payload);
    int method = payload[0];
    size_t n_values = (size_t)n_colors * (size_t)channels;
    if (method == METHOD_RAW) {
        if (size - 1 != n_values) {
            return kmq_fail(context, KMQ_FORMAT, "a raw palette has another length", payload);
        }
        memcpy(entries, payload + 1, n_values);
        return KMQ_OK;
    }
    if (method == METHOD_DELTA || (method == METHOD_DELTA_GREEN && channels >= 3)) {
        kmq_bits bits;
        kmq_bits_begin(&bits, payload + 1, size - 1);
        if (!read_differences(&bits, n_colors, channels, entries)) {
            return kmq_fail(context, KMQ_FORMAT, "the palette's bits are not its Rice codes",
                            payload);
        }
        sum_differences(n_colors, channels, method == METHOD_DELTA_GREEN, entries);
        return KMQ_OK;
    }
    if (method % 4 == METHOD_MODELLED) {
        return kmq_decode_modelled(context, payload + 1, size - 1, method >> 2, n_colors, channels,
                                   entries);
    }
    return kmq_fail(context, KMQ_FORMAT, "the palette's method is not defined", payload);
}
