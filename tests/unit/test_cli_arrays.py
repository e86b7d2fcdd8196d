"""Files that hold arrays of integers, on the command line: values come back, or a note says not."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.pages import view

ARRAYS = {
    "signed": np.array([[-1, 0, 5], [1000, 0, -1]], dtype=np.int64),
    "big-endian": np.array([[7, 70000], [7, 0]], dtype=">i4"),
    "bool": np.array([[True, False, True]]),
    "volume": np.arange(24, dtype=np.uint16).reshape(2, 3, 4) * 999,
    "fortran": np.asfortranarray(np.arange(6, dtype=np.int8).reshape(2, 3) - 3),
    "many values": np.arange(400, dtype=np.int32).reshape(20, 20) * 3,
    "empty": np.zeros((0, 5), dtype=np.uint8),
}


@pytest.fixture(params=ARRAYS)
def stored(request, tmp_path, monkeypatch):
    """Return an array; its file is a.kmq in the working folder."""
    monkeypatch.chdir(tmp_path)
    array = ARRAYS[request.param]
    (tmp_path / "a.kmq").write_bytes(kmcodec.encode_array(array))
    return array


def test_decode_to_npy_gives_the_array(run, stored, tmp_path):
    """Values, type and shape are those that were encoded, in a file and in a pipe."""
    assert run("decode", "a.kmq", "-o", "x.npy").code == 0
    done = run("decode", "-", "-o", "x2.npy", "--json", stdin=(tmp_path / "a.kmq").read_bytes())
    report = json.loads(done.out)
    assert "notes" not in report
    described = {"dtype": str(stored.dtype), "shape": list(stored.shape)}
    assert report["array"] == described | {"n_values": max(1, len(np.unique(stored)))}
    for name in ("x.npy", "x2.npy"):
        found = np.load(name)
        assert (found.dtype, found.shape) == (stored.dtype, stored.shape)
        assert np.array_equal(found, stored)


def test_info_says_type_and_shape(run, stored):
    """``info`` and ``read_info`` say what the array is."""
    n_values = max(1, len(np.unique(stored)))
    described = {"dtype": str(stored.dtype), "shape": list(stored.shape), "n_values": n_values}
    assert json.loads(run("info", "a.kmq", "--json").out)["array"] == described
    plural = "" if n_values == 1 else "s"
    text = f"array: {stored.dtype} of shape {stored.shape}, {n_values} value{plural};"
    assert text in run("info", "a.kmq").out.decode()
    assert run("verify", "a.kmq").code == 0


def test_pictures_of_arrays_come_with_a_note(run, stored, monkeypatch, tmp_path):
    """A picture, indices and a page show ranks, and say so for people and scripts."""
    monkeypatch.setattr(view, "binary_asset", lambda _name: b"module")
    shown = kmcodec.decode((tmp_path / "a.kmq").read_bytes())
    for words in (["decode", "a.kmq", "-o", "x.png"], ["view", "a.kmq"]):
        done = run(*words, "--json")
        assert done.code == 0
        notes = json.loads(done.out)["notes"]
        (note,) = (n for n in notes if "stand for the values" in n)
        assert f"{stored.dtype} of shape {stored.shape}" in note
        untimed = stored.ndim > 2 and words[0] == "decode"  # an animation needs durations
        assert len(notes) == 1 + untimed
        assert done.err == "".join(f"kmcodec: a.kmq: {n}\n" for n in notes)
    with Image.open("x.png") as image:
        mode = "LA" if shown.ndim > stored.ndim else "L"
        for number, plane in enumerate(shown if stored.ndim == 3 else shown[None]):
            image.seek(number)
            assert np.array_equal(np.asarray(image.convert(mode)), plane)
    done = run("decode", "a.kmq", "-o", "ranks.npy", "--indexed", "--json")
    assert json.loads(done.out)["notes"]
    expected = kmcodec.decode_animation((tmp_path / "a.kmq").read_bytes()).indices
    assert np.array_equal(np.load("ranks.npy"), expected if stored.ndim == 3 else expected[0])


def test_a_page_without_a_decoder_says_so(run, stored, monkeypatch):
    """Where kmq.wasm was not built, a page has a note on that beside the one on the array."""
    monkeypatch.setattr(view, "binary_asset", lambda _name: None)
    done = run("view", "a.kmq", "--json")
    assert done.code == 0
    of_array, *_of_planes, of_page = json.loads(done.out)["notes"]
    assert f"{stored.dtype} of shape {stored.shape}" in of_array
    assert "kmq.wasm" in of_page


def test_a_part_of_an_array(run, tmp_path, monkeypatch):
    """A region is cut out of an array, or of each of its layers; others are refused."""
    monkeypatch.chdir(tmp_path)
    for name in ("signed", "fortran", "volume"):
        (tmp_path / f"{name}.kmq").write_bytes(kmcodec.encode_array(ARRAYS[name]))
    for name in ("signed", "fortran"):
        done = run("decode", f"{name}.kmq", "-o", f"{name}.npy", "--region", "1,0,2,1")
        assert done.code == 0, done.err
        assert np.array_equal(np.load(f"{name}.npy"), ARRAYS[name][0:1, 1:3])
        assert run("decode", f"{name}.kmq", "-o", "y.npy", "--region", "1,0,3,1").code == 2
    done = run("decode", "volume.kmq", "-o", "y.npy", "--region", "0,0,1,1")
    assert done.code == 0, done.err
    assert np.array_equal(np.load("y.npy"), ARRAYS["volume"][:, :1, :1])


def test_a_damaged_description_is_no_array(run, tmp_path, monkeypatch):
    """Where the values are lost, .npy is refused as damaged, and a picture can still be had."""
    monkeypatch.chdir(tmp_path)
    from kmcodec import container  # noqa: PLC0415  (only here)

    parsed = container.parse(memoryview(kmcodec.encode_array(ARRAYS["signed"])), kmcodec.Limits())
    sections = [(s.tag, bytes(s.payload)) for s in parsed.sections]
    sections = [(t, p[:-1] if t == container.SECTION_ARRAY else p) for t, p in sections]
    (tmp_path / "a.kmq").write_bytes(container.build(parsed.header, sections))
    assert run("decode", "a.kmq", "-o", "x.npy").code == 4
    assert run("verify", "a.kmq").code == 4
    assert run("decode", "a.kmq", "-o", "x.png").code == 0
    assert json.loads(run("info", "a.kmq", "--json").out)["array"] is None


def test_a_file_that_is_opened_once_gives_its_array():
    """``KmqFile`` says whether it holds an array, and decodes it; a picture is refused."""
    for array in ARRAYS.values():
        file = kmcodec.KmqFile(kmcodec.encode_array(array))
        assert file.is_array
        assert np.array_equal(file.decode_array(), array)
        assert file.decode_array().dtype == array.dtype
    picture = kmcodec.KmqFile(kmcodec.encode(np.eye(3, dtype=np.uint8)))
    assert not picture.is_array
    with pytest.raises(kmcodec.InputError, match="holds a picture, not an array"):
        picture.decode_array()


def test_masked_arrays_are_refused_unless_nothing_is_masked():
    """Masked elements have no value that a file could keep: the message says what to do."""
    masked = np.ma.masked_equal(np.arange(6).reshape(2, 3), 4)
    with pytest.raises(kmcodec.InputError, match=r"has 1 masked element, .* array\.filled"):
        kmcodec.encode_array(masked)
    two = np.ma.masked_less(np.arange(6, dtype=np.uint8).reshape(2, 3), 2)
    with pytest.raises(kmcodec.InputError, match="2 masked elements"):
        kmcodec.encode_array(two)
    with pytest.raises(kmcodec.InputError, match="2 masked elements"):
        kmcodec.quantize(two)
    for whole in (np.ma.array(masked.data), np.ma.array(masked.data, mask=np.zeros((2, 3)))):
        assert np.array_equal(kmcodec.decode_array(kmcodec.encode_array(whole)), masked.data)


def test_the_numcodecs_codec_refuses_masked_chunks():
    """The codec for numcodecs does not drop a mask either."""
    from kmcodec.adapters.numcodecs import KmqCodec  # noqa: PLC0415  (only here)

    with pytest.raises(kmcodec.InputError, match="masked"):
        KmqCodec().encode(np.ma.masked_equal(np.arange(6).reshape(2, 3), 4))


def test_kmq_files_are_quantized_and_segmented(run, folder, tmp_path):
    """``quantize`` and ``segment`` decode a .kmq file first, from a file or a pipe."""
    run("encode", folder / "photo.png", "-k", 50, "-o", tmp_path / "a.kmq")
    data = (tmp_path / "a.kmq").read_bytes()
    expected = kmcodec.quantize(kmcodec.decode(data), n_colors=4)
    for source in (tmp_path / "a.kmq", "-"):
        done = run("quantize", source, "-k", 4, "-o", tmp_path / "o.png", "-f", stdin=data)
        assert done.code == 0, done.err
        with Image.open(tmp_path / "o.png") as image:
            assert np.array_equal(np.asarray(image.convert("RGB")), expected.to_pixels())
    done = run("segment", tmp_path / "a.kmq", "-k", 2, "--json")
    areas = [cluster["area"] for cluster in json.loads(done.out)["clusters"]]
    assert areas == kmcodec.segment(kmcodec.decode(data), 2).areas.tolist()
    (tmp_path / "cut.kmq").write_bytes(data[:-1])
    assert run("quantize", tmp_path / "cut.kmq", "-o", tmp_path / "p.png").code == 4


def test_kmq_files_of_blocks_profiles_and_indices_are_quantized(run, folder, tmp_path):
    """Blocks are laid out, a profile is carried, an indexed picture stays as it is."""
    run("encode", folder / "photo.png", "--block", "2x2", "-k", 9, "-o", tmp_path / "b.kmq")
    assert run("quantize", tmp_path / "b.kmq", "-o", tmp_path / "b.png").code == 0
    blocks = kmcodec.decode((tmp_path / "b.kmq").read_bytes())
    with Image.open(tmp_path / "b.png") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), blocks)
    run("encode", folder / "deep" / "indexed.gif", "-o", tmp_path / "i.kmq")
    done = run("quantize", tmp_path / "i.kmq", "-o", tmp_path / "i.png", "--keep-order")
    assert done.code == 0, done.err
    image = kmcodec.decode_indexed((tmp_path / "i.kmq").read_bytes())
    with Image.open(tmp_path / "i.png") as found:
        assert np.array_equal(np.asarray(found), image.indices)
    (tmp_path / "n.kmq").write_bytes(kmcodec.encode_array(ARRAYS["signed"]))
    done = run("quantize", tmp_path / "n.kmq", "-o", tmp_path / "n.png")
    assert "holds an array, int64 of shape (2, 3)" in done.err


@pytest.mark.parametrize("command", ["view", "decode", "info", "verify", "thumbnail"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "text"])
def test_other_files_are_called_no_kmq_files(run, tmp_path, photo, command, kind):
    """A picture or a text given for a .kmq file is not called damaged; nothing is written."""
    buffer = io.BytesIO(b"some words")
    if kind != "text":
        Image.fromarray(photo).save(buffer, kind)
    (tmp_path / "in.dat").write_bytes(buffer.getvalue())
    output = ["-o", tmp_path / "x.png"] if command == "thumbnail" else []
    for source in (tmp_path / "in.dat", "-"):
        if source == "-" and command in ("view", "thumbnail"):
            continue
        done = run(command, source, *output, stdin=buffer.getvalue())
        assert done.code == 3
        assert "is no .kmq file" in done.err
        assert not {"damaged", "offset"} & set(done.err.split())
        assert [path.name for path in tmp_path.iterdir()] == ["in.dat"]
