#include "tile.h"

#include <string.h>

#include "choice.h"
#include "tile_state.h"

uint16_t *kmq_tile_plane(kmq_tile *tile, ptrdiff_t *stride) {
    *stride = tile->stride;
    return tile->plane + 3 * tile->stride + 4;
}

static size_t least_bytes(const kmq_tile *tile) {
    uint64_t pixels = (uint64_t)tile->width * tile->height * tile->depth;
    return (size_t)(pixels / KMQ_PIXELS_PER_BYTE);
}

void kmq_tile_read(kmq_tile *tile, const uint8_t *stream, size_t size) {
    tile->coders.input = kmq_range_read(stream, size, least_bytes(tile));
    for (int i = 0; i < tile->coders.count; i++) {
        tile->coders.decoders[i] = kmq_range_start(&tile->coders.input);
    }
}

/* Return which of a member's functions a tile has (spec 6.3.2). */
static uint32_t steps_of(const kmq_tile *tile) { return tile->steps < 3 ? tile->steps : 0; }

void kmq_tile_next_plane(kmq_tile *tile) {
    uint16_t *oldest = tile->older;
    tile->older = tile->before;
    tile->before = tile->plane;
    tile->plane = oldest;
    tile->z++;
    tile->y = tile->x[0] = tile->x[1] = 0;
    tile->done = 0;
}

/* Return a budget of this plane without the pixels that there are not. */
static uint64_t budget_of(const kmq_tile *tile, uint64_t budget) {
    uint64_t left = (uint64_t)tile->width * tile->height - tile->done;
    return budget < left ? budget : left;
}

uint64_t kmq_tile_decode_some(kmq_tile *tile, uint64_t budget) {
    kmq_code *decode = tile->variant->decoders[tile->model][steps_of(tile)];
    const uint64_t before = tile->done;
    if (!tile->coders.input.fault) decode(tile, budget_of(tile, budget));
    if (tile->coders.input.fault) tile->done = before; /* what came with the fault is not done */
    return tile->done;
}

int kmq_tile_is_sound(const kmq_tile *tile) {
    for (int i = 0; i < tile->coders.count; i++) {
        if (!kmq_range_finished(&tile->coders.input, &tile->coders.decoders[i])) return 0;
    }
    return 1;
}

#ifndef KMQ_NO_ENCODER

size_t kmq_tile_most_bytes(const kmq_tile_size *size) {
    return (size_t)kmq_count_pixels(size) * (2 * kmq_count_steps(size->n_leaves) + 2) + 65536;
}

void kmq_tile_write(kmq_tile *tile, uint8_t *const bytes[2], uint8_t *order) {
    const kmq_tile_size size = {tile->n_leaves, tile->width, tile->height, tile->depth};
    size_t capacity = kmq_tile_most_bytes(&size);
    for (uint8_t i = 0; i < tile->coders.count; i++) {
        tile->coders.encoders[i] = kmq_range_open(bytes[i], capacity, i);
    }
    tile->coders.order.who = order;
    tile->coders.order.size = 0;
}

int kmq_tile_choose(kmq_tile *tile, kmq_choice *choice) {
    if (tile->model >= KMQ_CHOOSERS || tile->depth > 1) return 0;
    choice->choose = tile->variant->choosers[tile->model][tile->steps == 1];
    tile->choice = choice;
    return 1;
}

uint64_t kmq_tile_encode_some(kmq_tile *tile, uint64_t budget) {
    tile->variant->encoders[tile->model][steps_of(tile)](tile, budget_of(tile, budget));
    return tile->done;
}

size_t kmq_tile_finish(kmq_tile *tile, uint8_t *stream) {
    size_t taken[2] = {4, 4}, size = 0, least = least_bytes(tile);
    for (int i = 0; i < tile->coders.count; i++) {
        kmq_range_close(&tile->coders.encoders[i]);
        if (tile->coders.encoders[i].full) return 0;
        memcpy(stream + size, tile->coders.encoders[i].stream, 4);
        size += 4;
    }
    for (size_t i = 0; i < tile->coders.order.size; i++) {
        uint8_t who = tile->coders.order.who[i];
        stream[size++] = tile->coders.encoders[who].stream[taken[who]++];
    }
    while (size < least) stream[size++] = 0;
    return kmq_range_trim(stream, size, least);
}

#endif
