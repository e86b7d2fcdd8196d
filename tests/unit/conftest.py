"""What the tests of the command line share: running it, and a folder to run it on."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from kmcodec import cli


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """Return a function that runs the command line in this process."""

    def call(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["kmcodec", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfdbinary.readouterr()
        return SimpleNamespace(code=ended.value.code, out=out, err=err.decode())

    return call


@pytest.fixture
def folder(tmp_path, photo, sprite):
    """Return a folder of pictures: RGB, gray, RGBA, an indexed one; one below another."""
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    Image.fromarray(photo).save(place / "photo.png")
    Image.fromarray(photo[..., 0]).save(place / "gray.bmp")
    Image.fromarray(sprite).save(place / "deep" / "sprite.png")
    Image.fromarray(photo).quantize(9).save(place / "deep" / "indexed.gif")
    (place / "notes.txt").write_text("not a picture")
    return place
