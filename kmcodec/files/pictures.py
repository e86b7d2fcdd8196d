"""Picture files through Pillow, read into arrays of sRGB colours."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from kmcodec.codec import Metadata
from kmcodec.container.signature import SIGNATURE
from kmcodec.errors import InputError, LimitError
from kmcodec.files.cicp import PLAIN_SRGB, code_points_profile
from kmcodec.files.depths import depth_of, to_8_bits
from kmcodec.files.jpeg_2000 import deeper, with_white
from kmcodec.files.modes import FORMAT, direct_pixels, own_palette
from kmcodec.files.opening import check_pixels, most_pixels, opened
from kmcodec.files.orientation import upright
from kmcodec.files.picture_colors import in_srgb
from kmcodec.files.png_reading import is_png, open_png
from kmcodec.files.profiles import ProfileError, ToSrgb
from kmcodec.files.resolution import resolution_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

    from kmcodec.files.depths import Depth
    from kmcodec.files.png_reading import PngPicture
    from kmcodec.image import IndexedImage, Timing
    from kmcodec.png import Resolution


OVERFLOWING = ("L", "LA", "RGB", "RGBA")  # modes that Pillow cuts a JPEG 2000 to 8 bits in


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was read.

    Attributes
    ----------
    pixels : (H, W) or (H, W, C) uint8
        Those of an animation, with all its frames, are (T, H, W, C).
    indexed : IndexedImage, optional
        The file's own palette and indices, if it has them.
    metadata : Metadata
        Its profile describes the pixels: it is None where they were converted to sRGB.
    frames : int
        Frames in the file, of which this is the first, or all.
    notes : tuple of str
        What a person should know of how the file was read.
    size : int
        Bytes of the file.
    resolution : (int, int, int), optional
        As pHYs has it: pixels across and down, per metre if the third is 1, else as a ratio.
    conversion : str
        By what the colours became sRGB, in a line; empty where they were, or were left.
    timing : Timing, optional
        When frames are shown; None for one picture.
    """

    pixels: NDArray[np.uint8]
    indexed: IndexedImage | None
    metadata: Metadata
    frames: int
    notes: tuple[str, ...] = ()
    size: int = 0
    resolution: Resolution | None = None
    conversion: str = ""
    timing: Timing | None = None


def read_picture(
    source: Path | BinaryIO, *, keep_profile: bool = False, max_pixels: int | None = None
) -> Picture:
    """Read the first frame of any picture that Pillow reads; Exif orientation is applied.

    Colours are converted to sRGB as a PNG's cICP, an ICC profile or a PNG's gAMA says; of an
    indexed picture, those of the palette. Samples of 9 to 16 bits become 8-bit ones. Damage
    beside the pixels is noted, and what is damaged is left out.

    Parameters
    ----------
    source : Path or binary file
    keep_profile : bool
        Leave the colours of a picture with an RGB profile as they are, and the profile with them.
    max_pixels : int, optional
        Pixels that the picture may have; by default twice Pillow's ``MAX_IMAGE_PIXELS``.

    Raises
    ------
    InputError
        The file is missing, unreadable, not a picture, damaged, or has samples of more
        than 16 bits.
    LimitError
        The picture has too many pixels.
    """
    name = str(source) if isinstance(source, Path) else "standard input"
    try:
        with ExitStack() as stack:
            file, size = _sized(source)
            opened_file = stack.enter_context(file.open("rb")) if isinstance(file, Path) else file
            png = open_png(opened_file) if is_png(opened_file) else None
            limit = most_pixels(max_pixels)
            if png is not None:
                check_pixels(png.width, png.height, limit)
            image = stack.enter_context(
                opened(png.file if png else file, limit, is_png=png is not None)
            )
            return replace(_to_picture(image, png, keep_profile=keep_profile), size=size)
    except UnidentifiedImageError as error:
        is_kmq = isinstance(source, Path) and _is_kmq(source)
        what = "is a .kmq file already" if is_kmq else "is not a picture that Pillow can read"
        raise InputError(f"{name} {what}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitError(f"{name}: {error}") from error
    except MemoryError:
        raise
    except (InputError, LimitError) as error:
        raise type(error)(f"{name}: {error}") from error
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's plugins raise many kinds on damaged files
        raise InputError(f"cannot read {name}: {error or type(error).__name__}") from error


def _is_kmq(path: Path) -> bool:
    """Whether a file begins, or at least ends its name, as ours do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE or path.suffix == ".kmq"


def _sized(source: Path | BinaryIO) -> tuple[Path | BinaryIO, int]:
    """Return a file and its size; of a stream, all that it holds."""
    if isinstance(source, Path):
        size = source.stat().st_size
        if source.is_file():
            return source, size
    data = source.read_bytes() if isinstance(source, Path) else source.read()  # a pipe, say
    return io.BytesIO(data), len(data)


def _to_picture(image: Image.Image, png: PngPicture | None, *, keep_profile: bool) -> Picture:
    """Load an opened picture, split it into arrays and metadata, and convert its colours."""
    if image.format == FORMAT:  # where the plugin for Pillow is registered
        raise UnidentifiedImageError
    depth = depth_of(image)
    if png is not None:
        image.info.update(png.info)
    image = _loaded(image, depth)
    frames, notes = _frames(image, png)
    image, swapped, dropped = upright(image)
    notes += dropped
    icc, gamma = colors_of(image, notes)
    metadata = Metadata(
        icc=icc,
        exif=_tiff_part(image.info.get("exif")),
        xmp=_as_bytes(image.info.get("xmp")),
    )
    resolution = resolution_of(image, swapped=swapped)
    if image.mode == "CMYK":
        pixels, note = _from_cmyk(image, icc)
        metadata, notes = replace(metadata, icc=None), [*notes, note]
        return Picture(pixels, None, metadata, frames, tuple(notes), resolution=resolution)
    indexed = own_palette(image) if image.mode == "P" else None
    pixels = _pixels(image, depth, notes) if indexed is None else indexed.to_pixels()
    picture = Picture(pixels, indexed, metadata, frames, tuple(notes), resolution=resolution)
    return in_srgb(picture, icc, gamma, keep_profile=keep_profile)


def _loaded(image: Image.Image, depth: Depth | None) -> Image.Image:
    """Return an opened picture with its pixels."""
    overflows = depth is not None and image.format == "JPEG2000" and image.mode in OVERFLOWING
    twin = deeper(cast("ImageFile", image)) if overflows else None
    image.load()
    return with_white(image, twin) if overflows else image


def _frames(image: Image.Image, png: PngPicture | None) -> tuple[int, list[str]]:
    """Return how many frames a loaded picture has, and what is to be said of them."""
    if png is not None:
        frames, notes, faulty = png.frames, list(png.notes), png.faulty
    else:
        notes, faulty = [], False
        try:
            frames = getattr(image, "n_frames", 1)
        except Exception:  # noqa: BLE001  (Pillow raises many kinds on damaged frames)
            frames, faulty = 2, True
            notes.append("frames after the first are damaged: they were not used")
    if frames > 1 and not faulty:
        notes.append(first_only(frames))
    return frames, notes


def first_only(frames: int) -> str:
    """Return the note on frames that were left out."""
    return f"only the first of {frames} frames was used"


def colors_of(image: Image.Image, notes: list[str]) -> tuple[bytes | None, float | None]:
    """Return the profile, or else the gamma, that a picture's colours have (PNG 4.3)."""
    cicp = image.info.get("cicp")
    if cicp == PLAIN_SRGB:
        return None, None
    if cicp is not None:
        try:
            return code_points_profile(cicp), None
        except ProfileError as error:
            notes.append(f"the chunk cICP was not applied: {error}")
    icc = image.info.get("icc_profile") or None
    return icc, None if "srgb" in image.info else image.info.get("gamma")


def _pixels(image: Image.Image, depth: Depth | None, notes: list[str]) -> NDArray[np.uint8]:
    """Return the pixels of a picture without a palette; how its samples became 8 bits is noted."""
    if depth is None:
        return direct_pixels(image)
    gray = image.mode.startswith("I")
    rounded = gray or not depth.cut
    done = "they were rounded to 8" if rounded else "Pillow took the upper 8 of each"
    notes.append(f"samples have {depth.bits} bits: {done}")
    if gray:
        return to_8_bits(image, depth)
    notes += _halve_transparent(image)
    return direct_pixels(image)


def _halve_transparent(image: Image.Image) -> list[str]:
    """Cut the samples of a transparent colour to the 8 bits that Pillow left; return a note."""
    color = image.info.get("transparency")
    if image.mode != "RGB" or not isinstance(color, tuple):
        return []
    image.info["transparency"] = tuple(sample >> 8 for sample in color)
    return ["by their upper 8 bits, colours close to the transparent one are transparent, too"]


def _from_cmyk(image: Image.Image, icc: bytes | None) -> tuple[NDArray[np.uint8], str]:
    """Return inks as sRGB colours, through their profile if that is possible, and what was done."""
    reason = "they have no profile"
    if icc is not None:
        try:
            conversion = ToSrgb(icc)
            if conversion.mode == "CMYK":
                return conversion.of_image(image), "CMYK colours became sRGB by their profile"
            reason = f"their profile is one of {conversion.mode}"
        except ProfileError as error:
            reason = f"their profile cannot be used: {error}"
    plain = np.asarray(image.convert("RGB"))
    return plain, f"CMYK colours became RGB by a simple formula, for {reason}"


def _tiff_part(exif: bytes | None) -> bytes | None:
    """Return Exif data from its TIFF header on."""
    return exif.removeprefix(b"Exif\0\0") or None if exif else None


def _as_bytes(value: str | bytes | None) -> bytes | None:
    """Return text as UTF-8."""
    return value.encode() if isinstance(value, str) else value or None
