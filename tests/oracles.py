"""Naive twins of the kernels and other brute-force truths."""

from __future__ import annotations

import numpy as np


def nearest(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, squared distances): every distance computed, ties to the lowest centre."""
    gaps = points[:, None, :].astype(np.int64) - centers[None, :, :].astype(np.int64)
    distances = (gaps**2).sum(axis=2)
    labels = distances.argmin(axis=1)
    return labels, distances[np.arange(len(points)), labels]


def cluster_sums(
    points: np.ndarray, weights: np.ndarray, labels: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Return (K, 5): weight and weighted coordinates of each cluster."""
    sums = np.zeros((n_clusters, 5), dtype=np.int64)
    for point, weight, label in zip(points, weights, labels, strict=True):
        sums[label, 0] += weight
        sums[label, 1:] += weight * point.astype(np.int64)
    return sums


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
) -> tuple[np.ndarray, np.ndarray]:
    """Return (extra, shares), as ``swapping.share_out`` describes them, from 32 neighbours each."""
    extra = np.zeros(len(centers), dtype=np.int64)
    out = np.zeros((len(centers), n_shares, 5), dtype=np.int64)
    for point, weight, label in zip(points.astype(np.int64), weights, labels, strict=True):
        gaps = [int(((point - centers[o]) ** 2).sum()) for o in near[label][:32]]
        rank = gaps.index(min(gaps))
        extra[label] += weight * (gaps[rank] - ((point - centers[label]) ** 2).sum())
        if rank < n_shares:
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


def diffuse(targets: np.ndarray, palette: np.ndarray, strength: int) -> np.ndarray:
    """Return (H, W) indices of (H, W, 4) targets by error diffusion in plain Python."""
    height, width, _ = targets.shape
    wanted = targets.astype(np.int64)
    errors = np.zeros((height + 1, width + 2, 4), dtype=np.int64)
    low, high = palette.min(axis=0), palette.max(axis=0)
    out = np.zeros((height, width), dtype=np.int64)
    for y in range(height):
        step = 1 if y % 2 == 0 else -1
        for x in range(width)[::step]:
            t = np.clip(wanted[y, x] + errors[y, x + 1], low, high)
            label = nearest(t[None], palette)[0][0]
            out[y, x] = label
            e = ((t - palette[label]) * strength) >> 8
            e7, e5, e3 = (7 * e) >> 4, (5 * e) >> 4, (3 * e) >> 4
            errors[y, x + 1 + step] += e7
            errors[y + 1, x + 1 - step] += e3
            errors[y + 1, x + 1] += e5
            errors[y + 1, x + 1 + step] += e - e7 - e5 - e3
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
