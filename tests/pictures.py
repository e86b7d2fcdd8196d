"""Pictures opened and closed again."""

from __future__ import annotations

import functools

from PIL import Image, ImageCms


def opened(source) -> Image.Image:
    """Return a loaded picture whose file is closed."""
    with Image.open(source) as image:
        image.load()
        return image


@functools.cache
def swapped_profile() -> bytes:
    """Return sRGB's profile with the tags of red's and blue's primaries exchanged.

    A profile tells the time it was made, so it is made once.
    """
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return icc.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
