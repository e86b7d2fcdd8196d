"""Naive twins of the kernels and other brute-force truths."""

from __future__ import annotations

import functools

import numpy as np


def nearest(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, squared distances): every distance computed, ties to the lowest centre."""
    gaps = points[:, None, :].astype(np.int64) - centers[None, :, :].astype(np.int64)
    distances = (gaps**2).sum(axis=2)
    labels = distances.argmin(axis=1)
    return labels, distances[np.arange(len(points)), labels]


def contrasts(pixels: np.ndarray) -> np.ndarray:
    """Return (H, W): each pixel's differences from the four around it, summed over channels."""
    wide = pixels.reshape(*pixels.shape[:2], -1).astype(int)
    found = np.zeros(wide.shape[:2], dtype=int)
    for y, x in np.ndindex(found.shape):
        for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= v < found.shape[0] and 0 <= u < found.shape[1]:
                found[y, x] += abs(wide[y, x] - wide[v, u]).sum()
    return found


def cluster_sums(
    points: np.ndarray, weights: np.ndarray, labels: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Return (K, 5): weight and weighted coordinates of each cluster."""
    sums = np.zeros((n_clusters, 5), dtype=np.int64)
    for point, weight, label in zip(points, weights, labels, strict=True):
        sums[label, 0] += weight
        sums[label, 1:] += weight * point.astype(np.int64)
    return sums


def nearest_on_face(
    points: np.ndarray, centers: np.ndarray, firm: np.ndarray, may_take: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, squared distances) where firm points take only some of the centres."""
    labels, distances = nearest(points, centers)
    who = np.flatnonzero(may_take)
    own, own_distances = nearest(points[firm], centers[who])
    labels[firm], distances[firm] = who[own], own_distances
    return labels, distances


def halves(
    points: np.ndarray, weights: np.ndarray, labels: np.ndarray, centers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (spread, axes, upper) of each cluster, as ``swapping.halve_clusters`` says."""
    k = len(centers)
    spread = np.zeros((k, 4), dtype=np.int64)
    upper = np.zeros((k, 5), dtype=np.int64)
    axes = np.zeros(k, dtype=np.int32)
    for c in range(k):
        mine = labels == c
        gaps = points[mine].astype(np.int64) - centers[c]
        spread[c] = (gaps**2 * weights[mine, None]).sum(axis=0)
        axes[c] = spread[c].argmax()
        beyond = gaps[:, axes[c]] > 0
        upper[c, 0] = weights[mine][beyond].sum()
        upper[c, 1:] = (points[mine][beyond].astype(np.int64) * weights[mine][beyond, None]).sum(0)
    return spread, axes, upper


def shares(
    points: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    centers: np.ndarray,
    near: list[list[int]],
    n_shares: int,
    firm: tuple[np.ndarray, int] = (np.zeros(0), 0),
) -> tuple[np.ndarray, np.ndarray]:
    """Return (extra, shares), as ``swapping.share_out`` describes them."""
    extra = np.zeros(len(centers), dtype=np.int64)
    out = np.zeros((len(centers), n_shares, 5), dtype=np.int64)
    roles, n_firm = firm
    for i, (weight, label) in enumerate(zip(weights, labels, strict=True)):
        point = points[i].astype(np.int64)
        gaps = [int(((point - centers[o]) ** 2).sum()) for o in near[label]]
        if i < n_firm:
            gaps = [
                gap if roles[o] else 0x7FFFFFFF for gap, o in zip(gaps, near[label], strict=True)
            ]
        rank = gaps.index(min(gaps))
        extra[label] += weight * (gaps[rank] - ((point - centers[label]) ** 2).sum())
        if rank < n_shares and gaps[rank] < 0x7FFFFFFF:
            out[label, rank, 0] += weight
            out[label, rank, 1:] += weight * point
    return extra, out


def split_groups(points: np.ndarray, weights: np.ndarray, n_groups: int) -> list[list[int]]:
    """Return the groups of ``splitting.split_groups`` as sorted lists of points, in its order."""

    def spreads(members: list[int]) -> tuple[list[int], list[int]]:
        total = sum(int(weights[p]) for p in members)
        means, sizes = [], []
        for axis in range(4):
            mean = sum(int(weights[p]) * int(points[p, axis]) for p in members) // total
            means.append(mean)
            sizes.append(sum(int(weights[p]) * (int(points[p, axis]) - mean) ** 2 for p in members))
        return means, sizes

    groups = [list(range(len(points)))]
    while len(groups) < n_groups:
        measured = [spreads(group) for group in groups]
        totals = [sum(sizes) for _, sizes in measured]
        worst = totals.index(max(totals))
        means, sizes = measured[worst]
        if totals[worst] == 0:
            break
        axis = sizes.index(max(sizes))
        members = groups[worst]
        groups[worst] = [p for p in members if points[p, axis] <= means[axis]]
        groups.append([p for p in members if points[p, axis] > means[axis]])
    return groups


def neighbors(centers: np.ndarray, most: int) -> np.ndarray:
    """Return (K, M) of (squared distance << 16) | centre: the nearest others of each centre."""
    rows = []
    for own, center in enumerate(centers):
        gaps = ((centers.astype(np.int64) - center) ** 2).sum(axis=1).tolist()
        keys = sorted(gap << 16 | other for other, gap in enumerate(gaps) if other != own)
        rows.append(keys[:most])
    return np.array(rows, dtype=np.int64).reshape(len(centers), -1)


def diffuse(
    targets: np.ndarray, palette: np.ndarray, share: int, tolerance: int, most: int
) -> np.ndarray:
    """Return (H, W) indices of (H, W, 4) targets by error diffusion in plain Python.

    A pixel takes the nearest of its flat colour and that colour's `most` nearest.
    """
    height, width, _ = targets.shape
    wanted = targets.astype(np.int64)
    errors = np.zeros((height + 1, width + 2, 4), dtype=np.int64)
    near = neighbors(palette, most) & 65535
    out = np.zeros((height, width), dtype=np.int64)
    for y in range(height):
        step = 1 if y % 2 == 0 else -1
        for x in range(width)[::step]:
            (flat,), (distance,) = nearest(wanted[y, x][None], palette)
            allowed = tolerance * int(distance)
            arrived = int((errors[y, x + 1] ** 2).sum())
            allowed = (allowed << 12) // (allowed + arrived + 1)
            t = wanted[y, x] + (errors[y, x + 1] * allowed >> 12)
            candidates = np.sort(np.append(near[flat], flat))
            label = candidates[nearest(t[None], palette[candidates])[0][0]]
            out[y, x] = label
            e = ((t - palette[label]) * share) >> 8
            e7, e5, e3 = (7 * e) >> 4, (5 * e) >> 4, (3 * e) >> 4
            errors[y, x + 1 + step] += e7
            errors[y + 1, x + 1 - step] += e3
            errors[y + 1, x + 1] += e5
            errors[y + 1, x + 1 + step] += e - e7 - e5 - e3
    return out


def mix(
    targets: np.ndarray, palette: np.ndarray, ranks: np.ndarray, share: int, most: int
) -> np.ndarray:
    """Return (H, W) indices of (H, W, 4) targets by thresholds in plain Python."""
    height, width, _ = targets.shape
    wanted, colors = targets.astype(np.int64), palette.astype(np.int64)
    padded = np.pad(wanted, ((1, 1), (1, 1), (0, 0)), mode="edge")
    near = neighbors(palette, most) & 65535
    area = ranks.size
    out = np.zeros((height, width), dtype=np.int64)
    for y, x in np.ndindex(height, width):
        (flat,), (distance,) = nearest(wanted[y, x][None], palette)
        error = int(distance)
        around = [padded[y, x + 1], padded[y + 2, x + 1], padded[y + 1, x], padded[y + 1, x + 2]]
        rough = sum(int(((wanted[y, x] - other) ** 2).sum()) for other in around)
        gain = 2 * share * error // (2 * error + rough + 1)
        found = []
        for turn, other in enumerate(near[flat]):
            v = colors[other] - colors[flat]
            size = int((v**2).sum())
            dot = 512 * int(v @ (wanted[y, x] - colors[flat])) - (256 - gain) * size
            if gain > 0 and dot > 0:
                part = area * dot // (2 * gain * size)
                found.append((part * dot, -turn, part, other))
        saved, _, part, other = max(found, default=(0, 0, 0, 0))
        rank = ranks[y % len(ranks), x % len(ranks)]
        out[y, x] = other if saved > 0 and rank < part else flat
    return out


def cheapest_parse(
    data: bytes, found: list[list[tuple[int, int]]], literal_costs, length_costs, distance_costs
) -> int:
    """Return the least cost of covering data by literals and (length or less, distance) matches."""
    best = [0] + [10**9] * len(data)
    for i, byte in enumerate(data):
        best[i + 1] = min(best[i + 1], best[i] + literal_costs[byte])
        for length, distance in found[i]:
            for shorter in range(3, length + 1):
                cost = best[i] + length_costs[shorter] + distance_costs[distance]
                best[i + shorter] = min(best[i + shorter], cost)
    return best[-1]


def least_code_bits(weights: list[int], limit: int) -> int:
    """Return the fewest bits of all prefix codes: on each level, some nodes become leaves."""
    heavy = sorted(weights, reverse=True)
    rest = [sum(heavy[i:]) for i in range(len(heavy) + 1)]

    @functools.cache
    def least(assigned: int, nodes: int, depth: int) -> int:
        left = len(heavy) - assigned
        if left <= nodes:
            return rest[assigned]
        if depth == limit or nodes == 0:
            return 10**18
        return rest[assigned] + min(
            least(assigned + leaves, min(2 * (nodes - leaves), len(heavy)), depth + 1)
            for leaves in range(nodes + 1)
        )

    return least(0, 2, 1)


def filtered_row(kind: int, row: list[int], above: list[int]) -> list[int]:
    """Return a row of bytes under a filter, byte by byte (PNG 9.2 and 9.4)."""
    out = []
    for x, value in enumerate(row):
        a, b, c = (row[x - 1], above[x], above[x - 1]) if x else (0, above[0], 0)
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
    return out


def palette_order(palette):
    """Return the order of a palette's tree, by recursion (spec 6.3.2)."""
    order = list(range(len(palette)))

    def split(low, high):
        count = high - low
        if count < 2:
            return
        columns = list(zip(*(palette[i] for i in order[low:high]), strict=True))
        spread = [count * sum(v * v for v in c) - sum(c) ** 2 for c in columns]
        channel = spread.index(max(spread))
        order[low:high] = sorted(order[low:high], key=lambda i: palette[i][channel])
        group = 1
        while 16 * group < count:
            group *= 16
        half = (count + 1) // 2
        candidates = range(group, count, group)
        middle = low + min(candidates, key=lambda left: (abs(left - half), -left))
        split(low, middle)
        split(middle, high)

    split(0, len(palette))
    return order


def lzw_symbols(data: bytes, bits: int) -> tuple[list[int], int]:
    """Decode GIF's LZW codes (GIF89a, appendix F) up to the last byte; count the clear codes."""
    number, at, width = int.from_bytes(data, "little"), 0, bits + 1
    clear, phrases, before, out, clears = 1 << bits, [], None, [], 0
    while True:
        code = number >> at & (1 << width) - 1
        at += width
        if code == clear:
            clears += 1
            phrases, before, width = [[s] for s in range(clear)] + [[], []], None, bits + 1
            continue
        if code == clear + 1:
            assert at <= 8 * len(data) < at + 8
            return out, clears
        if before is not None and len(phrases) < 4096:
            assert code <= len(phrases)
            known = phrases[code] if code < len(phrases) else before
            phrases.append([*before, known[0]])
        before = phrases[code]
        out += before
        width = max(width, min(12, len(phrases).bit_length()))
