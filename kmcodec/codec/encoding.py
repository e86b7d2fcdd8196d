"""Pixels and images -> ``.kmq`` files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.ancillary import facts_payload, metadata_sections, names_payload
from kmcodec.codec.metadata import Metadata
from kmcodec.codec.stacks import build_stack, renumbered
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
from kmcodec.image import Animation, BlockImage, IndexedImage
from kmcodec.options import DEFAULT_EFFORT, check_effort
from kmcodec.parallel import resolve_threads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kmcodec.channels import Pixels
    from kmcodec.options import DitherMethod, Space
    from kmcodec.progress import Progress
    from kmcodec.quantizer import QuantizeOptions


def encode(
    pixels: Pixels,
    *,
    n_colors: int = 256,
    space: Space = "oklab",
    dither: float = 0.0,
    dither_method: DitherMethod = "diffusion",
    effort: int = DEFAULT_EFFORT,
    seed: int = 0,
    palette: ArrayLike | None = None,
    keep: ArrayLike | None = None,
    keep_rare: float = 0.0,
    importance: NDArray[np.uint8] | None = None,
    quality: tuple[float, float] | None = None,
    posterize: int = 0,
    block: tuple[int, int] | None = None,
    coding: Coding = "auto",
    metadata: Metadata | None = None,
    keep_facts: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Quantize pixels and return them as a ``.kmq`` file.

    Equal to ``encode_indexed(quantize(pixels, ...), ...)`` or, with `block`, to
    ``encode_blocks(quantize_blocks(pixels, ...), ...)``, each with its options among these. A
    picture of at most `n_colors` distinct colours loses nothing, unless `palette`, `keep`,
    `quality` or `posterize` say otherwise.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        Gray, RGB or RGB + alpha; (H, W, 2) is gray + alpha. An image of Pillow's becomes such
        pixels; one of inks or of more than 8 bits is refused. (T, H, W, C) are the frames of an
        animation, as for ``quantize_frames``.
    n_colors : int, default 256
        Palette entries at most, 1 to 65536; with `block`, blocks.
    space : {"oklab", "srgb"}, default "oklab"
        Where distances are measured: perceived difference, or least squared 8-bit error.
    dither : float, default 0.0
        Strength of dithering, 0 (none) to 1.
    dither_method : {"diffusion", "blue-noise"}, default "diffusion"
        Pass errors on to neighbours, which shows shades best, or mix two colours by a fixed
        pattern, which costs fewer bytes on photographs and uses all threads.
    effort : int, default 5
        1 (quick) to 9 (thorough, and small), of quantizing and of coding. From 4 to 6, what is
        slow to decode is written only where it saves about 5 % of the file; from 7 on, the
        smallest file is, whatever its decoding takes.
    seed : int, default 0
        0 to 2**32 - 1, for the random starts of K-means.
    palette : (K, C) array of integers 0 to 255, optional
        Take these colours, in this order, and find none; K from 1 to 65536, C from 1 to 4.
    keep : (P, C) array of integers 0 to 255, optional
        Colours that the palette has to hold exactly, P at most `n_colors`.
    keep_rare : float, default 0.0
        A colour that at least this share of the pixels has, 0 to 1, gets an entry that resembles
        it; 0 promises none.
    importance : (H, W) uint8, optional
        How much the error of each pixel counts; 0 is next to nothing.
    quality : (least, wanted), optional
        Take the fewest colours that reach `wanted`, 0 to 100; if `n_colors` do not reach `least`,
        raise.
    posterize : int, default 0
        Low bits that each channel of the palette gives up, 0 to 4.
    block : (int, int), optional
        Let the codebook hold blocks of so many rows and columns instead of single pixels. Of the
        options above, blocks have `n_colors`, `effort` and `seed`; others are refused.
    coding : {"auto", "packed", "deflate", "mixed"}, default "auto"
        The index coder; "auto" takes the one that gives the smallest file, `effort` allowing.
    metadata : Metadata, optional
        ICC profile, Exif and XMP, carried in ancillary sections.
    keep_facts : bool, default False
        Also carry how the palette was found.
    threads : int, optional
        None uses every processor. The bytes do not depend on it.
    progress : callable, optional
        Takes the share of quantizing that is done, 0 to 1, from time to time; returning False
        stops the work.

    Returns
    -------
    bytes
        The same for the same pixels and options, whatever the machine.

    Raises
    ------
    InputError
        A type, shape or option is out of its range, or two options contradict each other.
    QualityError
        The colours allowed do not reach the least quality.
    CancelledError
        `progress` returned False.
    """
    options: QuantizeOptions = {
        "n_colors": n_colors,
        "space": space,
        "dither": dither,
        "dither_method": dither_method,
        "effort": effort,
        "seed": seed,
        "palette": palette,
        "keep": keep,
        "keep_rare": keep_rare,
        "importance": importance,
        "quality": quality,
        "posterize": posterize,
        "threads": threads,
        "progress": progress,
    }
    coder: dict[str, Any] = {"coding": coding, "effort": effort, "metadata": metadata}
    if block is not None:
        from kmcodec.quantizer.blocks import quantize_blocks  # noqa: PLC0415

        if keep_facts:
            raise InputError("block and keep_facts exclude each other")
        blocks = quantize_blocks(pixels, block=block, **_block_options(options))
        return encode_blocks(blocks, **coder, threads=threads)
    from kmcodec.quantizer.frames import quantize_frames  # noqa: PLC0415  (a decoder needs none)
    from kmcodec.quantizer.quantizing import quantize  # noqa: PLC0415

    stack = isinstance(pixels, np.ndarray) and pixels.ndim == 4
    image = quantize_frames(pixels, **options) if stack else quantize(pixels, **options)
    return encode_indexed(image, **coder, keep_facts=keep_facts, threads=threads)


BLOCK_OPTIONS = {
    "n_colors": "n_blocks",
    "effort": "effort",
    "seed": "seed",
    "threads": "threads",
    "progress": "progress",
}
# what the others are where nobody asks for them; blocks are compared by their 8-bit values
UNASKED = {"space": ("oklab", "srgb"), "dither_method": ("diffusion",)}


def _block_options(options: QuantizeOptions) -> dict[str, Any]:
    """Return the options of ``quantize_blocks``, or raise for one that it does not have."""
    given: dict[str, Any] = dict(options)
    for name, value in given.items():
        unasked = value is None or (np.isscalar(value) and value in UNASKED.get(name, (0,)))
        if name not in BLOCK_OPTIONS and not unasked:
            raise InputError(f"block and {name} exclude each other")
    return {blocks: given[name] for name, blocks in BLOCK_OPTIONS.items()}


def encode_indexed(
    image: IndexedImage | Animation,
    *,
    coding: Coding = "auto",
    effort: int = DEFAULT_EFFORT,
    metadata: Metadata | None = None,
    keep_facts: bool = False,
    threads: int | None = None,
) -> bytes:
    """Return a palette image, or an animation, as a ``.kmq`` file, without loss.

    The palette of an image that is not *authored* may be stored in another order, if that is
    smaller: the file then decodes to other indices, and to the same pixels.

    Parameters
    ----------
    image : IndexedImage or Animation
    coding : {"auto", "packed", "deflate", "mixed"}, default "auto"
        The index coder; "auto" takes the one that gives the smallest file, `effort` allowing.
    effort : int, default 5
        1 (quick) to 9 (small). From 4 to 6, what is slow to decode is written only where it saves
        about 5 % of the file; from 7 on, the smallest file is, whatever its decoding takes.
    metadata : Metadata, optional
        Carried in ancillary sections.
    keep_facts : bool, default False
        Also carry how the palette was found (``image.facts``).
    threads : int, optional
        Tiles of large pictures are coded in parallel; by default one thread per processor. The
        file does not depend on it.

    Raises
    ------
    InputError
        An option is out of its range.
    """
    effort = check_effort(effort)
    if not isinstance(image, (IndexedImage, Animation)):
        found = type(image).__name__
        raise InputError(f"image is {found}, expected IndexedImage or Animation")
    carried = _carried(metadata)
    check_coding(coding)
    image.check_indices()
    if keep_facts and image.facts is not None:
        carried.append((container.SECTION_FACTS, facts_payload(image.facts)))
    if isinstance(image, Animation):
        threads = resolve_threads(threads)
        return build_stack(image, carried, coding=coding, effort=effort, threads=threads)
    palette, indices = image.palette, image.indices
    if not image.authored:
        order = order_palette(palette)
        palette, indices = palette[order], renumbered(indices, order)
    if image.names:
        carried.append((container.SECTION_NAMES, names_payload(image.names)))
    sections = [(container.SECTION_PALETTE, encode_palette(palette)), *carried]
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

    The codebook of an image that is not *authored* may be stored in another order.

    Parameters
    ----------
    image : BlockImage
    coding : {"auto", "packed", "deflate", "mixed"}, default "auto"
        The index coder; "auto" takes the one that gives the smallest file, `effort` allowing.
    effort : int, default 5
        1 (quick) to 9 (small). From 4 to 6, what is slow to decode is written only where it saves
        about 5 % of the file; from 7 on, the smallest file is, whatever its decoding takes.
    metadata : Metadata, optional
        Carried in ancillary sections.
    threads : int, optional
        None uses every processor. The file does not depend on it.

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
        codebook, indices = codebook[order], renumbered(indices, order)
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
