"""Where fuzzing starts: the vectors of the specification, small pictures, arrays, regressions."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
from PIL import Image

import kmcodec

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
REGRESSIONS = ROOT / "tests" / "regressions"
LARGEST = 4096  # bytes of a vector worth fuzzing


def kmq_files() -> list[bytes]:
    """Return the small vectors."""
    files = sorted((ROOT / "spec" / "vectors").rglob("*.kmq"))
    return [f.read_bytes() for f in files if f.stat().st_size <= LARGEST]


def label_maps() -> list[bytes]:
    """Return small arrays of every kind of integer, as files."""
    rng = np.random.default_rng(2)
    found = []
    for number, name in enumerate(("?", "u1", "i1", "<u2", ">i2", "<i4", ">u4", "<i8", "<u8")):
        array = (rng.integers(0, 2 + 3 * number, (2 + number % 2, 3, 5)) - number % 3).astype(name)
        array = array if number % 2 else np.asfortranarray(array)
        found.append(kmcodec.encode_array(array, effort=1 + number))
    return [*found, kmcodec.encode_array(np.zeros((0, 3), dtype=np.uint8))]


def pictures() -> list[bytes]:
    """Return a small picture in each format and mode that the command line reads most."""
    rng = np.random.default_rng(1)
    rgba = Image.fromarray(rng.integers(0, 256, (5, 7, 4), dtype=np.uint8))
    profile = b"not a profile"
    found = []
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"):
        image = (
            rgba.convert("L").convert(mode) if mode in ("I;16", "P", "1") else rgba.convert(mode)
        )
        for kind in ("PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG", "TGA", "PPM", "ICO"):
            out = io.BytesIO()
            try:
                image.save(out, kind, **({"icc_profile": profile} if kind == "PNG" else {}))
            except (OSError, KeyError, ValueError):
                continue  # that format has no such mode
            found.append(out.getvalue())
    return found


def arrays() -> list[bytes]:
    """Return small IDX files, plain and gzipped, and .npy files."""
    values = bytes(range(24))
    idx = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (2, 3, 4)) + values
    labels = bytes([0, 0, 8, 1, 0, 0, 0, 5]) + values[:5]
    found = [idx, labels, gzip.compress(idx, mtime=0), gzip.compress(labels, mtime=0)]
    for array in (np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.ones((2, 3))):
        out = io.BytesIO()
        np.save(out, array)
        found.append(out.getvalue())
    return found


def seeds(target: str) -> list[bytes]:
    """Return what a target starts from."""
    stored = [path.read_bytes() for path in sorted((CORPUS / target).glob("*"))]
    stored += [path.read_bytes() for path in sorted(REGRESSIONS.glob(f"{target}-*"))]
    if target == "picture":
        return stored + pictures()
    if target == "arrays":
        return stored + arrays()
    if target == "label_map":
        return stored + label_maps()
    if target == "round_trip":
        return stored + [bytes(range(n, n + 40)) for n in range(0, 200, 23)]
    if target == "region":
        return stored + [bytes([3, 1, 4, 2]) + data for data in kmq_files()]
    return stored + kmq_files()
