"""Keep sprites compressed in memory and decode one when it is needed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

import kmcodec


@dataclass
class SpriteStore:
    """Pictures by name, each a ``.kmq`` file in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, pixels: NDArray[np.uint8]) -> int:
        """Compress a picture of (H, W), (H, W, 3) or (H, W, 4) uint8; return its bytes."""
        self.files[name] = kmcodec.encode(pixels, n_colors=32)
        return len(self.files[name])

    def get(self, name: str) -> NDArray[np.uint8]:
        """Decompress a picture; damaged bytes raise ``kmcodec.KmqError``."""
        return kmcodec.decode(self.files[name], limits=kmcodec.Limits(max_pixels=1 << 20))


def draw_ball(size: int) -> NDArray[np.uint8]:
    """Return an RGBA ball with a soft edge and a shine."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius = np.hypot(x, y)
    shine = np.clip(1.2 - np.hypot(x + 0.35, y + 0.4), 0, 1)
    ball = np.stack([200 + 55 * shine, 40 + 200 * shine**2, 60 + 150 * shine**3], axis=-1)
    alpha = np.clip((0.9 - radius) * 12, 0, 1)
    return np.dstack([ball, 255 * alpha]).round().clip(0, 255).astype(np.uint8)


def main() -> None:
    """Store a sprite and look at what came back."""
    store = SpriteStore()
    ball = draw_ball(48)
    size = store.add("ball", ball)
    back = store.get("ball")
    error = np.abs(back.astype(int) - ball)[ball[..., 3] > 0].mean()
    print(f"{ball.nbytes} bytes of pixels became {size}, {error:.2f} steps off on average")


if __name__ == "__main__":
    main()
