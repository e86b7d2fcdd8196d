"""The thumbnailer, called as a desktop does: by the Exec line of its entry."""

from __future__ import annotations

import configparser
import shlex
import shutil
import zlib

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec.container.header import SIGNATURE
from kmcodec.varint import write_varint


@pytest.fixture
def entry(home, call):
    """Return the entry that was installed."""
    call("kmcodec", "desktop", "install")
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(home / ".local" / "share" / "thumbnailers" / "kmcodec.thumbnailer")
    return parser["Thumbnailer Entry"]


def words(entry, source, target, size):
    """Return a desktop's command: the field codes of the Exec line replaced in its words."""
    fields = {"%i": source, "%o": target, "%s": size, "%u": source.as_uri()}
    return [str(fields.get(word, word)).replace("%%", "%") for word in shlex.split(entry["Exec"])]


def test_the_entry_is_for_our_type_and_its_program_is_there(entry):
    """The entry names image/x-kmq and a program that can be run."""
    assert entry["MimeType"].split(";") == ["image/x-kmq", ""]
    assert shutil.which(entry["TryExec"]) == entry["TryExec"]


@pytest.mark.parametrize("size", [128, 256, 512])
def test_a_thumbnail_through_the_exec_line(entry, call, tmp_path, photo, size):
    """Names with blanks, an output that exists already and has no suffix, alpha."""
    alpha = np.full((*photo.shape[:2], 1), 255, dtype=np.uint8)
    alpha[:20] = 0
    pixels = np.kron(np.concatenate([photo, alpha], axis=2), np.ones((4, 4, 1), np.uint8))
    source = tmp_path / "my holiday é.kmq"
    source.write_bytes(kmcodec.encode(pixels, n_colors=64, effort=1))
    target = tmp_path / "out.XYZ123"
    target.touch()
    call(*words(entry, source, target, size))
    with Image.open(target) as made:
        assert made.format == "PNG"
        assert made.mode == "RGBA"
        expected = (size, size * 3 // 4) if size < 320 else (320, 240)
        assert made.size == expected
        assert made.info["Thumb::Image::Width"] == "320"
        assert np.asarray(made)[0, 0, 3] == 0
        assert np.asarray(made)[-1, 0, 3] == 255


def test_bombs_are_refused(entry, call, tmp_path):
    """46,000 x 46,000 pixels of one colour in a few bytes: no thumbnail, and exit code 6."""
    small = kmcodec.encode(np.zeros((1, 1, 3), np.uint8))
    side = write_varint(46_000)
    source = tmp_path / "bomb.kmq"
    start = SIGNATURE + small[4:6] + side + side + small[8:-4]
    source.write_bytes(start + zlib.crc32(start).to_bytes(4, "little"))
    target = tmp_path / "out.png"
    call(*words(entry, source, target, 256), code=6)
    assert not target.exists()


def test_damage_is_refused(entry, call, tmp_path):
    """A damaged file gives exit code 4 and no thumbnail."""
    data = bytearray(kmcodec.encode(np.eye(40, dtype=np.uint8)))
    data[-3] ^= 1
    source = tmp_path / "bad.kmq"
    source.write_bytes(data)
    call(*words(entry, source, tmp_path / "out.png", 256), code=4)
    assert not (tmp_path / "out.png").exists()
