"""scikit-learn's colour quantization tutorial beside ours: 64 colours of its photograph china.jpg.

The tutorial fits ``KMeans`` to 1,000 shuffled pixels scaled to 0..1 and predicts every pixel.
"""

from __future__ import annotations

import io
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from measure import console, machine, package_versions, parser_for, print_facts, table, write_json
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image
from sklearn.utils import shuffle

import kmcodec

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_COLORS = 64
ROUNDS = 5


def tutorial(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the picture as the tutorial recreates it."""
    samples = pixels.reshape(-1, 3) / 255
    subset = shuffle(samples, random_state=0, n_samples=1000)
    model = KMeans(n_clusters=N_COLORS, random_state=0).fit(subset)
    found: NDArray[np.float64] = model.cluster_centers_[model.predict(samples)]
    return found.reshape(pixels.shape) * 255


def ours(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture quantized by squared error."""
    return kmcodec.quantize(pixels, n_colors=N_COLORS, space="srgb").to_pixels()


def png_size(pixels: NDArray[np.uint8]) -> int:
    """Return the bytes of what most people would save."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return len(out.getvalue())


def main() -> None:
    """Measure and print."""
    args = parser_for(__doc__).parse_args()
    print_facts(package_versions("numpy", "scikit-learn"), machine())
    pixels = np.ascontiguousarray(load_sample_image("china.jpg"))
    times: dict[str, list[float]] = {"tutorial": [], "kmcodec": []}
    for _ in range(ROUNDS):
        started = perf_counter()
        theirs = tutorial(pixels)
        between = perf_counter()
        mine = ours(pixels)
        times["kmcodec"].append(perf_counter() - between)
        times["tutorial"].append(between - started)
    errors = {
        name: float(((found - pixels.astype(float)) ** 2).sum(axis=2).mean())
        for name, found in (("tutorial", theirs), ("kmcodec", mine))
    }
    sizes = {
        "tutorial": png_size(theirs.round().astype(np.uint8)),
        "kmcodec": len(kmcodec.encode(pixels, n_colors=N_COLORS, space="srgb")),
    }
    rows = [
        [name, f"{min(times[name]):.3f}", f"{errors[name]:.1f}", f"{sizes[name]:,}"]
        for name in times
    ]
    columns = ["", "seconds", "squared error", "bytes of its file"]
    console.print(table("china.jpg, 64 colours", columns, rows))
    ratios = [
        min(times["kmcodec"]) / min(times["tutorial"]),
        errors["kmcodec"] / errors["tutorial"],
    ]
    print_facts({"time, ratio": f"{ratios[0]:.2f}", "error, ratio": f"{ratios[1]:.2f}"})
    write_json(args.json, {"times": times, "errors": errors, "sizes": sizes})


if __name__ == "__main__":
    main()
