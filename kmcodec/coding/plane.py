"""What every index coder is: a decoder of an opened payload, an encoder of a begun plane."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kmcodec.arithmetic import index_type
from kmcodec.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding.rectangle import Rectangle
    from kmcodec.coding.setting import Setting
    from kmcodec.progress import Tally

    Indices = NDArray[np.unsignedinteger[Any]]


class PlaneDecoder(ABC):
    """An opened payload: its structure is read and checked once, no index is decoded yet.

    A coder that knows nothing of stacks is given one plane, with all planes one below another.

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
    KNOWS_STACKS: ClassVar[bool] = False

    def __init__(self, setting: Setting, payload: memoryview) -> None:
        self.whole = setting.whole
        self.setting = setting if self.KNOWS_STACKS else setting.laid_out
        self._payload = payload

    def _known(self, region: Rectangle) -> Rectangle:
        """Return what to ask the coder for, to have a region."""
        stack = self.whole.planes > 1 and not self.KNOWS_STACKS
        return region.over(self.whole.shape[0]) if stack else region

    def cost(self, region: Rectangle) -> int:
        """Return the nanoseconds that decoding a region takes one processor at most, about."""
        return self._cost(self._known(region))

    @abstractmethod
    def _cost(self, region: Rectangle) -> int:
        """Return what ``cost`` does."""

    @abstractmethod
    def _decode(self, region: Rectangle, threads: int, tally: Tally | None) -> Indices:
        """Return the indices of a region, not yet compared with the palette."""

    def groups(self) -> list[tuple[int, int]]:
        """Return the planes that are decoded at once: first and end of each group."""
        return [(0, self.whole.planes)]

    def decode(
        self, region: Rectangle | None = None, *, threads: int = 1, tally: Tally | None = None
    ) -> Indices:
        """Return the indices of a region, by default all: planes one below another.

        Parameters
        ----------
        region : Rectangle, optional
            Within the plane, or the planes.
        threads : int
            The result does not depend on it.
        tally : Tally, optional
            Is told the pixels that are done, and may ask to stop.

        Returns
        -------
        (n * h, w) uint8, or uint16 for more than 256 colours
            Each less than K; n planes, h rows of each.

        Raises
        ------
        FormatError
            The payload is not exactly one such plane, as far as it was read.
        CancelledError
            `tally` asked to stop.
        """
        n_colors = self.setting.n_colors
        region = region or self.whole
        known = self._known(region)
        try:
            indices = self._decode(known, threads, tally)
        except FormatError as error:
            raise told_by(self.NAME, error) from error
        if region.planes > 1 and known.shape[0] == len(indices) > region.planes * region.shape[0]:
            indices = _without_gaps(indices, region, self.whole.shape[0])
        largest = int(indices.max())
        if largest >= n_colors:
            raise FormatError(
                f"index {largest} found, the palette has {n_colors} entries", section="indices"
            )
        return indices.astype(index_type(n_colors), copy=False)


def _without_gaps(indices: Indices, region: Rectangle, height: int) -> Indices:
    """Return a region's rows, of those of a rectangle that spans all its planes."""
    rows = region.shape[0]
    return np.concatenate(
        [indices[plane * height : plane * height + rows] for plane in range(region.planes)]
    )


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

    KNOWS_STACKS: ClassVar[bool] = False

    def __init__(self, setting: Setting) -> None:
        self.setting = setting if self.KNOWS_STACKS else setting.laid_out
        self.price = 0

    @property
    def size(self) -> int | None:
        """Bytes of the payload, where they are known before any index."""
        return None

    @abstractmethod
    def encode(self, indices: Indices, *, threads: int = 1) -> bytes:
        """Return the payload of (H, W) indices, each less than K: planes one below another.

        It is the same for any number of threads.
        """


def told_by(name: str, error: FormatError) -> FormatError:
    """Return an error that names the coder in which it occurred."""
    return type(error)(str(error), section=f"indices, coder {name}")
