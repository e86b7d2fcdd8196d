/* Measure how long a decoder goes on without asking whether to stop.
 *
 *     kmq_asks FILE...
 *
 * For each file one line is printed: how often it asked, the most units of work and the most
 * microseconds of the processor's time between two asks (or the start and the first, or the last
 * and the end), and its name. Opening and decoding are told apart.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kmq.h"

typedef struct asks {
    uint64_t count, done, most_units;
    long long last, longest; /* microseconds */
} asks;

static long long now(void) {
    struct timespec time;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) exit(2);
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int ask(void *user, uint64_t done, uint64_t total) {
    asks *found = user;
    uint64_t units = done < found->done ? done : done - found->done; /* a step may have begun */
    long long time = now();
    (void)total;
    found->count++;
    found->done = done;
    if (units > found->most_units) found->most_units = units;
    if (time - found->last > found->longest) found->longest = time - found->last;
    found->last = now();
    return 0;
}

static void begin(asks *found) { *found = (asks){.last = now()}; }

static void finish(const asks *found, const char *step, const char *result, const char *name) {
    long long left = now() - found->last;
    printf("%s %s: %llu asks, at most %llu units, at most %lld us: %s\n", step, result,
           (unsigned long long)found->count, (unsigned long long)found->most_units,
           left > found->longest ? left : found->longest, name);
}

static void measure(const uint8_t *data, size_t size, const char *name) {
    asks found;
    kmq_options options = {.progress = ask, .progress_user = &found};
    kmq_error error;
    begin(&found);
    kmq_file *file = kmq_open(data, size, &options, &error);
    finish(&found, "open", kmq_status_name(error.status), name);
    if (file == NULL) return;
    const kmq_info *info = kmq_file_info(file);
    size_t stride = (size_t)info->width * (size_t)info->channels;
    uint8_t *pixels = malloc(info->height * stride);
    if (pixels == NULL) exit(2);
    begin(&found);
    kmq_status status = kmq_decode(file, NULL, 0, pixels, stride, &error);
    finish(&found, "decode", kmq_status_name(status), name);
    kmq_close(file);
    free(pixels);
}

static void read_and_measure(const char *name) {
    FILE *input = fopen(name, "rb");
    if (input == NULL || fseek(input, 0, SEEK_END) != 0) exit(2);
    size_t size = (size_t)ftell(input);
    uint8_t *data = malloc(size + 1);
    rewind(input);
    if (data == NULL || fread(data, 1, size, input) != size) exit(2);
    fclose(input);
    measure(data, size, name);
    free(data);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) read_and_measure(argv[i]);
    return 0;
}
