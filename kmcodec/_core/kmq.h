/* kmq.h: decoder of `.kmq` pictures (format version 0.1, spec/kmq-format.md).
 *
 *     kmq_error error;
 *     kmq_file *file = kmq_open(data, size, NULL, &error);
 *     if (file == NULL) { puts(error.message); return; }
 *     const kmq_info *info = kmq_file_info(file);
 *     size_t stride = (size_t)info->width * info->channels;
 *     uint8_t *pixels = malloc(info->height * stride);
 *     if (kmq_decode(file, NULL, 0, pixels, stride, &error) != KMQ_OK) puts(error.message);
 *     kmq_close(file);
 *
 * C11. No global state, no threads, no floating point, no files. Any bytes give a picture or one
 * error. A kmq_file does not change after kmq_open: several threads may decode from one at once.
 *
 * Every function that can fail takes a `kmq_error *`, which may be NULL.
 */
#ifndef KMQ_H
#define KMQ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong (spec 7). */
typedef enum kmq_status {
    KMQ_OK = 0,
    KMQ_FORMAT,      /* the bytes are not a valid file */
    KMQ_TRUNCATED,   /* the file ends before its last section does */
    KMQ_UNSUPPORTED, /* the file needs another version of the decoder */
    KMQ_LIMIT,       /* the picture is larger than the options allow */
    KMQ_CANCELLED,   /* the progress function asked to stop */
    KMQ_MEMORY,      /* the allocator returned NULL */
    KMQ_ARGUMENT     /* a mistake of the caller: a region outside the picture, say */
} kmq_status;

#define KMQ_NO_OFFSET SIZE_MAX

typedef struct kmq_error {
    kmq_status status;
    const char *message; /* one line, never NULL; static, so do not free it */
    size_t offset;       /* where in the file, or KMQ_NO_OFFSET */
} kmq_error;

/* Return the name of a status: "FormatError", "TruncatedError", ... (spec 7). Static. */
const char *kmq_status_name(kmq_status status);

/* Limits, progress and memory. A member that is 0 has its default: begin with `= {0}`. */
typedef struct kmq_options {
    /* Largest width * height, times the planes of a stack. Default 178,956,970. */
    uint64_t max_pixels;
    /* Most bytes of the picture's pixels (width * height * planes * channels), and of its palette or
     * codebook of blocks. Default 715,827,880. */
    uint64_t max_bytes;
    /* Most bytes of memory in use by the decoder at a time, with the palette or codebook, without
     * the caller's buffers. Default 2^30. */
    uint64_t max_memory;
    /* Called every few thousand pixels, or after as much other work; anything but 0 stops with
     * KMQ_CANCELLED. `done` of `total` units of the present step are done; `total` is 0 where
     * it is not known, as in most of kmq_open. Called by the thread that decodes. */
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *progress_user;
    /* Like malloc and free, and both given or neither. Default malloc and free;
     * a build with KMQ_NO_MALLOC has no default, and needs <string.h> alone. */
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *pointer);
    void *allocator_user;
} kmq_options;

/* What the header says (spec 3), and which coder the indices have. */
typedef struct kmq_info {
    uint32_t width;        /* pixels, 1 to 2^31 - 1 */
    uint32_t height;       /* pixels, 1 to 2^31 - 1 */
    uint32_t planes;       /* of a stack: frames of an animation, say; 1 in a picture */
    uint32_t n_colors;     /* entries of the palette or codebook, 1 to 65536 */
    uint32_t block_width;  /* pixels of an entry, 1 to 65536: both are 1 in a palette */
    uint32_t block_height;
    uint32_t grid_width;   /* indices in a row: width / block_width, rounded up */
    uint32_t grid_height;  /* rows of indices */
    int channels;          /* 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha */
    int authored;          /* 1 if palette and indices carry meaning, as in a label map */
    int coder;             /* 0 packed, 1 deflate, 2 mixed; -1 in kmq_read_info and without any */
} kmq_info;

/* Rows and columns in pixels, or in indices for kmq_decode_indices; and planes of a stack, of which
 * 0 are taken as 1. */
typedef struct kmq_region {
    uint32_t left, top, width, height, plane, planes;
} kmq_region;

/* Tags of ancillary sections (spec 4.4). */
enum {
    KMQ_SECTION_ICC = 0x81,
    KMQ_SECTION_EXIF = 0x82,
    KMQ_SECTION_XMP = 0x83,
    KMQ_SECTION_FACTS = 0x84,
    KMQ_SECTION_NAMES = 0x85,
    KMQ_SECTION_ARRAY = 0x86,
    KMQ_SECTION_FRAMES = 0x87,
    KMQ_SECTION_TABLES = 0x88
};

typedef struct kmq_file kmq_file;

/* Read the header at the start of a file; a prefix of about 40 bytes is enough. No checksum is
 * compared and no limit is checked. */
kmq_status kmq_read_info(const void *data, size_t size, kmq_info *info, kmq_error *error);

/* Open a file in memory. Everything but the streams of indices is checked, every checksum too, and
 * the palette or codebook is decoded. Returns NULL on error.
 *
 * The data is borrowed: it must stay as it is until kmq_close. `options` are copied; NULL means
 * defaults. */
kmq_file *kmq_open(const void *data, size_t size, const kmq_options *options, kmq_error *error);

/* Free a file. NULL is allowed. */
void kmq_close(kmq_file *file);

/* Return what is known of a file. Valid until kmq_close. */
const kmq_info *kmq_file_info(const kmq_file *file);

/* Return the palette: n_colors entries of `channels` bytes. With blocks each entry is
 * block_height rows of block_width pixels. Valid until kmq_close. */
const uint8_t *kmq_palette(const kmq_file *file);

/* Return the payload of the section with this tag, and its size; NULL if there is none. Points
 * into the caller's data. Ancillary content is not checked in any way. */
const uint8_t *kmq_section(const kmq_file *file, int tag, size_t *size);

/* Decode pixels, of a region or (if that is NULL) of the whole picture or stack, into rows `stride`
 * bytes apart; those of a plane follow those of the plane before. `channels` is 0 or the file's own
 * number for the file's, or 4 for RGB and alpha.
 *
 * On error the buffer holds anything, and must not be shown. A region checks only what of the file
 * it needs. */
kmq_status kmq_decode(const kmq_file *file, const kmq_region *region, int channels,
                      uint8_t *pixels, size_t stride, kmq_error *error);

/* Decode indices, 0 to n_colors - 1, into rows `stride` elements apart. The region is one of the
 * plane of grid_width * grid_height indices; NULL means all. Else as kmq_decode. */
kmq_status kmq_decode_indices(const kmq_file *file, const kmq_region *region, uint16_t *indices,
                              size_t stride, kmq_error *error);

#ifdef __cplusplus
}
#endif

#endif
