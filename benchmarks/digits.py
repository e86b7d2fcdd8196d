"""Groups of the 10,000 MNIST test digits: how well they agree with the digits, and how fast.

`mnist/` holds the two IDX files of the test set, gzipped. True labels are used for scores alone.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    required,
    table,
    write_json,
)
from rich.progress import track

import kmcodec
from kmcodec.digits.agreement import compare
from kmcodec.files.digits import read_images, read_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.digits.clustering import Features

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
PEER = "scikit-learn, KMeans(n_init=1)"
FEATURES: tuple[Features, ...] = ("raw", "gradients", "spectral")
# Accuracies on MNIST as their papers have them; where these use all 70,000 digits, so it stands.
PUBLISHED = {
    "K-means of pixels, literature": "0.53-0.60",
    "best deep clustering found": "0.985",
}


def fit_ours(images: NDArray[np.uint8], features: Features, seed: int) -> tuple[Any, float]:
    """Group images; return labels and inertia."""
    found = kmcodec.cluster_digits(images, 10, features=features, seed=seed)
    return found.labels, found.inertia


def fit_peer(images: NDArray[np.uint8], seed: int) -> tuple[Any, float]:
    """Group pixels by scikit-learn, in single precision, where it is quickest."""
    kmeans = required("sklearn.cluster").KMeans
    points = images.reshape(len(images), -1).astype(np.float32)
    model = kmeans(10, n_init=1, random_state=seed).fit(points)
    return model.labels_, float(model.inertia_)


def run(
    method: Callable[..., tuple[Any, float]], truth: NDArray[np.integer[Any]], seed: int
) -> dict[str, float]:
    """Return the scores and the seconds of one fit."""
    started = perf_counter()
    labels, inertia = method(seed=seed)
    seconds = perf_counter() - started
    scores = compare(labels, 10, np.asarray(truth))
    found = {name: float(getattr(scores, name)) for name in ("accuracy", "nmi", "ari")}
    return found | {"inertia": inertia, "seconds": seconds}


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--seeds", type=positive, default=5, help="seeds 0, 1, ...")
    args = parser.parse_args()
    images = read_images(args.data / "mnist" / IMAGES)
    truth = read_labels(args.data / "mnist" / LABELS, len(images))
    versions = package_versions("numpy", "scikit-learn", "scipy")
    print_facts(versions, machine(), {"images": str(len(images)), "seeds": str(args.seeds)})
    methods: dict[str, Callable[..., tuple[Any, float]]] = {
        name: partial(fit_ours, images, name) for name in FEATURES
    }
    methods[PEER] = partial(fit_peer, images)
    for method in methods.values():
        method(seed=args.seeds)  # imports, threads
    results: dict[str, list[dict[str, float]]] = {name: [] for name in methods}
    for seed in track(range(args.seeds), "seeds", console=progress_console):
        for name, method in methods.items():
            results[name].append(run(method, truth, seed))
    rows = []
    for name, found in results.items():
        row = [name]
        for score in ("accuracy", "nmi", "ari", "seconds"):
            values = [one[score] for one in found]
            row.append(f"{np.mean(values):.4f} ± {np.std(values):.4f}")
        rows.append(row)
    columns = ["features", "accuracy", "NMI", "ARI", "seconds"]
    console.print(table("Mean and standard deviation over the seeds", columns, rows))
    for name, score in PUBLISHED.items():
        console.print(f"{name}: accuracy {score}")
    ratios = {
        key: float(
            np.mean([one[key] for one in results["raw"]])
            / np.mean([one[key] for one in results[PEER]])
        )
        for key in ("inertia", "seconds")
    }
    console.print(f"raw / {PEER}: inertia {ratios['inertia']:.4f}, seconds {ratios['seconds']:.3f}")
    write_json(args.json, {"versions": versions, "machine": machine(), "results": results})


if __name__ == "__main__":
    main()
