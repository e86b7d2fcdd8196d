"""The range coder and the palette tree in C, against the twin and the reference decoder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import reference_decoder as reference
from c_decoder import SANITIZERS, WARNINGS, compiler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmcodec import _kernels
from kmcodec._kernels.twin.range_coder import RangeDecoder, RangeEncoder
from kmcodec.coding import palette_model as model

SOURCE = Path(__file__).with_name("kmq_parts.c")
CHANCES = st.one_of(st.integers(1, 65535), st.sampled_from([1, 2, 32768, 65534, 65535]))
ENDS = st.lists(st.integers(1, 16383), min_size=2, max_size=2, unique=True).map(sorted)
DECISIONS = st.tuples(st.just("d"), CHANCES, st.integers(0, 1))
SYMBOLS = st.tuples(st.just("s"), ENDS, st.integers(0, 2))
STEPS = st.lists(st.one_of(DECISIONS, SYMBOLS), max_size=60)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return a function that gives a command to the program of the core's parts."""
    program = tmp_path_factory.mktemp("parts") / "parts"
    command = [compiler("gcc"), "-std=c11", *WARNINGS, "-O1", *SANITIZERS, str(SOURCE)]
    subprocess.run([*command, "-o", str(program)], check=True)

    def run(*words):
        text = " ".join(map(str, words))
        done = subprocess.run(
            [str(program)], input=text, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def part(ends, which):
    """Return the part of 16384 of one of the three symbols between two ends."""
    whole = [0, *ends, 16384]
    return whole[which], whole[which + 1]


def encoded(steps):
    """Return the stream of steps by the twin."""
    encoder = RangeEncoder()
    for kind, a, b in steps:
        if kind == "d":
            encoder.encode_bit(a, bit=bool(b))
        else:
            encoder.encode_symbol(*part(a, b))
    return encoder.finish()


def decoded(stream, steps):
    """Return what the twin makes of a stream, as the program prints it."""
    decoder = RangeDecoder(stream)
    found = []
    for kind, a, _ in steps:
        if decoder.fault:
            break
        if kind == "d":
            found.append(int(decoder.decide(a)))
        else:
            value = decoder.value()
            low, high = part(a, sum(value >= end for end in a))
            decoder.take(low, high)
            found.append(low)
    return [*map(str, found), "finished" if decoder.is_finished() else "fault"]


def by_reference(stream, steps):
    """Return what the reference decoder makes of a stream, or that there is a fault."""
    try:
        source = reference.Stream(bytes(stream))
        decoder = reference.RangeDecoder(source)
        found = []
        for kind, a, _ in steps:
            if kind == "s":
                found.append([0, *a][decoder.symbol([*a, 16384])])
            else:
                found.append(decoder.decide(a))
        source.finish()
        decoder.finish()
    except reference.FormatError:
        return "fault"
    return [*map(str, found), "finished"]


def wanted(steps):
    """Return the program's words for steps whose results are to be found."""
    words = [f"d {a}" if kind == "d" else f"s {a[0]} {a[1]}" for kind, a, _ in steps]
    return [len(words), *words]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_range_coders_agree(parts, steps):
    """C, twin and reference write and read the same streams of decisions and symbols."""
    words = []
    for kind, a, b in steps:
        words += [kind, a, b] if kind == "d" else [kind, *part(a, b)]
    stream = encoded(steps)
    assert parts("encode", len(steps), *words).strip() == stream.hex()
    expected = [str(b if kind == "d" else part(a, b)[0]) for kind, a, b in steps] + ["finished"]
    assert parts("decode", len(stream), *stream, *wanted(steps)).split() == expected
    assert decoded(stream, steps) == expected == by_reference(stream, steps)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=st.binary(max_size=9), steps=STEPS, data=st.data())
def test_range_decoders_agree_on_any_bytes(parts, stream, steps, data):
    """Any bytes are refused by all three decoders, or give all of them the same."""
    if steps and data.draw(st.booleans()):  # near a good stream, where ends may be right
        good = bytearray(encoded(steps)) or bytearray(1)
        good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(0, 255))
        stream = bytes(good)
    found = parts("decode", len(stream), *stream, *wanted(steps)).split()
    expected = by_reference(stream, steps)
    assert found == decoded(stream, steps)
    assert found == expected if expected != "fault" else found[-1] == "fault"


@pytest.mark.parametrize(
    ("top", "is_fault"), [(0xFFFFBFFF, False), (0xFFFFC000, True), (0xFFFFFFFE, True)]
)
def test_values_out_of_range(parts, top, is_fault):
    """A value of 16384 or more, which no encoder writes, is a fault for all at once."""
    stream = top.to_bytes(4, "big").rstrip(b"\0")
    steps = [("s", [1, 16383], 2), ("d", 32768, 0)]
    found = parts("decode", len(stream), *stream, *wanted(steps)).split()
    assert found == decoded(stream, steps)
    assert len(found) == (2 if is_fault else 3)
    decoder = reference.RangeDecoder(reference.Stream(stream))
    if is_fault:
        with pytest.raises(reference.FormatError):
            decoder.symbol([1, 16383, 16384])
    else:
        assert decoder.symbol([1, 16383, 16384]) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data(), channels=st.integers(1, 4), n_colors=st.integers(2, 40))
def test_trees_agree(parts, data, channels, n_colors):
    """The tree in C has the leaves of the reference decoder's."""
    values = st.sampled_from([0, 1, 7, 128, 255]) | st.integers(0, 255)
    palette = data.draw(
        st.lists(st.tuples(*[values] * channels), min_size=n_colors, max_size=n_colors)
    )
    tree = reference.PaletteTree([bytes(entry) for entry in palette])
    found = parts("tree", channels, n_colors, *np.ravel(palette)).split()
    assert list(map(int, found)) == tree.order


def test_large_trees_agree(parts):
    """So it is with as many entries as there may be."""
    palette = np.random.default_rng(2).integers(0, 256, (65536, 3)).astype(np.uint8)
    palette[:20000] = palette[0]
    tree = reference.PaletteTree([bytes(entry) for entry in palette])
    found = parts("tree", 3, 65536, *palette.ravel()).split()
    assert list(map(int, found)) == tree.order


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there is no compiled core to compare")
def test_cores_agree_on_real_palettes(photo, sprite):
    """Core and twin write the same for palettes of pictures, and read it."""
    import kmcodec  # noqa: PLC0415

    core, twin = (_kernels.load("core", which) for which in ("compiled", "interpreted"))
    for pixels in (photo, sprite, photo[..., 0]):
        for n_colors in (5, 64, 256):
            palette = kmcodec.quantize(pixels, n_colors=n_colors).palette
            palette = palette[model.order(palette)]
            ascending = [p | 1 for p in model._tried(palette)]
            parameter = next(p for p in ascending if (np.diff(model._keys(palette, p)) > 0).all())
            for p in (parameter, 0, 2):
                stream = core.encode_palette(palette, p)
                assert stream == twin.encode_palette(palette, p)
                back = np.zeros_like(palette)
                twin.decode_palette(np.frombuffer(stream, np.uint8), p, back)
                assert (back == palette).all()


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there is no compiled core to compare")
@given(stream=st.binary(max_size=12), parameter=st.integers(0, 47), shape=st.data())
def test_cores_agree_on_any_bytes(stream, parameter, shape):
    """Core and twin refuse the same bytes by the same words, and read others alike."""
    channels, n_colors = shape.draw(st.integers(1, 4)), shape.draw(st.integers(1, 8))
    parameter %= 4 * len(model.channel_orders(channels))
    found = []
    for which in ("compiled", "interpreted"):
        entries = np.zeros((n_colors, channels), dtype=np.uint8)
        try:
            core = _kernels.load("core", which)
            core.decode_palette(np.frombuffer(stream, np.uint8), parameter, entries)
            found.append(entries.tolist())
        except ValueError as error:
            found.append(str(error))
    assert found[0] == found[1]
