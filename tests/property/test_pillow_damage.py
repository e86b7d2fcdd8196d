"""Whatever the bytes, Pillow raises what its users expect of a picture file."""

from __future__ import annotations

import contextlib
import io
import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

import kmcodec
import kmcodec.pillow
from kmcodec import IndexedImage, Metadata

sys.path.append(str(Path(__file__).parents[1] / "fuzz"))
import mutator  # a tool beside the tests

OF_OPENING = (UnidentifiedImageError, OSError, Image.DecompressionBombError)
OF_LOADING = (OSError,)
OF_VERIFYING = (OSError, SyntaxError)


def whole_files() -> list[bytes]:
    """Return five files that between them have every coder, blocks, metadata and a wide palette."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (14, 17, 3), dtype=np.uint8)
    palette = rng.integers(0, 256, (300, 4), dtype=np.uint8)
    wide = IndexedImage(palette, rng.integers(0, 300, (12, 9)), authored=True)
    metadata = Metadata(icc=b"icc", exif=b"II*\0")
    return [
        kmcodec.encode(noise, n_colors=9, coding="packed", metadata=metadata),
        kmcodec.encode(noise, n_colors=20, coding="mixed", metadata=metadata),
        kmcodec.encode(noise[..., 0], n_colors=16, coding="deflate", metadata=metadata),
        kmcodec.encode(noise, n_colors=6, block=(2, 3), metadata=metadata),
        kmcodec.encode_indexed(wide, metadata=metadata),
    ]


def with_right_checksums(data: bytearray) -> bytes:
    """Return a damaged file with the checksums that its sections now should have."""
    from kmcodec.varint import read_varint  # noqa: PLC0415

    view, start, at = memoryview(data), 0, 6
    try:
        for _ in range(5 if data[5] & 4 else 3):
            _, at = read_varint(view, at, "size")
        while at < len(data):
            length, body = read_varint(view, at + 1, "length")
            end = body + length
            data[end : end + 4] = zlib.crc32(data[start:end]).to_bytes(4, "little")
            start = at = end + 4
    except (IndexError, kmcodec.FormatError, BufferError, ValueError):
        pass  # a length is damaged, too: then the rest is
    return bytes(data)


def with_a_flipped_bit(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with a flipped bit in any one of its sections, to which checksums agree.

    Sections are as likely as one another. What a decoder takes is in packed indices, raw colours or
    metadata: the streams of models do not come back from any other bits.
    """
    parts = mutator.take_apart(data)
    assert parts is not None
    at = int(rng.integers(len(parts.sections)))
    tag, payload = parts.sections[at]
    changed = bytearray(payload)
    changed[rng.integers(len(changed))] ^= 1 << rng.integers(0, 8)
    parts.sections[at] = (tag, bytes(changed))
    return mutator.put_together(parts)


def damaged_files() -> list[bytes]:
    """Return 200 files: cut short, with flipped bits, and with garbage that checksums agree to."""
    rng = np.random.default_rng(4)
    whole = whole_files()
    made = []
    for number in range(200):
        data = bytearray(whole[number % len(whole)])
        kind = number // len(whole) % 5
        if kind == 0:
            made.append(bytes(data[: rng.integers(0, len(data))]))
            continue
        if kind == 1:
            data[rng.integers(0, len(data))] ^= 1 << rng.integers(0, 8)
            made.append(bytes(data))
            continue
        if kind in (2, 3):
            made.append(with_a_flipped_bit(bytes(data), rng))
            continue
        begin = int(rng.integers(8, len(data) - 4))
        data[begin:] = rng.bytes(len(data) - begin)
        made.append(with_right_checksums(data))
    return made


DAMAGED = damaged_files()


def ending_of(data):
    """Return how far Pillow comes with a file; it raises only what it documents."""
    try:
        picture = Image.open(io.BytesIO(data))
    except OF_OPENING:
        return "refused"
    with contextlib.suppress(*OF_VERIFYING):
        Image.open(io.BytesIO(data)).verify()
    try:
        picture.load()
    except OF_LOADING:
        return "opened"
    assert picture.size == kmcodec.decode(data).shape[1::-1]  # none is shown that does not decode
    return "loaded"


def test_damage_raises_what_pillow_documents():
    """Opening, loading and verifying damaged files raise only what Pillow documents."""
    endings = Counter(map(ending_of, DAMAGED))
    assert endings.total() == 200
    assert min(endings[end] for end in ("refused", "opened", "loaded")) >= 30
