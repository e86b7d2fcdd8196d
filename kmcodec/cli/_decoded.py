"""What a .kmq file holds, as the content of another file, and facts for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from kmcodec import files
from kmcodec.cli import _blocks, _report
from kmcodec.errors import InputError
from kmcodec.image import Animation

if TYPE_CHECKING:
    from collections.abc import Callable

    from kmcodec import codec
    from kmcodec.codec import Metadata
    from kmcodec.image import IndexedImage

Decoded = TypeVar("Decoded")

ARRAY = ".npy"


def part(
    decode: Callable[..., Decoded], region: tuple[int, int, int, int] | None, how: dict[str, Any]
) -> Decoded:
    """Return what a method decodes of a region; a region outside is the command line's fault."""
    try:
        return decode(region=region, **how)
    except InputError as error:
        raise click.UsageError(f"--region: {error}") from error


def array_output(
    file: codec.KmqFile,
    region: tuple[int, int, int, int] | None,
    frame: int | None,
    how: dict[str, Any],
) -> tuple[bytes, dict[str, Any]]:
    """Return an array of integers, or a part of it, as a file, and facts."""
    part = _array_part(file, region, frame)
    array = file.decode_array(part=part, **how)
    if frame is not None and file.header.planes > 1:
        array = array[0]
    header = file.header
    facts: dict[str, Any] = {"width": header.width, "height": header.height}
    facts |= {"colors": header.n_colors, "mse": None, "psnr": None}
    n_values = len(file.array_values)
    shape = list(array.shape)
    facts["array"] = {"dtype": str(array.dtype), "shape": shape, "n_values": n_values}
    return files.array_bytes(array), facts


def _array_part(
    file: codec.KmqFile, region: tuple[int, int, int, int] | None, frame: int | None
) -> list[slice]:
    """Return slices of an array's axes: a layer, and a region of the last two axes."""
    facts = file.info.array
    if facts is None:
        return []  # decoding will tell what is wrong with it
    shape = facts.shape
    layers = [slice(None)] * (len(shape) - 2)
    if frame is not None and file.header.planes > 1:
        if len(shape) != 3 or shape[0] != file.header.planes:
            told = f"shape {shape} in its order of bytes"
            raise click.UsageError(f"--frame: the planes of an array of {told} are no layers")
        layers = [slice(frame, frame + 1)]
    if region is None:
        return layers
    left, top, width, height = region
    rows, columns = shape[-2:]
    if min(width, height) < 1 or top + height > rows or left + width > columns:
        raise click.UsageError(
            f"--region: {width} x {height} at {left}, {top} is not within the array of"
            f" {columns} x {rows}"
        )
    return [*layers, slice(top, top + height), slice(left, left + width)]


def palette_output(
    image: IndexedImage | Animation,
    ending: str,
    metadata: Metadata,
    effort: int,
    *,
    indexed: bool | None,
) -> tuple[bytes, dict[str, Any], tuple[str, ...]]:
    """Return a palette image or an animation as a file, facts for the report, and notes."""
    notes: tuple[str, ...] = ()
    by_itself = image.authored or image.channels > 1  # gray levels may mean more than a colour
    if ending == ARRAY:
        out = files.array_bytes(image.indices if indexed else image.to_pixels())
    elif isinstance(image, Animation):
        file_format = files.PALETTE_FORMATS[ending]
        out, notes = files.animation_bytes(image, file_format, metadata=metadata)
    else:
        file_format = files.PALETTE_FORMATS[ending]
        out = files.picture_bytes(
            image,
            file_format,
            as_palette=by_itself if indexed is None else indexed,
            metadata=metadata,
            small=file_format == "PNG" and indexed is not False,
            effort=effort,
            keep_order=image.authored,
        )
    facts = _report.picture_facts(image)
    if image.facts is None:  # a file does not tell its loss unless asked to
        facts |= {"mse": None, "psnr": None}
    return out, facts, notes


def block_output(
    file: codec.KmqFile, ending: str, region: tuple[int, int, int, int] | None, how: dict[str, Any]
) -> tuple[bytes, dict[str, Any]]:
    """Return what a file with blocks holds, picture or list, as a file, and facts."""
    header = file.header
    facts = _blocks.facts(header.width, header.height, header.n_colors, header.block)
    if region is not None:
        pixels = part(file.decode, region, how)
    else:
        image = file.decode_blocks(**how)
        if image.is_list and ending == ARRAY:
            vectors = image.to_vectors()
            return files.array_bytes(vectors[..., 0] if image.channels == 1 else vectors), facts
        pixels = image.to_sheet() if image.is_list else image.to_pixels()
    facts |= {"height": pixels.shape[0], "width": pixels.shape[1]}
    if ending == ARRAY:
        return files.array_bytes(pixels), facts
    return files.pixel_bytes(pixels, files.PALETTE_FORMATS[ending], metadata=file.metadata), facts
