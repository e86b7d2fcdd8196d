"""Metadata of pictures, carried unread."""

from __future__ import annotations

from dataclasses import dataclass

from kmcodec.errors import InputError

KINDS = ("icc", "exif", "xmp")


@dataclass(frozen=True, repr=False)
class Metadata:
    """What a picture file says beside its pixels, carried unread.

    Attributes
    ----------
    icc, exif, xmp : bytes, optional
        An ICC profile, an Exif block (beginning with its TIFF header), an XMP packet.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None

    def __post_init__(self) -> None:
        """Check that everything is bytes."""
        for name in KINDS:
            value = getattr(self, name)
            if not (value is None or isinstance(value, bytes)):
                raise InputError(f"{name} is {type(value).__name__}, expected bytes")

    def __repr__(self) -> str:
        """Return which metadata there are and how long, on one line."""
        sizes = {name: len(getattr(self, name) or b"") for name in KINDS}
        told = ", ".join(f"{name} of {size} bytes" for name, size in sizes.items() if size)
        return f"<Metadata: {told or 'nothing'}>"
