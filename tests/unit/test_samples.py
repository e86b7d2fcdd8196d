"""The scripts in samples/ run, and do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec

SAMPLES = Path(__file__).parents[2] / "samples"
TOLD = {
    "color_quantization": r"819840 bytes of pixels, (\d+) as a file; squared error (\d+)",
    "cutout": r"the flower is ([\d.]+)% of the picture",
    "digits": r"merged: 9 groups of 1797 images",
    "embed": r"(\d+) bytes of pixels became (\d+)",
    "label_maps": r"kmq: (\d+) bytes for 4372480 of int64\nBlosc-zstd 9: (\d+) bytes",
    "portrait": r"the face is ([\d.]+)% of the portrait, (\d+) x (\d+)",
    "sprite_sheet": r"4 sprites: (\d+) bytes in a sheet, (\d+) as files",
}


def run_sample(name, *arguments):
    """Run a script; return the numbers that it tells."""
    command = [sys.executable, str(SAMPLES / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(TOLD[name], done.stdout)
    assert found is not None, done.stdout
    return [float(number) for number in found.groups()]


def test_every_sample_is_expected():
    """Each sample has its expected output, and each expected output a sample."""
    assert {path.stem for path in SAMPLES.glob("*.py")} == set(TOLD)


@pytest.mark.parametrize("name", sorted(set(TOLD) - {"portrait", "sprite_sheet"}))
def test_it_runs(name):
    """A sample runs, prints what it should, and its figures are good."""
    numbers = run_sample(name)
    if name == "label_maps":
        assert 2 * numbers[0] < numbers[1]
    if name == "color_quantization":
        assert numbers[0] < 80_000
        assert numbers[1] < 125  # the tutorial's own is 132
    if name == "embed":
        assert numbers[0] > 5 * numbers[1]


def test_the_sprite_sheet_is_smaller(tmp_path):
    """The sheet takes fewer bytes than its sprites alone, and decodes."""
    sheet = tmp_path / "sheet.kmq"
    together, alone = run_sample("sprite_sheet", sheet)
    assert together == sheet.stat().st_size < alone
    assert kmcodec.decode(sheet.read_bytes()).shape == (48, 192, 4)


def test_the_face_is_a_part_of_the_portrait(tmp_path):
    """The face is a few percent of the portrait, and fills its own picture."""
    share, width, height = run_sample("portrait", tmp_path / "face.png")
    assert 1 < share < 6
    with Image.open(tmp_path / "face.png") as face:
        assert face.size == (width, height)
        assert 0.4 < (np.asarray(face)[..., 3] > 0).mean() < 1
