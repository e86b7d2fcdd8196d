"""Arrays in files: MNIST's IDX format, plain or gzipped, and NumPy's .npy; read strictly.

An IDX file is two zero bytes, the type of its values (8: unsigned byte, 9: signed byte,
11, 12: integers of 2 and 4 bytes, 13, 14: floats of 4 and 8), the number of dimensions,
each dimension in four bytes, the highest first, and the values in C order.
Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, http://yann.lecun.com/exdb/mnist/
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from kmcodec.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

GZIP_MAGIC = b"\x1f\x8b"
NPY_MAGIC = b"\x93NUMPY"
IDX_MAGIC = b"\0\0"
NPY_VERSIONS: dict[tuple[int, ...], Callable[[BinaryIO], tuple[tuple[int, ...], bool, Any]]] = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}
IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}  # MNIST's is 8
NO_MEMBER = "Not a gzipped file"  # as Python says it
MOST_INFLATED = 1032  # bytes that one byte of deflate can stand for
MOST_BYTES = 1 << 30  # of values in a file
MOST_DIMENSIONS = 4


def parse_array(data: bytes) -> NDArray[Any]:
    """Return the array in the bytes of an IDX, gzipped IDX or .npy file.

    Raises
    ------
    InputError
        The bytes are none of these, are cut short, or go on after the end.
    LimitError
        The array would have more than 2**30 bytes.
    """
    if not data:
        raise InputError("the file is empty")
    if data.startswith(NPY_MAGIC):
        return parse_npy(data)
    if data.startswith(GZIP_MAGIC):
        return _parse_gzip(data)
    if data.startswith(IDX_MAGIC):
        header, dtype, shape = _parse_header(data)
        return _values(data[header:], dtype, shape)
    raise InputError("the file is neither IDX, plain or gzipped, nor .npy")


def _parse_header(data: bytes) -> tuple[int, np.dtype[Any], tuple[int, ...]]:
    """Return the length of an IDX header, and the type and the shape in it."""
    if len(data) < 4:
        raise InputError(f"the IDX header is cut short, {len(data)} bytes are left of it")
    if data[:2] != IDX_MAGIC or data[2] not in IDX_TYPES or not 1 <= data[3] <= MOST_DIMENSIONS:
        types = ", ".join(f"{number:02x}" for number in IDX_TYPES)
        raise InputError(
            f"the IDX magic is {data[:4].hex()}, expected 0000, a type ({types}) and 1 to"
            f" {MOST_DIMENSIONS} dimensions"
        )
    dtype = np.dtype(IDX_TYPES[data[2]])
    end = 4 + 4 * data[3]
    if len(data) < end:
        raise InputError(f"the IDX header is cut short, {len(data)} of {end} bytes are there")
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, end, 4))
    _check_size(shape, dtype.itemsize)
    return end, dtype, shape


def _check_size(shape: tuple[int, ...], itemsize: int) -> None:
    """Raise ``InputError`` for nothing and ``LimitError`` for too much."""
    size = math.prod(shape) * itemsize
    text = " x ".join(map(str, shape))
    if size == 0:
        raise InputError(f"the file holds no values, its shape is {text or 'empty'}")
    if size > MOST_BYTES:
        raise LimitError(f"the file claims {text} values, {MOST_BYTES:,} bytes are the limit")


def _values(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return values in this shape, which they have to fill exactly."""
    count = math.prod(shape)
    extra = len(data) - count * dtype.itemsize
    if extra < 0:
        there = len(data) // dtype.itemsize
        raise InputError(f"the file is cut short, {there:,} of {count:,} values are there")
    if extra > 0:
        raise InputError(f"{extra:,} bytes follow the last value")
    return np.frombuffer(data, dtype).reshape(shape)


def _parse_gzip(data: bytes) -> NDArray[Any]:
    """Return the array in a gzipped IDX file, inflating no more than its header announces.

    As gunzip does, it goes on with every member, and leaves zeros that pad the file.
    """
    stream = gzip.GzipFile(fileobj=io.BytesIO(data))
    try:
        head = stream.read(4 + 4 * MOST_DIMENSIONS)
        start, dtype, shape = _parse_header(head)
        size = math.prod(shape) * dtype.itemsize
        missing = size - (len(head) - start)
        if missing > MOST_INFLATED * len(data):
            raise InputError(
                f"the file is cut short, {len(data):,} bytes of gzip hold no"
                f" {math.prod(shape):,} values"
            )
        rest = stream.read(max(missing, 0) + 1)
    except EOFError as error:
        raise InputError(f"the gzip data is cut short: {_first_line(error)}") from error
    except gzip.BadGzipFile as error:
        if str(error).startswith(NO_MEMBER):  # it is not the first: that one has its mark
            raise InputError("bytes that are no gzip follow the gzip data") from error
        raise InputError(f"the gzip data is damaged: {_first_line(error)}") from error
    except (zlib.error, OSError) as error:
        raise InputError(f"the gzip data is damaged: {_first_line(error)}") from error
    return _values(head[start:] + rest, dtype, shape)


def parse_npy(data: bytes) -> NDArray[Any]:
    """Return the array in a .npy file of numbers, without pickles."""
    stream = io.BytesIO(data)
    version = tuple(data[len(NPY_MAGIC) : len(NPY_MAGIC) + 2])
    if version not in NPY_VERSIONS:
        raise InputError(f"the .npy file has version {version}, expected (1, 0) or (2, 0)")
    stream.seek(len(NPY_MAGIC) + 2)
    try:
        shape, fortran, dtype = NPY_VERSIONS[version](stream)
    except Exception as error:  # NumPy evaluates the header's text, which fails in many ways
        raise InputError(f"the .npy header is damaged: {_first_line(error)}") from error
    if dtype.kind not in "biuf":
        raise InputError(f"the .npy file holds {dtype}, expected numbers")
    if any(size < 0 for size in shape):
        raise InputError(f"the .npy header is damaged: its shape is {shape}")
    _check_size(shape, dtype.itemsize)
    start, expected = stream.tell(), math.prod(shape) * dtype.itemsize
    if len(data) - start != expected:
        raise InputError(
            f"the .npy file has {len(data) - start:,} bytes of values, expected {expected:,}"
        )
    values = np.frombuffer(data, dtype, offset=start)
    return values.reshape(shape, order="F" if fortran else "C")


def _first_line(error: Exception) -> str:
    """Return the first line of an error's text, or its kind."""
    return next(iter(str(error).splitlines()), type(error).__name__)
