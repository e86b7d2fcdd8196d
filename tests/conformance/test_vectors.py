"""The package and the reference decoder agree on every vector of the specification."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import kmcodec
from kmcodec.errors import KmqError

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())


def load_reference():
    """Import spec/reference_decoder.py, which belongs to no package."""
    spec = importlib.util.spec_from_file_location(
        "reference_decoder", SPEC / "reference_decoder.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


reference = load_reference()


@pytest.mark.parametrize("name", INDEX["valid"])
def test_valid(name):
    """Both decode a valid file to the pixels beside it, with the same palette and indices."""
    data = (VECTORS / "valid" / f"{name}.kmq").read_bytes()
    picture = reference.decode(data)
    image = kmcodec.decode_blocks(data)
    assert (VECTORS / "valid" / f"{name}.pam").read_bytes() == reference.build_pam(picture)
    assert picture.pixels() == kmcodec.decode(data).tobytes()
    assert picture.rows == image.indices.tolist()
    assert picture.palette == [entry.tobytes() for entry in image.codebook]
    assert picture.block == image.block
    assert (picture.channels, picture.authored) == (image.channels, image.authored)


@pytest.mark.parametrize("name", INDEX["faulty"])
def test_faulty(name):
    """Both refuse a faulty file with exactly the error class in the index."""
    data = (VECTORS / "faulty" / f"{name}.kmq").read_bytes()
    expected = INDEX["faulty"][name]["error"]
    with pytest.raises(KmqError) as raised:
        kmcodec.decode(data)
    assert expected == type(raised.value).__name__
    with pytest.raises(reference.KmqError) as raised:
        reference.decode(data)
    assert expected == type(raised.value).__name__


@pytest.mark.parametrize("name", INDEX["valid"])
def test_prefixes(name):
    """Both refuse every prefix of a valid file with TruncatedError."""
    data = (VECTORS / "valid" / f"{name}.kmq").read_bytes()
    for end in range(len(data)):
        with pytest.raises(KmqError) as raised:
            kmcodec.decode(data[:end])
        assert type(raised.value).__name__ == "TruncatedError"
        with pytest.raises(reference.TruncatedError):
            reference.decode(data[:end])


@pytest.mark.parametrize("name", INDEX["valid"])
def test_flipped_bits(name):
    """Both refuse a valid file with any one bit changed, and with the same error class."""
    data = (VECTORS / "valid" / f"{name}.kmq").read_bytes()
    for position in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(KmqError) as raised:
            kmcodec.decode(damaged)
        expected = type(raised.value).__name__
        with pytest.raises(reference.KmqError) as raised:
            reference.decode(bytes(damaged))
        assert expected == type(raised.value).__name__


def test_index_is_complete():
    """Every file in the folders is named in the index, and every name has its files."""
    found = {path.relative_to(VECTORS).as_posix() for path in VECTORS.rglob("*") if path.is_file()}
    named = {f"valid/{name}.{kind}" for name in INDEX["valid"] for kind in ("kmq", "pam")}
    named |= {f"faulty/{name}.kmq" for name in INDEX["faulty"]}
    assert found == named | {"index.json"}
