"""An optional last pass over a PNG by oxipng, through the package ``pyoxipng``."""

from __future__ import annotations

import importlib
from typing import Any


class OxipngMissingError(Exception):
    """The package ``pyoxipng`` is not installed."""


def check_oxipng() -> None:
    """Raise ``OxipngMissingError`` unless oxipng can be used."""
    _load()


def _load() -> Any:  # noqa: ANN401  (the package is optional, and so are its types)
    """Return oxipng's module."""
    try:
        return importlib.import_module("oxipng")
    except ImportError as error:
        raise OxipngMissingError(
            "--oxipng needs the package pyoxipng: pip install 'kmcodec[oxipng]'"
        ) from error


def through_oxipng(data: bytes, level: int, *, keep_order: bool = False) -> bytes:
    """Return a PNG as oxipng writes it if that is smaller, else as it is.

    Every chunk is kept: what was not wanted is not in the file. The bytes are those of the oxipng
    at hand.

    Parameters
    ----------
    data : bytes
        A PNG.
    level : int
        0 (quick) to 6 (small).
    keep_order : bool
        Leave palette, indices and bit depth as they are.

    Raises
    ------
    OxipngMissingError
        The package is not installed.
    """
    oxipng = _load()
    reductions = ("bit_depth", "color_type", "palette", "grayscale")
    fixed = {f"{name}_reduction": False for name in reductions} if keep_order else {}
    smaller: bytes = oxipng.optimize_from_memory(
        data, level=level, strip=oxipng.StripChunks.none(), **fixed
    )
    return min(data, smaller, key=len)
