"""Index plane <-> bytes, palette <-> bytes: one module per coder, all with the same functions.

A coder module has ``ID``, ``NAME``, ``encode(indices, palette, effort, threads)``,
``check_size(payload, shape, n_colors)`` and ``cost(payload, shape, n_colors, region)`` (before
anything is allocated) and ``decode(payload, shape, palette, region, threads, tally)``. Coders know
nothing of the container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

import numpy as np

from kmcodec.coding import deflate, mixed, packed
from kmcodec.coding.bits import bits_for, packed_size
from kmcodec.coding.codebook import GRAYS, decode_codebook, encode_codebook, mean_colors
from kmcodec.coding.palette import decode_palette, encode_palette
from kmcodec.coding.palette_model import order as order_palette
from kmcodec.coding.rectangle import Rectangle
from kmcodec.errors import FormatError, InputError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kmcodec.progress import Tally

__all__ = [
    "CODERS",
    "CODINGS",
    "GRAYS",
    "Coding",
    "check_coding",
    "coder_name",
    "decode_codebook",
    "decode_indices",
    "decode_palette",
    "encode_codebook",
    "encode_indices",
    "encode_palette",
    "mean_colors",
    "order_palette",
]

Coding = Literal["auto", "packed", "deflate", "mixed"]
CODINGS: tuple[str, ...] = get_args(Coding)


class Coder(Protocol):
    """What every coder module offers."""

    ID: int
    NAME: str

    def encode(
        self,
        indices: NDArray[np.unsignedinteger[Any]],
        palette: NDArray[np.uint8],
        effort: int,
        threads: int,
    ) -> bytes:
        """Return the payload of (H, W) indices, K at least 2."""

    def check_size(self, payload: memoryview, shape: tuple[int, int], n_colors: int) -> None:
        """Raise ``FormatError`` if the payload is too short or too long for the plane."""

    def cost(
        self, payload: memoryview, shape: tuple[int, int], n_colors: int, region: Rectangle
    ) -> int:
        """Return the nanoseconds that decoding a region takes one processor at most, about."""

    def decode(
        self,
        payload: memoryview,
        shape: tuple[int, int],
        palette: NDArray[np.uint8],
        region: Rectangle,
        threads: int,
        *,
        tally: Tally | None = None,
    ) -> NDArray[np.unsignedinteger[Any]]:
        """Return the indices of a region, not yet compared with the palette."""


CODERS: dict[int, Coder] = {packed.ID: packed, deflate.ID: deflate, mixed.ID: mixed}
MAYBE_DEFLATE = 1 << 16  # pixels
BY_NAME: dict[str, Coder] = {coder.NAME: coder for coder in CODERS.values()}


def check_coding(coding: str) -> None:
    """Raise ``InputError`` unless `coding` is one of ``CODINGS``."""
    if coding not in CODINGS:
        raise InputError(f"coding is {coding!r}, it may be one of {', '.join(CODINGS)}")


def encode_indices(
    indices: NDArray[np.unsignedinteger[Any]],
    palette: NDArray[np.uint8],
    *,
    coding: str,
    effort: int,
    threads: int = 1,
) -> bytes:
    """Return the coder's id and its payload; ``auto`` takes the smallest, ties the lowest id.

    Below effort 7, ``auto`` tries ``deflate`` on planes of at most 65,536 pixels only.
    """
    check_coding(coding)
    names = [coding]
    if coding == "auto":
        may_deflate = indices.size <= MAYBE_DEFLATE or effort >= 7
        names = [deflate.NAME, mixed.NAME] if may_deflate else [mixed.NAME]
    coders = [BY_NAME[name] for name in names]
    coded = [bytes([c.ID]) + c.encode(indices, palette, effort, threads) for c in coders]
    smallest = min(coded, key=len)
    if coding == "auto" and packed_size(indices.size, bits_for(len(palette))) < len(smallest):
        return bytes([packed.ID]) + packed.encode(indices, palette, effort, threads)
    return smallest


def coder_name(payload: memoryview) -> str:
    """Return the name of the coder that wrote an index payload, or raise."""
    if len(payload) == 0:
        raise FormatError("the index section is empty", section="indices")
    if payload[0] not in CODERS:
        raise UnsupportedError(f"index coder {payload[0]} is unknown to this version")
    return CODERS[payload[0]].NAME


def decode_indices(
    payload: memoryview,
    shape: tuple[int, int],
    palette: NDArray[np.uint8],
    region: Rectangle | None = None,
    threads: int = 1,
    *,
    tally: Tally | None = None,
    check_work: Callable[[int], None] = lambda _nanoseconds: None,
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices of a region, by default all, each less than the palette's length.

    Before anything of the plane's size is allocated, `check_work` is told how many nanoseconds
    decoding may take and can refuse; `tally` is told the pixels that are done.

    Raises
    ------
    FormatError
        The payload is not exactly one such plane.
    UnsupportedError
        The coder, or its model, is unknown.
    """
    coder = BY_NAME[coder_name(payload)]
    n_colors = len(palette)
    try:
        coder.check_size(payload[1:], shape, n_colors)
        whole = Rectangle(0, shape[0], 0, shape[1])
        part = region or whole
        check_work(coder.cost(payload[1:], shape, n_colors, part))
        indices = coder.decode(payload[1:], shape, palette, part, threads, tally=tally)
    except FormatError as error:
        raise type(error)(str(error), section=f"indices, coder {coder.NAME}") from error
    largest = int(indices.max())
    if largest >= n_colors:
        raise FormatError(
            f"index {largest} found, the palette has {n_colors} entries", section="indices"
        )
    return indices.astype(np.uint8 if n_colors <= 256 else np.uint16, copy=False)
