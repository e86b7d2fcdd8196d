"""Pixels and images -> ``.kmq`` files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from kmcodec import container
from kmcodec.codec.ancillary import Metadata, facts_payload, metadata_sections, names_payload
from kmcodec.coding import (
    Coding,
    Setting,
    check_coding,
    codings_to_try,
    encode_codebook,
    encode_palette,
    encode_plane,
    mean_colors,
    order_palette,
)
from kmcodec.container import Header
from kmcodec.errors import InputError
from kmcodec.image import BlockImage, IndexedImage
from kmcodec.options import DEFAULT_EFFORT, check_effort
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.quantizer import QuantizeOptions


def encode(
    pixels: NDArray[np.uint8],
    *,
    block: tuple[int, int] | None = None,
    coding: Coding = "auto",
    metadata: Metadata | None = None,
    keep_facts: bool = False,
    **options: Unpack[QuantizeOptions],
) -> bytes:
    """Quantize pixels and return them as a ``.kmq`` file.

    Equal to ``encode_indexed(quantize(pixels, **options), effort=..., ...)``; see these two for
    the options (``n_colors``, ``space``, ``dither``, ``effort``, ``seed``, ``threads`` and more),
    the errors, and what is the same on every machine.

    With `block` (height, width), the codebook holds blocks of so many pixels instead of single
    ones: ``encode_blocks(quantize_blocks(pixels, block=block, n_blocks=n_colors, ...), ...)``.
    Options that blocks do not have are refused.
    """
    effort = options.get("effort", DEFAULT_EFFORT)
    threads = options.get("threads")
    if block is not None:
        from kmcodec.quantizer.blocks import quantize_blocks  # noqa: PLC0415

        blocks = quantize_blocks(pixels, block=block, **_block_options(options))
        return encode_blocks(
            blocks, coding=coding, effort=effort, metadata=metadata, threads=threads
        )
    from kmcodec.quantizer.quantizing import quantize  # noqa: PLC0415  (a decoder needs no K-means)

    image = quantize(pixels, **options)
    return encode_indexed(
        image,
        coding=coding,
        effort=effort,
        metadata=metadata,
        keep_facts=keep_facts,
        threads=threads,
    )


BLOCK_OPTIONS = {
    "n_colors": "n_blocks",
    "effort": "effort",
    "seed": "seed",
    "threads": "threads",
    "progress": "progress",
}


def _block_options(options: QuantizeOptions) -> dict[str, Any]:
    """Return the options of ``quantize_blocks``, or raise for one that it does not have."""
    given: dict[str, Any] = dict(options)
    if given.get("space") == "srgb":
        del given["space"]  # as blocks are compared anyway
    for name in given:
        if name not in BLOCK_OPTIONS:
            raise InputError(f"block and {name} exclude each other")
    return {BLOCK_OPTIONS[name]: value for name, value in given.items()}


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
    carried = _carried(metadata)
    image.check_indices()
    palette, indices = image.palette, image.indices
    if not image.authored:
        order = order_palette(palette)
        palette, indices = palette[order], _renumbered(indices, order)
    if keep_facts and image.facts is not None:
        carried.append((container.SECTION_FACTS, facts_payload(image.facts)))
    if image.names:
        carried.append((container.SECTION_NAMES, names_payload(image.names)))
    sections = [(container.SECTION_PALETTE, encode_palette(palette)), *carried]
    check_coding(coding)
    if image.n_colors > 1:
        payload = _coded(indices, palette, coding, effort, resolve_threads(threads))
        sections.append((container.SECTION_INDICES, payload))
    header = Header(image.width, image.height, image.channels, image.n_colors, image.authored)
    return container.build(header, sections)


def encode_blocks(
    image: BlockImage,
    *,
    coding: Coding = "auto",
    effort: int = DEFAULT_EFFORT,
    metadata: Metadata | None = None,
    threads: int | None = None,
) -> bytes:
    """Return an image of blocks as a ``.kmq`` file, without loss.

    The codebook of an image that is not *authored* may be stored in another order. Options are
    those of ``encode_indexed``.

    Raises
    ------
    InputError
        An option is out of its range.
    """
    effort = check_effort(effort)
    if not isinstance(image, BlockImage):
        raise InputError(f"image is {type(image).__name__}, expected BlockImage")
    carried = _carried(metadata)
    check_coding(coding)
    threads = resolve_threads(threads)
    codebook, indices = image.codebook, image.indices
    if image.block == (1, 1):
        palette = codebook.reshape(image.n_blocks, image.channels)
        return encode_indexed(
            IndexedImage(palette, indices, authored=image.authored),
            coding=coding,
            effort=effort,
            metadata=metadata,
            threads=threads,
        )
    if not image.authored:
        order = order_palette(mean_colors(codebook))
        codebook, indices = codebook[order], _renumbered(indices, order)
    coded = encode_codebook(codebook, effort=effort, threads=threads)
    sections = [(container.SECTION_PALETTE, coded), *carried]
    if image.n_blocks > 1:
        payload = _coded(indices, mean_colors(codebook), coding, effort, threads)
        sections.append((container.SECTION_INDICES, payload))
    header = Header(
        image.width, image.height, image.channels, image.n_blocks, image.authored, image.block
    )
    return container.build(header, sections)


def _coded(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    coding: Coding,
    effort: int,
    threads: int,
) -> bytes:
    """Return the index section of a plane."""
    setting = Setting((indices.shape[0], indices.shape[1]), palette)
    codings = codings_to_try(coding, indices.size, effort)
    return encode_plane(indices, setting, codings, effort=effort, threads=threads)


def _carried(metadata: Metadata | None) -> list[tuple[int, bytes]]:
    """Return the sections of metadata, or raise ``InputError`` for what is none."""
    if not (metadata is None or isinstance(metadata, Metadata)):
        raise InputError(f"metadata is {type(metadata).__name__}, expected Metadata")
    return metadata_sections(metadata)


def _renumbered(
    indices: NDArray[np.unsignedinteger[Any]], order: NDArray[np.integer[Any]]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices into ``palette[order]`` of what were indices into the palette."""
    numbers = np.empty(len(order), dtype=indices.dtype)
    numbers[order] = np.arange(len(order), dtype=indices.dtype)
    renumbered: NDArray[np.unsignedinteger[Any]] = numbers[indices]
    return renumbered
