"""A palette image's indices, chosen by the error that they leave and by the bits that they take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kmcodec import _kernels
from kmcodec.arithmetic import index_type
from kmcodec.channels import has_alpha
from kmcodec.choice.masking import error_weights
from kmcodec.coding import Setting, mixed
from kmcodec.color import OKLAB_ONE, common_channels, to_points, with_channels
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels, count_pixels
from kmcodec.image import IndexedImage
from kmcodec.options import DEFAULT_EFFORT, check_effort, check_share
from kmcodec.parallel import resolve_threads, run_all
from kmcodec.similarity import squared_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.channels import Pixels
    from kmcodec.coding.rectangle import Rectangle

MOST_COLORS = 4096
DIFFUSION = 0.6
DIFFUSION_ONE = 256
CLOSE = 12  # entries that are tried for a pixel, beside its neighbours'
CLOSE_THOROUGH = 20  # from effort 7 on
THOROUGH = 7
PRICE_ONE = OKLAB_ONE**2  # of a bit, in points: a squared distance of 1
ROWS = 256  # of distances at a time


class Costs:
    """What pixels cost that get a wrong colour: their points, and how much the eye sees there.

    Parameters
    ----------
    pixels : (H, W) or (H, W, C) uint8
    channels : int
        Those of the palettes to choose from.
    threads : int
    """

    def __init__(self, pixels: NDArray[np.uint8], channels: int, threads: int) -> None:
        histogram, numbers = count_pixels(pixels, threads=threads)
        self.channels = common_channels(histogram.channels, channels)
        points = to_points(with_channels(histogram.colors, self.channels), "oklab")
        height, width = pixels.shape[0], pixels.shape[1]
        self.pixels = pixels.reshape(height, width, -1)
        self.points = points.take(numbers.positions(0, height * width), axis=0)
        self.points = self.points.reshape(height, width, 4)
        self.weights = error_weights(self.points[..., 0])
        self.alpha = pixels[..., -1] if has_alpha(histogram.channels) else np.uint8(255)


def choose_indices(
    pixels: Pixels,
    image: IndexedImage,
    *,
    price: float,
    diffusion: float = DIFFUSION,
    effort: int = DEFAULT_EFFORT,
    threads: int | None = None,
) -> IndexedImage:
    """Return a palette image with other indices: those of the least error and the fewest bits.

    Each pixel gets the entry for which squared error + `price` x bits is least. The bits are those
    of a model of the coder ``mixed`` at that very pixel, after all that it has learnt before. An
    error counts less where its surroundings vary, and a pixel makes up for a share of its
    neighbours' errors. Files become smaller in other formats, too.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8, or Pillow image
        The picture.
    image : IndexedImage
        The same picture in at most 4096 colours, as of ``quantize``.
    price : float
        The squared distance in OKLab that one bit may cost, 0 to 1. Photographs look much the same
        with 0.00002 to 0.0001.
    diffusion : float, default 0.6
        The share of its neighbours' errors that a pixel makes up for, 0 to 1.
    effort : int, default 5
        1 (quick) to 9 (thorough): 12 entries are tried for a pixel, from 7 on 20.
    threads : int, optional
        None uses every processor.

    Returns
    -------
    IndexedImage
        Without entries that no pixel has, unless its palette is authored. Opaque pixels stay
        opaque, clear ones clear, if they are so in `image`. The same whatever the machine and
        `threads`.

    Raises
    ------
    InputError
        The pixels or an option are out of range, or pixels and image differ in size.
    """
    pixels = check_pixels(pixels)
    threads = resolve_threads(threads)
    price, diffusion = check_share(price, "price"), check_share(diffusion, "diffusion")
    check_effort(effort)
    if pixels.shape[:2] != (image.height, image.width):
        raise InputError("the pixels and the image differ in size")
    if image.n_colors > MOST_COLORS:
        raise InputError(f"the image has {image.n_colors} colours, expected {MOST_COLORS} at most")
    costs = Costs(pixels, image.channels, threads)
    whole = round(price * PRICE_ONE), round(diffusion * DIFFUSION_ONE)
    return chosen(costs, image, *whole, effort=effort, threads=threads)


def chosen(
    costs: Costs, image: IndexedImage, price: int, diffusion: int, *, effort: int, threads: int
) -> IndexedImage:
    """Return the image with the chosen indices; price and diffusion are in the core's units."""
    if image.n_colors < 2:
        return image
    setting = Setting((image.height, image.width), image.palette)
    tree = setting.tree
    entries = to_points(with_channels(tree.colors, costs.channels), "oklab")
    close = closest(entries, CLOSE_THOROUGH if effort >= THOROUGH else CLOSE)
    leaves = tree.ranks[image.indices]
    found = np.empty_like(leaves)

    def choose_part(tile: Rectangle) -> None:
        rows = slice(tile.top, tile.top + tile.shape[0])
        columns = slice(tile.left, tile.left + tile.shape[1])
        encoder = _kernels.core.TileEncoder(mixed.LEAN, tree.colors, leaves[None, rows, columns])
        encoder.choose(
            np.ascontiguousarray(costs.points[rows, columns]),
            np.ascontiguousarray(costs.weights[rows, columns]),
            entries,
            close,
            price,
            diffusion,
        )
        while encoder.encode(encoder.pixels) < encoder.pixels:
            pass
        encoder.take(found[rows, columns])

    tiles = mixed.suitable_grid(setting, mixed.LEAN).tiles(setting.whole)
    run_all(choose_part, tiles, threads)
    _keep_opacity(costs, tree.colors, leaves, found)
    return _with_indices(costs, image, tree.order[found])


def closest(entries: NDArray[np.int32], count: int) -> NDArray[np.uint16]:
    """Return for each entry the `count` nearest ones, itself first, the lower of equals first."""
    n = len(entries)
    count = min(count, n)
    wide = entries.astype(np.int64)
    close = np.empty((n, count), dtype=np.uint16)
    for start in range(0, n, ROWS):
        rows = np.arange(start, min(start + ROWS, n))
        keys = ((wide[rows, None] - wide) ** 2).sum(axis=2) * n + np.arange(n)  # all different
        keys[rows - start, rows] = rows - n * n  # below all others
        if count < n:
            keys = np.partition(keys, count - 1, axis=1)[:, :count]
        close[rows] = np.sort(keys, axis=1) % n
    return close


def _keep_opacity(
    costs: Costs,
    colors: NDArray[np.uint8],
    leaves: NDArray[np.uint16],
    found: NDArray[np.uint16],
) -> None:
    """Give opaque and clear pixels their former leaf where the chosen one is not so."""
    if not has_alpha(colors.shape[1]):
        return
    opacity = colors[:, -1]
    for level in (0, 255):
        lost = (costs.alpha == level) & (opacity[found] != level)
        found[lost] = leaves[lost]


def _with_indices(costs: Costs, image: IndexedImage, indices: NDArray[np.int64]) -> IndexedImage:
    """Return an image with other indices, without entries that none of them names."""
    palette, facts = image.palette, image.facts
    if not image.authored:
        used = np.flatnonzero(np.bincount(indices.reshape(-1), minlength=len(palette)))
        numbers = np.zeros(len(palette), dtype=np.int64)
        numbers[used] = np.arange(len(used))
        palette, indices = palette[used], numbers[indices]
    plane = indices.astype(index_type(len(palette)))
    if facts is not None:
        facts = replace(facts, mse=squared_error(costs.pixels, palette[plane]))
    return IndexedImage.adopt(palette, plane, authored=image.authored, facts=facts)
