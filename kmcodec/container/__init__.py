"""The ``.kmq`` container: signature, header, checked sections (spec 2 to 4).

Names are imported when first used: who only asks how a file begins needs none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.container.header import DEFAULT_LIMITS, Header, Limits
    from kmcodec.container.sections import (
        SECTION_ARRAY,
        SECTION_EXIF,
        SECTION_FACTS,
        SECTION_FRAMES,
        SECTION_ICC,
        SECTION_INDICES,
        SECTION_NAMES,
        SECTION_PALETTE,
        SECTION_TABLES,
        SECTION_XMP,
        Container,
        Section,
        build,
        parse,
        parse_front,
    )

_HOME = {
    "Container": "sections",
    "DEFAULT_LIMITS": "header",
    "Header": "header",
    "Limits": "header",
    "SECTION_ARRAY": "sections",
    "SECTION_EXIF": "sections",
    "SECTION_FACTS": "sections",
    "SECTION_FRAMES": "sections",
    "SECTION_ICC": "sections",
    "SECTION_INDICES": "sections",
    "SECTION_NAMES": "sections",
    "SECTION_PALETTE": "sections",
    "SECTION_TABLES": "sections",
    "SECTION_XMP": "sections",
    "Section": "sections",
    "build": "sections",
    "parse": "sections",
    "parse_front": "sections",
}

__all__ = [
    "DEFAULT_LIMITS",
    "SECTION_ARRAY",
    "SECTION_EXIF",
    "SECTION_FACTS",
    "SECTION_FRAMES",
    "SECTION_ICC",
    "SECTION_INDICES",
    "SECTION_NAMES",
    "SECTION_PALETTE",
    "SECTION_TABLES",
    "SECTION_XMP",
    "Container",
    "Header",
    "Limits",
    "Section",
    "build",
    "parse",
    "parse_front",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
