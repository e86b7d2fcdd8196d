"""The same bytes everywhere: what this version writes is written down."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

GOLDENS = runpy.run_path(str(Path(__file__).with_name("goldens.py")))


def test_every_file_has_its_golden_bytes():
    """All spaces, dithers and palettes of four pictures, 152 files, byte for byte."""
    expected = json.loads(GOLDENS["GOLDENS"].read_text(encoding="utf-8"))
    assert len(expected) == 152
    assert GOLDENS["checksums"]() == expected
