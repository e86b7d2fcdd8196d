"""Coders of index planes behind one signature, ours and peers, from a plane to a whole file.

What a peer's own programs would have at hand (pixels, a Pillow image, a PNG or BMP file) is made
by ``prepare``, before any clock starts. All run on one thread.
"""

from __future__ import annotations

import inspect
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from measure import required
from PIL import Image, features

import kmcodec
from kmcodec.color import with_channels
from kmcodec.files import pillow_png

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from planes import Plane

    from kmcodec.coding import Coding

    Pixels = NDArray[np.uint8]

OURS = "kmcodec"
EFFORTS = (1, 5, 9)
FIXED = ("deflate", "packed")  # our coders that "auto" chooses from, each shown alone as well
DEFAULT_EFFORT = 5
JUDGED = tuple(f"{OURS} {effort}" for effort in EFFORTS)  # our rows whose losses are listed
BEST = ("oxipng", "webp", "jxl10")  # peers; the smallest of their files is what ours is held to
YARDSTICK = "jxl9"  # the peer whose speed is the unit
TIMED = ("oxipng", "webp", YARDSTICK)  # what ``--speed`` runs: PNG, WebP and JPEG XL
PAQ = "paq8px"
TITLES = {
    "oxipng": "PNG, oxipng",
    "zopfli": "PNG, oxipng + zopfli",
    "webp": "WebP",
    "jxl9": "JPEG XL 9",
    "jxl10": "JPEG XL 10",
    PAQ: PAQ,
}


@dataclass(frozen=True)
class PlaneCoder:
    """A row of the tables.

    Attributes
    ----------
    name : str
    prepare : callable
        Returns what `encode` wants of a plane.
    encode : callable
        Returns the whole file.
    decode : callable
        Returns the pixels of a file, (H, W) or (H, W, C) uint8.
    """

    name: str
    prepare: Callable[[Plane], Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Pixels]


def to_rgba(pixels: Pixels) -> Pixels:
    """Return gray, gray + alpha, RGB or RGBA pixels as RGBA."""
    height, width = pixels.shape[:2]
    colors = np.ascontiguousarray(pixels).reshape(height * width, -1)
    return with_channels(colors, 4).reshape(height, width, 4)


def on_one_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return one of our functions, told to use one thread if it can use more."""
    if "threads" in inspect.signature(function).parameters:
        return partial(function, threads=1)
    return function


def image_of(plane: Plane) -> kmcodec.IndexedImage:
    """Return what ours encode."""
    return plane.image


def ours(name: str, coding: str, effort: int) -> PlaneCoder:
    """Return our coder with these options."""
    encode = on_one_thread(kmcodec.encode_indexed)
    way = partial(encode, coding=cast("Coding", coding), effort=effort)
    return PlaneCoder(name, image_of, way, on_one_thread(kmcodec.decode))


def our_coders() -> list[PlaneCoder]:
    """Return the rows that are ours."""
    rows = [ours(f"{OURS} {effort}", "auto", effort) for effort in EFFORTS]
    return rows + [ours(f"{OURS} {coding}", coding, DEFAULT_EFFORT) for coding in FIXED]


def png_of(plane: Plane) -> bytes:
    """Return the palette PNG that oxipng starts from."""
    return pillow_png(plane.image)


def run_oxipng(png: bytes, *, zopfli: bool) -> bytes:
    """Return what oxipng's highest level makes of a PNG."""
    oxipng = required("oxipng")
    options = {"deflate": oxipng.Deflaters.zopfli(15)} if zopfli else {}
    return bytes(oxipng.optimize_from_memory(png, level=6, **options))


def load_picture(data: bytes) -> Pixels:
    """Return the pixels of a PNG or WebP file as RGB or RGBA, as Pillow gives them."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def picture_of(plane: Plane) -> Image.Image:
    """Return a Pillow image that WebP can store."""
    opaque = plane.image.channels in (1, 3)
    return Image.fromarray(np.ascontiguousarray(plane.rgba[..., :3] if opaque else plane.rgba))


def save_webp(image: Image.Image) -> bytes:
    """Return a lossless WebP file, as small as libwebp gets it."""
    out = BytesIO()
    image.save(out, "WEBP", lossless=True, quality=100, method=6, exact=True)
    return out.getvalue()


def save_jxl(pixels: Pixels, *, effort: int) -> bytes:
    """Return a lossless JPEG XL file."""
    encode = required("imagecodecs").jpegxl_encode
    return bytes(encode(pixels, lossless=True, effort=effort, numthreads=1))


def load_jxl(data: bytes) -> Pixels:
    """Return the pixels of a JPEG XL file."""
    return np.asarray(required("imagecodecs").jpegxl_decode(data, numthreads=1))


def pixels_for_jxl(plane: Plane, *, effort: int) -> Pixels:
    """Return the pixels; of a gray plane, gray or in RGB, whichever has the smaller file."""
    palette, indices = plane.image.palette, plane.image.indices
    channels = plane.image.channels
    tried = [channels] if channels >= 3 else [channels, channels + 2]
    shown: list[Pixels] = [with_channels(palette, n)[indices] for n in tried]
    shown = [pixels[..., 0] if pixels.shape[2] == 1 else pixels for pixels in shown]
    if len(shown) == 1:
        return shown[0]
    return min(shown, key=lambda pixels: len(save_jxl(pixels, effort=effort)))


def bmp_of(plane: Plane) -> bytes:
    """Return an 8-bit palette BMP; the spare byte of each entry holds its alpha."""
    image = plane.image
    palette = with_channels(image.palette, 4)[:, [2, 1, 0, 3]]
    rows = np.pad(image.indices[::-1], [(0, 0), (0, -image.width % 4)])
    start = 14 + 40 + 4 * image.n_colors
    head = struct.pack("<2sIHHI", b"BM", start + rows.size, 0, 0, start)
    head += struct.pack("<IiiHHII", 40, image.width, image.height, 1, 8, 0, rows.size)
    return head + struct.pack("<iiII", 0, 0, image.n_colors, 0) + palette.tobytes() + rows.tobytes()


def load_bmp(data: bytes) -> Pixels:
    """Return the pixels, with alpha, of a file of ``bmp_of``."""
    start, _, width, height = struct.unpack_from("<IIii", data, 10)
    palette = np.frombuffer(data[54:start], dtype=np.uint8).reshape(-1, 4)[:, [2, 1, 0, 3]]
    rows = np.frombuffer(data[start:], dtype=np.uint8).reshape(height, -1)
    shown: Pixels = palette[rows[::-1, :width]]
    return shown


def run_paq(data: bytes, program: str, *, unpack: bool) -> bytes:
    """Pack a BMP with paq8px, or unpack its archive."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "plane.bmp"), Path(folder, "plane.paq")
        if unpack:
            source, target = target, source
        source.write_bytes(data)
        command = [program, "-d" if unpack else "-6", str(source), str(target)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        return target.read_bytes()


def peer(name: str, paq8px: str) -> PlaneCoder:
    """Return a peer, for which `paq8px` is the program of that name."""
    if name in ("oxipng", "zopfli"):
        os.environ.setdefault("RAYON_NUM_THREADS", "1")  # read when its threads start
        return PlaneCoder(name, png_of, partial(run_oxipng, zopfli=name == "zopfli"), load_picture)
    if name == "webp":
        return PlaneCoder(name, picture_of, save_webp, load_picture)
    if name == PAQ:
        if shutil.which(paq8px) is None:
            raise SystemExit(f"error: the program {paq8px} is missing; --paq8px names it")
        pack, unpack = (partial(run_paq, program=paq8px, unpack=way) for way in (False, True))
        return PlaneCoder(name, bmp_of, pack, lambda data: load_bmp(unpack(data)))
    effort = int(name.removeprefix("jxl"))
    prepare = partial(pixels_for_jxl, effort=effort)
    return PlaneCoder(name, prepare, partial(save_jxl, effort=effort), load_jxl)


def library_versions(peers: list[str]) -> dict[str, str]:
    """Return the versions of the libraries within the packages of these peers."""
    found = {"libwebp": str(features.version("webp"))} if "webp" in peers else {}
    if any(name.startswith("jxl") for name in peers):
        found["libjxl"] = str(required("imagecodecs").jpegxl_version()).removeprefix("libjxl ")
    return found
