"""The decoder in C asks often whether to stop: between two asks there is little work."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from c_decoder import QUICKLY_BUILT, build

import kmcodec
from kmcodec import BlockImage, IndexedImage, _kernels, container
from kmcodec.coding.mixed import MODELS, MixedEncoder
from kmcodec.coding.setting import Setting
from kmcodec.coding.tiling import Grid
from kmcodec.container import Header

SOURCE = Path(__file__).with_name("kmq_asks.c")
RUN = 2 * 16  # pixels that are decoded at once, one in each row of a pair
CLEARED = 1 << 20  # bytes
LINE = re.compile(r"(\w+) (\w+): (\d+) asks, at most (\d+) units")


@pytest.fixture(scope="module")
def asks(tmp_path_factory):
    """Return a function: of a file, how often the decoder asks, and the units between two asks."""
    folder = tmp_path_factory.mktemp("asks")
    program = build(folder, "gcc", SOURCE, QUICKLY_BUILT)

    def measure(data):
        (folder / "a.kmq").write_bytes(data)
        command = [str(program), str(folder / "a.kmq")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = {}
        for step, status, *numbers in LINE.findall(done.stdout):
            assert status == "OK"
            found[step] = tuple(map(int, numbers))
        return found

    return measure


def picture(model, n_colors, indices, grid):
    """Return a file of one model, whatever the encoder would choose."""
    rng = np.random.default_rng(n_colors)
    palette = rng.integers(0, 256, (n_colors, 3)).astype(np.uint8)
    encoder = MixedEncoder(Setting(indices.shape, palette), model, grid)
    sections = [(1, b"\0" + palette.tobytes()), (2, b"\2" + encoder.encode(indices))]
    return container.build(Header(*indices.shape[::-1], 3, n_colors), sections)


@pytest.mark.parametrize("n_colors", [16, 256, 65536])
@pytest.mark.parametrize("model", MODELS)
def test_each_model_asks_every_1024_pixels(asks, model, n_colors):
    """Whatever the model, 1024 pixels lie between two asks, or one run more; and 1 MB to clear."""
    indices = np.random.default_rng(1).integers(0, n_colors, (90, 100))
    count, units = asks(picture(model, n_colors, indices, Grid(1, 1)))["decode"]
    assert units <= 1024 + RUN
    cleared = _kernels.core.tile_bytes(model, n_colors, 1, *indices.shape)
    assert count >= indices.size // (1024 + RUN) + cleared // CLEARED


@pytest.mark.parametrize("shape", [(1500, 1500), (1, 1 << 20), (1 << 20, 1)])
def test_large_flat_tiles(asks, shape):
    """Runs are no reason to ask less often, nor is what comes after a tile's last pixel."""
    count, units = asks(picture(0, 9, np.zeros(shape, np.uint8), Grid(1, 1)))["decode"]
    assert units <= 1024 + RUN
    assert count >= shape[0] * shape[1] // (1024 + RUN) * 1.02


def test_many_small_tiles_of_many_colors(asks):
    """A tile of one pixel is work, too, if it has 65,536 colours."""
    indices = np.random.default_rng(1).integers(0, 65536, (4, 4))
    count, _ = asks(picture(0, 65536, indices, Grid(4, 4)))["decode"]
    assert count >= 32


@pytest.mark.parametrize("coding", ["packed", "deflate"])
def test_other_coders(asks, coding):
    """Coders without models ask every 8192 units, and so do checksums, palettes and blocks."""
    rng = np.random.default_rng(1)
    palette = rng.integers(0, 256, (4096, 3)).astype(np.uint8)
    image = IndexedImage(palette, rng.integers(0, 4096, (700, 500)), authored=True)
    codebook = rng.integers(0, 256, (4, 300, 400, 3)).astype(np.uint8)
    blocks = BlockImage(codebook, rng.integers(0, 4, (3, 3)), height=900, width=1200)
    for data in (
        kmcodec.encode_indexed(image, coding=coding),
        kmcodec.encode_blocks(blocks, coding=coding, effort=1),
    ):
        for count, units in asks(data).values():
            assert count > 1
            assert units < 8192
