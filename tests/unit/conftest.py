"""What the tests of the command line share: a folder to run it on."""

from __future__ import annotations

import pytest
from PIL import Image


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
