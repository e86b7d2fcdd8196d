"""What the chunks of a PNG say that are not critical (PNG 3rd edition, 11.3)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from PIL.PngImagePlugin import MAX_TEXT_CHUNK, MAX_TEXT_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

GRAY, RGB, INDEXED = 0, 2, 3  # colour types, PNG 11.2.1
XMP = b"XML:com.adobe.xmp"
RAW_EXIF = b"Raw profile type exif"  # as ImageMagick writes it
TIFF_HEADS = (b"II*\0", b"MM\0*")
KINDS = frozenset(b"tRNS gAMA sRGB iCCP cICP eXIf pHYs tEXt zTXt iTXt".split())


class ChunkError(Exception):
    """A chunk cannot be used, for the reason given."""


class Ancillary:
    """Reads chunks one after another.

    Parameters
    ----------
    depth, color_type : int
        As IHDR has them.

    Attributes
    ----------
    info : dict
        What Pillow would have: "icc_profile", "exif", "xmp", "gamma", "srgb", "transparency"; and
        "cicp", four bytes, and "phys", three integers.
    """

    def __init__(self, depth: int, color_type: int) -> None:
        self._depth = depth
        self._color_type = color_type
        self._inflated = 0
        self.info: dict[str, Any] = {}
        self._handlers: dict[bytes, Callable[[bytes], None]] = {
            b"tRNS": self._transparency,
            b"gAMA": self._gamma,
            b"sRGB": self._srgb,
            b"iCCP": self._profile,
            b"cICP": self._code_points,
            b"eXIf": self._exif,
            b"pHYs": self._resolution,
            b"tEXt": self._plain_text,
            b"zTXt": self._packed_text,
            b"iTXt": self._international_text,
        }

    @property
    def indexed(self) -> bool:
        """Whether pixels are indices into a palette."""
        return self._color_type == INDEXED

    def read(self, kind: bytes, data: bytes) -> None:
        """Read a chunk of one of ``KINDS``.

        Raises
        ------
        ChunkError
            It cannot be used.
        """
        self._handlers[kind](data)

    def _transparency(self, data: bytes) -> None:
        """Read tRNS: a palette's alpha, or the level or colour that is transparent (11.3.1.1)."""
        if self.indexed:
            self.info["transparency"] = data
            return
        n_samples = {GRAY: 1, RGB: 3}.get(self._color_type)
        if n_samples is None:
            raise ChunkError("does not go with alpha")
        if len(data) != 2 * n_samples:
            raise ChunkError(f"has {len(data)} bytes, expected {2 * n_samples}")
        mask = (1 << self._depth) - 1
        samples = [int.from_bytes(data[i : i + 2]) & mask for i in range(0, len(data), 2)]
        if self._depth < 8:
            samples = [sample * 255 // mask for sample in samples]
        self.info["transparency"] = samples[0] if n_samples == 1 else tuple(samples)

    def _gamma(self, data: bytes) -> None:
        """Read gAMA (11.3.2.2)."""
        self.info["gamma"] = int.from_bytes(_sized(data, 4)) / 100000

    def _srgb(self, data: bytes) -> None:
        """Read sRGB (11.3.2.5)."""
        self.info["srgb"] = _sized(data, 1)[0]

    def _code_points(self, data: bytes) -> None:
        """Read cICP (11.3.2.6)."""
        self.info["cicp"] = _sized(data, 4)

    def _resolution(self, data: bytes) -> None:
        """Read pHYs (11.3.4.3)."""
        across, down, unit = int.from_bytes(data[:4]), int.from_bytes(data[4:8]), _sized(data, 9)[8]
        if not (across and down and unit <= 1):
            raise ChunkError("is no resolution")
        self.info["phys"] = across, down, unit

    def _profile(self, data: bytes) -> None:
        """Read iCCP (11.3.2.3)."""
        _, found, rest = data.partition(b"\0")
        if not found or rest[:1] != b"\0":
            raise ChunkError("is no profile")
        self.info["icc_profile"] = self._inflate(rest[1:])

    def _exif(self, data: bytes) -> None:
        """Read eXIf (11.3.4.5)."""
        data = data.removeprefix(b"Exif\0\0")
        if not data.startswith(TIFF_HEADS):
            raise ChunkError("does not begin as Exif does")
        self.info["exif"] = data

    def _plain_text(self, data: bytes) -> None:
        """Read tEXt (11.3.3.2), for the sake of Exif in it."""
        keyword, _, text = data.partition(b"\0")
        self._take_text(keyword, text)

    def _packed_text(self, data: bytes) -> None:
        """Read zTXt (11.3.3.3), for the sake of Exif in it."""
        keyword, _, rest = data.partition(b"\0")
        self._take_text(keyword, self._inflate(rest[1:]))

    def _international_text(self, data: bytes) -> None:
        """Read iTXt (11.3.3.4), for the sake of XMP in it."""
        keyword, _, rest = data.partition(b"\0")
        fields = rest[2:].split(b"\0", 2)
        if len(rest) < 2 or len(fields) < 3:
            raise ChunkError("is no text")
        text = self._inflate(fields[2]) if rest[0] else fields[2]
        if keyword == XMP:
            self.info.setdefault("xmp", text)

    def _take_text(self, keyword: bytes, text: bytes) -> None:
        """Take Exif that is written as text."""
        if keyword == RAW_EXIF:
            self.info.setdefault(RAW_EXIF.decode(), text.decode("latin-1"))

    def _inflate(self, data: bytes) -> bytes:
        """Return what a zlib stream holds, within the limits that Pillow has."""
        if self._inflated >= MAX_TEXT_MEMORY:
            raise ChunkError("follows too many others")
        inflater = zlib.decompressobj()
        try:
            out = inflater.decompress(data, MAX_TEXT_CHUNK + 1)
        except zlib.error as error:
            self._inflated += MAX_TEXT_CHUNK  # at most
            raise ChunkError("cannot be inflated") from error
        self._inflated += len(out)
        if len(out) > MAX_TEXT_CHUNK:
            raise ChunkError(f"inflates to more than {MAX_TEXT_CHUNK:,} bytes")
        if not inflater.eof:
            raise ChunkError("ends too early")
        return out


def _sized(data: bytes, size: int) -> bytes:
    """Return the content of a chunk that has one size."""
    if len(data) != size:
        raise ChunkError(f"has {len(data)} bytes, expected {size}")
    return data
