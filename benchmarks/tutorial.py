"""scikit-learn's colour quantization tutorial beside ours: 64 colours of its photograph china.jpg.

The tutorial (plot_color_quantization.py) fits ``KMeans`` to 1,000 shuffled pixels scaled to 0..1
and predicts every pixel. Its array makes a full-colour PNG, as ours does when it is taken for one.
"""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from measure import (
    console,
    interleaved,
    machine,
    package_versions,
    parser_for,
    print_facts,
    table,
    write_json,
)
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image
from sklearn.utils import shuffle

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    Photo = NDArray[np.uint8]

N_COLORS = 64
EFFORTS = (1, 3, 5)
ROUNDS = 15


def tutorial(pixels: Photo) -> NDArray[np.float64]:
    """Return the picture as the tutorial recreates it."""
    samples = pixels.reshape(-1, 3) / 255
    subset = shuffle(samples, random_state=0, n_samples=1000)
    model = KMeans(n_clusters=N_COLORS, random_state=0).fit(subset)
    found: NDArray[np.float64] = model.cluster_centers_[model.predict(samples)]
    return found.reshape(pixels.shape) * 255


def ours(pixels: Photo, effort: int) -> NDArray[np.uint8]:
    """Return the picture quantized by squared error."""
    image = kmcodec.quantize(pixels, n_colors=N_COLORS, space="srgb", effort=effort)
    return image.to_pixels()


def png_size(pixels: Photo) -> int:
    """Return the bytes of what most people would save."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return len(out.getvalue())


def main() -> None:
    """Measure and print."""
    args = parser_for(__doc__).parse_args()
    print_facts(package_versions("numpy", "scikit-learn"), machine())
    pixels = np.ascontiguousarray(load_sample_image("china.jpg"))
    ways: dict[str, Callable[[Photo], NDArray[Any]]] = {"tutorial": tutorial}
    ways |= {f"kmcodec, effort {effort}": partial(ours, effort=effort) for effort in EFFORTS}
    timed = interleaved({name: partial(way, pixels) for name, way in ways.items()}, ROUNDS)
    found: dict[str, dict[str, float]] = {}
    for name, way in ways.items():
        quantized = way(pixels)
        error = float(((quantized - pixels.astype(float)) ** 2).sum(axis=2).mean())
        png = png_size(quantized.round().astype(np.uint8))
        found[name] = {"seconds": min(timed[name]), "error": error, "png": png}
        if name != "tutorial":
            effort = int(name[-1])
            data = kmcodec.encode(pixels, n_colors=N_COLORS, space="srgb", effort=effort)
            found[name]["kmq"] = len(data)
    base = found["tutorial"]
    rows = [
        [
            name,
            f"{one['seconds'] / base['seconds']:.2f}",
            f"{one['error']:.0f} ({one['error'] / base['error']:.2f})",
            f"{one['png']:,.0f}",
            f"{one['kmq']:,.0f}" if "kmq" in one else "",
        ]
        for name, one in found.items()
    ]
    columns = ["", "time / tutorial's", "squared error", "as PNG", ".kmq"]
    console.print(table("china.jpg, 64 colours", columns, rows))
    write_json(args.json, found)


if __name__ == "__main__":
    main()
