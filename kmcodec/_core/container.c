#include "container.h"

#include <string.h>

#include "crc32.h"

#define VERSION 0x01 /* 0.1, spec 2.2 */
#define FLAG_CHANNELS 0x03 /* spec 3.1 */
#define FLAG_BLOCK 0x04
#define FLAG_AUTHORED 0x08
#define FLAG_STACK 0x10
#define LARGEST_SIDE 2147483647u /* spec 3.2 */
#define LARGEST_COLORS 65536u
#define LARGEST_BLOCK_SIDE 65536u
#define TAG_ANCILLARY 0x80 /* spec 4.1 */
#define TAG_LAST 0x40
#define TAG_RESERVED 0x20
#define TAG_KIND 0x1f
#define CHECKSUM_SIZE 4u /* spec 4.2 */
#define CHECKSUM_PIECE ((size_t)1 << 18) /* bytes between two asks for progress */

static const uint8_t signature[4] = {0x8f, 'K', 'M', 'Q'};

static kmq_status file_ends(const kmq_context *context, const kmq_reader *reader) {
    return kmq_fail(context, KMQ_TRUNCATED, "the file ends early", reader->data + reader->size);
}

/* Read a varint of the file. */
static kmq_status read_number(const kmq_context *context, kmq_reader *reader, uint64_t *value) {
    const uint8_t *at = reader->data + reader->position;
    kmq_status status = kmq_read_varint(reader, value);
    if (status == KMQ_TRUNCATED) return file_ends(context, reader);
    if (status == KMQ_OK) return KMQ_OK;
    return kmq_fail(context, status, "a varint is too long, or not in its shortest form", at);
}

/* Read a field of 1 to `largest`, which is stored less `less`. */
static kmq_status read_field(const kmq_context *context, kmq_reader *reader, uint32_t less,
                             uint32_t largest, uint32_t *field) {
    const uint8_t *at = reader->data + reader->position;
    uint64_t value;
    kmq_status status = read_number(context, reader, &value);
    if (status != KMQ_OK) return status;
    value += less;
    if (value < 1 || value > largest) {
        return kmq_fail(context, KMQ_FORMAT, "a number of the header is out of its bounds", at);
    }
    *field = (uint32_t)value;
    return KMQ_OK;
}

/* Read signature, version and flags. */
static kmq_status parse_start(const kmq_context *context, kmq_reader *reader, int *flags) {
    size_t known = reader->size < sizeof signature ? reader->size : sizeof signature;
    if (memcmp(reader->data, signature, known) != 0) {
        return kmq_fail(context, KMQ_FORMAT, "not a .kmq file: it has another signature",
                        reader->data);
    }
    if (reader->size < sizeof signature + 1) return file_ends(context, reader);
    if (reader->data[4] != VERSION) {
        return kmq_fail(context, KMQ_UNSUPPORTED, "the file has another format version",
                        reader->data + 4);
    }
    if (reader->size < sizeof signature + 2) return file_ends(context, reader);
    *flags = reader->data[5];
    if (*flags & ~(FLAG_CHANNELS | FLAG_BLOCK | FLAG_AUTHORED | FLAG_STACK)) {
        return kmq_fail(context, KMQ_FORMAT, "reserved flags are set", reader->data + 5);
    }
    reader->position = sizeof signature + 2;
    return KMQ_OK;
}

static kmq_status parse_block(const kmq_context *context, kmq_reader *reader, kmq_info *info) {
    const uint8_t *at = reader->data + reader->position;
    kmq_status status = read_field(context, reader, 1, LARGEST_BLOCK_SIDE, &info->block_height);
    if (status != KMQ_OK) return status;
    status = read_field(context, reader, 1, LARGEST_BLOCK_SIDE, &info->block_width);
    if (status != KMQ_OK) return status;
    if (info->block_height == 1 && info->block_width == 1) {
        return kmq_fail(context, KMQ_FORMAT, "a block of 1 x 1 has the block flag", at);
    }
    return KMQ_OK;
}

/* Read how many planes a stack has. All of their rows together are not more than one may have. */
static kmq_status parse_stack(const kmq_context *context, kmq_reader *reader, int flags,
                              kmq_info *info) {
    const uint8_t *at = reader->data + reader->position;
    kmq_status status = read_field(context, reader, 1, LARGEST_SIDE / info->height, &info->planes);
    if (status != KMQ_OK) return status;
    if (info->planes == 1 || (flags & FLAG_BLOCK)) {
        return kmq_fail(context, KMQ_FORMAT, "a stack has one plane, or blocks", at);
    }
    return KMQ_OK;
}

kmq_status kmq_parse_header(const kmq_context *context, kmq_reader *reader, kmq_info *info) {
    int flags = 0;
    memset(info, 0, sizeof *info);
    kmq_status status = parse_start(context, reader, &flags);
    if (status != KMQ_OK) return status;
    status = read_field(context, reader, 0, LARGEST_SIDE, &info->width);
    if (status != KMQ_OK) return status;
    status = read_field(context, reader, 0, LARGEST_SIDE, &info->height);
    if (status != KMQ_OK) return status;
    status = read_field(context, reader, 1, LARGEST_COLORS, &info->n_colors);
    if (status != KMQ_OK) return status;
    info->block_width = 1;
    info->block_height = 1;
    info->planes = 1;
    if (flags & FLAG_BLOCK) status = parse_block(context, reader, info);
    if (status == KMQ_OK && (flags & FLAG_STACK)) {
        status = parse_stack(context, reader, flags, info);
    }
    info->grid_width = (info->width - 1) / info->block_width + 1;
    info->grid_height = (info->height - 1) / info->block_height + 1;
    info->channels = (flags & FLAG_CHANNELS) + 1;
    info->authored = (flags & FLAG_AUTHORED) != 0;
    info->coder = -1;
    return status;
}

/* Hold a header against the limits (spec 8). */
static kmq_status check_limits(const kmq_context *context, const kmq_info *info) {
    const kmq_options *options = &context->options;
    uint64_t pixels = (uint64_t)info->width * info->height * info->planes; /* below 2^62 */
    if (pixels > options->max_pixels) {
        return kmq_fail(context, KMQ_LIMIT, "the picture has more pixels than the limit", NULL);
    }
    uint64_t channels = (uint64_t)info->channels;
    if (pixels > options->max_bytes / channels) {
        return kmq_fail(context, KMQ_LIMIT, "the pixels take more bytes than the limit", NULL);
    }
    uint64_t entry = (uint64_t)info->block_width * info->block_height * channels; /* <= 2^34 */
    if (info->n_colors * entry > options->max_bytes) {
        return kmq_fail(context, KMQ_LIMIT, "the palette takes more bytes than the limit", NULL);
    }
    return KMQ_OK;
}

/* Compare a checksum with the bytes from `start` to the reader's position. */
static kmq_status check_checksum(const kmq_context *context, kmq_reader *reader, size_t start) {
    uint32_t expected = 0, found = 0;
    for (size_t at = start; at < reader->position; at += CHECKSUM_PIECE) {
        size_t left = reader->position - at;
        size_t piece = left < CHECKSUM_PIECE ? left : CHECKSUM_PIECE;
        expected = kmq_crc32(expected, reader->data + at, piece);
        kmq_status status = kmq_advance(context, piece / 64);
        if (status != KMQ_OK) return status;
    }
    if (reader->size - reader->position < CHECKSUM_SIZE) return file_ends(context, reader);
    const uint8_t *at = reader->data + reader->position;
    for (unsigned k = 0; k < CHECKSUM_SIZE; k++) found |= (uint32_t)at[k] << 8 * k;
    if (found != expected) {
        return kmq_fail(context, KMQ_FORMAT, "a checksum differs from the bytes before it", at);
    }
    reader->position += CHECKSUM_SIZE;
    return KMQ_OK;
}

/* Check that a section is known or may be skipped, and is new (spec 4.1, 4.3, 4.4). */
static kmq_status check_section(const kmq_context *context, const kmq_container *container,
                                const kmq_payload *section) {
    int tag = section->tag;
    if (tag & TAG_RESERVED || (tag & TAG_KIND) == 0) {
        return kmq_fail(context, KMQ_FORMAT, "a section's tag is reserved", section->data);
    }
    if (!(tag & TAG_ANCILLARY) && tag != KMQ_SECTION_PALETTE && tag != KMQ_SECTION_INDICES) {
        return kmq_fail(context, KMQ_UNSUPPORTED, "a critical section is unknown", section->data);
    }
    for (int k = 0; k < container->n_sections; k++) {
        if (container->sections[k].tag == tag) {
            return kmq_fail(context, KMQ_FORMAT, "a section occurs twice", section->data);
        }
    }
    return KMQ_OK;
}

/* Read a section, whose checksum covers the bytes from `start`. */
static kmq_status parse_section(const kmq_context *context, kmq_reader *reader, size_t start,
                                kmq_container *container, int *last) {
    if (reader->position == reader->size) return file_ends(context, reader);
    int tag = reader->data[reader->position++];
    uint64_t size;
    kmq_status status = read_number(context, reader, &size);
    if (status != KMQ_OK) return status;
    if (size > reader->size - reader->position) return file_ends(context, reader);
    kmq_payload section = {tag & ~TAG_LAST, reader->data + reader->position, (size_t)size};
    reader->position += (size_t)size;
    status = check_checksum(context, reader, start);
    if (status == KMQ_OK) status = check_section(context, container, &section);
    if (status != KMQ_OK) return status;
    container->sections[container->n_sections++] = section; /* tags differ, so there is room */
    *last = (tag & TAG_LAST) != 0;
    return KMQ_OK;
}

/* Check which sections there are, and where (spec 4.3). */
static kmq_status check_order(const kmq_context *context, const kmq_container *container) {
    const kmq_payload *first = container->sections;
    const kmq_payload *last = container->sections + container->n_sections - 1;
    if (first->tag != KMQ_SECTION_PALETTE) {
        return kmq_fail(context, KMQ_FORMAT, "the first section is not the palette", first->data);
    }
    if (container->info.n_colors > 1) {
        if (last->tag == KMQ_SECTION_INDICES) return KMQ_OK;
        return kmq_fail(context, KMQ_FORMAT, "the last section is not the indices", last->data);
    }
    for (int k = 0; k < container->n_sections; k++) {
        if (container->sections[k].tag == KMQ_SECTION_INDICES) {
            return kmq_fail(context, KMQ_FORMAT, "a picture of one colour has indices", NULL);
        }
    }
    return KMQ_OK;
}

kmq_status kmq_parse_container(const kmq_context *context, const uint8_t *data, size_t size,
                               kmq_container *container) {
    kmq_reader reader = {data, size, 0};
    container->n_sections = 0;
    kmq_status status = kmq_parse_header(context, &reader, &container->info);
    size_t start = 0;
    for (int last = 0; status == KMQ_OK && !last; start = reader.position) {
        status = parse_section(context, &reader, start, container, &last);
    }
    if (status == KMQ_OK && reader.position != size) {
        status = kmq_fail(context, KMQ_FORMAT, "bytes follow the last section",
                          data + reader.position);
    }
    if (status == KMQ_OK) status = check_order(context, container);
    if (status == KMQ_OK) status = check_limits(context, &container->info);
    return status;
}
