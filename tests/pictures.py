"""Pictures opened and closed again."""

from __future__ import annotations

from PIL import Image


def opened(source) -> Image.Image:
    """Return a loaded picture whose file is closed."""
    with Image.open(source) as image:
        image.load()
        return image
