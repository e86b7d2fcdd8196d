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

/* The tiles of a plane, or of a stack in groups of planes, in the order of their streams. */
typedef struct tile_row {
    int model;
    uint32_t n_groups, n_rows, n_columns, count;
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

/* Read how many parts an axis has, of whose length each gets at least 1. */
static kmq_status read_parts(const kmq_context *context, kmq_reader *reader, uint32_t length,
                             uint32_t *parts) {
    uint64_t value;
    const uint8_t *at = reader->data + reader->position;
    if (kmq_read_varint(reader, &value) != KMQ_OK) {
        return mixed_fault(context, "the number of tiles is no varint", at);
    }
    if (value >= length) {
        return mixed_fault(context, "there are more tiles in a row than pixels", at);
    }
    *parts = (uint32_t)value + 1;
    return KMQ_OK;
}

/* Read how many groups of planes (in a stack), rows and columns of tiles there are. */
static kmq_status read_counts(const kmq_context *context, const kmq_plane *plane,
                              tile_row *tiles) {
    kmq_reader *reader = &tiles->sizes;
    kmq_status status = KMQ_OK;
    if (plane->depth > 1) status = read_parts(context, reader, plane->depth, &tiles->n_groups);
    if (status == KMQ_OK) status = read_parts(context, reader, plane->height, &tiles->n_rows);
    if (status == KMQ_OK) status = read_parts(context, reader, plane->width, &tiles->n_columns);
    if (status != KMQ_OK) return status;
    uint64_t pixels = (uint64_t)plane->width * plane->height * plane->depth; /* below 2^62 */
    uint64_t most = FREE_TILES + pixels / PIXELS_PER_TILE, area, count;
    area = (uint64_t)tiles->n_rows * tiles->n_columns;
    count = area > MOST_TILES ? area : area * tiles->n_groups;
    if (count == 1) return mixed_fault(context, "there is one tile", reader->data);
    if (count > MOST_TILES || count > most) {
        return mixed_fault(context, "there are too many tiles", reader->data);
    }
    if (count - 1 > reader->size - reader->position) {
        return mixed_fault(context, "the sizes of the tiles do not fit into the payload",
                           reader->data);
    }
    tiles->count = (uint32_t)count;
    return KMQ_OK;
}

/* Read the model, which there has to be for such a plane. */
static kmq_status read_model(const kmq_context *context, const kmq_plane *plane, int *model) {
    if (plane->size < 2) return mixed_fault(context, "there is no model", plane->payload);
    *model = plane->payload[1] & ~FLAG_TILES;
    int for_stacks = kmq_is_for_stacks(*model);
    if (for_stacks < 0) {
        return kmq_fail(context, KMQ_UNSUPPORTED, "the model of the indices is unknown",
                        plane->payload + 1);
    }
    if (for_stacks != (plane->depth > 1)) {
        return mixed_fault(context, "a stack has a model for pictures, or the other way round",
                           plane->payload + 1);
    }
    return KMQ_OK;
}

/* Read the table of the tiles, and find where the streams begin. */
static kmq_status open_tiles(const kmq_context *context, const kmq_plane *plane,
                             tile_row *tiles) {
    *tiles = (tile_row){.n_groups = 1, .n_rows = 1, .n_columns = 1, .count = 1};
    kmq_status status = read_model(context, plane, &tiles->model);
    if (status != KMQ_OK) return status;
    tiles->sizes = (kmq_reader){plane->payload + 2, plane->size - 2, 0};
    if (plane->payload[1] & FLAG_TILES) {
        status = read_counts(context, plane, tiles);
        if (status != KMQ_OK) return status;
    }
    kmq_reader reader = tiles->sizes;
    uint64_t sum = 0, size;
    for (uint32_t i = 1; i < tiles->count; i++) {
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

/* Return where part i of an axis begins. */
static uint32_t edge_of(uint32_t length, uint32_t i, uint32_t parts) {
    return (uint32_t)((uint64_t)length * i / parts);
}

/* Return the place of tile i; all are asked for in turn. */
static tile_place next_tile(const kmq_plane *plane, tile_row *tiles, uint32_t i) {
    uint32_t column = i % tiles->n_columns, row = i / tiles->n_columns % tiles->n_rows;
    uint32_t group = i / tiles->n_columns / tiles->n_rows;
    kmq_region area;
    area.left = edge_of(plane->width, column, tiles->n_columns);
    area.width = edge_of(plane->width, column + 1, tiles->n_columns) - area.left;
    area.top = edge_of(plane->height, row, tiles->n_rows);
    area.height = edge_of(plane->height, row + 1, tiles->n_rows) - area.top;
    area.plane = edge_of(plane->depth, group, tiles->n_groups);
    area.planes = edge_of(plane->depth, group + 1, tiles->n_groups) - area.plane;
    uint64_t size = tiles->left;
    if (i + 1 < tiles->count) kmq_read_varint(&tiles->sizes, &size);
    tile_place tile = {area, tiles->stream, (size_t)size};
    tiles->stream += size;
    tiles->left -= (size_t)size;
    return tile;
}

static uint64_t volume_of(const kmq_region *area) {
    return (uint64_t)area->width * area->height * area->planes;
}

kmq_status kmq_check_mixed(const kmq_context *context, const kmq_plane *plane) {
    tile_row tiles;
    kmq_status status = open_tiles(context, plane, &tiles);
    if (status != KMQ_OK) return status;
    for (uint32_t i = 0; i < tiles.count; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        uint64_t pixels = volume_of(&tile.area); /* below 2^62 */
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

/* Return what two regions share; its width is 0 if there is nothing. */
static kmq_region common_region(const kmq_region *a, const kmq_region *b) {
    uint32_t left = larger(a->left, b->left), top = larger(a->top, b->top);
    uint32_t right = smaller(a->left + a->width, b->left + b->width);
    uint32_t bottom = smaller(a->top + a->height, b->top + b->height);
    uint32_t first = larger(a->plane, b->plane);
    uint32_t end = smaller(a->plane + a->planes, b->plane + b->planes);
    if (right <= left || bottom <= top || end <= first) return (kmq_region){0, 0, 0, 0, 0, 0};
    return (kmq_region){left, top, right - left, bottom - top, first, end - first};
}

/* A tile that is being decoded, and where its leaves go. */
typedef struct tile_work {
    const kmq_plane *plane;
    const tile_place *place;
    const kmq_region *wanted; /* of the place */
    const kmq_tree *tree;
    const kmq_sink *sink;
    kmq_tile *tile;
} tile_work;

/* Give the wanted part of a decoded plane of a tile, in pieces of rows. A tile of 2^24 pixels takes
 * its time, so that the caller may stop it here, too. */
static kmq_status give_leaves(const kmq_context *context, const tile_work *work, uint32_t plane) {
    const kmq_region *wanted = work->wanted, *area = &work->place->area;
    ptrdiff_t stride;
    uint16_t *row = kmq_tile_plane(work->tile, &stride) + (wanted->left - area->left);
    row += (ptrdiff_t)(wanted->top - area->top) * stride;
    uint32_t top = plane * work->plane->height + wanted->top;
    for (uint32_t y = 0; y < wanted->height; y++, row += stride) {
        kmq_region piece = {wanted->left, top + y, 0, 1, 0, 0};
        const uint16_t *leaves = row;
        for (uint32_t left = wanted->width; left > 0; left -= piece.width) {
            uint16_t entries[KMQ_PIECE]; /* a stack needs the leaves themselves once more */
            piece.width = smaller(left, KMQ_PIECE);
            for (uint32_t x = 0; x < piece.width; x++) entries[x] = work->tree->entries[leaves[x]];
            kmq_status status = work->sink->take(work->sink->to, &piece, entries, piece.width);
            if (status == KMQ_OK) status = kmq_consider(context, piece.width / 8 + 1);
            if (status != KMQ_OK) return status;
            piece.left += piece.width;
            leaves += piece.width;
        }
    }
    return KMQ_OK;
}

static kmq_status tile_fault(const kmq_context *context, const tile_place *place) {
    return mixed_fault(context, "the bytes are not the code of a tile's indices", place->stream);
}

/* Decode all leaves of a plane of a tile. */
static kmq_status decode_leaves(const kmq_context *context, const tile_work *work) {
    const uint64_t pixels = (uint64_t)work->place->area.width * work->place->area.height;
    uint64_t before, done = 0;
    do {
        before = done;
        done = kmq_tile_decode_some(work->tile, PIXELS_BETWEEN_ASKS);
        kmq_status status = kmq_advance(context, done - before);
        if (status == KMQ_OK) status = kmq_consider(context, (done - before) * MORE_UNITS);
        if (status != KMQ_OK) return status;
    } while (done < pixels && done > before); /* no more come after a fault */
    return done == pixels ? KMQ_OK : tile_fault(context, work->place);
}

/* Decode the planes of a tile down to the last one that is wanted, and give those. */
static kmq_status decode_planes(const kmq_context *context, const tile_work *work) {
    const kmq_region *area = &work->place->area, *wanted = work->wanted;
    kmq_tile_read(work->tile, work->place->stream, work->place->size);
    for (uint32_t plane = area->plane; plane < wanted->plane + wanted->planes; plane++) {
        if (plane > area->plane) kmq_tile_next_plane(work->tile);
        kmq_status status = decode_leaves(context, work);
        int last = plane + 1 == area->plane + area->planes;
        if (status == KMQ_OK && last && !kmq_tile_is_sound(work->tile)) {
            status = tile_fault(context, work->place);
        }
        if (status == KMQ_OK && plane >= wanted->plane) {
            status = give_leaves(context, work, plane);
        }
        if (status != KMQ_OK) return status;
    }
    return KMQ_OK;
}

/* Decode a tile, and give the part of it that is wanted. */
static kmq_status decode_tile(const kmq_context *context, int model, tile_work work) {
    const kmq_region *area = &work.place->area;
    const kmq_tile_size shape = {work.tree->n_leaves, area->width, area->height, area->planes};
    uint64_t size = kmq_tile_bytes(model, &shape);
    uint8_t *memory = kmq_allocate(context, size + KMQ_TILE_ALIGNMENT, 1);
    if (memory == NULL) return context->tally->status;
    size_t beyond = (size_t)((uintptr_t)memory % KMQ_TILE_ALIGNMENT);
    uint8_t *aligned = memory + (KMQ_TILE_ALIGNMENT - beyond);
    work.tile = kmq_tile_begin(aligned, model, work.tree, &shape);
    kmq_status status = kmq_consider(context, shape.n_leaves / LEAVES_PER_UNIT);
    if (status == KMQ_OK) status = decode_planes(context, &work);
    kmq_release(context, memory);
    return status;
}

/* Return how many pixels there are to decode. */
static uint64_t count_pixels(const kmq_plane *plane, tile_row tiles, const kmq_region *region) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < tiles.count; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        kmq_region wanted = common_region(&tile.area, region);
        if (wanted.width == 0) continue;
        tile.area.planes = wanted.plane + wanted.planes - tile.area.plane;
        all += volume_of(&tile.area);
    }
    return all;
}

/* Decode the tiles that a region needs. */
static kmq_status decode_tiles(const kmq_context *context, const kmq_plane *plane, tile_row tiles,
                               const kmq_region *region, const kmq_tree *tree,
                               const kmq_sink *sink) {
    kmq_begin(context, count_pixels(plane, tiles, region));
    for (uint32_t i = 0; i < tiles.count; i++) {
        tile_place tile = next_tile(plane, &tiles, i);
        kmq_region wanted = common_region(&tile.area, region);
        if (wanted.width == 0) continue;
        tile_work work = {plane, &tile, &wanted, tree, sink, NULL};
        kmq_status status = decode_tile(context, tiles.model, work);
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
