"""``.kmq`` as a numcodecs codec, found by its entry point: ``get_codec({"id": "kmq"})``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray, ndarray_copy

from kmcodec.codec import decode_array, encode_array
from kmcodec.options import DEFAULT_EFFORT, check_effort

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class KmqCodec(Codec):
    """Lossless codec for label maps and masks: integers of at most 65536 distinct values.

    Each encoded chunk is a ``.kmq`` file (see ``kmcodec.encode_array``).

    Parameters
    ----------
    effort : int
        1 (quick) to 9 (small).

    Raises
    ------
    InputError
        `effort` is out of its range. It is a ``ValueError``, like all errors that ``encode`` and
        ``decode`` raise for what they cannot use.
    """

    codec_id: ClassVar[str] = "kmq"

    def __init__(self, effort: int = DEFAULT_EFFORT) -> None:
        self.effort = check_effort(effort)

    def encode(self, buf: ArrayLike) -> bytes:
        """Return an array of 2 or more dimensions as bytes."""
        return encode_array(ensure_ndarray(buf), effort=self.effort)

    def decode(self, buf: Any, out: Any = None) -> Any:  # noqa: ANN401  (as numcodecs has it)
        """Return the array of an encoded chunk, or copy its elements into `out`."""
        array = decode_array(memoryview(ensure_contiguous_ndarray(buf)))
        return ndarray_copy(array, out)
