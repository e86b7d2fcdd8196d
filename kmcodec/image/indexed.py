"""``IndexedImage``: a palette and a plane of indices, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import index_type
from kmcodec.channels import KINDS
from kmcodec.errors import InputError
from kmcodec.options import MAX_COLORS
from kmcodec.showing import Shown, colored, thinned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LONGEST_NAME = 1000  # characters


@dataclass(frozen=True)
class KMeansFacts:
    """How a palette was found.

    Attributes
    ----------
    space : str
        The space in which distances were measured.
    effort : int
        1 to 9.
    seed : int
        0 to 2^32 - 1.
    n_iter : int
        Lloyd iterations over the full histogram; 0 where the colours were few or given.
    mse : float
        Squared 8-bit error, summed over channels, mean over pixels (premultiplied by alpha).
    """

    space: str
    effort: int
    seed: int
    n_iter: int
    mse: float


@dataclass(frozen=True, eq=False, repr=False)
class IndexedImage(Shown):
    """A picture as a codebook and a plane of indices; frozen and checked.

    Attributes
    ----------
    palette : (K, C) uint8
        K from 1 to 65536 entries, C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    indices : (H, W) uint8 (K at most 256) or uint16
        Each less than K.
    authored : bool
        The palette came with the picture: its order and the indices themselves carry meaning, as
        in a label map. Tools that can, show such a picture as an indexed one.
    facts : KMeansFacts, optional
        How the palette was found, if K-means found it.
    names : tuple of str
        Names of the entries, as of the classes of a label map: K of them or none, and only where
        the palette is authored.

    Raises
    ------
    InputError
        A shape, type or index is out of these bounds.
    """

    palette: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    authored: bool = False
    facts: KMeansFacts | None = field(default=None, compare=False)
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check everything, then lock the arrays."""
        palette = _checked_palette(self.palette)
        indices = checked_indices(self.indices, len(palette))
        palette.flags.writeable = False
        indices.flags.writeable = False
        object.__setattr__(self, "palette", palette)
        object.__setattr__(self, "indices", indices)
        object.__setattr__(self, "names", checked_names(self.names, len(palette)))
        if self.names and not self.authored:
            raise InputError("names are for authored palettes: others have no order to keep")

    @classmethod
    def adopt(
        cls,
        palette: NDArray[np.uint8],
        indices: NDArray[np.unsignedinteger[Any]],
        *,
        authored: bool = False,
        facts: KMeansFacts | None = None,
        names: tuple[str, ...] = (),
    ) -> IndexedImage:
        """Return an image that takes over its arrays instead of copying them.

        For makers that keep no other reference: `palette` (K, C) uint8 and `indices` of the right
        type and range, `names` checked. Arrays with gaps are copied after all, for the kernels
        want none.
        """
        palette, indices = np.ascontiguousarray(palette), np.ascontiguousarray(indices)
        image = object.__new__(cls)
        values = {"palette": palette, "indices": indices, "authored": authored, "facts": facts}
        for name, value in (values | {"names": names}).items():
            object.__setattr__(image, name, value)
        palette.flags.writeable = False
        indices.flags.writeable = False
        return image

    def __repr__(self) -> str:
        """Return size, colours and channels, on one line."""
        extra = ", authored" * self.authored + ", named" * bool(self.names)
        return (
            f"<IndexedImage {self.width} x {self.height}, {self.n_colors}"
            f" colour{'s' * (self.n_colors != 1)}, {KINDS[self.channels]}{extra}>"
        )

    def __reduce__(self) -> tuple[type[IndexedImage], tuple[object, ...]]:
        """Copy and unpickle through the checks, like any other image."""
        return type(self), (self.palette, self.indices, self.authored, self.facts, self.names)

    def _picture(self, most: int) -> NDArray[np.uint8]:
        """Return the picture for notebooks and plots."""
        return colored(self.palette, thinned(self.indices, most))

    def _extent(self, _pixels: NDArray[np.uint8]) -> tuple[int, int]:
        """Return width and height, for the ticks of a plot."""
        return self.width, self.height

    def check_indices(self) -> None:
        """Raise ``InputError`` if somebody unlocked the indices and put wrong ones there."""
        _check_range(self.indices, self.n_colors)

    @property
    def n_colors(self) -> int:
        """Number of palette entries, K."""
        return len(self.palette)

    @property
    def channels(self) -> int:
        """Number of channels, C."""
        return int(self.palette.shape[1])

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.indices.shape[0])

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.indices.shape[1])

    def to_pixels(self) -> NDArray[np.uint8]:
        """Return ``palette[indices]``: (H, W) uint8 for one channel, else (H, W, C)."""
        self.check_indices()  # the kernel trusts
        pixels = np.empty((self.height * self.width, self.channels), dtype=np.uint8)
        _kernels.lookup.gather_colors(
            self.palette, self.indices.reshape(-1), pixels, 0, len(pixels)
        )
        shape = (self.height, self.width, self.channels)
        return pixels.reshape(shape[: 2 if self.channels == 1 else 3])


def checked_names(names: Iterable[str], n_entries: int) -> tuple[str, ...]:
    """Return names as a tuple: one for each entry or none, each of at most 1000 characters."""
    if isinstance(names, str):
        raise InputError(f"names is {names!r}, expected {n_entries} names")
    checked = tuple(names)
    if checked and len(checked) != n_entries:
        raise InputError(f"there are {len(checked)} names for {n_entries} entries")
    for name in checked:
        if not isinstance(name, str) or len(name) > LONGEST_NAME:
            raise InputError(f"a name is {name!r:.60}, expected text of {LONGEST_NAME} characters")
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"the name {name!r:.60} cannot be told in UTF-8") from error
    return checked


def _checked_palette(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a contiguous copy of a valid palette."""
    palette = np.asarray(palette)
    if palette.dtype != np.uint8 or palette.ndim != 2:
        raise InputError(
            f"palette is {palette.dtype} of shape {palette.shape}, expected (K, C) uint8"
        )
    if not 1 <= palette.shape[1] <= 4:
        raise InputError(f"palette has {palette.shape[1]} channels, expected 1 to 4")
    if not 1 <= len(palette) <= MAX_COLORS:
        raise InputError(f"palette has {len(palette)} entries, expected 1 to {MAX_COLORS}")
    return np.array(palette, order="C")


def checked_indices(
    indices: NDArray[np.unsignedinteger[Any]], n_colors: int
) -> NDArray[np.unsignedinteger[Any]]:
    """Return valid indices, contiguous and of the smaller type that holds them."""
    indices = np.asarray(indices)
    if indices.dtype.kind not in "ui" or indices.ndim != 2:
        raise InputError(
            f"indices are {indices.dtype} of shape {indices.shape}, expected (H, W) integers"
        )
    if indices.size == 0:
        raise InputError(f"indices have shape {indices.shape}, expected at least one pixel")
    _check_range(indices, n_colors)
    return np.array(indices, dtype=index_type(n_colors), order="C")


def _check_range(indices: NDArray[np.unsignedinteger[Any]], n_colors: int) -> None:
    """Raise ``InputError`` unless every index is less than `n_colors`."""
    least, largest = int(indices.min()), int(indices.max())
    if least < 0 or largest >= n_colors:
        raise InputError(
            f"indices go from {least} to {largest}, the palette has {n_colors} entries"
        )
