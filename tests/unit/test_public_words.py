"""What people see of the library: signatures, docstrings, and objects on one line."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import kmcodec

FUNCTIONS = [
    name
    for name in kmcodec.__all__
    if inspect.isfunction(getattr(kmcodec, name)) and name != "register_pillow"
]
NO_ROOM = {"data", "image"}  # of the first parameter, a type alone says what it is


def entries(docstring: str) -> dict[str, str]:
    """Return what the section of parameters says of each: its type, and what it means."""
    section = docstring.split("Parameters\n----------\n", 1)[-1]
    section = re.split(r"\n\n\w+\n---+\n", section)[0]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\w[\w, ]*) : (.*(?:\n(?: .*|$))*)", section, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), text)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_option_is_in_the_signature_and_told(name):
    """Each parameter is in the signature and in the docstring, with its default."""
    function = getattr(kmcodec, name)
    told = entries(inspect.getdoc(function) or "")
    for option in inspect.signature(function).parameters.values():
        assert option.kind not in (option.VAR_KEYWORD, option.VAR_POSITIONAL)
        assert option.name in told, f"{name} does not tell of {option.name}"
        kind, _, meaning = told[option.name].partition("\n")
        assert meaning.strip() or option.name in NO_ROOM, f"{name}: {option.name} has no meaning"
        if option.default is None:
            assert "optional" in kind or "default" in kind, f"{name}: {option.name}"
        elif option.default is not option.empty:
            shown = str(option.default).replace("'", '"')
            shown = f'"{shown}"' if isinstance(option.default, str) else shown
            assert kind.endswith(f"default {shown}"), f"{name}: {option.name} is {kind!r}"


def test_encode_has_every_option_of_what_it_calls():
    """``encode`` takes the options of ``quantize`` and ``encode_indexed``, with equal defaults."""
    mine = inspect.signature(kmcodec.encode).parameters
    for function in (kmcodec.quantize, kmcodec.encode_indexed):
        for option in list(inspect.signature(function).parameters.values())[1:]:
            assert mine[option.name].default == option.default
    assert set(mine) - {"block", "coding", "metadata", "keep_facts"} == set(
        inspect.signature(kmcodec.quantize).parameters
    )


def test_encode_hands_on_what_it_is_given():
    """Options reach the quantizer; those that blocks do not have are refused beside them."""
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    own = {"n_colors": 5, "space": "srgb", "dither": 0.5, "dither_method": "blue-noise"}
    own |= {"effort": 3, "seed": 4, "keep": [[1, 2, 3]], "posterize": 1}
    image = kmcodec.quantize(pixels, **own)
    assert kmcodec.encode(pixels, **own) == kmcodec.encode_indexed(image, effort=3)
    blocks = kmcodec.quantize_blocks(pixels, block=(2, 4), n_blocks=5, effort=3, seed=4)
    expected = kmcodec.encode_blocks(blocks, effort=3)
    given = {"n_colors": 5, "effort": 3, "seed": 4, "dither": 0.0, "space": "srgb"}
    assert kmcodec.encode(pixels, block=(2, 4), **given) == expected
    for name, value in own.items():
        if name not in ("n_colors", "effort", "seed", "space"):
            with pytest.raises(kmcodec.InputError, match=f"block and {name} exclude"):
                kmcodec.encode(pixels, block=(2, 4), **{name: value})


def objects():
    """Return one of each kind of object that holds arrays, with what its line says."""
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    data = kmcodec.encode(pixels, n_colors=16)
    groups = kmcodec.cluster_digits(rng.integers(0, 99, (20, 5, 4), dtype=np.uint8), 2)
    labels = kmcodec.encode_array(np.arange(6).reshape(2, 3))
    return [
        (kmcodec.quantize(pixels, n_colors=16), "<IndexedImage 40 x 30, 16 colours, RGB>"),
        (
            kmcodec.quantize(pixels, palette=[[9]]),
            "<IndexedImage 40 x 30, 1 colour, RGB, authored>",
        ),
        (
            kmcodec.quantize_blocks(pixels, block=(3, 5), n_blocks=7),
            "<BlockImage 40 x 30, 7 blocks of 3 x 5, RGB>",
        ),
        (kmcodec.segment(pixels, 3), "<Segmentation 40 x 30, 3 clusters>"),
        (groups, "<Grouping of 20 images of 4 x 5, 2 clusters, raw>"),
        (groups.report(groups.labels), "<Agreement of 2 clusters with 2 classes: accuracy 1.0000,"),
        (
            kmcodec.Histogram.from_pixels(pixels[:1, :1]),
            "<Histogram of 1 colour, RGB, in 1 pixels>",
        ),
        (kmcodec.KmqFile(data), f"<KmqFile of {len(data)} bytes: 40 x 30, 16 colours, RGB>"),
        (kmcodec.KmqFile(labels), f"<KmqFile of {len(labels)} bytes: int64 array of shape (2, 3)>"),
        (kmcodec.build_hierarchy(pixels), "<Hierarchy 40 x 30, "),
        (kmcodec.Metadata(icc=bytes(99)), "<Metadata: icc of 99 bytes>"),
        (kmcodec.read_info(data), "Info(version='0.1', width=40"),
    ]


def test_objects_are_told_in_one_short_line():
    """Printing an object says its size and colours, and shows no arrays."""
    for thing, line in objects():
        assert str(thing).startswith(line)
        assert repr(thing) == str(thing)
        assert "\n" not in str(thing)
        assert "array(" not in str(thing)
        assert len(str(thing)) < 300
