"""Digits: how well groups of MNIST's test digits agree with their labels, and how long they take.

Labels are compared with, never used for fitting.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from time import perf_counter
from typing import TYPE_CHECKING

from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    table,
    write_json,
)
from sklearn.cluster import KMeans

import kmcodec
from kmcodec.digits import FEATURES
from kmcodec.digits.grouping import Grouping
from kmcodec.files.digits import read_images, read_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
SKLEARN = "scikit-learn KMeans"
PUBLISHED = {  # accuracy, NMI
    "K-means of pixels, literature": (".53-.60", ".50"),
    "K-means of deskewed pixels": (".69", "-"),
    "PSSC: scattering, spectral": (".967", "-"),
    "DTI clustering": (".978", "-"),
    "ADEC (deep)": (".985", "-"),
}


@dataclass(frozen=True)
class Score:
    """One run."""

    accuracy: float
    nmi: float
    ari: float
    seconds: float
    inertia: float


def group_by_sklearn(images: NDArray[np.uint8], n_clusters: int, seed: int) -> Grouping:
    """Group by one start of scikit-learn's KMeans of the pixels."""
    rows = images.reshape(len(images), -1)
    labels = KMeans(n_clusters, n_init=1, random_state=seed).fit(rows).labels_
    return Grouping(images, labels, rows)


def measured(
    call: Callable[..., Grouping], images: NDArray[np.uint8], truth: NDArray[np.int64], seed: int
) -> Score:
    """Run once and compare with the labels."""
    started = perf_counter()
    found = call(images, 10, seed=seed)
    seconds = perf_counter() - started
    report = found.report(truth)
    return Score(report.accuracy, report.nmi, report.ari, seconds, found.inertia)


def cells(name: str, scores: list[Score]) -> list[str]:
    """Return a row of means and standard deviations."""
    row = [name]
    for field, digits in (("accuracy", 4), ("nmi", 4), ("ari", 4), ("seconds", 2)):
        values = [getattr(score, field) for score in scores]
        spread = stdev(values) if len(values) > 1 else 0.0
        row.append(f"{fmean(values):.{digits}f} ± {spread:.{digits}f}")
    return row


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--seeds", type=positive, default=5, help="runs, seeds 0, 1, ...")
    args = parser.parse_args()
    images = read_images(args.data / "mnist" / IMAGES)
    truth = read_labels(args.data / "mnist" / LABELS, len(images))
    versions = package_versions("numpy", "scipy", "scikit-learn")
    print_facts(versions, machine(), {"images": f"{len(images):,}", "seeds": str(args.seeds)})
    calls: dict[str, Callable[..., Grouping]] = {SKLEARN: group_by_sklearn}
    for features in FEATURES:
        calls[f"kmcodec {features}"] = partial(kmcodec.cluster_digits, features=features)
    for call in calls.values():
        call(images[:500], 10, seed=0)  # imports, and threads of BLAS
    scores: dict[str, list[Score]] = {name: [] for name in calls}
    for seed in range(args.seeds):
        for name, call in calls.items():
            scores[name].append(measured(call, images, truth, seed))
    rows = [cells(name, found) for name, found in scores.items()]
    rows += [[name, accuracy, nmi, "-", "-"] for name, (accuracy, nmi) in PUBLISHED.items()]
    console.print(table("MNIST, 10 groups", ["", "accuracy", "NMI", "ARI", "seconds"], rows))
    ours, theirs = scores["kmcodec raw"], scores[SKLEARN]
    ratios = {
        field: fmean(getattr(s, field) for s in ours) / fmean(getattr(s, field) for s in theirs)
        for field in ("inertia", "seconds")
    }
    print_facts({f"raw / scikit-learn, {field}": f"{r:.4f}" for field, r in ratios.items()})
    numbers = {name: [asdict(score) for score in found] for name, found in scores.items()}
    write_json(args.json, {"versions": versions, "machine": machine(), "scores": numbers})


if __name__ == "__main__":
    main()
