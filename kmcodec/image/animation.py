"""``Animation``: a palette and several planes of indices of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import _kernels
from kmcodec.channels import KINDS
from kmcodec.errors import InputError
from kmcodec.image.indexed import IndexedImage, KMeansFacts, checked_indices
from kmcodec.options import check_integer
from kmcodec.showing import Shown, colored, png_of, small_image, thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_TICKS = 1_000_000  # per second
LONGEST = (1 << 31) - 1  # duration of a frame, in ticks; and times that a loop plays
MOST_SHOWN = 24  # frames in a notebook
SHOWN_SIDE = 240  # pixels, of a frame there
UNTIMED = 100  # milliseconds that a layer without a duration is shown there


@dataclass(frozen=True)
class Timing:
    """When the frames of an animation are shown.

    Attributes
    ----------
    durations : tuple of int
        How long each frame is shown, in ticks; 0 is as short as can be.
    ticks_per_second : int
        1 to 1,000,000; by default durations are in milliseconds.
    loop : int
        How often the frames are played; 0 is for ever.

    Raises
    ------
    InputError
        A number is out of these bounds.
    """

    durations: tuple[int, ...]
    ticks_per_second: int = 1000
    loop: int = 0

    def __post_init__(self) -> None:
        """Check that all are numbers in their range."""
        durations = tuple(check_integer(d, 0, LONGEST, "duration") for d in self.durations)
        object.__setattr__(self, "durations", durations)
        check_integer(self.ticks_per_second, 1, MOST_TICKS, "ticks_per_second")
        check_integer(self.loop, 0, LONGEST, "loop")


@dataclass(frozen=True, eq=False, repr=False)
class Animation(Shown):
    """Frames of one size as a codebook and planes of indices; frozen and checked.

    Attributes
    ----------
    palette : (K, C) uint8
        K from 1 to 65536 entries, C from 1 to 4: gray, gray + alpha, RGB, RGB + alpha.
    indices : (T, H, W) uint8 (K at most 256) or uint16
        Each less than K; T frames, at least 1.
    timing : Timing, optional
        When the frames are shown. Layers of a volume have none.
    authored : bool
        The palette came with the frames: its order and the indices themselves carry meaning.
    facts : KMeansFacts, optional
        How the palette was found, if K-means found it.

    Raises
    ------
    InputError
        A shape, type or index is out of these bounds.
    """

    palette: NDArray[np.uint8]
    indices: NDArray[np.unsignedinteger[Any]]
    timing: Timing | None = None
    authored: bool = False
    facts: KMeansFacts | None = None

    def __post_init__(self) -> None:
        """Check everything, then lock the arrays."""
        indices = np.asarray(self.indices)
        if indices.ndim != 3 or indices.size == 0:
            raise InputError(f"indices have shape {indices.shape}, expected (T, H, W)")
        first = IndexedImage(self.palette, indices[0], self.authored)
        object.__setattr__(self, "palette", first.palette)
        checked = checked_indices(indices.reshape(-1, indices.shape[2]), len(first.palette))
        checked = checked.reshape(indices.shape)
        checked.flags.writeable = False
        object.__setattr__(self, "indices", checked)
        if self.timing is not None and len(self.timing.durations) != len(indices):
            told = f"{len(self.timing.durations)} durations for {len(indices)} frames"
            raise InputError(f"there are {told}")

    def __repr__(self) -> str:
        """Return frames, size, colours and channels, on one line."""
        return (
            f"<Animation of {self.n_frames} frame{'s' * (self.n_frames != 1)},"
            f" {self.width} x {self.height}, {self.n_colors}"
            f" colour{'s' * (self.n_colors != 1)}, {KINDS[self.channels]}>"
        )

    @property
    def n_frames(self) -> int:
        """Number of frames, T."""
        return int(self.indices.shape[0])

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
        """Rows of each frame."""
        return int(self.indices.shape[1])

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.indices.shape[2])

    def frame(self, number: int) -> IndexedImage:
        """Return a frame, counted from 0; the palette is the same for all."""
        if not 0 <= number < self.n_frames:
            raise InputError(f"frame {number} of {self.n_frames}, they are counted from 0")
        return IndexedImage(self.palette, self.indices[number], self.authored, self.facts)

    def _repr_png_(self) -> bytes:
        """Return an animated PNG of at most 24 frames of 240 x 240 pixels, for Jupyter."""
        step = -(-self.n_frames // MOST_SHOWN)
        planes = thinned(self.indices[::step], SHOWN_SIDE)
        images = [small_image(colored(self.palette, plane), SHOWN_SIDE) for plane in planes]
        starts = range(0, self.n_frames, step)
        loop = 0 if self.timing is None else self.timing.loop
        return png_of(images, [self._shown_for(first, step) for first in starts], loop)

    def _shown_for(self, first: int, count: int) -> int:
        """Return how long `count` frames are shown, in milliseconds, at least 1, at most 60,000."""
        if self.timing is None:
            return UNTIMED
        ticks = sum(self.timing.durations[first : first + count])
        return min(max(1, 1000 * ticks // self.timing.ticks_per_second), 60_000)

    def _picture(self, most: int) -> NDArray[np.uint8]:
        """Return the first frame, for plots."""
        return colored(self.palette, thinned(self.indices[0], most))

    def _extent(self, _pixels: NDArray[np.uint8]) -> tuple[int, int]:
        """Return width and height, for the ticks of a plot."""
        return self.width, self.height

    def check_indices(self) -> None:
        """Raise ``InputError`` if somebody unlocked the indices and put wrong ones there."""
        checked_indices(self.indices.reshape(-1, self.width), self.n_colors)

    def to_pixels(self) -> NDArray[np.uint8]:
        """Return ``palette[indices]``: (T, H, W) uint8 for one channel, else (T, H, W, C)."""
        self.check_indices()  # the kernel trusts
        pixels = np.empty((self.indices.size, self.channels), dtype=np.uint8)
        flat = np.ascontiguousarray(self.indices).reshape(-1)
        _kernels.lookup.gather_colors(self.palette, flat, pixels, 0, len(pixels))
        shape = (*self.indices.shape, self.channels)
        return pixels.reshape(shape[: 3 if self.channels == 1 else 4])
