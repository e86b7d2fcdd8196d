"""What the channels of a pixel mean: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha."""

from __future__ import annotations

KINDS = {1: "gray", 2: "gray + alpha", 3: "RGB", 4: "RGB + alpha"}
LUMA_WEIGHTS = (299, 587, 114)  # of red, green and blue, in thousandths: ITU-R BT.601
LUMA_BYTES = (77, 150, 29)  # the same in parts of 256


def has_alpha(channels: int) -> bool:
    """Whether the last of so many channels, 1 to 4, is alpha."""
    return channels in (2, 4)


def color_channels(channels: int) -> int:
    """Return the number of channels without alpha: 1 or 3."""
    return 3 if channels >= 3 else 1
