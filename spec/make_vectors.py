"""Write spec/vectors: small `.kmq` files, one feature or one fault each.

    python spec/make_vectors.py

``valid`` and ``uncommon`` (valid files of a kind that encoders seldom write) hold NAME.kmq with the
pixels in NAME.png; ``faulty/NAME.kmq`` must be refused with the error class that ``index.json``
names. Palettes, indices and faults are built here, independent of the package's own coders.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import faulty_stacks
import faulty_vectors as faults
import valid_stacks
import valid_vectors as features

if TYPE_CHECKING:
    from vector_parts import Faulty, Valid

VECTORS = Path(__file__).parent / "vectors"
UNCOMMON = {
    "ancillary-empty",
    "ancillary-facts-ignored",
    "ancillary-long",
    "ancillary-unknown",
    "array-ignored",
    "array-own-palette",
    "array-relabelled",
    "array-tables-ignored",
    "block-tall",
    "block-wide",
    "colors-1-ancillary-last",
    "frames-ignored",
    "frames-of-picture",
    "mixed-escape-w",
    "mixed-tiles-1x1",
    "palette-delta-green-wraps",
    "palette-delta-wraps",
    "palette-equal-entries",
    "palette-modelled-equal",
    "size-1x1-colors-1",
    "stack-escape-expected",
    "stack-tiles-1x1x1",
}
UNCOMMON_KINDS = ("deflate-bytes-", "deflate-stored", "deflate-fixed")


def folder_of(vector: Valid) -> str:
    """Return where a valid file stands."""
    name = vector.name
    return "uncommon" if name in UNCOMMON or name.startswith(UNCOMMON_KINDS) else "valid"


def write(valid: list[Valid], faulty: list[Faulty]) -> int:
    """Write all vectors and their index anew; return how many bytes they take."""
    files: dict[str, bytes] = {}
    index: dict[str, dict[str, object]] = {"valid": {}, "uncommon": {}, "faulty": {}}
    for good in valid:
        folder = folder_of(good)
        files[f"{folder}/{good.name}.kmq"] = good.data
        files[f"{folder}/{good.name}.png"] = good.png()
        index[folder][good.name] = good.why
    for bad in faulty:
        files[f"faulty/{bad.name}.kmq"] = bad.data
        index["faulty"][bad.name] = {"error": bad.error, "why": bad.why}
    files["index.json"] = (json.dumps(index, indent=1) + "\n").encode()
    for folder in index:
        for old in VECTORS.glob(f"{folder}/*"):
            old.unlink()
    for name, data in files.items():
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(map(len, files.values()))


def main() -> None:
    """Write spec/vectors."""
    valid = [
        *features.valid_shapes(),
        *features.valid_palettes(),
        *features.valid_coders(),
        *features.valid_mixed(),
        *features.valid_sections(),
        *features.valid_arrays(),
        *features.valid_blocks(),
        *valid_stacks.valid_stacks(),
    ]
    faulty = [
        *faults.faulty_starts(),
        *faults.faulty_lengths(),
        *faults.faulty_sections(),
        *faults.faulty_palettes(),
        *faults.faulty_modelled(),
        *faults.faulty_codebooks(),
        *faults.faulty_indices(),
        *faults.faulty_mixed(),
        *faulty_stacks.faulty_stacks(),
    ]
    size = write(valid, faulty)
    print(f"{len(valid)} valid and {len(faulty)} faulty files, {size} bytes")


if __name__ == "__main__":
    main()
