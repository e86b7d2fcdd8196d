"""What ancillary sections carry: metadata, K-means facts, names (spec 4.4).

Content that is not as the spec has it is no error: such sections are as good as missing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from kmcodec import container
from kmcodec.codec.metadata import Metadata
from kmcodec.image import KMeansFacts, checked_names
from kmcodec.options import SPACES, check_integer

if TYPE_CHECKING:
    from kmcodec.container import Container

MOST_BYTES_OF_NAME = 16384  # in JSON; 1000 characters of 12 bytes, as escapes can be, take less
MOST_BYTES_OF_FACTS = 4096
METADATA_SECTIONS = {
    "icc": container.SECTION_ICC,
    "exif": container.SECTION_EXIF,
    "xmp": container.SECTION_XMP,
}


def metadata_sections(metadata: Metadata | None) -> list[tuple[int, bytes]]:
    """Return metadata as (tag, payload) sections."""
    found = [(tag, getattr(metadata, name, None)) for name, tag in METADATA_SECTIONS.items()]
    return [(tag, payload) for tag, payload in found if payload is not None]


def read_carried(parsed: Container) -> Metadata:
    """Return the metadata of a file."""
    found = {name: parsed.find(tag) for name, tag in METADATA_SECTIONS.items()}
    return Metadata(**{name: None if p is None else bytes(p) for name, p in found.items()})


def facts_payload(facts: KMeansFacts) -> bytes:
    """Return the content of the facts section."""
    return json.dumps(asdict(facts), sort_keys=True, separators=(",", ":")).encode()


def read_facts(parsed: Container) -> KMeansFacts | None:
    """Return the facts section, or None where it is missing or not as spec 4.4 has it.

    The section is ancillary, so bad content is no error.
    """
    payload = parsed.find(container.SECTION_FACTS)
    if payload is None or len(payload) > MOST_BYTES_OF_FACTS:
        return None
    try:
        values = json.loads(bytes(payload).decode(), object_pairs_hook=_distinct_keys)
        facts = KMeansFacts(**values)
        integers = [(facts.effort, 1, 9), (facts.seed, 0, 2**32 - 1), (facts.n_iter, 0, 2**63 - 1)]
        for value, low, high in integers:
            check_integer(value, low, high, "fact")
        if facts.space not in SPACES or type(facts.mse) not in (int, float):
            return None
        facts = replace(facts, mse=float(facts.mse))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return facts if 0 <= facts.mse < float("inf") else None


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's pairs as a dictionary, refusing a key that occurs twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key occurs twice")
    return values


def names_payload(names: tuple[str, ...]) -> bytes:
    """Return the content of the names section."""
    return json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode()


def read_names(parsed: Container) -> tuple[str, ...]:
    """Return the names of the codebook's entries; nothing where the section is missing or bad."""
    payload = parsed.find(container.SECTION_NAMES)
    header = parsed.header
    if payload is None or not header.authored:
        return ()
    if len(payload) > MOST_BYTES_OF_NAME * header.n_colors:
        return ()
    try:
        names = json.loads(bytes(payload).decode())
        return checked_names(names, header.n_colors) if isinstance(names, list) else ()
    except (ValueError, RecursionError):
        return ()
