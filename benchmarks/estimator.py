"""``KMeansQuantizer`` on bytes: the same on other processors, and how it does beside scikit-learn.

`mnist/` holds the images of the test set. Both sides get the same number of threads and alternate;
scikit-learn gets the same bytes, and once more single precision, where it is quickest. Seconds are
of the processor, which other programs disturb least.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    required,
    table,
    write_json,
)

import kmcodec
from kmcodec.files.digits import read_images
from kmcodec.files.samples import bundled_digits

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGES = "t10k-images-idx3-ubyte.gz"
N_CLUSTERS = 10
STARTS = 10  # of scikit-learn, of which the best is compared with
TIMED_STARTS = 2  # of scikit-learn, whose time is compared with
SAME = """
import hashlib
import numpy as np
import kmcodec
X = np.random.default_rng({d}).integers(0, 256, (3000, {d})) >> 1
X[::2] += 90
X = X.astype(np.uint8)
fitted = kmcodec.KMeansQuantizer(9, n_threads={threads}).fit(X)
parts = kmcodec.KMeansQuantizer(9, n_threads={threads})
for chunk in (X[2500:], X[:900], X[900:2500]):
    parts.partial_fit(chunk)
assert (parts.cluster_centers_ == fitted.cluster_centers_).all()
assert parts.inertia_ == fitted.inertia_
print(hashlib.sha256(fitted.cluster_centers_.tobytes() + fitted.labels_.tobytes()).hexdigest())
"""


def distinct_results(dimensions: int) -> int:
    """Return how many results fits have on two processors' kernels with 1, 2 and 4 threads."""
    found = set()
    for processor in ("Haswell", "Prescott"):
        for threads in (1, 2, 4):
            environment = {"OPENBLAS_CORETYPE": processor, "OPENBLAS_NUM_THREADS": str(threads)}
            script = SAME.format(d=dimensions, threads=threads)
            command = [sys.executable, "-c", script]
            done = subprocess.run(  # noqa: S603  (the script above)
                command, env=os.environ | environment, check=True, capture_output=True, text=True
            )
            found.add(done.stdout)
    return len(found)


def compare(values: NDArray[np.uint8], seeds: int, threads: int) -> list[dict[str, float]]:
    """Return inertia and seconds of both sides, seed by seed."""
    peer = required("sklearn.cluster").KMeans
    floats = values.astype(np.float32)
    kmcodec.KMeansQuantizer(N_CLUSTERS, n_threads=threads).fit(values[:500])
    peer(N_CLUSTERS, n_init=1).fit(floats[:500])
    rows = []
    for seed in range(seeds):
        started = process_time()
        ours = kmcodec.KMeansQuantizer(N_CLUSTERS, random_state=seed, n_threads=threads).fit(values)
        seconds = [process_time() - started]
        for given in (values, floats):
            started = process_time()
            for start in range(TIMED_STARTS):
                peer(N_CLUSTERS, n_init=1, random_state=TIMED_STARTS * seed + start).fit(given)
            seconds.append(process_time() - started)
        best = peer(N_CLUSTERS, n_init=STARTS, random_state=seed).fit(floats)
        exact = ((values - best.cluster_centers_.astype(float)[best.labels_]) ** 2).sum()
        rows.append(
            {
                "inertia": ours.inertia_ / float(exact),
                "ours": seconds[0],
                "bytes": seconds[1],
                "floats": seconds[2],
            }
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--seeds", type=positive, default=5, help="seeds 0, 1, ...")
    parser.add_argument("--threads", type=positive, default=1, help="of both sides")
    args = parser.parse_args()
    versions = package_versions("numpy", "scikit-learn")
    print_facts(versions, machine(), {"seeds": str(args.seeds), "threads": str(args.threads)})
    same = {d: distinct_results(d) for d in (3, 8, 64, 784)}
    console.print(
        table(
            "Results on two processors' kernels with 1, 2 and 4 threads; chunks as one fit",
            ["dimensions", "different results"],
            [[str(d), str(count)] for d, count in same.items()],
        )
    )
    images = read_images(args.data / "mnist" / IMAGES)
    data = {
        "8 x 8 digits": bundled_digits()[0].reshape(-1, 64),
        "MNIST, test set": images.reshape(len(images), -1),
    }
    results: dict[str, Any] = {}
    rows = []
    with required("threadpoolctl").threadpool_limits(args.threads):
        for name, values in data.items():
            results[name] = compare(values, args.seeds, args.threads)
            mean = {key: np.mean([one[key] for one in results[name]]) for key in results[name][0]}
            rows.append(
                [
                    name,
                    f"{max(one['inertia'] for one in results[name]):.5f}",
                    f"{mean['ours']:.4f}",
                    f"{mean['ours'] / mean['bytes']:.2f}",
                    f"{mean['ours'] / mean['floats']:.2f}",
                ]
            )
    columns = [
        "data",
        f"worst inertia / best of {STARTS} starts",
        "seconds",
        f"/ {TIMED_STARTS} starts, bytes",
        f"/ {TIMED_STARTS} starts, float32",
    ]
    console.print(table("Beside scikit-learn's KMeans, K = 10", columns, rows))
    facts = {"versions": versions, "machine": machine()}
    write_json(args.json, facts | {"same": same, "results": results})


if __name__ == "__main__":
    main()
