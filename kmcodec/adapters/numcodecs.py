"""``.kmq`` as a numcodecs codec, found by its entry point: ``get_codec({"id": "kmq"})``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray, ndarray_copy

from kmcodec.codec import decode_array, encode_array
from kmcodec.errors import InputError
from kmcodec.options import DEFAULT_EFFORT, check_effort, refuse_mask

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class KmqCodec(Codec):
    """Lossless codec for label maps and masks: integers of any number of distinct values.

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
        refuse_mask(buf, "the array")  # which ensure_ndarray would drop
        return encode_array(ensure_ndarray(buf), effort=self.effort)

    def decode(self, buf: Any, out: Any = None) -> Any:  # noqa: ANN401  (as numcodecs has it)
        """Return the array of an encoded chunk, or copy its elements into `out`.

        That is an array of the same shape and type in any memory order, or a flat buffer of as many
        bytes, which gets them in the order of the chunk.

        Raises
        ------
        InputError
            `out` is neither.
        """
        array = decode_array(memoryview(ensure_contiguous_ndarray(buf)))
        if out is None:
            return array
        target = ensure_ndarray(out)
        same_type = target.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        if target.shape == array.shape and same_type:
            np.copyto(target, array)
            return out
        is_flat = target.ndim == 1 and target.flags.contiguous and target.nbytes == array.nbytes
        if not is_flat or not (target.dtype == array.dtype or target.dtype.itemsize == 1):
            raise InputError(
                f"out is {target.dtype} of shape {target.shape},"
                f" the chunk {array.dtype} of shape {array.shape}"
            )
        return ndarray_copy(array, out)
