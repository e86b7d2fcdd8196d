"""The quantizers that ``palettes.py`` compares, each timed from pixels to palette and indices.

What a library's own programs would have at hand (a Pillow image, RGBA rows) is made before the
clock starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

import kmcodec

try:
    from imagequant import _libimagequant
    from sklearn.cluster import KMeans
except ModuleNotFoundError as missing:
    raise SystemExit(f"error: {missing.name} is missing; pip install '.[bench]'") from missing

if TYPE_CHECKING:
    from numpy.typing import NDArray

PILLOW_METHODS = {
    "Pillow median cut": Image.Quantize.MEDIANCUT,
    "Pillow max coverage": Image.Quantize.MAXCOVERAGE,
    "Pillow fast octree": Image.Quantize.FASTOCTREE,
}


@dataclass(frozen=True, eq=False)
class Run:
    """One quantization: palette (K, 3) uint8, indices (H, W), and wall times."""

    palette: NDArray[np.uint8]
    indices: NDArray[np.integer[Any]]
    seconds: float
    fit_seconds: float | None = None

    def mse(self, pixels: NDArray[np.uint8]) -> float:
        """Return the squared error, summed over RGB, mean over pixels."""
        gaps = self.palette[self.indices].astype(np.int32) - pixels
        return int((gaps**2).sum(dtype=np.int64)) / self.indices.size


def run_ours(pixels: NDArray[np.uint8], n_colors: int, options: dict[str, Any]) -> Run:
    """Run ``kmcodec.quantize``."""
    started = perf_counter()
    image = kmcodec.quantize(pixels, n_colors=n_colors, **options)
    return Run(image.palette, image.indices, perf_counter() - started)


def run_imagequant(pixels: NDArray[np.uint8], n_colors: int) -> Run:
    """Run libimagequant, timing its two calls alone; image and buffers are made before."""
    lib, ffi = _libimagequant.lib, _libimagequant.ffi
    height, width = pixels.shape[:2]
    opaque = np.full((height, width, 1), 255, dtype=np.uint8)
    rgba = np.concatenate([pixels, opaque], axis=2)
    attributes = lib.liq_attr_create()
    lib.liq_set_max_colors(attributes, n_colors)
    image = lib.liq_image_create_rgba(attributes, ffi.from_buffer(rgba), width, height, 0.0)
    indices = np.empty((height, width), dtype=np.uint8)
    target = ffi.from_buffer(indices)
    result = ffi.new("liq_result**")

    started = perf_counter()
    code = lib.liq_image_quantize(image, attributes, result)
    if code == lib.LIQ_OK:
        lib.liq_set_dithering_level(result[0], 0.0)
        code = lib.liq_write_remapped_image(result[0], image, target, indices.size)
    seconds = perf_counter() - started

    if code != lib.LIQ_OK:
        raise SystemExit(f"error: libimagequant returned {code}")
    found = lib.liq_get_palette(result[0])  # only after remapping, which refines it
    entries = [found.entries[k] for k in range(found.count)]
    palette = np.array([(entry.r, entry.g, entry.b) for entry in entries], dtype=np.uint8)
    lib.liq_result_destroy(result[0])
    lib.liq_image_destroy(image)
    lib.liq_attr_destroy(attributes)
    return Run(palette, indices, seconds)


def run_sklearn(pixels: NDArray[np.uint8], n_colors: int) -> Run:
    """Run scikit-learn's KMeans on weighted unique colours; round its centres, then assign."""
    started = perf_counter()
    wide = pixels.astype(np.uint32)
    keys, inverse, counts = np.unique(
        wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2],
        return_inverse=True,
        return_counts=True,
    )
    colors = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=1).astype(np.float64)
    model = KMeans(n_colors, n_init=1, random_state=0)
    fit_started = perf_counter()
    model.fit(colors, sample_weight=counts)
    fit_seconds = perf_counter() - fit_started
    model.cluster_centers_ = np.rint(model.cluster_centers_)
    labels = model.predict(colors).astype(np.uint8)
    indices = labels[inverse].reshape(pixels.shape[:2])
    palette = model.cluster_centers_.astype(np.uint8)
    return Run(palette, indices, perf_counter() - started, fit_seconds)


def run_pillow(pixels: NDArray[np.uint8], n_colors: int, method: Image.Quantize) -> Run:
    """Run ``Image.quantize`` without its K-means."""
    image = Image.fromarray(pixels)
    started = perf_counter()
    out = image.quantize(n_colors, method=method, kmeans=0)
    seconds = perf_counter() - started
    palette = np.array(out.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    return Run(palette, np.asarray(out), seconds)


def libimagequant_version() -> str:
    """Return the version of the C library inside the imagequant package."""
    number = _libimagequant.lib.liq_version()
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"
