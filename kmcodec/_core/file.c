#include "file.h"

#include <string.h>

#include "codebook.h"
#include "palette.h"

void kmq_clear_error(kmq_error *error) {
    if (error != NULL) *error = (kmq_error){KMQ_OK, "no error", KMQ_NO_OFFSET};
}

kmq_status kmq_read_info(const void *data, size_t size, kmq_info *info, kmq_error *error) {
    kmq_tally tally = {.error = error};
    kmq_context context = {.data = data, .tally = &tally};
    kmq_reader reader = {data, size, 0};
    kmq_clear_error(error);
    if (info == NULL || (data == NULL && size > 0)) {
        return kmq_fail(&context, KMQ_ARGUMENT, "there is no data, or no info to fill", NULL);
    }
    if (data == NULL) return kmq_fail(&context, KMQ_TRUNCATED, "the file ends early", NULL);
    return kmq_parse_header(&context, &reader, info);
}

/* Decode the palette, or the blocks and their mean colours. */
static kmq_status open_palette(const kmq_context *context, kmq_file *file) {
    const kmq_info *info = &file->info;
    const kmq_payload *section = file->container.sections;
    uint64_t pixels = (uint64_t)info->block_width * info->block_height;
    size_t channels = (size_t)info->channels;
    file->palette = kmq_allocate_room(context, info->n_colors, pixels * channels);
    if (file->palette == NULL) return context->tally->status;
    if (pixels == 1) {
        file->means = file->palette;
        return kmq_decode_palette(context, section->data, section->size, info->n_colors,
                                  info->channels, file->palette);
    }
    kmq_status status =
        kmq_decode_codebook(context, section->data, section->size, info, file->palette);
    if (status != KMQ_OK) return status;
    file->means = kmq_allocate(context, info->n_colors, channels);
    if (file->means == NULL) return context->tally->status;
    return kmq_find_means(context, info, file->palette, file->means);
}

/* Check the index section, and note its coder. */
static kmq_status open_plane(const kmq_context *context, kmq_file *file) {
    kmq_info *info = &file->info;
    const kmq_payload *section = file->container.sections + file->container.n_sections - 1;
    file->plane = (kmq_plane){info->grid_width, info->grid_height, info->planes, info->n_colors,
                              info->channels, file->means, NULL, 0};
    if (info->n_colors == 1) return KMQ_OK;
    file->plane.payload = section->data;
    file->plane.size = section->size;
    kmq_status status = kmq_check_plane(context, &file->plane);
    if (status == KMQ_OK) info->coder = section->data[0];
    return status;
}

static kmq_status open_file(const kmq_context *context, const uint8_t *data, size_t size,
                            kmq_file *file) {
    file->options = context->options;
    file->data = data;
    kmq_status status = kmq_parse_container(context, data, size, &file->container);
    file->info = file->container.info;
    if (status == KMQ_OK) status = open_palette(context, file);
    if (status == KMQ_OK) status = open_plane(context, file);
    file->used = context->tally->used;
    return status;
}

kmq_file *kmq_open(const void *data, size_t size, const kmq_options *options, kmq_error *error) {
    kmq_tally tally = {.error = error};
    kmq_context context = {.data = data, .tally = &tally};
    kmq_clear_error(error);
    if (kmq_complete_options(&context.options, options) != KMQ_OK || (data == NULL && size > 0)) {
        kmq_fail(&context, KMQ_ARGUMENT, "there is no data, or no whole allocator", NULL);
        return NULL;
    }
    if (data == NULL) {
        kmq_fail(&context, KMQ_TRUNCATED, "the file ends early", NULL);
        return NULL;
    }
    kmq_file *file = kmq_allocate(&context, 1, sizeof *file);
    if (file == NULL) return NULL;
    if (open_file(&context, data, size, file) == KMQ_OK) return file;
    kmq_close(file);
    return NULL;
}

void kmq_close(kmq_file *file) {
    if (file == NULL) return;
    kmq_tally tally = {.used = file->used};
    kmq_context context = {.options = file->options, .tally = &tally};
    if (file->means != file->palette) kmq_release(&context, file->means);
    kmq_release(&context, file->palette);
    kmq_release(&context, file);
}

const kmq_info *kmq_file_info(const kmq_file *file) { return &file->info; }

const uint8_t *kmq_palette(const kmq_file *file) { return file->palette; }

const uint8_t *kmq_section(const kmq_file *file, int tag, size_t *size) {
    for (int k = 0; k < file->container.n_sections; k++) {
        const kmq_payload *section = file->container.sections + k;
        if (section->tag != tag) continue;
        if (size != NULL) *size = section->size;
        return section->data;
    }
    if (size != NULL) *size = 0;
    return NULL;
}
