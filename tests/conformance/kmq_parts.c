/* Parts of the core that no function of kmq.h shows, for tests: one command on standard input.
 *
 *     encode N, then N times "d CHANCE BIT" or "s LOW HIGH": prints the stream in hexadecimal
 *     decode SIZE BYTES... N, then N times "d CHANCE" or "s LOW HIGH": prints each bit or value,
 *         then whether the stream is finished; of a symbol, LOW and HIGH are ends of 1 more symbol
 *     tree CHANNELS K BYTES...: prints the entry of each leaf
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmcodec/_core/kmq.c"

static unsigned long next_number(void) {
    unsigned long number;
    if (scanf("%lu", &number) != 1) exit(2);
    return number;
}

static char next_letter(void) {
    char letter;
    if (scanf(" %c", &letter) != 1) exit(2);
    return letter;
}

static void encode(void) {
    static uint8_t stream[1 << 16];
    kmq_range_order order = {NULL, 0};
    kmq_range_encoder encoder = kmq_range_open(stream, sizeof stream, 0);
    for (unsigned long n = next_number(); n > 0; n--) {
        char kind = next_letter();
        uint32_t a = (uint32_t)next_number(), b = (uint32_t)next_number();
        if (kind == 'd') kmq_range_encode_bit(&order, &encoder, a, (int)b);
        if (kind == 's') kmq_range_encode_symbol(&order, &encoder, a, b);
    }
    kmq_range_close(&encoder);
    size_t size = kmq_range_trim(stream, encoder.position, 0);
    for (size_t i = 0; i < size; i++) printf("%02x", stream[i]);
    printf("\n");
}

/* A symbol is one of three: below LOW, from LOW to HIGH - 1, from HIGH. */
static void take_symbol_of_three(kmq_range_input *input, kmq_range_decoder *decoder, uint32_t low,
                                 uint32_t high) {
    uint32_t value = kmq_range_value(input, decoder);
    uint32_t begin = value < low ? 0 : value < high ? low : high;
    uint32_t end = value < low ? low : value < high ? high : 16384;
    kmq_range_take(input, decoder, begin, end);
    printf("%lu ", (unsigned long)begin);
}

static void decode(void) {
    size_t size = next_number();
    uint8_t *stream = malloc(size + 1);
    if (stream == NULL) exit(2);
    for (size_t i = 0; i < size; i++) stream[i] = (uint8_t)next_number();
    kmq_range_input input = kmq_range_read(stream, size, 0);
    kmq_range_decoder decoder = kmq_range_start(&input);
    for (unsigned long n = next_number(); n > 0 && !input.fault; n--) {
        char kind = next_letter();
        uint32_t a = (uint32_t)next_number();
        if (kind == 'd') printf("%d ", kmq_range_decide(&input, &decoder, a));
        if (kind == 's') take_symbol_of_three(&input, &decoder, a, (uint32_t)next_number());
    }
    printf("%s\n", kmq_range_finished(&input, &decoder) ? "finished" : "fault");
    free(stream);
}

static void tree(void) {
    int channels = (int)next_number();
    uint32_t n = (uint32_t)next_number();
    uint8_t *palette = malloc((size_t)n * (size_t)channels);
    kmq_tally tally = {0};
    kmq_context context = {.tally = &tally};
    kmq_tree found;
    if (palette == NULL || kmq_complete_options(&context.options, NULL) != KMQ_OK) exit(2);
    for (size_t i = 0; i < (size_t)n * (size_t)channels; i++) palette[i] = (uint8_t)next_number();
    if (kmq_build_tree(&context, palette, n, channels, &found) != KMQ_OK) exit(2);
    for (uint32_t k = 0; k < n; k++) printf("%d\n", found.entries[k]);
    kmq_free_tree(&context, &found);
    free(palette);
    if (tally.used != 0) exit(3);
}

int main(void) {
    char command[16];
    if (scanf("%15s", command) != 1) return 2;
    if (strcmp(command, "encode") == 0) encode();
    if (strcmp(command, "decode") == 0) decode();
    if (strcmp(command, "tree") == 0) tree();
    return 0;
}
