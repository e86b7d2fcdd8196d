"""Picture files through Pillow: arrays in, arrays out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kmcodec.codec import Metadata
from kmcodec.errors import InputError, LimitError
from kmcodec.image import IndexedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

TO_ARRAY_MODE = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}
TO_CONVERT = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "RGB"}
TO_CONVERT |= dict.fromkeys(("YCbCr", "LAB", "HSV"), "RGB")
MODE_OF_CHANNELS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
PALETTE_FORMATS = {
    ".png": "PNG",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tiff": "TIFF",
    ".tif": "TIFF",
}
TOO_DEEP = "{} pixels have more than 8 bits a channel; convert them to 8 first"
OPAQUE_FORMATS = ("BMP",)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was read.

    Attributes
    ----------
    pixels : (H, W) or (H, W, C) uint8
    indexed : IndexedImage, optional
        The file's own palette and indices, if it has them.
    metadata : Metadata
    frames : int
        Frames in the file, of which this is the first.
    """

    pixels: NDArray[np.uint8]
    indexed: IndexedImage | None
    metadata: Metadata
    frames: int


def read_picture(source: Path | BinaryIO) -> Picture:
    """Read the first frame of any picture that Pillow reads; Exif orientation is applied.

    Raises
    ------
    InputError
        The file is missing, unreadable, not a picture, damaged, or has more than 8 bits a channel.
    LimitError
        The picture is larger than Pillow accepts.
    """
    name = str(source) if isinstance(source, Path) else "standard input"
    try:
        with Image.open(source) as image:
            return _to_picture(image)
    except UnidentifiedImageError as error:
        is_kmq = isinstance(source, Path) and source.suffix == ".kmq"
        what = "is a .kmq file already" if is_kmq else "is not a picture that Pillow can read"
        raise InputError(f"{name} {what}") from error
    except Image.DecompressionBombError as error:
        raise LimitError(f"{name}: {error}") from error
    except MemoryError:
        raise
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from error
    except Exception as error:  # Pillow's plugins raise many kinds on damaged files
        raise InputError(f"cannot read {name}: {error or type(error).__name__}") from error


def _to_picture(image: Image.Image) -> Picture:
    """Load an opened picture and split it into arrays and metadata."""
    if any(";16" in str(tile) for tile in getattr(image, "tile", [])):
        raise InputError(TOO_DEEP.format("16-bit"))
    image.load()
    frames = getattr(image, "n_frames", 1)
    image = ImageOps.exif_transpose(image)
    metadata = Metadata(
        icc=image.info.get("icc_profile") or None,
        exif=_tiff_part(image.info.get("exif")),
        xmp=_as_bytes(image.info.get("xmp")),
    )
    indexed = None
    if image.mode == "P":
        indexed = _own_palette(image)
        return Picture(indexed.to_pixels(), indexed, metadata, frames)
    if "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA")
    mode = TO_ARRAY_MODE.get(image.mode) or TO_CONVERT.get(image.mode)
    if mode is None:
        raise InputError(TOO_DEEP.format(f"{image.mode} mode"))
    return Picture(np.asarray(image.convert(mode)), None, metadata, frames)


def _tiff_part(exif: bytes | None) -> bytes | None:
    """Return Exif data from its TIFF header on."""
    return exif.removeprefix(b"Exif\0\0") or None if exif else None


def _as_bytes(value: str | bytes | None) -> bytes | None:
    """Return text as UTF-8."""
    return value.encode() if isinstance(value, str) else value or None


def _own_palette(image: Image.Image) -> IndexedImage:
    """Return a "P" picture's palette, with alpha where it has transparency, and its indices."""
    indices = np.asarray(image)
    palette = np.array(image.getpalette("RGB") or [], dtype=np.uint8).reshape(-1, 3)
    missing = int(indices.max()) + 1 - len(palette)
    if missing > 0:
        palette = np.vstack([palette, np.zeros((missing, 3), dtype=np.uint8)])
    transparency = image.info.get("transparency")
    if isinstance(transparency, (bytes, int)):
        alpha = np.full(len(palette), 255, dtype=np.uint8)
        if isinstance(transparency, bytes):
            values = np.frombuffer(transparency, dtype=np.uint8)[: len(palette)]
            alpha[: len(values)] = values
        elif transparency < len(palette):
            alpha[transparency] = 0
        palette = np.column_stack([palette, alpha])
    return IndexedImage(palette, indices, authored=True)


def to_pillow(image: IndexedImage, *, as_palette: bool) -> Image.Image:
    """Return a Pillow image: mode "P" if asked for and possible, else L, LA, RGB or RGBA."""
    if not as_palette or image.n_colors > 256:
        return Image.fromarray(image.to_pixels(), MODE_OF_CHANNELS[image.channels])
    out = Image.frombytes("P", (image.width, image.height), image.indices.tobytes())
    palette = image.palette
    if image.channels <= 2:
        palette = np.column_stack([np.repeat(palette[:, :1], 3, axis=1), palette[:, 1:]])
    out.putpalette(np.ascontiguousarray(palette[:, :3]).tobytes(), "RGB")
    if image.channels in (2, 4):
        out.info["transparency"] = palette[:, 3].tobytes()
    return out


def picture_bytes(
    image: IndexedImage,
    file_format: str,
    *,
    as_palette: bool,
    metadata: Metadata | None = None,
    small: bool = True,
) -> bytes:
    """Return an indexed image as a picture file.

    Parameters
    ----------
    image : IndexedImage
    file_format : str
        "PNG", "GIF", "WEBP", "BMP" or "TIFF".
    as_palette : bool
        Store palette and indices if the format can.
    metadata : Metadata, optional
    small : bool
        Compress as well as Pillow can, rather than quickly.

    Raises
    ------
    InputError
        The format cannot hold this picture.
    """
    has_alpha = image.channels in (2, 4) and bool((image.palette[:, -1] < 255).any())
    if file_format in OPAQUE_FORMATS and has_alpha:
        raise InputError(f"{file_format} has no transparency; choose PNG, WebP or TIFF")
    if file_format == "GIF":
        _check_gif(image)
        as_palette = True
    if file_format == "WEBP" or (file_format == "TIFF" and has_alpha):
        as_palette = False
    out = to_pillow(image, as_palette=as_palette)
    if file_format in OPAQUE_FORMATS and out.mode in ("LA", "RGBA"):
        out = out.convert("RGB")
    if out.mode == "P" and file_format != "PNG":
        out.info.pop("transparency", None)
        if file_format == "GIF" and has_alpha:
            out.info["transparency"] = int(image.palette[:, -1].argmin())
    return _save(out, file_format, metadata or Metadata(), small=small)


def _save(image: Image.Image, file_format: str, metadata: Metadata, *, small: bool) -> bytes:
    """Return a Pillow image as a file, without loss."""
    names = {"icc_profile": metadata.icc, "exif": metadata.exif, "xmp": metadata.xmp}
    options: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    if file_format == "PNG":
        options["optimize"] = small
    if file_format == "WEBP":
        options |= {"lossless": True, "exact": True, "quality": 100, "method": 6 if small else 3}
    buffer = io.BytesIO()
    try:
        image.save(buffer, file_format, **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file_format} cannot hold this picture: {error}") from error
    return buffer.getvalue()


def _check_gif(image: IndexedImage) -> None:
    """Raise ``InputError`` for what GIF cannot say."""
    if image.n_colors > 256:
        raise InputError(f"GIF holds 256 colours, the picture has {image.n_colors}")
    alpha = image.palette[:, -1] if image.channels in (2, 4) else np.empty(0)
    if ((alpha > 0) & (alpha < 255)).any() or (alpha == 0).sum() > 1:
        raise InputError("GIF holds one fully transparent colour and no partial transparency")
