# cython: language_level=3, boundscheck=False, wraparound=False
"""The core in C, for Python: arrays in, the GIL released.

``kmcodec/_kernels/core.py`` has the same functions in Python.
"""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, malloc


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
