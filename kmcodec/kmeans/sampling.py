"""Random choices among integer vectors of many dimensions, and seeds by greedy k-means++."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.kmeans.seeding import MASK64, random_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GOLDEN = 0x9E3779B97F4A7C15
MIDDLE = 128  # vectors are counted from here, so that products stay small
EXACT_IN_FLOAT32 = (1 << 24) // (3 * MIDDLE**2)  # dimensions: |c|^2 - 2xc stays below 2**24
DRAWN_WITH_CARE = 1024  # clusters: beyond, seeds are drawn at random, without k-means++
SEED_SAMPLE = 16  # vectors per cluster that take part in k-means++
FEWEST = 1024


class Draw:
    """Random choices from one stream of words: SplitMix64, as ``random_words`` has them."""

    def __init__(self, seed: int) -> None:
        self._next = seed

    def below(self, bound: int) -> int:
        """Return a number from 0 to bound - 1."""
        word = next(random_words(self._next))
        self._next = (self._next + GOLDEN) & MASK64
        return word * bound >> 64

    def rows(self, n: int, most: int) -> NDArray[np.int64]:
        """Return at most `most` distinct numbers below n, ascending."""
        if n <= most:
            return np.arange(n)
        rows: NDArray[np.int64] = np.sort(np.argsort(self._words(n), kind="stable")[:most])
        return rows

    def _words(self, count: int) -> NDArray[np.uint64]:
        """Return the next words."""
        steps = np.arange(1, count + 1, dtype=np.uint64)
        z = steps * np.uint64(GOLDEN) + np.uint64(self._next)
        self._next = (self._next + count * GOLDEN) & MASK64
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        return z ^ (z >> np.uint64(31))


class Points:
    """8-bit vectors counted from the middle, as floats whose products are exact."""

    def __init__(self, vectors: NDArray[np.uint8]) -> None:
        self.kind: Any = np.float32 if vectors.shape[1] <= EXACT_IN_FLOAT32 else np.float64
        self.points = vectors.astype(self.kind) - MIDDLE
        self.norms = norms_of(vectors)

    def squared(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the squared distances of all vectors to some of them, (n, rows)."""
        squares: NDArray[np.int64] = np.matmul(self.points, self.points[rows].T).astype(np.int64)
        squares *= -2
        squares += self.norms[rows]
        squares += self.norms[:, None]
        return squares


def norms_of(vectors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the squared length of each vector, counted from the middle."""
    points = vectors.astype(np.int32) - MIDDLE
    norms: NDArray[np.int64] = np.einsum("ij,ij->i", points, points, dtype=np.int64)
    return norms


def plus_plus(
    vectors: NDArray[np.uint8],
    weights: NDArray[np.int64] | None,
    n_clusters: int,
    draw: Draw,
    *,
    greedy: bool = True,
    careful: int = DRAWN_WITH_CARE,
) -> NDArray[np.uint8]:
    """Return (K, D) seeds: by k-means++ up to `careful` of them, else any distinct vectors.

    There are fewer only where a sample of the vectors has fewer distinct ones. Weights times
    squared distances must not add up to 2**63. Greedy, each seed is the best of several.

    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    if n_clusters > careful:
        distinct = np.unique(vectors, axis=0)
        return distinct[draw.rows(len(distinct), n_clusters)]
    rows = draw.rows(len(vectors), max(SEED_SAMPLE * n_clusters, FEWEST))
    sample = vectors[rows]
    masses = np.ones(len(sample), dtype=np.int64) if weights is None else weights[rows]
    points = Points(sample)
    trials = 2 + n_clusters.bit_length() if greedy else 1
    chosen = [draw.below(len(sample))]
    nearest = points.squared(chosen)[:, 0]
    while len(chosen) < n_clusters:
        sums = np.cumsum(nearest * masses)
        if sums[-1] == 0:
            break
        marks = [draw.below(int(sums[-1])) for _ in range(trials)]
        candidates = np.searchsorted(sums, marks, side="right")
        reached = np.minimum(nearest[:, None], points.squared(candidates))
        best = int((masses @ reached).argmin())
        chosen.append(int(candidates[best]))
        nearest = reached[:, best]
    return sample[chosen]
