"""Length-limited Huffman codes, the canonical ones of DEFLATE (RFC 1951, 3.2.2)."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def code_lengths(frequencies: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return the bits of each symbol's code: 0 where the frequency is 0, `limit` at most.

    The code is optimal under the limit; one symbol alone has 1 bit. Ties are broken by symbol, so
    the result is the same everywhere.
    """
    used = np.flatnonzero(frequencies)
    lengths = np.zeros(len(frequencies), dtype=np.int64)
    if len(used) <= 1:
        lengths[used] = 1
        return lengths
    weights = [int(frequencies[symbol]) for symbol in used]
    depths = _huffman(weights)
    if max(depths) > limit:
        depths = _package_merge(weights, limit)
    lengths[used] = depths
    return lengths


def _huffman(weights: list[int]) -> list[int]:
    """Return the depth of each weight in a Huffman tree."""
    order = count(len(weights))
    heap = [(weight, leaf) for leaf, weight in enumerate(weights)]
    heapq.heapify(heap)
    children: dict[int, tuple[int, int]] = {}
    while len(heap) > 1:
        (a, left), (b, right) = heapq.heappop(heap), heapq.heappop(heap)
        node = next(order)
        children[node] = (left, right)
        heapq.heappush(heap, (a + b, node))
    depths = {heap[0][1]: 0}
    for node in sorted(children, reverse=True):
        for child in children[node]:
            depths[child] = depths[node] + 1
    return [depths[leaf] for leaf in range(len(weights))]


def _package_merge(weights: list[int], limit: int) -> list[int]:
    """Return the depths of the best tree of at most `limit` levels.

    Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes", JACM 37
    (1990), doi:10.1145/79147.79150.
    """
    leaves = sorted((weight, [leaf]) for leaf, weight in enumerate(weights))
    packages = list(leaves)
    for _ in range(limit - 1):
        pairs = zip(packages[::2], packages[1::2], strict=False)
        packages = sorted([*leaves, *((a + b, x + y) for (a, x), (b, y) in pairs)])
    depths = [0] * len(weights)
    for _, members in packages[: 2 * len(weights) - 2]:
        for leaf in members:
            depths[leaf] += 1
    return depths


def canonical_codes(lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return (n, 2) int32: each symbol's code with its bits reversed, and its length."""
    codes = np.zeros((len(lengths), 2), dtype=np.int32)
    code = 0
    for bits in range(1, int(lengths.max(initial=0)) + 1):
        for symbol in np.flatnonzero(lengths == bits).tolist():
            codes[symbol] = int(f"{code:0{bits}b}"[::-1], 2), bits
            code += 1
        code <<= 1
    return codes
