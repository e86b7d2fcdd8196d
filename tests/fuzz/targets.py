"""What is fuzzed: each target takes any bytes and may raise nothing but ``KmqError``.

Targets also hold what must be true of what they return, so that a wrong answer is found, not only
a crash.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kmcodec
from kmcodec.digits.idx import parse_array
from kmcodec.errors import KmqError

sys.path.append(str(Path(__file__).resolve().parents[2] / "spec"))

import reference_decoder as reference
from mutator import Parts, take_apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LIMITS = kmcodec.Limits(max_pixels=1 << 13, max_bytes=1 << 17, max_seconds=1)
MOST_REFERENCE = 300  # pixels that the reference decoder takes in a moment
LARGEST_RATIO = 1032  # of DEFLATE
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # which keeps what was freed for long
MOST_GROWTH = (1000 if SANITIZED else 200) << 20  # bytes of memory that inputs may cost


class FoundError(AssertionError):
    """A target's promise is broken."""


def demand(*, holds: bool, promise: str) -> None:
    """Raise ``FoundError`` unless a promise holds."""
    if not holds:
        raise FoundError(promise)


def check_stack(data: bytes, pixels: NDArray[np.uint8]) -> None:
    """Decode a stack in other ways: all together, one after another, and written again."""
    animation = kmcodec.decode_animation(data, limits=LIMITS, threads=2)
    demand(holds=np.array_equal(pixels, animation.to_pixels()), promise="palette and indices")
    frames = list(kmcodec.KmqFile(data, limits=LIMITS).frames(threads=1))
    demand(holds=np.array_equal(pixels, np.stack(frames)), promise="one frame after another")
    again = kmcodec.decode(kmcodec.encode_indexed(animation, effort=1))
    demand(holds=np.array_equal(pixels, again), promise="what decodes can be encoded")


def fuzz_decode(data: bytes) -> None:
    """Decode in all ways; they agree with one another and with the header."""
    info = kmcodec.read_info(data, limits=LIMITS)
    kmcodec.read_metadata(data, limits=LIMITS)
    pixels = kmcodec.decode(data, limits=LIMITS, threads=1)
    shape = (info.height, info.width, info.channels)[: 2 if info.channels == 1 else 3]
    if info.planes > 1:
        demand(holds=pixels.shape == (info.planes, *shape), promise="size as told")
        check_stack(data, pixels)
        return
    demand(holds=pixels.shape == shape, promise="size as told")
    image = kmcodec.decode_blocks(data, limits=LIMITS, threads=1)
    demand(holds=np.array_equal(pixels, image.to_pixels()), promise="blocks give the pixels")
    demand(holds=int(image.indices.max()) < info.n_colors, promise="indices below K")
    if info.block == (1, 1):
        indexed = kmcodec.decode_indexed(data, limits=LIMITS, threads=2)
        demand(holds=np.array_equal(pixels, indexed.to_pixels()), promise="palette and indices")
        again = kmcodec.decode(kmcodec.encode_indexed(indexed, effort=1))
        demand(holds=np.array_equal(pixels, again), promise="what decodes can be encoded")


def fuzz_info(data: bytes) -> None:
    """Read the facts; they hold to the bounds of the specification."""
    info = kmcodec.read_info(data)
    demand(holds=1 <= info.n_colors <= 65536 and 1 <= info.channels <= 4, promise="bounds")
    demand(holds=info.size == len(data), promise="the size is the file's")
    kmcodec.read_metadata(data)


def fuzz_region(data: bytes) -> None:
    """Decode a region, chosen by the first bytes; it is the part of the whole picture."""
    chosen, data = data[:4].ljust(4, b"\0"), data[4:]
    info = kmcodec.read_info(data, limits=LIMITS)
    left, top = chosen[0] % info.width, chosen[1] % info.height
    width = 1 + chosen[2] % (info.width - left)
    height = 1 + chosen[3] % (info.height - top)
    try:
        whole = kmcodec.decode(data, limits=LIMITS, threads=1)
    except KmqError:
        # a fault in a tile outside the region need not be noticed
        with contextlib.suppress(KmqError):
            kmcodec.decode(data, limits=LIMITS, region=(left, top, width, height), threads=1)
        return
    part = kmcodec.decode(data, limits=LIMITS, region=(left, top, width, height), threads=1)
    if info.planes > 1:
        expected = whole[:, top : top + height, left : left + width]
    else:
        expected = whole[top : top + height, left : left + width]
    demand(holds=np.array_equal(part, expected), promise="a region is a part of the whole")


def takes_the_reference_long(parts: Parts) -> bool:
    """Whether a header asks for more than the reference decoder does in a moment."""
    width, height, last_color, *last_sides = parts.numbers
    codebook, planes = 0, last_sides[0] + 1 if len(last_sides) == 1 else 1  # of a stack
    if len(last_sides) == 2:
        sides = (last_sides[0] + 1) * (last_sides[1] + 1)
        codebook = (last_color + 1) * sides * (1 + parts.flags % 4)  # its plane may have twice that
    return max(width * height * planes, last_color, codebook) > MOST_REFERENCE


def fuzz_reference(data: bytes) -> None:
    """Decode with the package and with the reference decoder: the same pixels, or both refuse.

    A file with several faults may be refused for any of them (spec 7).
    """
    parts = take_apart(data)
    if parts is not None and takes_the_reference_long(parts):
        raise kmcodec.LimitError("too large for this target")
    try:
        ours = kmcodec.decode(data, limits=LIMITS, threads=1).tobytes()
    except KmqError as error:
        if isinstance(error, kmcodec.LimitError):
            return
        ours = None
    try:
        theirs = reference.decode(data).pixels()
    except reference.KmqError:
        theirs = None
    demand(holds=ours == theirs, promise=f"{ours!r:.40} is the reference's {theirs!r:.40}")
    if ours is None:
        raise kmcodec.FormatError("refused by both")


def fuzz_arrays(data: bytes) -> None:
    """Read an IDX, gzipped IDX or .npy file."""
    array = parse_array(data)
    most = LARGEST_RATIO * len(data) + (1 << 16)
    demand(holds=array.nbytes <= most, promise="no more than DEFLATE can hold")


def fuzz_label_map(data: bytes) -> None:
    """Decode an array of integers; encoded again, it is the same."""
    array = kmcodec.decode_array(data, limits=LIMITS, threads=1)
    demand(holds=array.dtype.kind in "biu", promise="integers")
    if array.ndim > 1:
        again = kmcodec.decode_array(kmcodec.encode_array(array, effort=1), limits=LIMITS)
        demand(holds=again.dtype == array.dtype, promise="the same type")
        demand(holds=np.array_equal(again, array), promise="the same integers")


def fuzz_picture(data: bytes) -> None:
    """Read a picture file as the command line does."""
    from PIL import Image  # noqa: PLC0415

    from kmcodec import files  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = 1 << 20  # more is refused, as more than 179 million usually is
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on corrupt metadata
        picture = files.read_picture(io.BytesIO(data))
    demand(holds=picture.pixels.dtype == np.uint8, promise="pixels of bytes")


def fuzz_round_trip(data: bytes) -> None:
    """Make a picture and options of the bytes, encode, and decode to the same."""
    head, rest = data[:8].ljust(8, b"\0"), data[8:]
    height, width, channels = 1 + head[0] % 40, 1 + head[1] % 40, 1 + head[2] % 4
    n_colors = 1 + (head[3] | head[4] << 8) % 300
    seed = np.frombuffer((rest or b"\0").ljust(16, b"\7"), dtype=np.uint8)
    indices = np.resize(seed, (height, width)).astype(np.uint16) * (1 + head[5] % 2)
    palette = np.resize(seed[::-1], (n_colors, channels))
    indices %= n_colors
    image = kmcodec.IndexedImage(palette, indices, authored=bool(head[5] & 2))
    coding = ("auto", "packed", "deflate", "mixed")[head[6] % 4]
    coded = kmcodec.encode_indexed(image, coding=coding, effort=1 + head[7] % 9)
    back = kmcodec.decode_indexed(coded)
    demand(holds=np.array_equal(back.to_pixels(), image.to_pixels()), promise="the same pixels")
    if image.authored:
        demand(holds=np.array_equal(back.indices, indices), promise="the same indices")
        demand(holds=np.array_equal(back.palette, palette), promise="the same palette")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": fuzz_decode,
    "info": fuzz_info,
    "region": fuzz_region,
    "reference": fuzz_reference,
    "arrays": fuzz_arrays,
    "label_map": fuzz_label_map,
    "picture": fuzz_picture,
    "round_trip": fuzz_round_trip,
}
OF_KMQ = {"decode", "info", "region", "reference", "label_map"}  # whose inputs are .kmq files


def peak_memory() -> int:
    """Return the most bytes of memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@functools.cache
def first_peak() -> int:
    """Return what ``peak_memory`` was at first: growth of many inputs adds up, as a leak would."""
    return peak_memory()


def run_target(name: str, data: bytes) -> bool:
    """Give a target some bytes; return whether it took them, False where it refused them.

    Raises
    ------
    FoundError
        A promise is broken.
    Exception
        Anything else that is no ``KmqError`` is a defect, too.
    """
    before = first_peak()
    try:
        TARGETS[name](data)
    except KmqError as error:
        demand(holds=bool(str(error)) and "\n" not in str(error), promise="one clear line")
        return False
    finally:
        grown = peak_memory() - before
        demand(holds=grown < MOST_GROWTH, promise=f"an input took {grown >> 20} MB")
    return True
