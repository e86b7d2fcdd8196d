"""The glue: pixels -> ``IndexedImage`` -> bytes, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from kmcodec import container
from kmcodec._parallel import resolve_threads
from kmcodec.codec.ancillary import (
    METADATA_SECTIONS,
    Metadata,
    facts_payload,
    metadata_sections,
    names_payload,
    read_facts,
    read_names,
)
from kmcodec.coding import (
    Coding,
    check_coding,
    coder_name,
    decode_indices,
    decode_palette,
    encode_indices,
    encode_palette,
    order_palette,
)
from kmcodec.coding.region import Region
from kmcodec.container import DEFAULT_LIMITS, Container, Header, Limits
from kmcodec.errors import InputError, UnsupportedError
from kmcodec.image import IndexedImage
from kmcodec.options import DEFAULT_EFFORT, check_effort, check_integer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.image import KMeansFacts
    from kmcodec.quantizer import QuantizeOptions

    Buffer = bytes | bytearray | memoryview


__all__ = [
    "Info",
    "Metadata",
    "decode",
    "decode_indexed",
    "encode",
    "encode_indexed",
    "read_info",
    "read_metadata",
]

LARGEST = (1 << 31) - 1  # of a region's numbers


@dataclass(frozen=True)
class Info:
    """What is known of a file without decoding its pixels.

    Attributes
    ----------
    version : str
        Format version, as in "0.1".
    width, height, channels, n_colors : int
    authored : bool
        The palette came with the picture, and the indices carry meaning.
    block : (int, int)
        Height and width of a codebook entry; (1, 1) for a palette.
    coding : str
        Name of the index coder; "none" for a picture of one colour.
    size : int
        Bytes of the file.
    sections : tuple of (str, int, int)
        Name, offset and payload bytes of each section.
    facts : KMeansFacts, optional
        How the palette was found, if the file says so.
    names : tuple of str
        Names of the palette's entries, if the file says them.
    """

    version: str
    width: int
    height: int
    channels: int
    n_colors: int
    authored: bool
    block: tuple[int, int]
    coding: str
    size: int
    sections: tuple[tuple[str, int, int], ...]
    facts: KMeansFacts | None
    names: tuple[str, ...]


def encode(
    pixels: NDArray[np.uint8],
    *,
    coding: Coding = "auto",
    metadata: Metadata | None = None,
    keep_facts: bool = False,
    **options: Unpack[QuantizeOptions],
) -> bytes:
    """Quantize pixels and return them as a ``.kmq`` file.

    Equal to ``encode_indexed(quantize(pixels, **options), effort=..., ...)``; see these two for
    the options (``n_colors``, ``space``, ``dither``, ``effort``, ``seed``, ``threads`` and more),
    the errors, and what is the same on every machine.
    """
    from kmcodec.quantizer import quantize  # noqa: PLC0415  (a decoder needs no K-means)

    effort = options.get("effort", DEFAULT_EFFORT)
    image = quantize(pixels, **options)
    return encode_indexed(
        image,
        coding=coding,
        effort=effort,
        metadata=metadata,
        keep_facts=keep_facts,
        threads=options.get("threads"),
    )


def encode_indexed(
    image: IndexedImage,
    *,
    coding: Coding = "auto",
    effort: int = DEFAULT_EFFORT,
    metadata: Metadata | None = None,
    keep_facts: bool = False,
    threads: int | None = None,
) -> bytes:
    """Return a palette image as a ``.kmq`` file, without loss.

    The palette of an image that is not *authored* may be stored in another order, if that is
    smaller: the file then decodes to other indices, and to the same pixels.

    Parameters
    ----------
    image : IndexedImage
    coding : {"auto", "packed", "deflate", "mixed"}
        The index coder; "auto" takes the one that gives the smallest file.
    effort : int
        1 (quick) to 9 (small).
    threads : int, optional
        Tiles of large pictures are coded in parallel; by default one thread per processor. The
        file does not depend on it.
    metadata : Metadata, optional
        Carried in ancillary sections.
    keep_facts : bool
        Also carry how the palette was found (``image.facts``).

    Raises
    ------
    InputError
        An option is out of its range.
    """
    effort = check_effort(effort)
    if not isinstance(image, IndexedImage):
        raise InputError(f"image is {type(image).__name__}, expected IndexedImage")
    if not (metadata is None or isinstance(metadata, Metadata)):
        raise InputError(f"metadata is {type(metadata).__name__}, expected Metadata")
    image.check_indices()
    threads = resolve_threads(threads)
    palette, indices = (image.palette, image.indices) if image.authored else _reorder(image)
    sections = [(container.SECTION_PALETTE, encode_palette(palette))]
    sections += metadata_sections(metadata)
    if keep_facts and image.facts is not None:
        sections.append((container.SECTION_FACTS, facts_payload(image.facts)))
    if image.names:
        sections.append((container.SECTION_NAMES, names_payload(image.names)))
    check_coding(coding)
    if image.n_colors > 1:
        payload = encode_indices(indices, palette, coding=coding, effort=effort, threads=threads)
        sections.append((container.SECTION_INDICES, payload))
    header = Header(image.width, image.height, image.channels, image.n_colors, image.authored)
    return container.build(header, sections)


def _reorder(
    image: IndexedImage,
) -> tuple[NDArray[np.uint8], NDArray[np.unsignedinteger[Any]]]:
    """Return palette and indices in the order in which the palette is the smallest."""
    import numpy as np  # noqa: PLC0415  (read_info does without)

    order = order_palette(image.palette)
    numbers = np.empty(image.n_colors, dtype=image.indices.dtype)
    numbers[order] = np.arange(image.n_colors, dtype=numbers.dtype)
    return image.palette[order], numbers[image.indices]


def _parse(data: Buffer, limits: Limits | None) -> Container:
    """Parse a file, refusing what is not bytes."""
    try:
        view = memoryview(data).cast("B")
    except (TypeError, ValueError) as error:  # no buffer, or one that is gone or has gaps
        raise InputError(f"data is {type(data).__name__}, expected bytes") from error
    if not (limits is None or isinstance(limits, Limits)):
        raise InputError(f"limits is {type(limits).__name__}, expected Limits")
    return container.parse(view, limits or DEFAULT_LIMITS)


def decode_indexed(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
) -> IndexedImage:
    """Return the palette and the indices in a ``.kmq`` file.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    limits : Limits, optional
        The largest picture to accept; see ``Limits`` for the defaults.
    region : (int, int, int, int), optional
        Left, top, width and height of the part to decode, in pixels. Of large pictures only the
        tiles that it touches are decoded.
    threads : int, optional
        By default one per processor.

    Raises
    ------
    InputError
        The region is not within the picture.
    FormatError
        The bytes are not a valid file (``TruncatedError``: they end too early).
    UnsupportedError
        The file needs another version.
    LimitError
        The picture is larger than `limits`.
    """
    import numpy as np  # noqa: PLC0415  (read_info does without)

    parsed = _parse(data, limits)
    header = parsed.header
    if header.block != (1, 1):
        raise UnsupportedError(
            f"the codebook has blocks of {header.block[0]} x {header.block[1]} pixels,"
            " this version decodes 1 x 1"
        )
    palette = decode_palette(parsed.sections[0].payload, header.n_colors, header.channels)
    part = _checked_region(region, header)
    payload = parsed.find(container.SECTION_INDICES)
    indices: NDArray[Any]
    if payload is None:
        indices = np.zeros(part.shape, dtype=np.uint8)
    else:
        shape = (header.height, header.width)
        indices = decode_indices(payload, shape, palette, part, resolve_threads(threads))
    facts, names = read_facts(parsed), read_names(parsed)
    return IndexedImage.adopt(palette, indices, authored=header.authored, facts=facts, names=names)


def _checked_region(region: tuple[int, int, int, int] | None, header: Header) -> Region:
    """Return a region given as left, top, width, height; by default the whole picture."""
    if region is None:
        return Region(0, header.height, 0, header.width)
    try:
        left, top, width, height = (check_integer(v, 0, LARGEST, "region") for v in region)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"region is {region!r}, expected left, top, width and height in pixels"
        ) from error
    if min(width, height) < 1 or left + width > header.width or top + height > header.height:
        raise InputError(
            f"region {width} x {height} at {left}, {top} is not within the picture of"
            f" {header.width} x {header.height}"
        )
    return Region(top, top + height, left, left + width)


def decode(
    data: Buffer,
    *,
    limits: Limits | None = None,
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """Return the pixels of a ``.kmq`` file: (H, W) or (H, W, C) uint8, as they were encoded.

    Options and errors are those of ``decode_indexed``.
    """
    return decode_indexed(data, limits=limits, region=region, threads=threads).to_pixels()


def read_info(data: Buffer, *, limits: Limits | None = None) -> Info:
    """Return what a file says of itself; checksums are compared, pixels are not decoded.

    Options and errors are those of ``decode_indexed``.
    """
    parsed = _parse(data, limits)
    header = parsed.header
    payload = parsed.find(container.SECTION_INDICES)
    return Info(
        version=f"{header.version[0]}.{header.version[1]}",
        width=header.width,
        height=header.height,
        channels=header.channels,
        n_colors=header.n_colors,
        authored=header.authored,
        block=header.block,
        coding="none" if payload is None else coder_name(payload),
        size=memoryview(data).nbytes,
        sections=tuple((s.name, s.offset, len(s.payload)) for s in parsed.sections),
        facts=read_facts(parsed),
        names=read_names(parsed),
    )


def read_metadata(data: Buffer, *, limits: Limits | None = None) -> Metadata:
    """Return the metadata that a file carries; errors are those of ``decode_indexed``."""
    parsed = _parse(data, limits)
    found = {name: parsed.find(tag) for name, tag in METADATA_SECTIONS.items()}
    return Metadata(**{name: None if p is None else bytes(p) for name, p in found.items()})
