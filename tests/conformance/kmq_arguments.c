/* What kmq.h promises of arguments, on a gray picture of 4 x 3 pixels 0, 1, ... 11 that is named. */
#include <stdio.h>
#include <string.h>

#include "kmq.h"

static int failures;

static void expect(kmq_status found, kmq_status expected, const char *what) {
    if (found == expected) return;
    fprintf(stderr, "%s: %s, expected %s\n", what, kmq_status_name(found),
            kmq_status_name(expected));
    failures++;
}

static void check_decode(const kmq_file *file) {
    static const kmq_region wrong[] = {
        {0, 0, 0, 1, 0, 1}, {0, 0, 1, 0, 0, 1}, {4, 0, 1, 1, 0, 1}, {0, 3, 1, 1, 0, 1},
        {1, 0, 4, 1, 0, 1}, {0, 1, 1, 3, 0, 1}, {1, 1, UINT32_MAX, 1, 0, 1},
        {UINT32_MAX, 0, 2, 1, 0, 1}, {0, UINT32_MAX, 1, 2, 0, 1}, {0, 0, 1, 1, 1, 0},
        {0, 0, 1, 1, 1, 1}, {0, 0, 1, 1, 0, 2}, {0, 0, 1, 1, UINT32_MAX, 2},
    };
    uint8_t pixels[64];
    uint16_t indices[12];
    kmq_region region = {1, 1, 2, 2, 0, 0};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        expect(kmq_decode(file, &wrong[k], 0, pixels, 4, NULL), KMQ_ARGUMENT, "a region outside");
        expect(kmq_decode_indices(file, &wrong[k], indices, 4, NULL), KMQ_ARGUMENT, "the same");
    }
    expect(kmq_decode(file, NULL, 0, pixels, 3, NULL), KMQ_ARGUMENT, "a stride too small");
    expect(kmq_decode(file, NULL, 0, pixels, SIZE_MAX, NULL), KMQ_ARGUMENT, "one too large");
    expect(kmq_decode(file, NULL, 4, pixels, 15, NULL), KMQ_ARGUMENT, "too small for RGBA");
    expect(kmq_decode_indices(file, NULL, indices, 3, NULL), KMQ_ARGUMENT, "too small");
    expect(kmq_decode_indices(file, NULL, indices, SIZE_MAX / 2, NULL), KMQ_ARGUMENT, "too large");
    expect(kmq_decode(file, NULL, 3, pixels, 12, NULL), KMQ_ARGUMENT, "three channels of gray");
    expect(kmq_decode(file, NULL, -1, pixels, 12, NULL), KMQ_ARGUMENT, "no channels");
    expect(kmq_decode(NULL, NULL, 0, pixels, 12, NULL), KMQ_ARGUMENT, "no file");
    expect(kmq_decode(file, NULL, 0, NULL, 12, NULL), KMQ_ARGUMENT, "no buffer");
    memset(pixels, 99, sizeof pixels);
    expect(kmq_decode(file, &region, 0, pixels, 5, NULL), KMQ_OK, "a region");
    const uint8_t expected[] = {5, 6, 99, 99, 99, 9, 10, 99};
    if (memcmp(pixels, expected, sizeof expected) != 0) expect(KMQ_FORMAT, KMQ_OK, "its pixels");
}

static void check_open(const uint8_t *data, size_t size) {
    kmq_options options = {.max_pixels = 11};
    kmq_error error;
    if (kmq_open(data, size, &options, &error) == NULL) expect(error.status, KMQ_LIMIT, "pixels");
    options = (kmq_options){.max_bytes = 11};
    if (kmq_open(data, size, &options, &error) == NULL) expect(error.status, KMQ_LIMIT, "bytes");
    options = (kmq_options){.max_memory = 100};
    if (kmq_open(data, size, &options, &error) == NULL) expect(error.status, KMQ_LIMIT, "memory");
    kmq_info info;
    expect(kmq_read_info(NULL, 1, &info, &error), KMQ_ARGUMENT, "no data");
    expect(kmq_read_info(NULL, 0, &info, &error), KMQ_TRUNCATED, "nothing");
    expect(kmq_read_info(data, 9, NULL, &error), KMQ_ARGUMENT, "no info");
    expect(kmq_read_info(data, 9, &info, &error), KMQ_OK, "a prefix");
    if (info.width != 4 || info.height != 3 || info.coder != -1) expect(error.status, KMQ_FORMAT, "its info");
    if (kmq_open(NULL, 1, NULL, &error) == NULL) expect(error.status, KMQ_ARGUMENT, "no data");
    if (kmq_open(NULL, 0, NULL, &error) == NULL) expect(error.status, KMQ_TRUNCATED, "nothing");
    if (kmq_open(data, size - 1, NULL, NULL) != NULL) expect(KMQ_OK, KMQ_TRUNCATED, "cut short");
    kmq_close(NULL);
}

int main(int argc, char **argv) {
    static uint8_t data[4096];
    FILE *input = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (input == NULL) return 2;
    size_t size = fread(data, 1, sizeof data, input);
    fclose(input);
    kmq_error error = {KMQ_MEMORY, NULL, 0};
    kmq_file *file = kmq_open(data, size, NULL, &error);
    expect(error.status, KMQ_OK, "the file");
    if (file == NULL) return 1;
    size_t found = 9;
    if (kmq_section(file, KMQ_SECTION_ICC, &found) != NULL || found != 0) failures++;
    if (kmq_section(file, 0x01, &found) == NULL || found == 0) failures++;
    check_decode(file);
    check_open(data, size);
    kmq_close(file);
    return failures > 0;
}
