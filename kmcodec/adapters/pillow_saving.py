"""``Image.save`` for ``.kmq``: from Pillow's modes and save options to a file."""

from __future__ import annotations

import difflib
from typing import IO, TYPE_CHECKING, Any

from PIL import Image

from kmcodec.adapters.pillow_pixels import animation_of, pixels_of
from kmcodec.choice import compress
from kmcodec.codec import Metadata, encode_indexed
from kmcodec.errors import InputError
from kmcodec.files.modes import own_palette
from kmcodec.options import DEFAULT_EFFORT, MAX_COLORS, check_integer
from kmcodec.quantizer import quantize

if TYPE_CHECKING:
    from kmcodec.image import Animation, IndexedImage

QUANTIZING = (
    *("space", "dither", "dither_method", "seed"),
    *("keep", "keep_rare", "importance", "posterize"),
)
COLORS = ("colors", "n_colors")  # Pillow's word and the library's
CHOOSING = ("score", "max_bytes")
FRAMES = ("append_images", "duration", "loop")
OPTIONS = (
    *COLORS,
    *FRAMES,
    "effort",
    "threads",
    "coding",
    "icc_profile",
    "exif",
    "xmp",
    *QUANTIZING,
    *CHOOSING,
)
LIKENESS = 0.75  # of a name that is taken for a slip of the pen
ENCODING = ("coding",)
OTHER_SPACES = ("CMYK", "LAB")
EXIF_PREFIX = b"Exif\0\0"


def save(im: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:  # noqa: ARG001
    """Write an image as a ``.kmq`` file (Pillow calls this, with the options in ``encoderinfo``).

    Raises
    ------
    OSError
        The mode has no range of values that a picture's could be made from.
    ValueError
        The image is empty, an option is out of its range, or one looks like ours and is none.
        Options of other formats, such as ``quality=90`` or ``optimize=True``, mean nothing here.
    """
    if 0 in im.size:
        raise ValueError("cannot write empty image as KMQ")
    options: dict[str, Any] = im.encoderinfo
    _refuse_misspelt(options)
    if any(options.get(name) is not None for name in CHOOSING):
        fp.write(_chosen(im, options))
    else:
        fp.write(_file(im, _quantized(im, options)))


def save_all(im: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:
    """Write an image's frames, and those of ``append_images``, as a stack (Pillow calls this).

    Options beside those of ``save`` are ``duration``, milliseconds or a list of them, and
    ``loop``, how often all are played; both are by default the images' own.

    Raises
    ------
    OSError
        As from ``save``.
    ValueError
        As from ``save``, or the frames differ in size.
    """
    options: dict[str, Any] = im.encoderinfo
    images = [im, *options.get("append_images", ())]
    if sum(getattr(one, "n_frames", 1) for one in images) == 1:
        save(im, fp, filename)
        return
    _refuse_misspelt(options)
    if any(options.get(name) is not None for name in CHOOSING):
        raise InputError("score and max_bytes are for single pictures")
    at = im.tell()
    try:
        animation = animation_of(images, options, _quantizing(options))
    finally:
        im.seek(at)
    fp.write(_file(im, animation))


def _chosen(im: Image.Image, options: dict[str, Any]) -> bytes:
    """Return the smallest file that has a score, or the best one in so many bytes."""
    quantizing = _quantizing(options)
    for name in QUANTIZING:
        if name in options and name != "seed":
            raise InputError(f"score or max_bytes and {name} exclude each other")
    found = compress(
        pixels_of(im),
        score=options.get("score"),
        max_bytes=options.get("max_bytes"),
        write=lambda image: _file(im, image),
        **quantizing,
    )
    return found.data


def _file(im: Image.Image, image: IndexedImage | Animation) -> bytes:
    """Return what an image became as a file, with its options."""
    options: dict[str, Any] = im.encoderinfo
    effort, threads = options.get("effort", DEFAULT_EFFORT), options.get("threads")
    encoding = {name: options[name] for name in ENCODING if name in options}
    return encode_indexed(
        image, effort=effort, threads=threads, metadata=_metadata(im, options), **encoding
    )


def _refuse_misspelt(options: dict[str, Any]) -> None:
    """Raise ``InputError`` for a name that is none of ours, and next to one or about colours."""
    for name in options:
        if name in OPTIONS:
            continue
        near = difflib.get_close_matches(name, OPTIONS, 1, LIKENESS)
        if "color" in name or "colour" in name:
            near = ["n_colors"]
        if near:
            raise InputError(f"KMQ files have no option {name!r}; did you mean {near[0]!r}?")


def _colors_asked(options: dict[str, Any]) -> int:
    """Return the number of colours, by either name, 256 by default."""
    given = {name: options[name] for name in COLORS if name in options}
    counts = {check_integer(n, 1, MAX_COLORS, name) for name, n in given.items()} or {256}
    if len(counts) > 1:
        raise InputError(f"colors is {given['colors']} and n_colors {given['n_colors']}")
    return counts.pop()


def _quantizing(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of quantizing."""
    given = {name: options[name] for name in QUANTIZING if name in options}
    given["n_colors"] = _colors_asked(options)
    given["effort"] = options.get("effort", DEFAULT_EFFORT)
    return given | {"threads": options.get("threads")}


def _quantized(im: Image.Image, options: dict[str, Any]) -> IndexedImage:
    """Return an image's own palette and indices if it has few enough colours, else found ones."""
    quantizing = _quantizing(options)
    own = own_palette(im) if im.mode == "P" else None
    if own is not None and own.n_colors <= quantizing["n_colors"]:
        return own
    return quantize(pixels_of(im) if own is None else own.to_pixels(), **quantizing)


def _metadata(im: Image.Image, options: dict[str, Any]) -> Metadata:
    """Return what to carry: the image's ICC profile unless told otherwise, Exif and XMP if told.

    So it is in Pillow's own plugins. A profile of inks or of Lab does not fit colours made of them.
    """
    own = None if im.mode in OTHER_SPACES else im.info.get("icc_profile")
    exif, xmp = options.get("exif"), options.get("xmp")
    if isinstance(exif, Image.Exif):
        exif = exif.tobytes()
    if isinstance(exif, bytes):
        exif = exif.removeprefix(EXIF_PREFIX)
    if isinstance(xmp, str):
        xmp = xmp.encode()
    return Metadata(icc=options.get("icc_profile", own) or None, exif=exif or None, xmp=xmp or None)
