"""The index planes of the benchmark `index_coding.py`, and who codes them."""

from __future__ import annotations

import csv
import io
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import picture_paths, read_kodak, required
from PIL import Image

import kmcodec
from kmcodec import IndexedImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

MOST_COLORS = 256
MADE = [("photo4f", 4, 0.0), ("photo16f", 16, 0.0), ("photo64f", 64, 0.0), ("photo256f", 256, 0.0)]
MADE += [("photo64d", 64, 1.0)]
FOLDERS = {"pixelart": "pixel", "screens": "screen", "masks": "mask"}
PEERS = ("oxipng", "zopfli", "webp", "jxl9", "jxl10", "paq8px")


@dataclass(frozen=True, eq=False)
class Plane:
    """A picture of few colours.

    Attributes
    ----------
    name, kind : str
    image : IndexedImage
        Its colours in ascending order, as they are used.
    pixels : (H, W) or (H, W, C) uint8
    anchors : dict of str to int
        Bytes that peers took for it before.
    """

    name: str
    kind: str
    image: IndexedImage
    pixels: NDArray[np.uint8]
    anchors: dict[str, int]


def plane_of(name: str, kind: str, pixels: NDArray[np.uint8], anchors: dict[str, int]) -> Plane:
    """Return the plane of a picture of at most 256 colours."""
    channels = pixels.reshape(pixels.shape[0] * pixels.shape[1], -1)
    palette, indices = np.unique(channels, axis=0, return_inverse=True)
    plane = indices.reshape(pixels.shape[:2]).astype(np.uint8)
    return Plane(name, kind, IndexedImage(palette, plane), pixels, anchors)


def open_pixels(path: Path) -> NDArray[np.uint8]:
    """Return a picture as gray, RGB or RGBA."""
    with Image.open(path) as image:
        if image.mode in ("P", "PA", "1", "LA"):
            mode = "L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB"
            return np.asarray(image.convert(mode))
        return np.asarray(image)


def given_planes(data: Path) -> Iterator[Plane]:
    """Yield the planes in ``planes/``, with the figures in its ``anchors.csv``."""
    with (data / "planes" / "anchors.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    for path in picture_paths(data / "planes"):
        anchors = {p: int(v) for p, v in rows.get(path.stem, {}).items() if p in PEERS and v}
        yield plane_of(path.stem, path.stem.split("_")[0], open_pixels(path), anchors)


def made_planes(data: Path) -> Iterator[Plane]:
    """Yield planes made from the photographs, and the other pictures of few colours."""
    for photo in read_kodak(data):
        for kind, n_colors, dither in MADE:
            image = kmcodec.quantize(photo.pixels, n_colors=n_colors, space="srgb", dither=dither)
            yield plane_of(f"{kind}_{photo.name}", kind, image.to_pixels(), {})
    for folder, kind in FOLDERS.items():
        for path in picture_paths(data / folder):
            pixels = open_pixels(path)
            if pixels.dtype == np.uint8 and n_colors_of(pixels) <= MOST_COLORS:
                yield plane_of(f"{kind}_{path.stem}", kind, pixels, {})


def n_colors_of(pixels: NDArray[np.uint8]) -> int:
    """Return how many colours a picture has."""
    return kmcodec.quantize(pixels, n_colors=MOST_COLORS + 1, effort=1).n_colors


@dataclass(frozen=True)
class Coder:
    """A way to write a plane as a whole file, and to read it back."""

    name: str
    encode: Callable[[Plane], bytes]
    decode: Callable[[bytes, Plane], NDArray[Any]]


def _ours(name: str, coding: str, effort: int) -> Coder:
    """Return one of our coders, on one thread."""

    def encode(plane: Plane) -> bytes:
        return kmcodec.encode_indexed(
            plane.image,
            coding=coding,  # type: ignore[arg-type]
            effort=effort,
            threads=1,
        )

    return Coder(name, encode, lambda data, _: kmcodec.decode(data, threads=1))


OURS = [
    _ours("effort 1", "auto", 1),
    _ours("effort 5", "auto", 5),
    _ours("effort 9", "auto", 9),
    _ours("deflate", "deflate", 5),
    _ours("packed", "packed", 5),
]


def _palette_png(plane: Plane) -> bytes:
    """Return a palette PNG as Pillow writes it, for others to make smaller."""
    picture = Image.fromarray(plane.image.indices, "P")
    palette = plane.image.palette
    if palette.shape[1] == 1:
        palette = np.repeat(palette, 3, axis=1)
    picture.putpalette(palette[:, :3].tobytes())
    alpha = {"transparency": palette[:, 3].tobytes()} if palette.shape[1] == 4 else {}
    out = io.BytesIO()
    picture.save(out, "PNG", **alpha)
    return out.getvalue()


def _from_pillow(data: bytes, plane: Plane) -> NDArray[Any]:
    """Return pixels with the plane's channels."""
    channels = plane.image.channels
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels]))


def _oxipng(plane: Plane, *, zopfli: bool) -> bytes:
    """Return the smallest palette PNG that oxipng makes."""
    oxipng = required("oxipng")
    deflate = {"deflate": oxipng.Deflaters.zopfli(15)} if zopfli else {}
    return bytes(
        oxipng.optimize_from_memory(
            _palette_png(plane), level=6, strip=oxipng.StripChunks.all(), **deflate
        )
    )


def _webp(plane: Plane) -> bytes:
    """Return a lossless WebP."""
    out = io.BytesIO()
    Image.fromarray(plane.pixels).save(
        out, "WEBP", lossless=True, quality=100, method=6, exact=True
    )
    return out.getvalue()


def _jxl(plane: Plane, effort: int) -> bytes:
    """Return a lossless JPEG XL."""
    codecs = required("imagecodecs")
    return bytes(codecs.jpegxl_encode(plane.pixels, lossless=True, effort=effort, numthreads=1))


def _from_jxl(data: bytes, plane: Plane) -> NDArray[Any]:
    """Return the pixels of a JPEG XL."""
    pixels = np.asarray(required("imagecodecs").jpegxl_decode(data, numthreads=1))
    return pixels.reshape(plane.pixels.shape)


def _paq8px(plane: Plane, *, program: str, decode: bytes | None = None) -> bytes:
    """Run paq8px at level 6 on a palette BMP, or on what it made of one."""
    with TemporaryDirectory() as folder:
        source = Path(folder, "plane.bmp")
        if decode is not None:
            packed = Path(folder, "plane.paq")
            packed.write_bytes(decode)
            _run([program, "-d", str(packed), str(source)])
            return source.read_bytes()
        with Image.open(io.BytesIO(_palette_png(plane))) as picture:
            picture.save(source)
        _run([program, "-6", str(source)])
        return next(Path(folder).glob("plane.bmp.paq*")).read_bytes()


def _run(command: Sequence[str]) -> None:
    """Run a program quietly."""
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def peers(names: Sequence[str], paq8px: str | None) -> list[Coder]:
    """Return the peers to run."""
    coders = {
        "oxipng": Coder("oxipng", partial(_oxipng, zopfli=False), _from_pillow),
        "zopfli": Coder("zopfli", partial(_oxipng, zopfli=True), _from_pillow),
        "webp": Coder("webp", _webp, _from_pillow),
        "jxl9": Coder("jxl9", partial(_jxl, effort=9), _from_jxl),
        "jxl10": Coder("jxl10", partial(_jxl, effort=10), _from_jxl),
    }
    if paq8px is not None:
        coders["paq8px"] = Coder(
            "paq8px",
            partial(_paq8px, program=paq8px),
            lambda data, plane: _from_pillow(_paq8px(plane, program=paq8px, decode=data), plane),
        )
    return [coders[name] for name in names if name in coders]
