"""The vectors of coder 2 reach all that the specification says of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
import reference_decoder as reference

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())


class Tile(reference.TileDecoder):
    """Counts what it decodes."""

    seen: ClassVar[Counter[str]] = Counter()

    def decode(self):
        """Count range coders and steps."""
        self.seen[f"coders {len(self.coders)}"] += 1
        self.seen[f"steps {self.tree.steps} of model {reference.MODELS.index(self.model)}"] += 1
        return super().decode()

    def decode_run(self, site, line):
        """Count runs by their length."""
        length = super().decode_run(site, line)
        self.seen[f"{kind_of(site)}run {length} of line {line}"] += 1
        if self.z > 0:
            self.seen["flat run in a later plane"] += not site.still
            along = self.find_along(site)
            self.seen.update(f"along {bit}, {along >> bit & 1}" for bit in range(8))
        return length

    def decode_flat(self, site, line, beyond):
        """Count what still pixels are, and what the planes before have around."""
        escapes = super().decode_flat(site, line, beyond)
        if self.z > 0:
            equal = len(set(site.near[:6])) == 1
            self.seen[f"{kind_of(site)}pixel, flat {equal}, escapes {escapes}"] += 1
            around = self.find_around(site)
            self.seen.update(f"around {bit}, {around >> bit & 1}" for bit in range(12))
        return escapes

    def can_run(self, site, line, ahead):
        """Count runs that wait for the row above."""
        can = super().can_run(site, line, ahead)
        if line == 1 and ahead < self.width:
            self.seen[f"{kind_of(site)}run {can} with {ahead - site.x} known above"] += 1
        return can

    def decode_leaves(self, sites):
        """Count pixels that are decoded together."""
        self.seen[f"sites {len(sites)}"] += 1
        super().decode_leaves(sites)
        self.seen.update(f"set {site.set_before}" for site in sites if self.model.stack)

    def decode_symbol(self, mixture):
        """Count escapes, and what rows and matches have come to."""
        site = mixture.site
        symbol = super().decode_symbol(mixture)
        if site.escaped:
            leaf = 16 * mixture.prefix + symbol
            last = mixture.unit == 1
            same = last and leaf == site.expected
            self.seen[f"{kind_of(site)}escaped, W {same}"] += 1
        as_before = site.escaped and not site.still and any(site.same) and all(site.same[:6])
        self.seen["after a flat run, as before"] += as_before
        self.seen["matches that know"] += any(match.times > 1 for match in site.matches)
        rows = [row for row in mixture.rows if row is not None]
        self.seen["least chance"] += any(min(row.chance) == -32768 for row in rows)
        self.seen["last count"] += any(row.count == 127 for row in rows)
        return symbol

    def find_hashed(self, i, number, place):
        """Count rows that are emptied."""
        known = {id(row): row.check for row in self.rows[i].values()}
        row = super().find_hashed(i, number, place)
        self.seen["row that is emptied"] += known.get(id(row), 0) not in (0, row.check)
        return row


def kind_of(site):
    """Return how still pixels are told apart."""
    return "still " if site.still else ""


@pytest.fixture(scope="module")
def reached():
    """Return how often each feature was reached while all valid vectors were decoded."""
    patch = pytest.MonkeyPatch()
    patch.setattr(reference, "TileDecoder", Tile)
    for folder in ("valid", "uncommon"):
        for name in INDEX[folder]:
            if name.startswith(("mixed-", "stack-")):
                reference.decode((VECTORS / folder / f"{name}.kmq").read_bytes())
    patch.undo()
    return Tile.seen


FEATURES = [
    *(f"coders {count}" for count in (1, 2)),
    *(f"steps {steps} of model {model}" for steps in (1, 2, 3) for model in range(3)),
    *(f"steps {steps} of model 3" for steps in (1, 2, 4)),
    *(f"run {length} of line {line}" for length in (0, 7, 15, 16) for line in (0, 1)),
    *("run False with 17 known above", "run True with 18 known above"),
    *(f"sites {count}" for count in (1, 2)),
    *(f"escaped, W {same}" for same in (False, True)),
    *(f"steps {steps} of model {model}" for steps in (1, 2, 3) for model in (4, 5)),
    *(f"steps {steps} of model 6" for steps in (1, 2, 4)),
    *(f"still run {length} of line {line}" for length in (0, 7, 15, 16) for line in (0, 1)),
    *("still run False with 17 known above", "still run True with 18 known above"),
    *(f"still pixel, flat {flat}, escapes {one}" for flat in (False, True) for one in (0, 1)),
    *(f"pixel, flat True, escapes {one}" for one in (0, 1)),
    *(f"still escaped, W {same}" for same in (False, True)),
    *(f"around {bit}, {one}" for bit in range(12) for one in (0, 1)),
    *(f"along {bit}, {one}" for bit in range(8) for one in (0, 1)),
    *("flat run in a later plane", "after a flat run, as before", "set 0", "set 256"),
    *("matches that know", "least chance", "last count", "row that is emptied"),
]


@pytest.mark.parametrize("feature", FEATURES)
def test_it_is_reached(reached, feature):
    """A feature is reached by a valid vector."""
    assert reached[feature] > 0
