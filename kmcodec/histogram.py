"""Pixels as weighted unique colours. Histograms merge, so they distribute."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kmcodec import _kernels
from kmcodec._parallel import map_ranges, resolve_threads
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_FIRST_TABLE = 18  # log2 of slots; a table grows when colours need it
SMALLEST_RANGE = 1 << 21  # pixels per thread from which merging two tables pays
SMALLEST_GATHER = 1 << 20


def flat_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels of shape (H, W) or (H, W, C) as contiguous (H * W, C)."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return np.ascontiguousarray(pixels).reshape(-1, channels)


@dataclass(frozen=True, eq=False)
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

    @classmethod
    def from_pixels(cls, pixels: NDArray[np.uint8], *, threads: int | None = 1) -> Self:
        """Count the colours of (H, W), (H, W, C) or (n, 1, C) uint8 pixels, C from 1 to 4.

        The result does not depend on `threads` or on the order of pixels.
        """
        histogram = count_colors(flat_pixels(pixels), threads=threads)[0]
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

    @property
    def n_colors(self) -> int:
        """Number of distinct colours."""
        return len(self.keys)

    @functools.cached_property
    def colors(self) -> NDArray[np.uint8]:
        """The colours, (n, C) uint8, in ascending order of their channels."""
        shifts = np.arange(8 * (self.channels - 1), -1, -8, dtype=np.uint32)
        return (self.keys[:, None] >> shifts).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class ColorNumbers:
    """Which colour of a histogram each pixel has, in ranges as they were counted.

    Attributes
    ----------
    numbers : (N,) int32
        A number for each pixel, valid within its range.
    parts : list of (start, stop, ranks)
        The ranges, and for each of their numbers the position of its colour in the histogram.
    """

    numbers: NDArray[np.int32]
    parts: list[tuple[int, int, NDArray[np.intp]]]

    def gather(
        self, labels: NDArray[np.int32], n_labels: int, *, threads: int = 1
    ) -> NDArray[np.unsignedinteger[Any]]:
        """Return each pixel's label, given the label of each colour, all less than `n_labels`.

        The result is (N,), uint8 for up to 256 labels and uint16 for up to 65536.
        """
        out: NDArray[np.unsignedinteger[Any]] = np.empty(
            len(self.numbers), dtype=np.uint8 if n_labels <= 256 else np.uint16
        )
        kernel = _kernels.load("gathering")
        for start, stop, ranks in self.parts:
            part_labels = np.ascontiguousarray(labels[ranks], dtype=np.int32)
            numbers, target = self.numbers[start:stop], out[start:stop]
            map_ranges(
                functools.partial(kernel.gather_labels, part_labels, numbers, target),
                stop - start,
                threads=threads,
                smallest=SMALLEST_GATHER,
            )
        return out

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
    kernel = _kernels.load("hashing")
    bits = min(LARGEST_FIRST_TABLE, (stop - start).bit_length() + 2)
    used = 0
    keys = np.empty(0, dtype=np.uint32)
    counts = np.empty(0, dtype=np.int64)
    while True:
        table = np.full(1 << bits, -1, dtype=np.int64)
        keys = np.concatenate([keys[:used], np.zeros((1 << bits - 2) - used, dtype=np.uint32)])
        counts = np.concatenate([counts[:used], np.zeros((1 << bits - 2) - used, dtype=np.int64)])
        kernel.fill_table(keys, table, 32 - bits, used)
        start, used = kernel.number_colors(
            flat, table, keys, counts, numbers, 32 - bits, start, stop, used
        )
        if start == stop:
            return keys[:used], counts[:used]
        bits += 2


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
    flat: NDArray[np.uint8], *, threads: int | None = 1
) -> tuple[Histogram, ColorNumbers]:
    """Return the histogram of (N, C) pixels and the number of each pixel's colour.

    Takes 4 bytes per pixel beyond the pixels. `threads` does not change the histogram.
    """
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
    return Histogram(keys, counts, flat.shape[1]), ColorNumbers(numbers, parts)
