/* A placeholder: this build has no model, so that files with `mixed` indices are unsupported. */
#include "tile.h"

size_t kmq_tile_memory(int model, uint32_t n_leaves, uint32_t width, uint32_t height) {
    (void)model, (void)n_leaves, (void)width, (void)height;
    return 0;
}

kmq_status kmq_tile_decode(int model, const kmq_tree *tree, uint32_t width, uint32_t height,
                           const uint8_t *stream, size_t size, uint16_t *leaves, size_t stride,
                           const kmq_context *context) {
    (void)model, (void)tree, (void)width, (void)height, (void)size, (void)leaves, (void)stride;
    return kmq_fail(context, KMQ_UNSUPPORTED, "this build has no models", stream);
}
