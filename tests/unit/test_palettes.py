"""Palette files and colours as text."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import files
from kmcodec.errors import FormatError, InputError

GIMP = """GIMP Palette
Name: Two
Columns: 4
# a comment
255 128   0\tOrange
  0   0 255
"""


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#ff8000", (255, 128, 0)),
        ("FF800040", (255, 128, 0, 64)),
        ("#f80", (255, 136, 0)),
        (" f804 ", (255, 136, 0, 68)),
    ],
)
def test_colours_have_hexadecimal_digits(text, color):
    """Colours of 3, 4, 6 and 8 hexadecimal digits are read."""
    assert files.parse_color(text) == color


@pytest.mark.parametrize("text", ["", "#", "#ff", "#ff80000", "orange", "#ggg", "#ff8000 #00"])
def test_other_texts_are_no_colours(text):
    """Other texts raise InputError."""
    with pytest.raises(InputError, match="is no colour"):
        files.parse_color(text)


def test_gimp_palettes(tmp_path):
    """A GIMP palette's colours are read in order."""
    path = tmp_path / "two.gpl"
    path.write_text(GIMP)
    assert files.read_palette(path).tolist() == [[255, 128, 0], [0, 0, 255]]


def test_hex_lists(tmp_path):
    """Order and repetitions stay; any alpha gives all entries one."""
    path = tmp_path / "list.HEX"
    path.write_bytes(b"\xef\xbb\xbfff8000\r\n; a comment\r\n\r\n#0000ff80\r\nff8000")
    expected = [[255, 128, 0, 255], [0, 0, 255, 128], [255, 128, 0, 255]]
    assert files.read_palette(path).tolist() == expected


def test_pictures_and_kmq_files(tmp_path, photo):
    """An own palette comes as it is, pixels as their colours, a .kmq file as its palette."""
    image = kmcodec.quantize(photo, n_colors=7)
    (tmp_path / "a.kmq").write_bytes(kmcodec.encode_indexed(image))
    assert (files.read_palette(tmp_path / "a.kmq") == image.palette).all()
    Image.fromarray(image.to_pixels()).save(tmp_path / "rgb.png")
    assert (files.read_palette(tmp_path / "rgb.png") == image.palette).all()
    indexed = Image.fromarray(np.array([[1, 0]], dtype=np.uint8)).convert("P")
    indexed.putpalette([9, 9, 9, 1, 2, 3])
    indexed.save(tmp_path / "p.png")
    assert files.read_palette(tmp_path / "p.png").tolist()[:2] == [[9, 9, 9], [1, 2, 3]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gpl", "255 0 0", "does not begin with 'GIMP Palette'"),
        ("a.gpl", "GIMP Palette\n256 0 0", "a.gpl, line 2: .* expected three numbers"),
        ("a.gpl", "GIMP Palette\n1 2", "line 2"),
        ("a.gpl", "GIMP Palette\n", "holds 0 colours"),
        ("a.hex", "ff8000\nnone", "a.hex, line 2: 'none' is no colour"),
        ("a.hex", "", "holds 0 colours"),
        ("a.png", "text", "is not a picture"),
    ],
)
def test_wrong_files_are_refused_in_one_line(tmp_path, name, content, message):
    """A wrong palette file raises InputError of one line with file and line number."""
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        files.read_palette(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_missing_and_damaged_files(tmp_path):
    """A missing file raises InputError, a damaged .kmq file FormatError."""
    with pytest.raises(InputError, match="cannot read"):
        files.read_palette(tmp_path / "none.gpl")
    (tmp_path / "a.kmq").write_bytes(b"\x8fKMQ")
    with pytest.raises(FormatError):
        files.read_palette(tmp_path / "a.kmq")


def test_importance_is_brightness(tmp_path):
    """Gray as it is, colours by luma, transparency dims."""
    gray = np.array([[0, 128, 255]], dtype=np.uint8)
    Image.fromarray(gray).save(tmp_path / "gray.png")
    assert (files.read_importance(tmp_path / "gray.png") == gray).all()
    Image.fromarray(np.repeat(gray[..., None], 3, axis=2)).save(tmp_path / "rgb.png")
    assert (files.read_importance(tmp_path / "rgb.png") == gray).all()
    alpha = np.array([[255, 255, 51]], dtype=np.uint8)
    Image.fromarray(np.stack([gray, alpha], axis=2), "LA").save(tmp_path / "la.png")
    assert files.read_importance(tmp_path / "la.png").tolist() == [[0, 128, 51]]
