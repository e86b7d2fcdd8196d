"""Searches for the price of a bit, and the number of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.choice.choosing import (
    DIFFUSION,
    DIFFUSION_ONE,
    PRICE_ONE,
    THOROUGH,
    Costs,
    chosen,
)
from kmcodec.choice.compressed import Compressed
from kmcodec.errors import LimitError, QualityError
from kmcodec.parallel import run_all
from kmcodec.progress import reporter
from kmcodec.quantizer import quantize
from kmcodec.similarity import ssimulacra2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from kmcodec.image import IndexedImage
    from kmcodec.progress import Progress

PER_OCTAVE = 16  # prices that are tried
OCTAVE = (  # 2**(i / 16) of 65536
    *(65536, 68438, 71468, 74632, 77936, 81386, 84990, 88752),
    *(92682, 96785, 101070, 105545, 110218, 115098, 120194, 125515),
)
LEAST, MOST = 6 * PER_OCTAVE, 20 * PER_OCTAVE  # in steps of prices: 2.4e-7 to 0.0039
USUAL = 14 * PER_OCTAVE  # 6e-5
STEEP = 0.45  # about by how much a step of the price lowers the score
NEAR = {1: 2.0, 5: 0.5, 9: 0.2}  # how far above the wanted score a search ends, by effort
ROUNDS = {1: 2, 5: 4, 9: 6}  # of two prices, for each number of colours
FEWEST = 8  # colours, of those that are halved
NEAR_BYTES = 0.985  # of the bytes allowed, from which on a search ends
SHRINKS = 0.02  # about by which share of the bytes a step of the price shrinks a file
PALETTE = 256  # colours up to which a small picture's next palette has three quarters of them
SMALL = 1 << 16  # pixels up to which a palette's bytes count, and all numbers of colours are tried
LARGE = 1 << 20  # pixels from which on one picture keeps all threads busy
HIGH = 15 * PER_OCTAVE  # a price from which on fewer colours may be enough
APART = 5  # steps between the first two prices
CALM = 0.5  # the share of pixels equal to their left neighbour from which on a picture is calm


def price_of(step: int) -> int:
    """Return the price of a step in the core's units: 2**(step / 16), rounded down."""
    octave, part = divmod(step, PER_OCTAVE)
    return (OCTAVE[part] << octave) >> 16


def of_effort(values: Mapping[int, float], effort: int) -> float:
    """Return the value of the highest effort that is not above `effort`."""
    return values[max(level for level in values if level <= effort)]


@dataclass(frozen=True, eq=False)
class Attempt:
    """An image at a price, by its step, and what is known of it."""

    step: int
    image: IndexedImage
    measure: float  # the score, or the share of the bytes allowed that is left


class Bracket:
    """Prices between which the wanted one lies.

    Parameters
    ----------
    wanted : float
        The measure to reach.
    near : float
        How far above it a search ends.
    sign : int
        1 where measures fall as prices rise, as scores do, and the highest price that reaches the
        wanted one is looked for; -1 where they rise, and it is the lowest price.
    """

    def __init__(self, wanted: float, near: float, sign: int) -> None:
        self.wanted, self.near, self.sign = wanted, near, sign
        self.first, self.last = sorted((sign * LEAST, sign * MOST))
        self.good: Attempt | None = None  # the last one that reaches the measure
        self.bad: Attempt | None = None  # the first one that does not

    def place(self, attempt: Attempt) -> int:
        """Return where an attempt stands: measures fall from place to place."""
        return self.sign * attempt.step

    def add(self, attempt: Attempt) -> None:
        """Note an attempt."""
        if attempt.measure >= self.wanted:
            if self.good is None or self.place(attempt) > self.place(self.good):
                self.good = attempt
        elif self.bad is None or self.place(attempt) < self.place(self.bad):
            self.bad = attempt
        if self.good and self.bad and self.place(self.bad) < self.place(self.good):
            self.bad = None  # measures do not quite fall

    def next_steps(self, slope: float) -> list[int]:
        """Return two steps, or one, to try next; none if the search is over."""
        places = sorted({min(max(p, self.first), self.last) for p in self._next_places(slope)})
        return [self.sign * place for place in places]

    def _next_places(self, slope: float) -> list[int]:
        """Return the places to try next; a measure falls by about `slope` from one to another."""
        good, bad = self.good, self.bad
        if good and good.measure - self.wanted <= self.near:
            return []
        if good and bad:
            start, gap = self.place(good), self.place(bad) - self.place(good)
            share = (good.measure - self.wanted) / (good.measure - bad.measure)
            middle = start + int(share * gap)
            around = {middle - 1 - gap // 12, middle + 1 + gap // 12}
            inside = [place for place in around if start < place < start + gap]
            return inside or [start + gap // 2] * (gap > 1)
        if good:
            start, far = self.place(good), int((good.measure - self.wanted) / slope)
            return [start + max(2, far), start + 2 * max(2, far)] * (start < self.last)
        if bad is None or self.place(bad) == self.first:
            return []
        start, far = self.place(bad), int((self.wanted - bad.measure) / slope) + 1
        return [start - max(2, far), start - 2 * max(2, far)]


class Search:
    """A search over prices and numbers of colours; see ``compress`` for its options."""

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        write: Callable[[IndexedImage], bytes],
        *,
        n_colors: int,
        effort: int,
        seed: int,
        threads: int,
        progress: Progress | None,
    ) -> None:
        self._pixels = pixels
        self._n_colors, self._effort, self._seed = n_colors, effort, seed
        self._write = write
        self._threads = threads
        self._report = reporter(progress)
        self._done = 0
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        self._costs = Costs(pixels, channels, threads)
        self._is_small = pixels.shape[0] * pixels.shape[1] <= SMALL
        self._tries_all = self._is_small or effort >= THOROUGH

    def for_score(self, least: float, wanted: float) -> Compressed:
        """Return the smallest file that reaches a score, or the best one that reaches the least."""
        best: Compressed | None = None
        start = USUAL
        for flat in self._palettes():
            bracket = Bracket(wanted, of_effort(NEAR, self._effort), 1)
            self._close_in(bracket, flat, start, STEEP, self._scores)
            found = bracket.good or self._as_good_as_it_gets(flat, bracket)
            if found.measure < wanted:
                break
            result = self._result(found, "score")
            if best is not None and len(result.data) >= len(best.data):
                break
            best = result
            if not (self._tries_all or found.step >= HIGH or _is_calm(flat)):
                break
            start = max(LEAST, found.step - PER_OCTAVE // 2)
        self._report(1.0)
        return best or self._enough(found, least)

    def for_bytes(self, most: int) -> Compressed:
        """Return the file of the best score that has at most so many bytes."""
        best: Compressed | None = None
        start = USUAL
        sizes: list[int] = []  # of files that are too large at any price

        def room_left(images: Sequence[IndexedImage]) -> list[float]:
            return [1 - len(self._write(image)) / most for image in images]

        for flat in self._palettes():
            bracket = Bracket(0.0, 1 - NEAR_BYTES, -1)
            self._close_in(bracket, flat, start, SHRINKS, room_left)
            found = bracket.good or self._last_resort(flat, room_left)
            if found.measure < 0:
                sizes.append(len(self._write(found.image)))
                continue
            result = self._result(found, "bytes" if bracket.bad else "colors")
            if best is not None and result.score <= best.score:
                break
            best = result
            start = max(LEAST, found.step - PER_OCTAVE // 2)
        self._report(1.0)
        if best is None:
            raise LimitError(
                f"the smallest file has {min(sizes):,} bytes, max_bytes allows {most:,}"
            )
        return best

    def _palettes(self) -> Iterator[IndexedImage]:
        """Yield the picture in as many colours as are allowed, in fewer, and so on."""
        n_colors = self._n_colors
        while n_colors >= min(FEWEST, self._n_colors):
            flat = quantize(
                self._pixels,
                n_colors=n_colors,
                effort=self._effort,
                seed=self._seed,
                threads=self._threads,
            )
            yield flat
            n_colors = min(n_colors, flat.n_colors)
            n_colors = (
                n_colors * 3 // 4 if self._is_small and n_colors <= PALETTE else n_colors // 2
            )

    def _close_in(
        self,
        bracket: Bracket,
        flat: IndexedImage,
        start: int,
        slope: float,
        measure_all: Callable[[Sequence[IndexedImage]], Sequence[float]],
    ) -> None:
        """Try prices until one is near enough. Two at a time, whatever the threads."""
        steps = [start - APART, start + APART]
        inner = 1 if flat.width * flat.height < LARGE else self._threads
        outer = self._threads if inner == 1 else 1
        for _ in range(int(of_effort(ROUNDS, self._effort)) + (bracket.sign < 0)):
            images = run_all(lambda step: self._at(flat, step, inner), steps, outer)
            for step, image, value in zip(steps, images, measure_all(images), strict=True):
                bracket.add(Attempt(step, image, value))
            self._done += 1
            self._report(self._done / (self._done + 4))
            steps = bracket.next_steps(slope)
            if not steps:
                return

    def _at(self, flat: IndexedImage, step: int, threads: int | None = None) -> IndexedImage:
        """Return the image that a price gives."""
        return chosen(
            self._costs,
            flat,
            price_of(step),
            0 if _is_calm(flat) else round(DIFFUSION * DIFFUSION_ONE),
            effort=self._effort,
            threads=threads or self._threads,
        )

    def _score(self, image: IndexedImage) -> float:
        """Return how well an image looks."""
        return ssimulacra2(self._pixels, image, threads=self._threads)

    def _scores(self, images: Sequence[IndexedImage]) -> list[float]:
        """Return how well each image looks."""
        pixels = self._pixels
        return run_all(lambda image: ssimulacra2(pixels, image, threads=1), images, self._threads)

    def _last_resort(
        self, flat: IndexedImage, measure_all: Callable[[Sequence[IndexedImage]], Sequence[float]]
    ) -> Attempt:
        """Return the attempt at the highest price."""
        image = self._at(flat, MOST)
        return Attempt(MOST, image, measure_all([image])[0])

    def _as_good_as_it_gets(self, flat: IndexedImage, bracket: Bracket) -> Attempt:
        """Return the best image of a palette: at the lowest price, or as K-means left it."""
        lowest = bracket.bad
        if lowest is None or lowest.step > LEAST:
            image = self._at(flat, LEAST)
            lowest = Attempt(LEAST, image, self._score(image))
        plain = Attempt(-1, flat, self._score(flat))
        return max(lowest, plain, key=lambda attempt: attempt.measure)

    def _enough(self, found: Attempt, least: float) -> Compressed:
        """Return what does not reach the wanted score, if it reaches the least one."""
        if found.measure < least:
            raise QualityError(
                f"{found.image.n_colors} colours reach score {found.measure:.1f}, less than"
                f" {least:g}"
            )
        return self._result(found, "colors")

    def _result(self, found: Attempt, reason: str) -> Compressed:
        """Return a result, with what is not known of it yet."""
        image = found.image
        price = 0.0 if found.step < 0 else price_of(found.step) / PRICE_ONE
        return Compressed(self._write(image), image, self._score(image), price, reason)


def _is_calm(image: IndexedImage) -> bool:
    """Whether most pixels are as their left neighbour, as in screenshots and drawings."""
    indices = image.indices
    return bool(np.mean(indices[:, 1:] == indices[:, :-1]) >= CALM)
