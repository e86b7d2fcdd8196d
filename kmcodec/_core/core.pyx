# cython: language_level=3, boundscheck=False, wraparound=False
"""The core in C, for Python: arrays in, the GIL released.

``kmcodec/_kernels/core.py`` has the same functions in Python.
"""

import mmap

from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc


cdef extern from "kmq.c" nogil:
    ctypedef enum kmq_status:
        KMQ_OK
        KMQ_MEMORY
    ctypedef struct kmq_error:
        kmq_status status
        const char *message
    ctypedef struct kmq_options:
        pass
    ctypedef struct kmq_tally:
        kmq_error *error
    ctypedef struct kmq_context:
        kmq_options options
        const uint8_t *data
        kmq_tally *tally
    kmq_status kmq_complete_options(kmq_options *complete, const kmq_options *options)
    size_t KMQ_MODELLED_CAPACITY(size_t n_values)
    kmq_status kmq_encode_modelled(
        const kmq_context *context, const uint8_t *entries, uint32_t n_colors, int channels,
        int parameter, uint8_t *stream, size_t *size)
    kmq_status kmq_decode_modelled(
        const kmq_context *context, const uint8_t *stream, size_t size, int parameter,
        uint32_t n_colors, int channels, uint8_t *entries)
    ctypedef struct kmq_tile:
        uint64_t done
    size_t KMQ_TILE_ALIGNMENT
    ctypedef struct kmq_tile_size:
        uint32_t n_leaves, width, height, depth
    size_t kmq_tile_bytes(int model, const kmq_tile_size *size)
    ctypedef struct kmq_tree:
        uint32_t n_leaves
        int channels
        uint8_t (*colors)[4]
    kmq_tile *kmq_tile_begin(
        void *memory, int model, const kmq_tree *tree, const kmq_tile_size *size)
    uint16_t *kmq_tile_plane(kmq_tile *tile, ptrdiff_t *stride)
    void kmq_tile_read(kmq_tile *tile, const uint8_t *stream, size_t size)
    uint64_t kmq_tile_decode_some(kmq_tile *tile, uint64_t budget)
    void kmq_tile_next_plane(kmq_tile *tile)
    int kmq_tile_is_sound(const kmq_tile *tile)
    size_t kmq_tile_most_bytes(const kmq_tile_size *size)
    void kmq_tile_write(kmq_tile *tile, uint8_t *const *bytes, uint8_t *order)
    uint64_t kmq_tile_encode_some(kmq_tile *tile, uint64_t budget)
    size_t kmq_tile_finish(kmq_tile *tile, uint8_t *stream)
    ctypedef struct kmq_choice:
        const void *points
        const uint16_t *weights
        const void *entries
        const uint16_t *close
        uint32_t n_close
        uint32_t price
        int32_t diffusion
        void *errors
        uint32_t bits_of_escape
    int kmq_tile_choose(kmq_tile *tile, kmq_choice *choice)
    uint32_t KMQ_MOST_CLOSE


cdef class _Call:
    """The context of one call, and its error."""

    cdef kmq_context context
    cdef kmq_tally tally
    cdef kmq_error error

    def __cinit__(self):
        kmq_complete_options(&self.context.options, NULL)
        self.tally.error = &self.error
        self.context.tally = &self.tally

    cdef int check(self, kmq_status status) except -1:
        """Raise what the status stands for."""
        if status == KMQ_MEMORY:
            raise MemoryError
        if status != KMQ_OK:
            raise ValueError((<bytes>self.error.message).decode())
        return 0


def encode_palette(const uint8_t[:, ::1] entries, int parameter):
    """Return the stream of (K, C) uint8 entries; those of an ascending parameter ascend."""
    cdef _Call call = _Call()
    cdef size_t size = KMQ_MODELLED_CAPACITY(entries.shape[0] * entries.shape[1])
    cdef uint8_t *stream = <uint8_t *>malloc(size)
    cdef kmq_status status
    if stream == NULL:
        raise MemoryError
    try:
        with nogil:
            status = kmq_encode_modelled(
                &call.context, &entries[0, 0], <uint32_t>entries.shape[0], <int>entries.shape[1],
                parameter, stream, &size)
        call.check(status)
        return stream[:size]
    finally:
        free(stream)


def decode_palette(const uint8_t[::1] stream, int parameter, uint8_t[:, ::1] entries):
    """Fill (K, C) uint8 entries; ValueError if the stream is not what ``encode_palette`` writes."""
    cdef _Call call = _Call()
    cdef const uint8_t *start = &stream[0] if stream.shape[0] else NULL
    cdef kmq_status status
    with nogil:
        status = kmq_decode_modelled(
            &call.context, start, <size_t>stream.shape[0], parameter,
            <uint32_t>entries.shape[0], <int>entries.shape[1], &entries[0, 0])
    call.check(status)


cdef enum:
    MOST_PIXELS = 1 << 24  # of a tile
    HUGE_PAGE = 1 << 21


cdef kmq_tile_size _size_of(
    Py_ssize_t n_leaves, Py_ssize_t planes, Py_ssize_t height, Py_ssize_t width
) except *:
    """Return a tile's size; ValueError for what no tile has, which the core trusts in."""
    if not 2 <= n_leaves <= 65536:
        raise ValueError("a tile has 2 to 65536 colours")
    if not (
        0 < planes <= MOST_PIXELS
        and 0 < height <= MOST_PIXELS // planes
        and 0 < width <= MOST_PIXELS // planes // height
    ):
        raise ValueError("a tile has 1 to 16777216 pixels")
    return kmq_tile_size(<uint32_t>n_leaves, <uint32_t>width, <uint32_t>height, <uint32_t>planes)


def tile_bytes(
    int model, Py_ssize_t n_leaves, Py_ssize_t planes, Py_ssize_t height, Py_ssize_t width
):
    """Return the bytes of the state of a tile, or 0 if there is no such model for its planes."""
    cdef kmq_tile_size size = _size_of(n_leaves, planes, height, width)
    return kmq_tile_bytes(model, &size)


cdef object _zeros(size_t size):
    """Return a mapping of zeros, in huge pages where the system has them: tables are quicker so."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    mapping = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if size > HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
        try:
            mapping.madvise(mmap.MADV_HUGEPAGE)
        except OSError:
            pass  # a system without them
    return mapping


cdef class _Tile:
    """A tile that has begun, in memory of its own: one plane, or several of a stack."""

    cdef uint8_t[::1] memory
    cdef kmq_tile *tile
    cdef kmq_tile_size size
    cdef uint64_t area    # pixels of a plane
    cdef uint32_t n_planes  # that are coded, of those that there are
    cdef uint32_t plane
    cdef bint busy

    cdef int begin(
        self, int model, const uint8_t[:, ::1] colors, Py_ssize_t planes, Py_ssize_t height,
        Py_ssize_t width
    ) except -1:
        """Begin, after checks of what the core trusts in."""
        self.size = _size_of(colors.shape[0], planes, height, width)
        if not 1 <= colors.shape[1] <= 4:
            raise ValueError("a tile has 2 to 65536 colours of 1 to 4 channels")
        self.area = <uint64_t>self.size.height * self.size.width
        self.n_planes = self.size.depth
        cdef size_t size = kmq_tile_bytes(model, &self.size)
        if size == 0:
            raise ValueError("there is no such model for a tile of so many planes")
        cdef size_t alignment = HUGE_PAGE if size > HUGE_PAGE else KMQ_TILE_ALIGNMENT
        self.memory = _zeros(size + alignment)
        cdef uint8_t *start = &self.memory[0]
        start += (alignment - <uintptr_t>start % alignment) % alignment
        self.begin_in(start, model, colors)
        return 0

    cdef int begin_in(self, uint8_t *start, int model, const uint8_t[:, ::1] colors) except -1:
        """Begin in memory that is there, which has no need of the colours afterwards."""
        cdef kmq_tree tree
        cdef Py_ssize_t leaf, c
        tree.n_leaves, tree.channels = self.size.n_leaves, <int>colors.shape[1]
        tree.colors = <uint8_t (*)[4]>calloc(self.size.n_leaves, 4)
        if tree.colors == NULL:
            raise MemoryError
        with nogil:
            for leaf in range(colors.shape[0]):
                for c in range(colors.shape[1]):
                    tree.colors[leaf][c] = colors[leaf, c]
            self.tile = kmq_tile_begin(start, model, &tree, &self.size)
        free(tree.colors)
        return 0

    cdef int enter(self) except -1:
        """Keep other threads out while the interpreter's lock is released."""
        if self.busy:
            raise RuntimeError("a tile is coded by one thread at a time")
        self.busy = True
        return 0

    cdef bint plane_is_done(self) noexcept nogil:
        return self.tile.done == self.area

    cdef bint is_last(self) noexcept nogil:
        return self.plane + 1 == self.n_planes

    @property
    def done(self):
        """Pixels that are coded."""
        return self.plane * self.area + self.tile.done

    @property
    def pixels(self):
        """Pixels to code."""
        return self.n_planes * self.area


cdef class TileDecoder(_Tile):
    """The first planes of a tile of `planes`, of which there are as many as `leaves` has.

    ``decode`` them until all pixels are done, or no more are. (n, H, W) `leaves` are filled plane
    by plane; all of them are less than K.
    """

    cdef const uint8_t[::1] stream
    cdef uint16_t[:, :, :] leaves

    def __cinit__(self, int model, const uint8_t[:, ::1] colors, Py_ssize_t planes,
                  const uint8_t[::1] stream, uint16_t[:, :, :] leaves):
        if not 0 < leaves.shape[0] <= planes:
            raise ValueError("the tile has fewer planes, or none is wanted")
        self.begin(model, colors, planes, leaves.shape[1], leaves.shape[2])
        self.n_planes = <uint32_t>leaves.shape[0]
        self.leaves = leaves
        self.stream = stream
        cdef const uint8_t *start = &stream[0] if stream.shape[0] else NULL
        kmq_tile_read(self.tile, start, <size_t>stream.shape[0])

    def decode(self, uint32_t budget):
        """Decode at least `budget` more pixels, or all; return how many are done."""
        cdef uint64_t before, wanted = budget
        self.enter()
        with nogil:
            while wanted > 0 and not (self.is_last() and self.plane_is_done()):
                if self.plane_is_done():
                    kmq_tile_next_plane(self.tile)
                    self.plane += 1
                before = self.tile.done
                kmq_tile_decode_some(self.tile, wanted)
                if self.tile.done == before:
                    break
                wanted -= min(wanted, self.tile.done - before)
                if self.plane_is_done():
                    self.copy_plane()
        self.busy = False
        return self.done

    def is_sound(self):
        """Whether all pixels came from the very stream that an encoder writes for them.

        Of a stream that was not decoded to its end, it is not known.
        """
        if self.done != self.pixels:
            return False
        return self.n_planes < self.size.depth or kmq_tile_is_sound(self.tile) != 0

    cdef void copy_plane(self) noexcept nogil:
        """Copy the leaves of the plane that is done."""
        cdef ptrdiff_t stride
        cdef const uint16_t *row = kmq_tile_plane(self.tile, &stride)
        cdef Py_ssize_t y, x
        for y in range(self.size.height):
            for x in range(self.size.width):
                self.leaves[self.plane, y, x] = row[x]
            row += stride


cdef class TileEncoder(_Tile):
    """The tile of (planes, height, width) leaves. ``encode`` all pixels, then ``finish``."""

    cdef const uint16_t[:, :, :] leaves
    cdef uint8_t *room  # two streams, the order of their bytes, and the stream of both
    cdef size_t most
    cdef kmq_choice choice
    cdef const int32_t[:, :, ::1] points
    cdef const uint16_t[:, ::1] weights
    cdef const int32_t[:, ::1] entries
    cdef const uint16_t[:, ::1] close

    def __cinit__(self, int model, const uint8_t[:, ::1] colors, const uint16_t[:, :, :] leaves):
        self.begin(model, colors, leaves.shape[0], leaves.shape[1], leaves.shape[2])
        self.most = kmq_tile_most_bytes(&self.size)
        self.room = <uint8_t *>malloc(6 * self.most)
        if self.room == NULL:
            raise MemoryError
        self.leaves = leaves
        if self.largest() >= self.size.n_leaves:
            raise ValueError("a leaf is not less than the number of colours")
        self.copy_plane()
        cdef uint8_t *bytes[2]
        bytes[0], bytes[1] = self.room, self.room + self.most
        kmq_tile_write(self.tile, bytes, self.room + 2 * self.most)

    def __dealloc__(self):
        free(self.room)
        free(self.choice.errors)

    cdef uint32_t largest(self) noexcept:
        """Return the largest leaf."""
        cdef uint32_t largest = 0
        cdef Py_ssize_t plane, y, x
        with nogil:
            for plane in range(self.leaves.shape[0]):
                for y in range(self.leaves.shape[1]):
                    for x in range(self.leaves.shape[2]):
                        largest = max(largest, self.leaves[plane, y, x])
        return largest

    cdef void copy_plane(self) noexcept nogil:
        """Copy the leaves of the plane that begins. A leaf that has become too large is cut."""
        cdef ptrdiff_t stride
        cdef uint16_t *row = kmq_tile_plane(self.tile, &stride)
        cdef uint32_t last = self.size.n_leaves - 1
        cdef Py_ssize_t y, x
        for y in range(self.size.height):
            for x in range(self.size.width):
                row[x] = <uint16_t>min(<uint32_t>self.leaves[self.plane, y, x], last)
            row += stride

    def encode(self, uint32_t budget):
        """Encode at least `budget` more pixels, or all; return how many are done."""
        cdef uint64_t before, wanted = budget
        if self.room == NULL:
            raise RuntimeError("the tile is finished")
        self.enter()
        with nogil:
            while wanted > 0 and not (self.is_last() and self.plane_is_done()):
                if self.plane_is_done():
                    kmq_tile_next_plane(self.tile)
                    self.plane += 1
                    self.copy_plane()
                before = self.tile.done
                kmq_tile_encode_some(self.tile, wanted)
                wanted -= min(wanted, self.tile.done - before)
        self.busy = False
        return self.done

    def finish(self):
        """Return the stream of all pixels. Nothing can be asked of the tile afterwards."""
        cdef size_t size
        if self.busy or self.room == NULL or self.done != self.pixels:
            raise RuntimeError("a tile is finished once, with all of its pixels")
        size = kmq_tile_finish(self.tile, self.room + 4 * self.most)
        if size == 0:
            raise RuntimeError("the stream of a tile has no room")
        stream = self.room[4 * self.most : 4 * self.most + size]
        free(self.room)
        self.room = NULL
        return stream

    def choose(self, const int32_t[:, :, ::1] points, const uint16_t[:, ::1] weights,
               const int32_t[:, ::1] entries, const uint16_t[:, ::1] close, uint32_t price,
               int diffusion):
        """Set out to choose leaves by their error and their price; theirs is another stream.

        The search for each begins at the one given. (H, W, 4) `points` are those of the pixels,
        (H, W) `weights` count their errors in 1/256, (K, 4) `entries` are the points of the leaves,
        with coordinates of 16 bits, and (K, n) `close` are n different leaves near each, itself
        first. `price` is the squared distance that a bit may cost. A pixel makes up for its
        neighbours' errors by `diffusion`, in 1/256.
        """
        if self.busy or self.done > 0:
            raise RuntimeError("a tile chooses all of its leaves, or none")
        cdef Py_ssize_t height = self.size.height, width = self.size.width, i, k
        cdef Py_ssize_t n_leaves = self.size.n_leaves
        if (points.shape[0], points.shape[1], points.shape[2]) != (height, width, 4):
            raise ValueError("each pixel has a point")
        if (weights.shape[0], weights.shape[1]) != (height, width):
            raise ValueError("each pixel has a weight")
        if (entries.shape[0], entries.shape[1], close.shape[0]) != (n_leaves, 4, n_leaves):
            raise ValueError("each leaf has a point, and close leaves")
        if not 2 <= close.shape[1] <= KMQ_MOST_CLOSE:
            raise ValueError("a leaf has 2 to 32 close ones, itself included")
        if not 0 <= diffusion <= 256:
            raise ValueError("diffusion is 0 to 256")
        for i in range(n_leaves):
            for k in range(close.shape[1]):
                if close[i, k] >= n_leaves:
                    raise ValueError("a close leaf is not less than the number of colours")
        self.points, self.weights, self.entries, self.close = points, weights, entries, close
        self.choice.points = <const void *>&points[0, 0, 0]
        self.choice.weights = &weights[0, 0]
        self.choice.entries = <const void *>&entries[0, 0]
        self.choice.close = &close[0, 0]
        self.choice.n_close = <uint32_t>close.shape[1]
        self.choice.price = price
        self.choice.diffusion = diffusion
        self.choice.bits_of_escape = 12 * 256 * 16
        if self.choice.errors == NULL:
            self.choice.errors = calloc((height + 1) * (width + 2), 8)
        if self.choice.errors == NULL:
            raise MemoryError
        if not kmq_tile_choose(self.tile, &self.choice):
            raise ValueError("the model does not choose")

    def take(self, uint16_t[:, :] leaves):
        """Fill (H, W) leaves with those of the plane: the chosen ones, where they are chosen."""
        cdef ptrdiff_t stride
        cdef const uint16_t *row = kmq_tile_plane(self.tile, &stride)
        cdef Py_ssize_t y, x
        if self.done != self.pixels or self.busy:
            raise RuntimeError("the leaves of a tile are taken when all are chosen")
        if (leaves.shape[0], leaves.shape[1]) != (self.size.height, self.size.width):
            raise ValueError("the leaves have another shape than the tile")
        for y in range(self.size.height):
            for x in range(self.size.width):
                leaves[y, x] = row[x]
            row += stride
