/* Coder 2: tiles, each a stream of a model (spec 6.3.1). */
#include "plane.h"
#include "reader.h"
#include "tile.h"

#define FLAG_TILES 0x80
#define FREE_TILES 16u
#define PIXELS_PER_TILE 4096u
#define MOST_TILES 65536u
#define MOST_PIXELS 16777216u /* of a tile */
#define PIXELS_BETWEEN_ASKS 1024 /* which take the slowest model 5 ms, where its tables are cold */
#define MORE_UNITS 3u /* of a pixel's work, so that each part has the 4096 of an ask */
#define LEAVES_PER_UNIT 32u /* of work to begin a tile */

/* The tiles of a plane, in the order of their streams. */
typedef struct tile_row {
    int model;
    uint32_t n_rows, n_columns;
    kmq_reader sizes;      /* at the next tile's size */
    const uint8_t *stream; /* of the next tile */
    size_t left;           /* bytes of the streams from there on */
} tile_row;

/* One tile. */
typedef struct tile_place {
    kmq_region area;
    const uint8_t *stream;
    size_t size;
} tile_place;

static kmq_status mixed_fault(const kmq_context *context, const char *message,
                              const uint8_t *at) {
    return kmq_fail(context, KMQ_FORMAT, message, at);
}

/* Read how many rows and columns of tiles there are. */
static kmq_status read_counts(const kmq_context *context, const kmq_plane *plane,
                              tile_row *tiles) {
    uint64_t rows, columns;
    kmq_reader *reader = &tiles->sizes;
    const uint8_t *at = reader->data;
    if (kmq_read_varint(reader, &rows) != KMQ_OK || kmq_read_varint(reader, &columns) != KMQ_OK) {
        return mixed_fault(context, "the number of tiles is no varint", at);
    }
    if (rows >= plane->height || columns >= plane->width || (rows == 0 && columns == 0)) {
        return mixed_fault(context, "there is one tile, or more rows or columns than pixels", at);
    }
    uint64_t most = FREE_TILES + (uint64_t)plane->width * plane->height / PIXELS_PER_TILE;
    uint64_t count = (rows + 1) * (columns + 1); /* at most 2^62 */
    if (count > MOST_TILES || count > most) {
        return mixed_fault(context, "there are too many tiles", at);
    }
    if (count - 1 > reader->size - reader->position) {
        return mixed_fault(context, "the sizes of the tiles do not fit into the payload", at);
    }
    tiles->n_rows = (uint32_t)rows + 1;
    tiles->n_columns = (uint32_t)columns + 1;
    return KMQ_OK;
}

/* Read the table of the tiles, and find where the streams begin. */
static kmq_status open_tiles(const kmq_context *context, const kmq_plane *plane,
                             tile_row *tiles) {
    if (plane->size < 2) return mixed_fault(context, "there is no model", plane->payload);
    *tiles = (tile_row){.model = plane->payload[1] & ~FLAG_TILES, .n_rows = 1, .n_columns = 1};
    tiles->sizes = (kmq_reader){plane->payload + 2, plane->size - 2, 0};
    if (kmq_tile_bytes(tiles->model, plane->n_colors, 1, 1) == 0) {
        return kmq_fail(context, KMQ_UNSUPPORTED, "the model of the indices is unknown",
                        plane->payload + 1);
    }
    if (plane->payload[1] & FLAG_TILES) {
        kmq_status status = read_counts(context, plane, tiles);
        if (status != KMQ_OK) return status;
    }
    kmq_reader reader = tiles->sizes;
    uint64_t sum = 0, size;
    for (uint32_t i = 1; i < tiles->n_rows * tiles->n_columns; i++) {
        if (kmq_read_varint(&reader, &size) != KMQ_OK) {
            return mixed_fault(context, "the size of a tile is no varint", plane->payload);
        }
        sum += size < reader.size ? size : reader.size; /* too much either way */
    }
    tiles->stream = reader.data + reader.position;
    tiles->left = reader.size - reader.position;
    if (sum > tiles->left) {
        return mixed_fault(context, "the streams of the tiles exceed the payload", plane->payload);
    }
    return KMQ_OK;
}

/* Return the place of tile i; all are asked for in turn. */
static tile_place next_tile(const kmq_plane *plane, tile_row *tiles, uint32_t i) {
    uint64_t row = i / tiles->n_columns, column = i % tiles->n_columns;
    uint32_t top = (uint32_t)(plane->height * row / tiles->n_rows);
    uint32_t left = (uint32_t)(plane->width * column / tiles->n_columns);
    uint32_t bottom = (uint32_t)(plane->height * (row + 1) / tiles->n_rows);
    uint32_t right = (uint32_t)(plane->width * (column + 1) / tiles->n_columns);
    uint64_t size = tiles->left;
    if (i + 1 < tiles->n_rows * tiles->n_columns) kmq_read_varint(&tiles->sizes, &size);
    tile_place tile = {{left, top, right - left, bottom - top}, tiles->stream, (size_t)size};
    tiles->stream += size;
    tiles->left -= (size_t)size;
    return tile;
}

kmq_status kmq_check_mixed(const kmq_context *context, const kmq_plane *plane) {
    tile_row tiles;
    kmq_status status = open_tiles(context, plane, &tiles);
    if (status != KMQ_OK) return status;
    for (uint32_t i = 0; i < tiles.n_rows * tiles.n_columns; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        uint64_t pixels = (uint64_t)tile.area.width * tile.area.height;
        if (pixels > MOST_PIXELS) {
            return mixed_fault(context, "a tile has too many pixels", tile.stream);
        }
        if (tile.size < pixels / KMQ_PIXELS_PER_BYTE) {
            return mixed_fault(context, "a stream is too short for its tile", tile.stream);
        }
    }
    return KMQ_OK;
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Return what two rectangles share; its width and height are 0 if there is nothing. */
static kmq_region common_region(const kmq_region *a, const kmq_region *b) {
    uint32_t left = larger(a->left, b->left), top = larger(a->top, b->top);
    uint32_t right = smaller(a->left + a->width, b->left + b->width);
    uint32_t bottom = smaller(a->top + a->height, b->top + b->height);
    if (right <= left || bottom <= top) return (kmq_region){left, top, 0, 0};
    return (kmq_region){left, top, right - left, bottom - top};
}

/* Give the part of a decoded tile that is wanted, in pieces of rows. A tile of 2^24 pixels takes
 * its time, so that the caller may stop it here, too. */
static kmq_status give_leaves(const kmq_context *context, kmq_tile *tile, const tile_place *place,
                              const kmq_region *wanted, const kmq_tree *tree,
                              const kmq_sink *sink) {
    ptrdiff_t stride;
    uint16_t *row = kmq_tile_plane(tile, &stride) + (wanted->left - place->area.left);
    row += (ptrdiff_t)(wanted->top - place->area.top) * stride;
    for (uint32_t y = 0; y < wanted->height; y++, row += stride) {
        kmq_region piece = {wanted->left, wanted->top + y, 0, 1};
        uint16_t *leaves = row;
        for (uint32_t left = wanted->width; left > 0; left -= piece.width) {
            piece.width = smaller(left, KMQ_PIECE);
            for (uint32_t x = 0; x < piece.width; x++) leaves[x] = tree->entries[leaves[x]];
            kmq_status status = sink->take(sink->to, &piece, leaves, piece.width);
            if (status == KMQ_OK) status = kmq_consider(context, piece.width / 8 + 1);
            if (status != KMQ_OK) return status;
            piece.left += piece.width;
            leaves += piece.width;
        }
    }
    return KMQ_OK;
}

/* Decode all leaves of a tile that has begun. */
static kmq_status decode_leaves(const kmq_context *context, kmq_tile *tile,
                                const tile_place *place) {
    const uint64_t pixels = (uint64_t)place->area.width * place->area.height;
    uint64_t before, done = 0;
    kmq_tile_read(tile, place->stream, place->size);
    do {
        before = done;
        done = kmq_tile_decode_some(tile, PIXELS_BETWEEN_ASKS);
        kmq_status status = kmq_advance(context, done - before);
        if (status == KMQ_OK) status = kmq_consider(context, (done - before) * MORE_UNITS);
        if (status != KMQ_OK) return status;
    } while (done < pixels && done > before); /* no more come after a fault */
    if (done == pixels && kmq_tile_is_sound(tile)) return KMQ_OK;
    return mixed_fault(context, "the bytes are not the code of a tile's indices", place->stream);
}

/* Decode a tile, and give the part of it that is wanted. */
static kmq_status decode_tile(const kmq_context *context, int model, const tile_place *place,
                              const kmq_region *wanted, const kmq_tree *tree,
                              const kmq_sink *sink) {
    uint32_t width = place->area.width, height = place->area.height;
    uint64_t size = kmq_tile_bytes(model, tree->n_leaves, width, height);
    uint8_t *memory = kmq_allocate(context, size + KMQ_TILE_ALIGNMENT, 1);
    if (memory == NULL) return context->tally->status;
    size_t beyond = (size_t)((uintptr_t)memory % KMQ_TILE_ALIGNMENT);
    uint8_t *aligned = memory + (KMQ_TILE_ALIGNMENT - beyond);
    kmq_tile *tile = kmq_tile_begin(aligned, model, tree, width, height);
    kmq_status status = kmq_consider(context, tree->n_leaves / LEAVES_PER_UNIT);
    if (status == KMQ_OK) status = decode_leaves(context, tile, place);
    if (status == KMQ_OK) status = give_leaves(context, tile, place, wanted, tree, sink);
    kmq_release(context, memory);
    return status;
}

/* Return how many pixels there are to decode. */
static uint64_t count_pixels(const kmq_plane *plane, tile_row tiles, const kmq_region *region) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < tiles.n_rows * tiles.n_columns; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        kmq_region wanted = common_region(&tile.area, region);
        if (wanted.width > 0) all += (uint64_t)tile.area.width * tile.area.height;
    }
    return all;
}

/* Decode the tiles that a region needs. */
static kmq_status decode_tiles(const kmq_context *context, const kmq_plane *plane, tile_row tiles,
                               const kmq_region *region, const kmq_tree *tree,
                               const kmq_sink *sink) {
    kmq_begin(context, count_pixels(plane, tiles, region));
    for (uint32_t i = 0; i < tiles.n_rows * tiles.n_columns; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        kmq_region wanted = common_region(&tile.area, region);
        if (wanted.width == 0) continue;
        kmq_status status = decode_tile(context, tiles.model, &tile, &wanted, tree, sink);
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

kmq_status kmq_decode_mixed(const kmq_context *context, const kmq_plane *plane,
                            const kmq_region *region, const kmq_sink *sink) {
    tile_row tiles;
    kmq_tree tree;
    kmq_status status = open_tiles(context, plane, &tiles);
    if (status != KMQ_OK) return status;
    status = kmq_build_tree(context, plane->palette, plane->n_colors, plane->channels, &tree);
    if (status == KMQ_OK) status = decode_tiles(context, plane, tiles, region, &tree, sink);
    kmq_free_tree(context, &tree);
    return status;
}
