"""What every index coder is: a decoder of an opened payload, an encoder of a begun plane."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from kmcodec.arithmetic import index_type
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting
    from kmcodec.progress import Tally

    Indices = NDArray[np.unsignedinteger[Any]]


class PlaneDecoder(ABC):
    """An opened payload: its structure is read and checked once, no index is decoded yet.

    Parameters
    ----------
    setting : Setting
    payload : memoryview
        What the coder wrote, without its number. The decoder keeps it and copies nothing.

    Raises
    ------
    FormatError
        The payload cannot hold such a plane. Nothing of the plane's size was allocated.
    UnsupportedError
        It needs another version of this library.
    """

    NAME: ClassVar[str]

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        self.setting = setting
        self._payload = payload

    @abstractmethod
    def cost(self, region: Rectangle) -> int:
        """Return the nanoseconds that decoding a region takes one processor at most, about."""

    @abstractmethod
    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:
        """Return the indices of a region, not yet compared with the palette."""

    def decode(
        self, region: Rectangle | None = None, *, threads: int = 1, tally: Tally | None = None
    ) -> Indices:
        """Return the indices of a region, by default all.

        Parameters
        ----------
        region : Rectangle, optional
            Within the plane.
        threads : int
            The result does not depend on it.
        tally : Tally, optional
            Is told the pixels that are done, and may ask to stop.

        Returns
        -------
        (h, w) uint8, or uint16 for more than 256 colours
            Each less than K.

        Raises
        ------
        FormatError
            The payload is not exactly one such plane, as far as it was read.
        CancelledError
            `tally` asked to stop.
        """
        n_colors = self.setting.n_colors
        try:
            indices = self._decode(region or self.setting.whole, threads, tally)
        except FormatError as error:
            raise told_by(self.NAME, error) from error
        largest = int(indices.max())
        if largest >= n_colors:
            raise FormatError(
                f"index {largest} found, the palette has {n_colors} entries", section="indices"
            )
        return indices.astype(index_type(n_colors), copy=False)


class PlaneEncoder(ABC):
    """A begun plane: what is to be known before the first index, and how it will be coded.

    Parameters
    ----------
    setting : Setting

    Attributes
    ----------
    price : int
        Percent by which its payload counts as larger than it is when the smallest is chosen: what
        is slow to decode has to save that much.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.price = 0

    @property
    def size(self) -> int | None:
        """Bytes of the payload, where they are known before any index."""
        return None

    @abstractmethod
    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:
        """Return the payload of (H, W) indices, each less than K.

        It is the same for any number of threads.
        """


def told_by(name: str, error: FormatError) -> FormatError:
    """Return an error that names the coder in which it occurred."""
    return type(error)(str(error), section=f"indices, coder {name}")
