"""Searches for the price of a bit, and the number of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.choice.choosing import DIFFUSION, DIFFUSION_ONE, PRICE_ONE, Costs, chosen
from kmcodec.choice.compressed import Compressed
from kmcodec.errors import LimitError, QualityError
from kmcodec.parallel import run_all
from kmcodec.progress import reporter
from kmcodec.quantizer import quantize
from kmcodec.similarity import ssimulacra2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
THOROUGH = 7  # the effort from which on fewer colours are always tried
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
    measure: float  # the score, or the bytes less those allowed, as a share of these, negative


class Bracket:
    """Prices between which the wanted one lies: measures fall as prices rise.

    Parameters
    ----------
    wanted : float
        The measure to reach.
    near : float
        How far above it a search ends.
    """

    def __init__(self, wanted: float, near: float) -> None:
        self.wanted, self.near = wanted, near
        self.good: Attempt | None = None  # of the highest price that reaches the measure
        self.bad: Attempt | None = None  # of the lowest price that does not

    def add(self, attempt: Attempt) -> None:
        """Note an attempt."""
        if attempt.measure >= self.wanted:
            if self.good is None or attempt.step > self.good.step:
                self.good = attempt
        elif self.bad is None or attempt.step < self.bad.step:
            self.bad = attempt
        if self.good and self.bad and self.bad.step < self.good.step:
            self.bad = None  # measures do not quite fall

    def next_steps(self, slope: float) -> list[int]:
        """Return two steps, or one, to try next; none if the search is over."""
        good, bad = self.good, self.bad
        if good and (good.measure - self.wanted <= self.near or good.step == MOST):
            return []
        if good and bad:
            gap = bad.step - good.step
            share = (good.measure - self.wanted) / (good.measure - bad.measure)
            middle = good.step + int(share * gap)
            steps = {middle - 1 - gap // 12, middle + 1 + gap // 12}
            return sorted(s for s in steps if good.step < s < bad.step) or (
                [] if gap < 2 else [good.step + gap // 2]
            )
        if good:
            far = max(2, int((good.measure - self.wanted) / slope))
            return sorted({min(MOST, good.step + far), min(MOST, good.step + 2 * far)})
        if bad is None or bad.step == LEAST:
            return []
        far = max(2, int((self.wanted - bad.measure) / slope) + 1)
        return sorted({max(LEAST, bad.step - far), max(LEAST, bad.step - 2 * far)})


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
        self._costs = Costs(pixels, threads)

    def for_score(self, least: float, wanted: float) -> Compressed:
        """Return the smallest file that reaches a score, or the best one that reaches the least."""
        best: Compressed | None = None
        start = USUAL
        for flat in self._palettes():
            bracket = Bracket(wanted, of_effort(NEAR, self._effort))
            self._close_in(bracket, flat, start, STEEP, self._score)
            found = bracket.good or self._as_good_as_it_gets(flat, bracket)
            if found.measure < wanted:
                break
            result = self._result(found, "score")
            if best is not None and len(result.data) >= len(best.data):
                break
            best = result
            if self._effort < THOROUGH and found.step < HIGH and not _is_calm(flat):
                break
            start = max(LEAST, found.step - PER_OCTAVE // 2)
        self._report(1.0)
        return best or self._enough(found, least)

    def for_bytes(self, most: int) -> Compressed:
        """Return the file of the best score that has at most so many bytes."""
        best: Compressed | None = None
        start, fewest = USUAL, None

        def measure(image: IndexedImage) -> float:
            return 1 - len(self._write(image)) / most

        for flat in self._palettes():
            bracket = Bracket(0.0, 1 - NEAR_BYTES)
            self._close_in(bracket, flat, start, SHRINKS, measure)
            found = bracket.good
            if found is None:
                fewest = len(self._write(self._at(flat, MOST)))
                continue
            result = self._result(found, "bytes" if bracket.bad else "colors")
            if best is not None and result.score <= best.score:
                break
            best = result
            start = max(LEAST, found.step - PER_OCTAVE // 2)
        self._report(1.0)
        if best is None:
            raise LimitError(f"the smallest file has {fewest:,} bytes, max_bytes allows {most:,}")
        return best

    def _palettes(self) -> Iterator[IndexedImage]:
        """Yield the picture in as many colours as are allowed, in half as many, and so on."""
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
            n_colors = min(n_colors, flat.n_colors) // 2

    def _close_in(
        self,
        bracket: Bracket,
        flat: IndexedImage,
        start: int,
        slope: float,
        measure: Callable[[IndexedImage], float],
    ) -> None:
        """Try prices until one is near enough. Two at a time, whatever the threads."""
        steps = [start - APART, start + APART]

        def attempt(step: int) -> None:
            image = self._at(flat, step, inner)
            attempts[step] = Attempt(step, image, measure(image))

        pixels = flat.width * flat.height
        inner = 1 if pixels < LARGE else self._threads
        for _ in range(int(of_effort(ROUNDS, self._effort))):
            attempts: dict[int, Attempt] = {}
            run_all(attempt, steps, self._threads if inner == 1 else 1)
            for step in steps:
                bracket.add(attempts[step])
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
            round(DIFFUSION * DIFFUSION_ONE),
            effort=self._effort,
            threads=threads or self._threads,
        )

    def _score(self, image: IndexedImage) -> float:
        """Return how well an image looks."""
        return ssimulacra2(self._pixels, image, threads=1)

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
