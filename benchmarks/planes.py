"""The index planes of ``index_coding.py``: read from files, or made from pictures."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from measure import picture_paths, read_pixels
from PIL import Image

import kmcodec
from kmcodec.color import fewest_channels, with_channels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Maker = Callable[[Path], Iterator["Plane"]]

MAX_COLORS = 256  # more than a palette PNG can have
MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # 8 bits per channel at most
ANCHORS = "anchors.csv"


@dataclass(frozen=True, eq=False)
class Plane:
    """A picture of at most 256 colours that all coders get.

    Attributes
    ----------
    name : str
        The kind, "_", and the picture's name.
    image : IndexedImage
        Every entry of its palette is used, and no two are equal; gray if all colours are, with
        alpha if one is not opaque.
    anchors : mapping of str to int
        Bytes of peers' files, known from a run before.
    """

    name: str
    image: kmcodec.IndexedImage
    anchors: Mapping[str, int] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What stands before the first "_" of the name."""
        return self.name.partition("_")[0]

    @property
    def rgba(self) -> NDArray[np.uint8]:
        """The pixels, (H, W, 4) uint8."""
        shown: NDArray[np.uint8] = with_channels(self.image.palette, 4)[self.image.indices]
        return shown


def tidy(palette: NDArray[np.uint8], indices: NDArray[np.integer]) -> kmcodec.IndexedImage:
    """Return an image without unused and repeated entries; the others stay in their order."""
    used = np.flatnonzero(np.bincount(indices.reshape(-1), minlength=len(palette)))
    _, first, group = np.unique(palette[used], axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    numbers = np.zeros(len(palette), dtype=np.uint8)
    numbers[used] = np.argsort(order)[group.reshape(-1)]
    colors = palette[used][first[order]]
    return kmcodec.IndexedImage(with_channels(colors, fewest_channels(colors)), numbers[indices])


def read_image(path: Path) -> kmcodec.IndexedImage | None:
    """Return a picture with its own palette, or with its colours sorted; None: they are many."""
    with Image.open(path) as image:
        if image.mode not in MODES:
            return None
        if image.mode == "P":
            indices = np.array(image)
            image.apply_transparency()  # which a PNG keeps apart from the palette
            palette = np.array(image.getpalette("RGBA"), dtype=np.uint8).reshape(-1, 4)
            return tidy(palette, indices)
    pixels = read_pixels(path, "RGBA")
    keys, indices = np.unique(pixels.view(">u4")[..., 0], return_inverse=True)
    if len(keys) > MAX_COLORS:
        return None
    return tidy(keys.view(np.uint8).reshape(-1, 4), indices.reshape(pixels.shape[:2]))


def read_anchors(folder: Path) -> dict[str, dict[str, int]]:
    """Return the peers' bytes by plane, or nothing if there is no table of them."""
    path = folder / ANCHORS
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row.pop("name"): {key: int(n) for key, n in row.items() if n} for row in rows}


def with_anchors(name: str, image: kmcodec.IndexedImage, known: Mapping[str, int]) -> Plane:
    """Return a plane, or end the program if the anchors are those of another picture."""
    mine = {"width": image.width, "height": image.height, "colours": image.n_colors}
    for key, value in mine.items():
        if known.get(key, value) != value:
            raise SystemExit(f"error: {name} has {key} {value}, {ANCHORS} says {known[key]}")
    return Plane(name, image, {key: n for key, n in known.items() if key not in mine})


def stored_planes(folder: Path, kinds: Sequence[str], limit: int | None) -> list[Plane]:
    """Read the first planes of each kind from PNG files."""
    anchors = read_anchors(folder)
    paths: dict[str, list[Path]] = {kind: [] for kind in kinds}
    for path in picture_paths(folder):
        paths.get(path.name.partition("_")[0], []).append(path)
    planes = []
    for path in (path for found in paths.values() for path in found[:limit]):
        image = read_image(path)
        if image is None:
            raise SystemExit(f"error: {path.name} has more than {MAX_COLORS} colours")
        planes.append(with_anchors(path.stem, image, anchors.get(path.stem, {})))
    return planes


def quantized(kind: str, n_colors: int, dither: float = 0.0) -> Maker:
    """Return a maker of planes from the photographs below ``kodak/``."""

    def make(data: Path) -> Iterator[Plane]:
        for path in picture_paths(data / "kodak"):
            image = kmcodec.quantize(
                read_pixels(path, "RGB"), n_colors=n_colors, space="srgb", dither=dither, threads=1
            )
            yield Plane(f"{kind}_{path.stem}", tidy(image.palette, image.indices))

    return make


def as_they_are(kind: str, name: str) -> Maker:
    """Return a maker of planes from the pictures of a folder whose colours are few enough."""

    def make(data: Path) -> Iterator[Plane]:
        for path in picture_paths(data / name):
            image = read_image(path)
            if image is not None:
                parts = path.relative_to(data / name).with_suffix("").parts
                yield Plane("_".join([kind, *parts]), image)

    return make


MAKERS: dict[str, Maker] = {
    **{f"photo{n}f": quantized(f"photo{n}f", n) for n in (4, 16, 64, 256)},
    "photo64d": quantized("photo64d", 64, dither=1.0),
    "pixel": as_they_are("pixel", "pixelart"),
    "screen": as_they_are("screen", "screens"),
    "mask": as_they_are("mask", "masks"),
}
KINDS = tuple(MAKERS)


def made_planes(data: Path, kinds: Sequence[str], limit: int | None) -> list[Plane]:
    """Make the first planes of each kind from pictures."""
    return [plane for kind in kinds for plane in islice(MAKERS[kind](data), limit)]
