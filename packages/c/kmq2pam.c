/* kmq2pam: FILE.kmq OUT.pam. Decodes a picture and writes it as a PAM file (netpbm's P7); the planes
 * of a stack stand one below another.
 *
 *     cc -O2 kmq2pam.c kmq.c -o kmq2pam
 *
 * On a fault: one line on standard error that begins with the name of the error's class, exit code
 * 1, and no output.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kmq.h"

/* Return the bytes of a file, or NULL. */
static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    unsigned char *data = NULL;
    size_t room = 0, n = 0, more = 1;
    *size = 0;
    if (file == NULL) return NULL;
    while (more > 0) {
        if (*size == room) {
            unsigned char *larger = realloc(data, room = 2 * room + 65536);
            if (larger == NULL) break;
            data = larger;
        }
        more = n = fread(data + *size, 1, room - *size, file);
        *size += n;
    }
    if (more > 0 || ferror(file)) {
        free(data);
        data = NULL;
    }
    fclose(file);
    return data;
}

static int write_pam(const char *path, const kmq_info *info, const uint8_t *pixels) {
    static const char *const kinds[] = {"GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
    size_t rows = (size_t)info->height * info->planes;
    size_t size = (size_t)info->width * (size_t)info->channels * rows;
    FILE *file = fopen(path, "wb");
    if (file == NULL) return 0;
    fprintf(file, "P7\nWIDTH %lu\nHEIGHT %lu\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n",
            (unsigned long)info->width, (unsigned long)rows, info->channels,
            kinds[info->channels - 1]);
    int written = fwrite(pixels, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

/* Decode a file in memory into new pixels; NULL and an error if it has a fault. */
static uint8_t *decode(const unsigned char *data, size_t size, kmq_info *info,
                       kmq_error *error) {
    kmq_file *file = kmq_open(data, size, NULL, error);
    if (file == NULL) return NULL;
    *info = *kmq_file_info(file);
    size_t stride = (size_t)info->width * (size_t)info->channels;
    uint8_t *pixels = malloc(stride * info->height * info->planes); /* at most max_bytes */
    if (pixels == NULL) {
        *error = (kmq_error){KMQ_MEMORY, "there is not enough memory", KMQ_NO_OFFSET};
    } else if (kmq_decode(file, NULL, 0, pixels, stride, error) != KMQ_OK) {
        free(pixels);
        pixels = NULL;
    }
    kmq_close(file);
    return pixels;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: kmq2pam FILE.kmq OUT.pam\n");
        return 2;
    }
    size_t size;
    unsigned char *data = read_file(argv[1], &size);
    if (data == NULL) {
        fprintf(stderr, "%s cannot be read\n", argv[1]);
        return 1;
    }
    kmq_info info;
    kmq_error error;
    uint8_t *pixels = decode(data, size, &info, &error);
    free(data);
    if (pixels == NULL) {
        fprintf(stderr, "%s: %s: %s", kmq_status_name(error.status), argv[1], error.message);
        if (error.offset != KMQ_NO_OFFSET) fprintf(stderr, " (at byte %zu)", error.offset);
        fprintf(stderr, "\n");
        return 1;
    }
    int written = write_pam(argv[2], &info, pixels);
    free(pixels);
    if (!written) {
        fprintf(stderr, "%s cannot be written\n", argv[2]);
        remove(argv[2]);
    }
    return written ? 0 : 1;
}
