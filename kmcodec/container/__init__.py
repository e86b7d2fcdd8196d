"""The ``.kmq`` container: signature, header, checked sections (spec 2 to 4)."""

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
