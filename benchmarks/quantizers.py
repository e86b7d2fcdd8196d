"""The quantizers that the benchmarks compare, each timed from pixels to palette and indices.

What a library's own programs would have at hand (a Pillow image, RGBA rows) is made before the
clock starts. Peers are imported when they run, so that a process holds only the one it measures.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import required
from numpy.typing import NDArray
from PIL import Image

import kmcodec

if TYPE_CHECKING:
    from kmcodec.options import Space

OURS, LIQ, PNGQUANT, SKLEARN = "kmcodec", "imagequant", "pngquant", "scikit-learn"
OCTREE = "Pillow fast octree"
PILLOW_METHODS = {
    "Pillow median cut": Image.Quantize.MEDIANCUT,
    "Pillow max coverage": Image.Quantize.MAXCOVERAGE,
    OCTREE: Image.Quantize.FASTOCTREE,
}


@dataclass(frozen=True, eq=False)
class Run:
    """One quantization: palette (K, C) uint8, indices (H, W), and wall times."""

    palette: NDArray[np.uint8]
    indices: NDArray[np.integer[Any]]
    seconds: float
    fit_seconds: float | None = None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The pixels that it shows, (H, W, C) uint8."""
        shown: NDArray[np.uint8] = self.palette[self.indices]
        return shown


def _run_of_pillow(image: Image.Image, channels: int, seconds: float) -> Run:
    """Return a run from a picture of mode "P"."""
    image.apply_transparency()  # which a PNG keeps apart from the palette
    palette = np.array(image.getpalette("RGBA"), dtype=np.uint8).reshape(-1, 4)
    return Run(np.ascontiguousarray(palette[:, :channels]), np.asarray(image), seconds)


# Pixels (H, W, 3 or 4) uint8, palette entries, strength of dithering (0 or 1) -> a run
Runner = Callable[[NDArray[np.uint8], int, float], Run]


def run_ours(
    pixels: NDArray[np.uint8], n_colors: int, dither: float, options: dict[str, Any]
) -> Run:
    """Run ``kmcodec.quantize``."""
    started = perf_counter()
    image = kmcodec.quantize(pixels, n_colors=n_colors, dither=dither, **options)
    seconds = perf_counter() - started
    return Run(image.palette, image.indices, seconds)


def run_imagequant(pixels: NDArray[np.uint8], n_colors: int, dither: float) -> Run:
    """Run libimagequant, timing its two calls alone; image and buffers are made before."""
    library = required("imagequant._libimagequant")
    lib, ffi = library.lib, library.ffi
    rgba = np.ascontiguousarray(np.asarray(Image.fromarray(pixels).convert("RGBA")))
    height, width = rgba.shape[:2]
    attributes = lib.liq_attr_create()
    lib.liq_set_max_colors(attributes, n_colors)
    image = lib.liq_image_create_rgba(attributes, ffi.from_buffer(rgba), width, height, 0.0)
    indices = np.empty((height, width), dtype=np.uint8)
    target = ffi.from_buffer(indices)
    result = ffi.new("liq_result**")

    started = perf_counter()
    code = lib.liq_image_quantize(image, attributes, result)
    if code == lib.LIQ_OK:
        lib.liq_set_dithering_level(result[0], dither)
        code = lib.liq_write_remapped_image(result[0], image, target, indices.size)
    seconds = perf_counter() - started

    if code != lib.LIQ_OK:
        raise SystemExit(f"error: libimagequant returned {code}")
    found = lib.liq_get_palette(result[0])  # only after remapping, which refines it
    entries = [found.entries[k] for k in range(found.count)]
    palette = np.array([(e.r, e.g, e.b, e.a) for e in entries], dtype=np.uint8)
    lib.liq_result_destroy(result[0])
    lib.liq_image_destroy(image)
    lib.liq_attr_destroy(attributes)
    return Run(palette[:, : pixels.shape[2]], indices, seconds)


def pngquant_command(source: Path, target: Path, n_colors: int, dither: float) -> list[str]:
    """Return the command line of the pngquant program, with or without dithering."""
    flat = [] if dither else ["--nofs"]
    files = ["--force", "--output", str(target), str(n_colors), str(source)]
    return [PNGQUANT, "--strip", *flat, *files]


def run_pngquant(pixels: NDArray[np.uint8], n_colors: int, dither: float) -> Run:
    """Run the pngquant program; its time is that of the process, from a PNG file to a PNG file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.png"), Path(folder, "out.png")
        Image.fromarray(pixels).save(source)
        command = pngquant_command(source, target, n_colors, dither)
        started = perf_counter()
        subprocess.run(command, check=True)  # noqa: S603  (our own command)
        seconds = perf_counter() - started
        with Image.open(target) as image:
            return _run_of_pillow(image, pixels.shape[2], seconds)


def run_sklearn(pixels: NDArray[np.uint8], n_colors: int, dither: float, threads: int) -> Run:
    """Run scikit-learn's KMeans on weighted unique RGB colours; round its centres, then assign."""
    if dither:
        raise ValueError("scikit-learn does not dither")
    cluster, pools = required("sklearn.cluster"), required("threadpoolctl")
    started = perf_counter()
    wide = pixels.astype(np.uint32)
    keys, inverse, counts = np.unique(
        wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2],
        return_inverse=True,
        return_counts=True,
    )
    colors = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=1).astype(np.float64)
    model = cluster.KMeans(n_colors, n_init=1, random_state=0)
    with pools.threadpool_limits(threads):
        fit_started = perf_counter()
        model.fit(colors, sample_weight=counts)
        fit_seconds = perf_counter() - fit_started
        model.cluster_centers_ = np.rint(model.cluster_centers_)
        labels = model.predict(colors).astype(np.uint8)
    indices = labels[inverse].reshape(pixels.shape[:2])
    palette = model.cluster_centers_.astype(np.uint8)
    seconds = perf_counter() - started
    return Run(palette, indices, seconds, fit_seconds)


def run_pillow(
    pixels: NDArray[np.uint8], n_colors: int, dither: float, method: Image.Quantize
) -> Run:
    """Run ``Image.quantize`` without its K-means; a second call dithers, as Pillow wants it."""
    image = Image.fromarray(pixels)
    started = perf_counter()
    out = image.quantize(n_colors, method=method, kmeans=0)
    if dither:
        out = image.quantize(palette=out, dither=Image.Dither.FLOYDSTEINBERG)
    seconds = perf_counter() - started
    return _run_of_pillow(out, pixels.shape[2], seconds)


def ours(effort: int, space: Space, threads: int = 1) -> Runner:
    """Return kmcodec with these options as a runner."""
    return partial(run_ours, options={"effort": effort, "space": space, "threads": threads})


def pillow(name: str) -> Runner:
    """Return one of ``PILLOW_METHODS`` as a runner."""
    return partial(run_pillow, method=PILLOW_METHODS[name])


def has_pngquant() -> bool:
    """Return whether the pngquant program is there."""
    return shutil.which(PNGQUANT) is not None


def pngquant_version() -> str:
    """Return what the pngquant program says of itself, or that it is missing."""
    if not has_pngquant():
        return "not installed"
    said = subprocess.run([PNGQUANT, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return said.stdout.split()[0]


def libimagequant_version() -> str:
    """Return the version of the C library inside the imagequant package."""
    number = required("imagequant._libimagequant").lib.liq_version()
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"
