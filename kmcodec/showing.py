"""Small pictures of objects, for notebooks and for axes of matplotlib.

An object that inherits from ``Shown`` says what its picture is; Jupyter asks it for a PNG or HTML.
"""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

MOST_SIDE = 480  # pixels, of a picture in a notebook
MOST_PLOTTED = 2000  # pixels a side, on axes
ENLARGED_TO = 96  # pixels, the longer side of what is smaller than that


class Shown:
    """An object that has a picture of itself: in Jupyter, and on axes of matplotlib."""

    def _picture(self, most: int) -> NDArray[np.uint8]:
        """Return (H, W) or (H, W, C) pixels, of at most about twice `most` pixels a side."""
        raise NotImplementedError

    def _repr_png_(self) -> bytes:
        """Return a PNG of at most 480 x 480 pixels, for Jupyter."""
        return png_of([small_image(self._picture(MOST_SIDE), MOST_SIDE)])

    def _repr_html_(self) -> str:
        """Return the same picture as HTML, over the object's line, for Jupyter."""
        text = base64.b64encode(self._repr_png_()).decode("ascii")
        line = html.escape(repr(self))
        return (
            f'<figure style="margin:0"><img src="data:image/png;base64,{text}" alt="{line}"'
            f' style="image-rendering:pixelated"><figcaption><code>{line}</code></figcaption>'
            "</figure>"
        )

    def plot(self, ax: Any = None) -> Any:  # noqa: ANN401  (matplotlib is not always there)
        """Draw the picture on axes of matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw on; None takes the current ones, as ``matplotlib.pyplot.gca`` does.

        Returns
        -------
        matplotlib.axes.Axes
            The axes. Pictures of more than 2,000 pixels a side are drawn with fewer.

        Raises
        ------
        InputError
            matplotlib is not installed: ``pip install 'kmcodec[plots]'``.
        """
        pixels = small_image(self._picture(MOST_PLOTTED), MOST_PLOTTED, enlarged_to=0)
        axes = current_axes() if ax is None else ax
        self._draw_on(axes, np.asarray(pixels))
        return axes

    def _draw_on(self, axes: Any, pixels: NDArray[np.uint8]) -> None:  # noqa: ANN401
        """Draw pixels, with ticks that count those of the whole picture."""
        width, height = self._extent(pixels)
        place = (-0.5, width - 0.5, height - 0.5, -0.5)
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=place)

    def _extent(self, pixels: NDArray[np.uint8]) -> tuple[int, int]:
        """Return the width and the height that the ticks of a plot count."""
        return pixels.shape[1], pixels.shape[0]


def current_axes() -> Any:  # noqa: ANN401
    """Return matplotlib's current axes, or raise ``InputError`` where it is not installed."""
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415  (an extra, and it takes a while to import)
    except ImportError as error:
        raise InputError("plot needs matplotlib: pip install 'kmcodec[plots]'") from error
    return plt.gca()


def thinned(planes: NDArray[Any], most: int) -> NDArray[Any]:
    """Return every n-th row and column of (..., H, W), at most twice `most` of either."""
    step = max(1, -(-max(planes.shape[-2:]) // (2 * most)))
    return planes[..., ::step, ::step]


def colored(palette: NDArray[np.uint8], indices: NDArray[Any]) -> NDArray[np.uint8]:
    """Return ``palette[indices]``; gray without a last dimension of its own."""
    pixels: NDArray[np.uint8] = palette[indices]
    return pixels[..., 0] if palette.shape[1] == 1 else pixels


def small_image(
    pixels: NDArray[np.uint8], most: int, *, enlarged_to: int = ENLARGED_TO
) -> Image.Image:
    """Return an image of at most `most` pixels a side; what is very small is enlarged."""
    from PIL import Image  # noqa: PLC0415  (takes a while to import)

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.mode == "LA":
        image = image.convert("RGBA")
    longest = max(image.size)
    if longest > most:
        width, height = (max(1, side * most // longest) for side in image.size)
        return image.resize((width, height), Image.Resampling.BOX)
    times = max(1, enlarged_to // longest)
    if times == 1:
        return image
    size = (image.width * times, image.height * times)
    return image.resize(size, Image.Resampling.NEAREST)


def png_of(images: Sequence[Image.Image], milliseconds: Sequence[int] = (), loop: int = 0) -> bytes:
    """Return images of one size as a PNG; several of them are the frames of an animated one."""
    buffer = io.BytesIO()
    if len(images) == 1:
        images[0].save(buffer, "PNG")
    else:
        images[0].save(
            buffer,
            "PNG",
            save_all=True,
            append_images=images[1:],
            duration=list(milliseconds),
            loop=loop,
        )
    return buffer.getvalue()
