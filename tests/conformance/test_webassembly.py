"""The decoder in WebAssembly agrees with the other decoders."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import reference_decoder as reference
import webassembly
from hypothesis import given, settings
from hypothesis import strategies as st
from run_vectors import read_png
from work import STEPS

import kmcodec
from kmcodec import BlockImage, IndexedImage

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "fuzz"))
from mutator import mutate  # noqa: E402  (a tool beside the tests)

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())
GOOD = [(folder, name) for folder in ("valid", "uncommon") for name in INDEX[folder]]
COUNTS = st.sampled_from([1, 2, 3, 4, 5, 16, 17, 60, 255, 256, 257, 1000, 5000])
MOST_MUTANT = 1 << 18  # pixels of a damaged file
MOST_REFERENCE = 40  # pixels that the reference decoder takes in a moment


@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_valid(wasm, folder, name):
    """kmq.mjs decodes a valid vector to the same pixels, indices and palette as the package."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()
    found = wasm(data)
    width, height, channels, pixels = read_png((VECTORS / folder / f"{name}.png").read_bytes())
    assert found["size"] == [width, height, channels]
    assert found["pixels"] == pixels
    if kmcodec.read_info(data).planes > 1:
        stack = kmcodec.decode_animation(data)
        indices, codebook = stack.indices, stack.palette
    else:
        image = kmcodec.decode_blocks(data)
        indices, codebook = image.indices, image.codebook
    assert found["indices"] == indices.ravel().tolist()
    assert found["palette"] == codebook.tobytes()


@pytest.mark.parametrize("name", INDEX["faulty"])
def test_faulty(wasm, name):
    """kmq.mjs refuses a faulty vector with the error class in the index and a one-line message."""
    found = wasm((VECTORS / "faulty" / f"{name}.kmq").read_bytes())
    assert found["error"] == INDEX["faulty"][name]["error"]
    assert found["message"]
    assert "\n" not in found["message"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("folder", "name"), GOOD)
def test_damage(wasm, folder, name, step):
    """Any prefix and any flipped bit of a small vector is refused, and with the right class."""
    data = (VECTORS / folder / f"{name}.kmq").read_bytes()[:120]
    for end in {*range(len(name) % step, len(data), step), len(data) - 1}:
        assert wasm(data[:end])["error"] == "TruncatedError"
    whole = (VECTORS / folder / f"{name}.kmq").read_bytes()
    if len(whole) > len(data):
        return
    for position in range(len(name) % step, 8 * len(whole), step):
        damaged = bytearray(whole)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(kmcodec.KmqError) as raised:
            kmcodec.decode(bytes(damaged))
        assert wasm(bytes(damaged))["error"] == type(raised.value).__name__


@st.composite
def pictures(draw):
    """Draw an indexed picture or one of blocks, and options of coding."""
    n_colors, channels = draw(COUNTS), draw(st.integers(1, 4))
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    block = draw(st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 2), (1, 3), (4, 3)]))
    n_colors = n_colors if block == (1, 1) else min(n_colors, 60)
    levels = draw(st.sampled_from([2, 40, 256]))
    shape = (n_colors, channels) if block == (1, 1) else (n_colors, *block, channels)
    codebook = rng.integers(0, levels, shape).astype(np.uint8)
    grid = (-(-height // block[0]), -(-width // block[1]))
    indices = rng.integers(0, draw(st.integers(1, n_colors)), grid)
    if draw(st.booleans()):  # areas that are flat
        indices = np.repeat(np.repeat(indices, 4, axis=0), 4, axis=1)[: grid[0], : grid[1]]
    options = {
        "coding": draw(st.sampled_from(["auto", "packed", "deflate", "mixed", "mixed"])),
        "effort": draw(st.integers(1, 9)),
    }
    if draw(st.booleans()):
        options["metadata"] = kmcodec.Metadata(icc=b"icc", xmp=b"<x/>")
    if block != (1, 1):
        image = BlockImage(codebook, indices, height=height, width=width)
        return kmcodec.encode_blocks(image, **options), image.to_pixels()
    image = IndexedImage(codebook, indices, authored=draw(st.booleans()))
    return kmcodec.encode_indexed(image, **options), image.to_pixels()


def check_decoders(wasm, data, pixels):
    """Compare the package, kmq.mjs, and for small pictures the reference decoder with pixels."""
    expected = pixels.tobytes()
    assert kmcodec.decode(data).tobytes() == expected
    found = wasm(data)
    assert found["pixels"] == expected
    assert found["size"][:2] == [pixels.shape[1], pixels.shape[0]]
    if pixels.shape[0] * pixels.shape[1] <= MOST_REFERENCE and len(data) < 400:
        assert reference.decode(data).pixels() == expected


@settings(max_examples=80)
@given(drawn=pictures())
def test_random_pictures(wasm, drawn):
    """All decoders give the pixels of a random picture."""
    check_decoders(wasm, *drawn)


@pytest.mark.exhaustive
@settings(max_examples=1000)
@given(drawn=pictures())
def test_many_random_pictures(wasm, drawn):
    """All decoders give the pixels of a thousand random pictures."""
    check_decoders(wasm, *drawn)


@pytest.mark.parametrize("n_colors", [2, 16, 17, 256, 700])
def test_vectors_of_128_bits_and_plain_code_give_the_same(wasm, plain, n_colors):
    """On planes of noise, areas and slopes, with each model, both builds give the same pixels."""
    rng = np.random.default_rng(n_colors)
    palette = rng.integers(0, 256, (n_colors, 3)).astype(np.uint8)
    y, x = np.mgrid[0:61, 0:83]
    planes = [
        rng.integers(0, n_colors, y.shape),
        (y // 7 * 5 + x // 9) % n_colors,
        (x * y // 40 + rng.integers(0, 3, y.shape)) % n_colors,
    ]
    for plane, effort in itertools.product(planes, (1, 3, 5, 9)):
        image = IndexedImage(palette, plane)
        data = kmcodec.encode_indexed(image, coding="mixed", effort=effort)
        found = wasm(data)
        assert found["pixels"] == image.to_pixels().tobytes()
        assert found == plain(data)


@pytest.mark.parametrize(
    ("start", "count"),
    [(0, 1500), pytest.param(50000, 10000, marks=pytest.mark.exhaustive)],
)
def test_mutants(wasm, start, count):
    """Damaged files with right checksums give what the package gives; no module ever traps."""
    seeds = [path.read_bytes() for path in sorted(VECTORS.rglob("*.kmq"))]
    taken = 0
    for number in range(start, start + count):
        data = mutate(random.Random(number).choice(seeds), number)
        found = wasm(data, MOST_MUTANT)
        try:
            pixels = kmcodec.decode(data, limits=kmcodec.Limits(max_pixels=MOST_MUTANT)).tobytes()
        except kmcodec.KmqError:
            pixels = None
        assert found.get("pixels") == pixels, data.hex()
        taken += pixels is not None
    assert taken > count // 20


def test_the_api(tmp_path):
    """Regions, channels, sections, limits, errors, signals and workers do what kmq.d.mts says."""
    webassembly.find_module()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (9, 14))
    image = IndexedImage(rng.integers(0, 256, (5, 2)).astype(np.uint8), labels, authored=True)
    metadata = kmcodec.Metadata(icc=b"a profile")
    (tmp_path / "small.kmq").write_bytes(kmcodec.encode_indexed(image, metadata=metadata))
    noise = rng.integers(0, 200, (700, 700))
    large = IndexedImage(rng.integers(0, 256, (200, 3)).astype(np.uint8), noise)
    (tmp_path / "large.kmq").write_bytes(kmcodec.encode_indexed(large, coding="mixed", effort=5))
    (tmp_path / "small.json").write_text(
        json.dumps({"indices": labels.ravel().tolist(), "palette": image.palette.ravel().tolist()})
    )
    command = [webassembly.find_node(), "--test", str(HERE / "kmq_api.test.mjs")]
    places = {"KMQ_SCRIPTS": str(webassembly.ASSETS), "KMQ_FILES": str(tmp_path)}
    environment = os.environ | places
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_module_and_scripts_are_small():
    """Module and ES module together have less than 60,000 bytes, compressed as servers do."""
    module = webassembly.find_module().read_bytes()
    script = (webassembly.ASSETS / "kmq.mjs").read_bytes()
    assert len(gzip.compress(module, 9)) + len(gzip.compress(script, 9)) < 60_000


@pytest.mark.parametrize("name", ["kmq", "kmq_worker"])
def test_types_name_what_there_is(name):
    """A module and its declarations export the same classes and functions."""
    exported = r"^export (?:declare )?(?:async )?(?:class|function) (\w+)"
    module, types = (
        re.findall(exported, (webassembly.ASSETS / f"{name}{ending}").read_text(), re.MULTILINE)
        for ending in (".mjs", ".d.mts")
    )
    assert sorted(module) == sorted(types)
    assert module


def test_a_stale_module_is_not_kept(tmp_path, monkeypatch):
    """A module of other sources is built again or, where there is no compiler, removed."""
    built = webassembly.find_module().read_bytes()
    target = tmp_path / "kmq.wasm"
    target.write_bytes(built)
    assert webassembly.BUILD["is_current"](target)
    target.write_bytes(built[:-1] + bytes([built[-1] ^ 1]))
    assert not webassembly.BUILD["is_current"](target)
    monkeypatch.setitem(webassembly.BUILD["build"].__globals__, "compilers", list)
    with pytest.raises(webassembly.BUILD["BuildError"], match="neither Clang nor ziglang"):
        webassembly.BUILD["build"](target)
    assert not target.exists()
