"""Palettes of drawing programs: recognized by content, read whole, refused in one sentence."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from kmcodec import files
from kmcodec.errors import InputError

TWO = [[255, 128, 0], [0, 0, 255]]


def swatches(*colors, version=(1, 0), count=None):
    """Return an .ase file of (model, values), with a group around them."""
    blocks = [(0xC001, struct.pack(">H", 2) + "G\0".encode("utf-16-be"))]
    for model, *values in colors:
        name = struct.pack(">H", 3) + "ab\0".encode("utf-16-be")
        blocks.append((1, name + model + struct.pack(f">{len(values)}fH", *values, 2)))
    blocks.append((0xC002, b""))
    head = b"ASEF" + struct.pack(">HHI", *version, len(blocks) if count is None else count)
    return head + b"".join(struct.pack(">HI", kind, len(data)) + data for kind, data in blocks)


def table(colors, *tail):
    """Return an .act file of these colours, filled with black."""
    flat = b"".join(bytes(color) for color in colors)
    return flat.ljust(768, b"\0") + (struct.pack(">HH", *tail) if tail else b"")


def riff(colors):
    """Return Microsoft's palette of these colours."""
    body = struct.pack("<HH", 0x300, len(colors)) + b"".join(bytes([*c, 0]) for c in colors)
    chunk = b"PAL data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


READ = {
    "gpl with alpha": (
        b"GIMP Palette\nChannels: RGBA\n#\n255 128   0 64\tHalf\n0 0 255 255 Blue 2\n",
        [[255, 128, 0, 64], [0, 0, 255, 255]],
    ),
    "gpl, windows, a number as name": (
        b"GIMP Palette\r\nName: a\r\nChannels: RGB\r\n255 128 0 64\r\n0 0 255\r\n",
        TWO,
    ),
    "jasc": (b"JASC-PAL\r\n0100\r\n2\r\n255 128 0\r\n0 0 255\r\n", TWO),
    "jasc with alpha": (
        b"JASC-PAL\n0100\n2\n255 128 0 9\n0 0 255\n",
        [[255, 128, 0, 9], [0, 0, 255, 255]],
    ),
    "paint.net": (
        b"; paint.net Palette File\n; a comment\n40FF8000\nFF0000FF\n",
        [[255, 128, 0, 64], [0, 0, 255, 255]],
    ),
    "lospec's paint.net": (b";paint.net Palette File\r\n;Colors: 2\r\nFFff8000\r\nFF0000ff", None),
    "hex": (b"ff8000\n0000ff\n", TWO),
    "ase": (swatches((b"RGB ", 1, 128 / 255, 0), (b"RGB ", 0, 0, 1)), TWO),
    "ase, gray and inks": (
        swatches((b"Gray", 0.5), (b"CMYK", 0, 0.5, 1, 0)),
        [[128, 128, 128], [255, 128, 0]],
    ),
    "microsoft": (riff(TWO), TWO),
    "act with a count": (table(TWO, 2, 0xFFFF), TWO),
    "act with a clear entry": (table(TWO, 2, 1), [[255, 128, 0, 255], [0, 0, 255, 0]]),
    "act": (table(TWO), [*TWO, *[[0, 0, 0]] * 254]),
}


@pytest.mark.parametrize("name", ["palette", "palette.dat", "palette.png"])
@pytest.mark.parametrize("kind", READ)
def test_palettes_are_known_by_their_content(tmp_path, kind, name):
    """Each kind gives its colours, alpha and order under a name that says nothing."""
    content, expected = READ[kind]
    (tmp_path / name).write_bytes(content)
    if expected is None:
        expected = [[255, 128, 0, 255], [0, 0, 255, 255]]
    assert files.read_palette(tmp_path / name).tolist() == expected


def test_lab_swatches_become_srgb(tmp_path):
    """Lab swatches agree with the published Lab values of sRGB's white, red and a gray."""
    lab = [(1, 0, 0), (0.5429, 80.81, 69.88), (0.5359, 0, 0)]
    (tmp_path / "a.ase").write_bytes(swatches(*((b"LAB ", *color) for color in lab)))
    found = files.read_palette(tmp_path / "a.ase").astype(int)
    assert np.abs(found - [[255, 255, 255], [255, 0, 0], [128, 128, 128]]).max() <= 1


def test_the_name_decides_what_the_content_leaves_open(tmp_path):
    """Eight digits without any comment are rrggbbaa, and aarrggbb in a .txt file."""
    for name, expected in (("a.hex", [0x40, 0xFF, 0x80, 0]), ("a.txt", [0xFF, 0x80, 0, 0x40])):
        (tmp_path / name).write_text("40FF8000\n")
        assert files.read_palette(tmp_path / name).tolist() == [expected]


def test_a_small_picture_is_no_colour_table(tmp_path):
    """A picture of exactly 768 bytes is read as one."""
    Image.new("RGB", (2, 1), (1, 2, 3)).save(tmp_path / "a.bmp")
    data = (tmp_path / "a.bmp").read_bytes()
    (tmp_path / "a.bmp").write_bytes(data.ljust(768, b"\1"))
    assert files.read_palette(tmp_path / "a.bmp").tolist() == [[1, 2, 3]]


DAMAGED = [
    ("a.gpl", b"GIMP Palette\nChannels: RGBA\n1 2 3\n", "line 3: '1 2 3' .* expected four numbers"),
    ("a.gpl", b"GIMP Palette\nChannels: CMYK\n", "line 2: channels are 'CMYK'"),
    ("a.pal", b"JASC-PAL\n0200\n1\n0 0 0", "line 2: the version is '0200'"),
    ("a.pal", b"JASC-PAL\n0100\nmany\n0 0 0", "line 3: 'many' is no number"),
    ("a.pal", b"JASC-PAL\n0100\n3\n0 0 0\n", "holds 1 colours, its third line says 3"),
    ("a.pal", b"JASC-PAL\n0100\n1\n0 0 300\n", "line 4: '0 0 300' is no colour"),
    ("a.pal", b"JASC-PAL", "line 2: the version is ''"),
    ("a.pal", b"nothing", "neither a JASC nor a Microsoft palette"),
    ("a.pal", riff(TWO)[:-3], "cut short"),
    ("a.txt", b"; paint.net Palette File\nFF00\nFFzz0000\n", "line 3: 'FFzz0000' is no colour"),
    ("a.ase", swatches((b"RGB ", 1, 0, 0))[:-20], "cut short"),
    ("a.ase", swatches((b"RGB ", 1, 0, 0), count=9), "cut short"),
    ("a.ase", swatches((b"HSB ", 1, 0, 0)), "swatch 1 has the model b'HSB '"),
    ("a.ase", swatches((b"RGB ", float("nan"), 0, 0)), "no numbers"),
    ("a.ase", swatches((b"RGB ", 0, 0, 0), version=(2, 0)), "version 2.0"),
    ("a.ase", swatches(), "holds 0 colours"),
    ("a.act", table(TWO)[:-1], "768 or 772 bytes, the file 767"),
    ("a.act", table(TWO, 300, 0), "says that it has 300 colours"),
    ("a.txt", b"not a colour", "line 1: 'not a colour' is no colour"),
    ("a.dat", b"not a colour", "is not a picture"),
]


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED)
def test_damaged_palettes_are_refused_in_one_sentence(tmp_path, name, content, message):
    """The sentence names the file and says what is wrong with it, on one line."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        files.read_palette(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_beginning_of_a_palette_is_read_or_refused(tmp_path):
    """Whatever part of such a file is left, it gives colours or one of our errors."""
    for content, _ in READ.values():
        for end in range(0, len(content), 1 + len(content) // 40):
            (tmp_path / "a").write_bytes(content[:end])
            try:
                assert len(files.read_palette(tmp_path / "a")) >= 1
            except InputError as error:
                assert "\n" not in str(error)  # noqa: PT017  (either is right)


@pytest.mark.parametrize("kind", ["gpl with alpha", "jasc", "ase", "act with a clear entry"])
def test_the_command_line_takes_them(run, folder, tmp_path, kind):
    """``--palette`` takes such a file, and the output has its colours."""
    content, expected = READ[kind]
    (tmp_path / "palette").write_bytes(content)
    done = run(
        "quantize",
        folder / "photo.png",
        "--palette",
        tmp_path / "palette",
        "-o",
        tmp_path / "o.png",
    )
    assert done.code == 0, done.err
    with Image.open(tmp_path / "o.png") as image:
        seen = np.unique(np.asarray(image.convert("RGBA")).reshape(-1, 4), axis=0)[:, :3]
    assert {tuple(c) for c in seen.tolist()} <= {tuple(c[:3]) for c in expected}
