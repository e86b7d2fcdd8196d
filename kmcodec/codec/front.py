"""What stands before the indices of a file, read without the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmcodec import container
from kmcodec.codec.ancillary import read_carried, read_names
from kmcodec.codec.timing_section import read_timing
from kmcodec.coding import decode_palette

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.codec.metadata import Metadata
    from kmcodec.codec.parsing import Buffer
    from kmcodec.container import Header
    from kmcodec.image import Timing

LARGEST_LOOKED_AT = 256


@dataclass(frozen=True, eq=False)
class Front:
    """The beginning of a file.

    Attributes
    ----------
    header : Header
    metadata : Metadata
    names : tuple of str
        Names of the palette's entries, if the file says them.
    palette : (K, C) uint8, optional
        Where it has 256 entries at most.
    timing : Timing, optional
        When the frames of a stack are shown, if the file says so.
    """

    header: Header
    metadata: Metadata
    names: tuple[str, ...]
    palette: NDArray[np.uint8] | None
    timing: Timing | None = None


def read_front(data: Buffer) -> Front:
    """Return what stands before the indices; checksums up to there are compared.

    Parameters
    ----------
    data : bytes-like
        The beginning of a file, or all of it. No limits are applied.

    Raises
    ------
    TruncatedError
        The indices do not begin in `data`: more of the file may help.
    FormatError, UnsupportedError
        As ``decode_indexed`` raises them.
    """
    parsed = container.parse_front(data)
    header = parsed.header
    palette = None
    if header.block == (1, 1) and header.n_colors <= LARGEST_LOOKED_AT:
        palette = decode_palette(parsed.sections[0].payload, header.n_colors, header.channels)
    return Front(header, read_carried(parsed), read_names(parsed), palette, read_timing(parsed))
