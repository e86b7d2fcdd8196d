"""Indexed images as files in the standard formats."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kmcodec.channels import has_alpha
from kmcodec.codec import Metadata
from kmcodec.color import with_channels
from kmcodec.errors import InputError
from kmcodec.files.modes import MODE_OF_CHANNELS
from kmcodec.files.resolution import to_dpi
from kmcodec.image import IndexedImage
from kmcodec.options import DEFAULT_EFFORT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.png import Resolution

PALETTE_FORMATS = {
    ".png": "PNG",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tiff": "TIFF",
    ".tif": "TIFF",
}
INDEXED_FORMATS = ("PNG", "GIF", "BMP", "TIFF")  # WebP stores no palette
WITH_ORDER = ("PNG", "GIF")  # a palette can be written whole and in its order
OPAQUE_FORMATS = ("BMP",)
WITH_RESOLUTION = ("PNG", "BMP", "TIFF")
BLACK_AND_WHITE = [[0, 0, 0], [255, 255, 255]]
METADATA_NAMES = {"icc": "ICC profile", "exif": "Exif", "xmp": "XMP"}
PILLOW_NAMES = {"icc": "icc_profile", "exif": "exif", "xmp": "xmp"}
NAMES = {name: f"picture{suffix}" for suffix, name in PALETTE_FORMATS.items()}
CARRIED = {"PNG": ("icc", "exif", "xmp"), "WEBP": ("icc", "exif", "xmp"), "TIFF": ("icc", "exif")}


def to_pillow(image: IndexedImage, *, as_palette: bool) -> Image.Image:
    """Return a Pillow image: mode "P" if asked for and possible, else L, LA, RGB or RGBA."""
    if not as_palette or image.n_colors > 256:
        return Image.fromarray(image.to_pixels(), MODE_OF_CHANNELS[image.channels])
    out = Image.frombytes("P", (image.width, image.height), image.indices.tobytes())
    out.putpalette(with_channels(image.palette, 3).tobytes(), "RGB")
    if has_alpha(image.channels):
        out.info["transparency"] = image.palette[:, -1].tobytes()
    return out


def pillow_png(image: IndexedImage) -> bytes:
    """Return the palette PNG that Pillow's ``optimize`` makes, for comparisons."""
    return _save(to_pillow(image, as_palette=True), "PNG", Metadata(), small=True)


def check_carried(metadata: Metadata, file_format: str) -> None:
    """Raise ``InputError`` if a format cannot carry metadata that a picture has.

    PNG and WebP carry all of it, TIFF an ICC profile and Exif, GIF and BMP nothing.
    """
    lost = [name for name in _present(metadata) if name not in CARRIED.get(file_format, ())]
    if lost:
        names = ", ".join(METADATA_NAMES[name] for name in lost)
        raise InputError(
            f"{file_format} cannot carry this picture's metadata ({names}); choose PNG"
        )


def _present(metadata: Metadata) -> dict[str, bytes]:
    """Return the metadata that there is, by name."""
    values = {name: getattr(metadata, name) for name in METADATA_NAMES}
    return {name: value for name, value in values.items() if value}


def metadata_options(metadata: Metadata, file_format: str) -> dict[str, Any]:
    """Return the metadata that a format can carry, as Pillow's options."""
    present = _present(metadata)
    carried = CARRIED.get(file_format, ())
    return {PILLOW_NAMES[name]: present[name] for name in carried if name in present}


def picture_bytes(
    image: IndexedImage,
    file_format: str,
    *,
    as_palette: bool,
    metadata: Metadata | None = None,
    resolution: Resolution | None = None,
    small: bool = True,
    effort: int = DEFAULT_EFFORT,
    keep_order: bool = False,
) -> bytes:
    """Return an indexed image as a picture file.

    Small palette and gray PNGs are the package's own, with the same bytes on every machine; the
    rest is Pillow's, and its bytes depend on the libraries that Pillow carries.

    Parameters
    ----------
    image : IndexedImage
    file_format : str
        "PNG", "GIF", "WEBP", "BMP" or "TIFF".
    as_palette : bool
        Store palette and indices if the format can.
    metadata : Metadata, optional
        What the format cannot carry is left out.
    resolution : (int, int, int), optional
        Pixels across and down, per metre if the third is 1; GIF and WebP carry none.
    small : bool
        Compress well, rather than quickly.
    effort : int
        1 (quick) to 9 (small), for small palette and gray PNGs.
    keep_order : bool
        A small palette PNG, or a GIF, keeps the palette as it is, with every index.

    Raises
    ------
    InputError
        The format cannot hold this picture.
    """
    metadata = metadata or Metadata()
    own = as_palette or image.channels == 1
    if file_format == "PNG" and own and small and image.n_colors <= 256:
        from kmcodec.png import png_bytes  # noqa: PLC0415  (decoding does without)

        return png_bytes(
            image,
            metadata=metadata,
            resolution=resolution,
            effort=effort,
            keep_order=keep_order,
            as_gray=not as_palette,
        )
    soft = has_alpha(image.channels) and bool((image.palette[:, -1] < 255).any())
    _check_opaque(file_format, soft=soft)
    if file_format == "GIF":
        _check_gif(image)
        image = _with_one_transparent(image)
        as_palette = True
    if file_format == "WEBP" or (file_format == "TIFF" and soft):
        as_palette = False
    out = to_pillow(image, as_palette=as_palette)
    two = with_channels(image.palette, 3).tolist() == BLACK_AND_WHITE
    if two and file_format == "BMP" and out.mode == "P":
        out = Image.fromarray(image.indices > 0)  # Pillow takes such a palette for one of 1 bit
    if not soft and out.mode in ("LA", "RGBA") and file_format in ("BMP", "TIFF"):
        out = out.convert("RGB")
    if out.mode == "P" and file_format != "PNG":
        out.info.pop("transparency", None)
        if file_format == "GIF" and soft:
            out.info["transparency"] = int(image.palette[:, -1].argmin())
    dpi = None if resolution is None else to_dpi(resolution)
    return _save(out, file_format, metadata, small=small, dpi=dpi, keep_order=keep_order)


def pixel_bytes(
    pixels: NDArray[np.uint8], file_format: str, *, metadata: Metadata | None = None
) -> bytes:
    """Return pixels of any number of colours as a picture file by Pillow, quickly written.

    Parameters
    ----------
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
    file_format : str
        "PNG", "WEBP", "BMP" or "TIFF".
    metadata : Metadata, optional
        What the format cannot carry is left out.

    Raises
    ------
    InputError
        The format cannot hold this picture.
    """
    if file_format == "GIF":
        raise InputError("GIF holds 256 colours, the picture is no palette picture")
    soft = pixels.ndim == 3 and has_alpha(pixels.shape[2]) and bool((pixels[..., -1] < 255).any())
    _check_opaque(file_format, soft=soft)
    out = Image.fromarray(pixels)
    if not soft and out.mode in ("LA", "RGBA") and file_format in ("BMP", "TIFF"):
        out = out.convert("RGB")
    return _save(out, file_format, metadata or Metadata(), small=False)


def array_bytes(array: NDArray[Any]) -> bytes:
    """Return an array as NumPy's file (.npy)."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _check_opaque(file_format: str, *, soft: bool) -> None:
    """Raise ``InputError`` for transparency in a format without."""
    if file_format in OPAQUE_FORMATS and soft:
        raise InputError(f"{file_format} has no transparency; choose PNG, WebP or TIFF")


class _Named(io.BytesIO):
    """A buffer whose name tells Pillow the format: it then imports no other formats' modules."""

    name: str


def _save(
    image: Image.Image,
    file_format: str,
    metadata: Metadata,
    *,
    small: bool,
    dpi: tuple[float, float] | None = None,
    keep_order: bool = False,
) -> bytes:
    """Return a Pillow image as a file, without loss."""
    options: dict[str, Any] = metadata_options(metadata, file_format)
    if dpi is not None and file_format in WITH_RESOLUTION:
        options["dpi"] = dpi
    if file_format == "PNG":
        options["optimize"] = small
    if file_format == "GIF":
        options["interlace"] = 0  # rows in their order compress better
        options["optimize"] = not keep_order  # else unused entries may go
    if file_format == "TIFF" and small:
        options["compression"] = "tiff_adobe_deflate"
    if file_format == "WEBP":
        options |= {"lossless": True, "exact": True, "quality": 100, "method": 6 if small else 3}
    buffer = _Named()
    buffer.name = NAMES[file_format]
    try:
        image.save(buffer, **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file_format} cannot hold this picture: {error}") from error
    return buffer.getvalue()


def _check_gif(image: IndexedImage) -> None:
    """Raise ``InputError`` for what GIF cannot say."""
    if image.n_colors > 256:
        raise InputError(f"GIF holds 256 colours, the picture has {image.n_colors}")
    alpha = image.palette[:, -1] if has_alpha(image.channels) else np.empty(0)
    if ((alpha > 0) & (alpha < 255)).any():
        raise InputError("GIF holds one fully transparent colour and no partial transparency")


def _with_one_transparent(image: IndexedImage) -> IndexedImage:
    """Return an image whose fully transparent pixels all have the first such entry."""
    clear = image.palette[:, -1] == 0 if has_alpha(image.channels) else np.zeros(1, dtype=bool)
    if clear.sum() <= 1:
        return image
    entries = np.arange(image.n_colors)
    entries[clear] = clear.argmax()
    return IndexedImage(image.palette, entries[image.indices], authored=image.authored)
