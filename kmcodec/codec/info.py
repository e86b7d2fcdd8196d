"""What a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmcodec import container
from kmcodec.codec.ancillary import read_facts, read_names
from kmcodec.codec.array_layout import read_layout
from kmcodec.codec.timing_section import read_timing
from kmcodec.coding import coder_of
from kmcodec.errors import FormatError, LimitError

if TYPE_CHECKING:
    from kmcodec.container import Container, Limits
    from kmcodec.image import KMeansFacts, Timing


@dataclass(frozen=True)
class ArrayFacts:
    """Which array of integers a file holds.

    Attributes
    ----------
    dtype : str
        NumPy's name of the type, as in "int64"; with the byte order where that is not the
        machine's, as in ">i4".
    shape : tuple of int
    n_values : int
        Values that are listed: its distinct ones, unless it was relabelled.
    """

    dtype: str
    shape: tuple[int, ...]
    n_values: int = 0


@dataclass(frozen=True)
class Info:
    """What is known of a file without decoding its pixels.

    Attributes
    ----------
    version : str
        Format version, as in "0.1".
    width, height, channels, n_colors : int
        Size of the picture, or of each plane of a stack.
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
    array : ArrayFacts, optional
        The array in a file of ``encode_array``; its pixels stand for the values.
    planes : int
        Of a stack; 1 for a picture.
    timing : Timing, optional
        When the frames of a stack are shown, if the file says so.
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
    array: ArrayFacts | None = None
    planes: int = 1
    timing: Timing | None = None


def info_of(parsed: Container, size: int, limits: Limits) -> Info:
    """Return what a parsed file of `size` bytes says of itself."""
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
        coding="none" if payload is None else coder_of(payload).name,
        size=size,
        sections=tuple((s.name, s.offset, len(s.payload)) for s in parsed.sections),
        facts=read_facts(parsed),
        names=read_names(parsed),
        array=_read_array_facts(parsed, limits),
        planes=header.planes,
        timing=read_timing(parsed),
    )


def _read_array_facts(parsed: Container, limits: Limits) -> ArrayFacts | None:
    """Return what the array's section says, or None where it is missing or damaged."""
    header = parsed.header
    if not header.authored or header.block != (1, 1):
        return None
    try:
        layout = read_layout(parsed, limits)
    except (FormatError, LimitError):
        return None
    section = layout.section
    return ArrayFacts(str(section.dtype), layout.shape, len(section.values))
