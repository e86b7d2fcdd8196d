"""All index coders: which one opens a payload, which ones are tried for a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmcodec.coding import deflate, mixed, packed
from kmcodec.coding.plane import told_by
from kmcodec.errors import FormatError, InputError, UnsupportedError
from kmcodec.options import CODINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kmcodec.coding.plane import Indices, PlaneDecoder, PlaneEncoder
    from kmcodec.coding.setting import Setting

MAYBE_DEFLATE = 1 << 16  # pixels


@dataclass(frozen=True)
class Coder:
    """An index coder.

    Attributes
    ----------
    number : int
        The first byte of its payloads (spec 6).
    name : str
    decoder : callable
        Opens a payload, its number taken off: (setting, payload) -> ``PlaneDecoder``.
    begin : callable
        Begins a plane in each way that is worth a try:
        (indices, setting, effort) -> list of ``PlaneEncoder``. Indices of a stack have its planes
        one below another.
    """

    number: int
    name: str
    decoder: Callable[[Setting, memoryview], PlaneDecoder]
    begin: Callable[[Indices, Setting, int], list[PlaneEncoder]]


CODERS = (
    Coder(packed.ID, packed.NAME, packed.PackedDecoder, packed.begin),
    Coder(deflate.ID, deflate.NAME, deflate.DeflateDecoder, deflate.begin),
    Coder(mixed.ID, mixed.NAME, mixed.MixedDecoder, mixed.begin),
)
BY_NUMBER = {coder.number: coder for coder in CODERS}
BY_NAME = {coder.name: coder for coder in CODERS}


def check_coding(coding: str) -> None:
    """Raise ``InputError`` unless `coding` is one of ``CODINGS``."""
    if coding not in CODINGS:
        raise InputError(f"coding is {coding!r}, it may be one of {', '.join(CODINGS)}")


def codings_to_try(coding: str, n_pixels: int, effort: int) -> tuple[str, ...]:
    """Return the coders' names that an option stands for, those that win a tie first.

    Below effort 7, "auto" tries ``deflate`` on planes of at most 65,536 pixels only.
    """
    check_coding(coding)
    if coding != "auto":
        return (coding,)
    if n_pixels <= MAYBE_DEFLATE or effort >= 7:
        return packed.NAME, deflate.NAME, mixed.NAME
    return packed.NAME, mixed.NAME


def encode_plane(
    indices: Indices, setting: Setting, codings: Sequence[str], *, effort: int, threads: int = 1
) -> bytes:
    """Return the smallest payload of a plane, the coder's number first.

    A payload whose encoder has a price counts as larger by as many percent.

    Parameters
    ----------
    indices : (planes * H, W) unsigned integers
        Each less than K.
    setting : Setting
    codings : sequence of str
        Names of coders to try; ties go to the earlier one.
    effort : int
        1 (quick) to 9 (small).
    threads : int
        The payload does not depend on it.
    """
    begun = [
        (coder.number, encoder)
        for coder in (BY_NAME[name] for name in codings)
        for encoder in coder.begin(indices, setting, effort)
    ]
    coded = {
        place: bytes([number]) + encoder.encode(indices, threads=threads)
        for place, (number, encoder) in enumerate(begun)
        if encoder.size is None
    }
    sizes = [
        len(coded[place]) if encoder.size is None else 1 + encoder.size
        for place, (_, encoder) in enumerate(begun)
    ]
    counted = [
        size * (100 + encoder.price) for size, (_, encoder) in zip(sizes, begun, strict=True)
    ]
    best = counted.index(min(counted))
    if best in coded:
        return coded[best]
    number, encoder = begun[best]
    return bytes([number]) + encoder.encode(indices, threads=threads)


def coder_of(payload: memoryview) -> Coder:
    """Return the coder that wrote an index payload, or raise."""
    if len(payload) == 0:
        raise FormatError("the index section is empty", section="indices")
    if payload[0] not in BY_NUMBER:
        raise UnsupportedError(f"index coder {payload[0]} is unknown to this version")
    return BY_NUMBER[payload[0]]


def open_plane(payload: memoryview, setting: Setting) -> PlaneDecoder:
    """Return the decoder of an index payload, opened and checked; no index is decoded yet.

    Raises
    ------
    FormatError
        The payload cannot hold such a plane.
    UnsupportedError
        The coder, or its model, is unknown.
    """
    coder = coder_of(payload)
    try:
        return coder.decoder(setting, payload[1:])
    except FormatError as error:
        raise told_by(coder.name, error) from error
