"""Pillow's plugin for ``.kmq``: ``Image.open``, ``Image.save``, and all that builds on them."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFile, ImagePalette

from kmcodec.adapters.pillow_frames import StackFrames, milliseconds
from kmcodec.adapters.pillow_saving import save, save_all
from kmcodec.channels import has_alpha
from kmcodec.codec import decode, decode_indexed, read_info
from kmcodec.codec.front import read_front
from kmcodec.color import with_channels
from kmcodec.container import Limits
from kmcodec.container.header import LARGEST_VARINT
from kmcodec.container.signature import SIGNATURE
from kmcodec.errors import FormatError, KmqError, LimitError, TruncatedError, UnsupportedError
from kmcodec.files.modes import FORMAT, MODE_OF_CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.codec.front import Front

DECODER = "kmq"
FIRST_READ = 1 << 14  # bytes; palette and metadata are rarely larger


def register_pillow() -> None:
    """Make Pillow open and save ``.kmq`` files; calling it again changes nothing.

    ``import kmcodec.pillow`` does the same. See the README for modes and options.
    """
    Image.register_open(FORMAT, KmqImageFile, _accept)
    Image.register_decoder(DECODER, KmqDecoder)
    Image.register_save(FORMAT, save)
    Image.register_save_all(FORMAT, save_all)
    Image.register_extension(FORMAT, ".kmq")
    Image.register_mime(FORMAT, "image/x-kmq")


def _only_hidden_entry(colors: NDArray[np.uint8]) -> int | None:
    """Return the number of the only entry with any transparency, if it is fully transparent."""
    if colors.shape[1] < 4:
        return None
    seen = np.flatnonzero(colors[:, 3] < 255)
    return int(seen[0]) if len(seen) == 1 and colors[seen[0], 3] == 0 else None


def _accept(prefix: bytes) -> bool:
    """Tell whether a file begins as ours do."""
    return prefix.startswith(SIGNATURE)


class KmqImageFile(ImageFile.ImageFile):
    """A ``.kmq`` file that Pillow has opened.

    Opening reads what stands before the indices; these are decoded when pixels are asked for.
    Modes are "P" where there are at most 256 colours, with an RGB or RGBA palette, else "RGB" or
    "RGBA"; gray pictures are "L" or "LA", unless their palette was authored.

    A stack of planes has ``n_frames``; ``seek`` goes to one. ``info`` has its ``duration`` in
    milliseconds, and ``loop``, how often all are played (0 is for ever).
    """

    format = FORMAT
    format_description = "K-means image codec"

    def _open(self) -> None:
        """Set size, mode, palette and info (Pillow calls this)."""
        try:
            front = _read_front(self.fp)
            _limits().check_codebook(front.header)
        except FormatError as error:
            raise SyntaxError(str(error)) from error
        except UnsupportedError as error:
            raise OSError(str(error)) from error
        except LimitError as error:
            raise Image.DecompressionBombError(str(error)) from error
        header = front.header
        self._size = (header.width, header.height)
        self._mode = MODE_OF_CHANNELS[header.channels]
        self._carry(front)
        self._front, self._frame, self._frames = front, 0, StackFrames()
        self.n_frames = header.planes
        self.is_animated = self.n_frames > 1
        if self.is_animated:
            self._close_exclusive_fp_after_loading = False
            self._fp: Any = self.fp  # Pillow forgets fp after each frame, and closes this one
        self._show()

    def _show(self) -> None:
        """Prepare for the frame that is asked for: palette, duration, what the decoder takes."""
        header, palette = self._front.header, self._front.palette
        if palette is not None and (header.authored or header.channels > 2):
            self._mode = "P"
            kind = "RGBA" if has_alpha(header.channels) else "RGB"
            colors = with_channels(palette, len(kind))
            hidden = _only_hidden_entry(colors)
            if hidden is not None:  # told so, it survives all that Pillow does
                kind, colors = "RGB", colors[:, :3]
                self.info["transparency"] = hidden
            self.palette = ImagePalette.ImagePalette(kind, colors.tobytes())
            self.palette.dirty = 1
        if self._front.timing is not None:
            self.info["duration"] = milliseconds(self._front.timing, self._frame)
            self.info["loop"] = self._front.timing.loop
        given = (self._frames, self._frame) if self.is_animated else ()
        tile: Any = (DECODER, (0, 0, *self._size), 0, given)
        self.tile = [tile]

    def seek(self, frame: int) -> None:
        """Go to a frame, counted from 0; ``EOFError`` is raised where there is none."""
        if self._seek_check(frame):
            self._fp.seek(0)  # which raises ValueError where the image was closed
            self.fp, self._frame = self._fp, frame
            self._show()

    def tell(self) -> int:
        """Return the number of the frame that is shown."""
        return self._frame

    def _carry(self, front: Front) -> None:
        """Put metadata where Pillow's plugins do."""
        if front.metadata.icc is not None:
            self.info["icc_profile"] = front.metadata.icc
        if front.metadata.exif is not None:
            self.info["exif"] = b"Exif\0\0" + front.metadata.exif
        if front.metadata.xmp is not None:
            self.info["xmp"] = front.metadata.xmp
        if front.names:
            self.info["names"] = front.names

    def load_seek(self, pos: int) -> None:
        """Go to a place in the file; that this is here tells ``Parser`` that it takes all of it."""
        if self.fp is not None:
            self.fp.seek(pos)

    def verify(self) -> None:
        """Compare all checksums of the file, which is closed then; decode nothing.

        Raises
        ------
        OSError
            The file ends too early.
        SyntaxError
            It is damaged in another way.
        """
        if self.fp is None:
            raise RuntimeError("verify must be called directly after open")
        try:
            self.fp.seek(0)
            read_info(self.fp.read(), limits=_limits())
        except TruncatedError as error:
            raise OSError(f"image file is truncated: {error}") from error
        except KmqError as error:
            raise SyntaxError(f"broken KMQ file: {error}") from error
        finally:
            super().verify()


class KmqDecoder(ImageFile.PyDecoder):
    """What Pillow runs when the pixels of a file are asked for."""

    _pulls_fd = True

    def decode(self, buffer: object) -> tuple[int, int]:  # noqa: ARG002  (it is empty)
        """Fill in the image from the whole file."""
        size = (self.state.ysize, self.state.xsize)
        try:
            pixels = self._of_stack(*self.args) if self.args else self._of_picture()
        except TruncatedError as error:
            raise OSError(f"image file is truncated: {error}") from error
        except KmqError as error:
            raise OSError(f"broken KMQ file: {error}") from error
        bands = pixels.shape[2] if pixels.ndim == 3 else 1
        if pixels.shape[:2] != size or bands != Image.getmodebands(self.mode):
            raise OSError("the file is no longer the one that was opened")
        self.set_as_raw(pixels.tobytes())
        return -1, 0

    def _data(self) -> bytes:
        """Return the whole file."""
        return self.fd.read() if self.fd is not None else b""

    def _of_picture(self) -> NDArray[np.unsignedinteger[Any]]:
        """Return the indices or the pixels of a picture."""
        if self.mode == "P":
            return decode_indexed(self._data(), limits=_limits()).indices
        return decode(self._data(), limits=_limits())

    def _of_stack(self, frames: StackFrames, number: int) -> NDArray[np.unsignedinteger[Any]]:
        """Return those of a frame."""
        if not frames.is_open:
            frames.open(self._data(), _limits())
        frame = frames.frame(number)
        return frame.indices if self.mode == "P" else frame.to_pixels()


def _read_front(fp: IO[bytes] | None) -> Front:
    """Read as much of a file as it takes to know everything but its indices."""
    data = b"" if fp is None else fp.read(FIRST_READ)
    while True:
        try:
            return read_front(data)
        except TruncatedError:
            more = b"" if fp is None else fp.read(len(data))
            if not more:
                raise
            data += more


def _limits() -> Limits:
    """Return limits for files whose size in pixels Pillow checks itself.

    What pixels may take follows ``Image.MAX_IMAGE_PIXELS``, which users set, or set to None.
    """
    allowed = Image.MAX_IMAGE_PIXELS
    if allowed is None:
        return Limits(max_pixels=LARGEST_VARINT, max_bytes=LARGEST_VARINT)
    most = min(LARGEST_VARINT, 8 * int(allowed))
    return Limits(max_pixels=LARGEST_VARINT, max_bytes=most)
