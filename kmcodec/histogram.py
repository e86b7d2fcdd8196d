"""Pixels as weighted unique colours. Histograms merge, so they distribute."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import index_type
from kmcodec.channels import KINDS, image_pixels, is_image
from kmcodec.errors import InputError
from kmcodec.options import refuse_mask
from kmcodec.parallel import map_ranges, resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.channels import Pixels

MOST_PIXELS = (1 << 31) - 1  # which bounds colours, counts, and the weights of K-means
LARGEST_FIRST_TABLE = 18  # log2 of slots; a table grows when colours need it
SMALLEST_RANGE = 1 << 21  # pixels per thread from which merging two tables pays
SMALLEST_GATHER = 1 << 20
LARGEST_TABLE = 26  # log2 of slots; beyond, sorting takes less memory
PATIENCE = 1000  # occupied slots passed in search of one colour


def check_pixels(pixels: Pixels) -> NDArray[np.uint8]:
    """Return pixels, or an image of Pillow's, as an array, or raise ``InputError``."""
    refuse_mask(pixels, "the picture")
    try:
        pixels = image_pixels(pixels) if is_image(pixels) else np.asarray(pixels)
    except ValueError as error:
        raise InputError(f"pixels are no array: {error}") from error
    if pixels.dtype != np.uint8:
        raise InputError(f"pixels are {pixels.dtype}, expected uint8")
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (2, 3, 4)):
        raise InputError(
            f"pixels have shape {pixels.shape}, expected (H, W), (H, W, 3) or (H, W, 4)"
            " (or (H, W, 2) for gray + alpha)"
        )
    if pixels.size == 0:
        raise InputError(f"pixels have shape {pixels.shape}, expected at least one pixel")
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise InputError(f"pixels have shape {pixels.shape}, expected at most {MOST_PIXELS} pixels")
    return pixels


def flat_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels of shape (H, W) or (H, W, C) as contiguous (H * W, C)."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return np.ascontiguousarray(pixels).reshape(-1, channels)


@dataclass(frozen=True, eq=False, repr=False)
class Histogram:
    """Unique colours and how often each occurs.

    Attributes
    ----------
    keys : (n,) uint32
        Colours packed into integers, first channel highest; strictly ascending.
    counts : (n,) int64
        Occurrences, all positive.
    channels : int
        1 to 4.
    """

    keys: NDArray[np.uint32]
    counts: NDArray[np.int64]
    channels: int

    def __post_init__(self) -> None:
        """Check what the quantizer relies on."""
        if not (self.keys.dtype == np.uint32 and self.counts.dtype == np.int64):
            raise InputError("a histogram's keys are uint32 and its counts int64")
        if self.keys.shape != self.counts.shape or self.keys.ndim != 1:
            raise InputError("a histogram has one count for each key")
        if not ((self.keys[1:] > self.keys[:-1]).all() and (self.counts > 0).all()):
            raise InputError("a histogram's keys ascend and its counts are positive")

    @classmethod
    def from_pixels(cls, pixels: Pixels, *, threads: int | None = 1) -> Self:
        """Count the colours of (H, W) or (H, W, C) uint8 pixels, C from 2 to 4, or of an image.

        The result does not depend on `threads` or on the order of pixels.

        Raises
        ------
        InputError
            The pixels have another type or shape.
        """
        histogram, _ = count_pixels(pixels, threads=threads)
        return cls(histogram.keys, histogram.counts, histogram.channels)

    def merge(self, other: Histogram) -> Histogram:
        """Return the histogram of both sets of pixels together.

        Raises
        ------
        InputError
            The two have different numbers of channels.
        """
        if self.channels != other.channels:
            raise InputError(
                f"histograms of {self.channels} and {other.channels} channels do not merge"
            )
        keys, inverse = _rank(np.concatenate([self.keys, other.keys]))
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, inverse, np.concatenate([self.counts, other.counts]))
        return Histogram(keys, counts, self.channels)

    def __repr__(self) -> str:
        """Return colours, channels and pixels, on one line."""
        return (
            f"<Histogram of {self.n_colors} colour{'s' * (self.n_colors != 1)},"
            f" {KINDS[self.channels]}, in {int(self.counts.sum())} pixels>"
        )

    @property
    def n_colors(self) -> int:
        """Number of distinct colours."""
        return len(self.keys)

    @functools.cached_property
    def colors(self) -> NDArray[np.uint8]:
        """The colours, (n, C) uint8, in ascending order of their channels."""
        big_endian = self.keys.astype(">u4").view(np.uint8).reshape(-1, 4)
        return np.ascontiguousarray(big_endian[:, 4 - self.channels :])


@dataclass(frozen=True, eq=False)
class ColorNumbers:
    """Which colour of a histogram each pixel has, in ranges as they were counted.

    Attributes
    ----------
    numbers : (N,) int32
        A number for each pixel, valid within its range.
    parts : list of (start, stop, ranks)
        The ranges, and for each of their numbers the position of its colour in the histogram.
    shape : (int, ...)
        That of the pixels, without their channels.
    """

    numbers: NDArray[np.int32]
    parts: list[tuple[int, int, NDArray[np.intp]]]
    shape: tuple[int, ...]

    def gather(
        self, labels: NDArray[np.int32], n_labels: int, *, threads: int = 1
    ) -> NDArray[np.unsignedinteger[Any]]:
        """Return each pixel's label, given the label of each colour, all less than `n_labels`.

        The result has the pixels' shape; uint8 for up to 256 labels and uint16 for up to 65536.
        """
        out: NDArray[np.unsignedinteger[Any]] = np.empty(
            len(self.numbers), dtype=index_type(n_labels)
        )
        kernel = _kernels.lookup
        for start, stop, ranks in self.parts:
            part_labels = np.ascontiguousarray(labels[ranks], dtype=np.int32)
            numbers, target = self.numbers[start:stop], out[start:stop]
            map_ranges(
                functools.partial(kernel.gather_labels, part_labels, numbers, target),
                stop - start,
                threads=threads,
                smallest=SMALLEST_GATHER,
            )
        return out.reshape(self.shape)

    def sum_importance(self, importance: NDArray[np.uint8], n_colors: int) -> NDArray[np.int64]:
        """Return the importance of each colour, (n_colors,): the sum over its pixels, at least 1.

        Raises
        ------
        InputError
            The importance is not uint8 of the pixels' shape.
        """
        importance = np.asarray(importance)
        if importance.dtype != np.uint8 or importance.shape != self.shape:
            raise InputError(
                f"importance is {importance.dtype} of shape {importance.shape},"
                f" expected uint8 of shape {self.shape}"
            )
        flat = importance.reshape(-1)
        sums = np.zeros(n_colors, dtype=np.int64)
        for start, stop, ranks in self.parts:
            found = np.bincount(self.numbers[start:stop], flat[start:stop], len(ranks))
            sums[ranks] += found.astype(np.int64)  # exact: below 2**53
        return np.maximum(sums, 1)

    def positions(self, start: int, stop: int) -> NDArray[np.intp]:
        """Return the positions in the histogram of the colours of ``pixels[start:stop]``."""
        found = [
            ranks[self.numbers[max(start, lo) : min(stop, hi)]]
            for lo, hi, ranks in self.parts
            if max(start, lo) < min(stop, hi)
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)


def _number_range(
    flat: NDArray[np.uint8], numbers: NDArray[np.int32], start: int, stop: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Give numbers to a range of pixels; return colours and counts in order of appearance."""
    kernel = _kernels.hashing
    bits = min(LARGEST_FIRST_TABLE, (stop - start).bit_length() + 2)
    begin, used = start, 0
    keys = np.empty(0, dtype=np.uint32)
    counts = np.empty(0, dtype=np.int64)
    while bits <= LARGEST_TABLE:
        table = np.full(1 << bits, -1, dtype=np.int64)
        keys = np.concatenate([keys[:used], np.zeros((1 << bits - 2) - used, dtype=np.uint32)])
        counts = np.concatenate([counts[:used], np.zeros((1 << bits - 2) - used, dtype=np.int64)])
        kernel.fill_table(keys, table, 32 - bits, used)
        start, used = kernel.number_colors(
            flat, table, keys, counts, numbers, 32 - bits, start, stop, used, PATIENCE
        )
        if start == stop:
            return keys[:used], counts[:used]
        if used < 1 << bits - 2:
            break  # colours made to collide
        bits += 2
    return _number_by_sorting(flat, numbers, begin, stop)


def _number_by_sorting(
    flat: NDArray[np.uint8], numbers: NDArray[np.int32], start: int, stop: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Do the same without a hash table, in time that no choice of colours can raise."""
    keys = np.zeros(stop - start, dtype=np.uint32)
    for channel in flat[start:stop].T:
        keys = keys << np.uint32(8) | channel
    distinct, positions = _rank(keys)
    numbers[start:stop] = positions
    return distinct, np.bincount(positions).astype(np.int64)


def _rank(keys: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Return the distinct keys, ascending, and the position of each key among them."""
    packed = (keys.astype(np.uint64) << np.uint64(32)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    ordered = (packed >> np.uint64(32)).astype(np.uint32)
    first = np.ones(len(keys), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    positions = np.empty(len(keys), dtype=np.intp)
    positions[(packed & np.uint64(0xFFFFFFFF)).astype(np.intp)] = np.cumsum(first) - 1
    return ordered[first], positions


def count_colors(
    colors: NDArray[np.uint8], *, threads: int | None = 1
) -> tuple[Histogram, ColorNumbers]:
    """Return the histogram of (..., C) colours and the number of each one's colour.

    Takes 4 bytes per pixel beyond the pixels. `threads` does not change the histogram.
    """
    shape, channels = colors.shape[:-1], colors.shape[-1]
    flat = np.ascontiguousarray(colors).reshape(-1, channels)
    numbers = np.empty(len(flat), dtype=np.int32)
    ranges: list[tuple[int, int, NDArray[np.uint32], NDArray[np.int64]]] = map_ranges(
        lambda start, stop: (start, stop, *_number_range(flat, numbers, start, stop)),
        len(flat),
        threads=resolve_threads(threads),
        smallest=SMALLEST_RANGE,
    )
    keys, positions = _rank(np.concatenate([r[2] for r in ranges]))
    counts = np.zeros(len(keys), dtype=np.int64)
    parts = []
    offset = 0
    for start, stop, part_keys, part_counts in ranges:
        ranks = positions[offset : offset + len(part_keys)]
        counts[ranks] += part_counts
        parts.append((start, stop, ranks))
        offset += len(part_keys)
    return Histogram(keys, counts, channels), ColorNumbers(numbers, parts, shape)


def count_pixels(pixels: Pixels, *, threads: int | None = 1) -> tuple[Histogram, ColorNumbers]:
    """Do the same for (H, W) or (H, W, C) pixels, or raise ``InputError`` for what are none."""
    pixels = check_pixels(pixels)
    return count_colors(pixels if pixels.ndim == 3 else pixels[..., None], threads=threads)
