"""The page of a segmentation: click on the parts that you want, take home the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import color
from kmcodec.errors import InputError
from kmcodec.histogram import check_pixels
from kmcodec.pages.assembly import assemble, packed, packed_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kmcodec.segmenter import Segmentation

SCRIPTS = (
    "common.js",
    "planes.js",
    "png.js",
    "regions.js",
    "picks.js",
    "viewport.js",
    "segmentation.js",
)
STYLES = ("base.css", "segmentation.css")


def segmentation_page(
    segmentation: Segmentation,
    pixels: NDArray[np.uint8],
    *,
    title: str,
    arguments: Sequence[str] = (),
    picks: Mapping[str, Any] | None = None,
) -> str:
    """Return an HTML page on which clusters and regions are picked.

    Parameters
    ----------
    segmentation : Segmentation
        Before any clusters are merged.
    pixels : (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) uint8
        The picture that was segmented; the page holds every pixel as it is.
    title : str
    arguments : sequence of str
        What follows ``kmcodec segment`` to get this segmentation: the input and options. The page
        shows them with the options for its picks.
    picks : mapping, optional
        What is picked at first: "groups" to merge, "clusters", "points" and "regions" (x, y), each
        a sequence, and "invert".

    Raises
    ------
    InputError
        The picture has another size.
    """
    pixels = check_pixels(pixels)
    height, width = segmentation.labels.shape
    if pixels.shape[:2] != (height, width):
        raise InputError(
            f"the picture is {pixels.shape[1]} x {pixels.shape[0]},"
            f" the segmentation {width} x {height}"
        )
    flat = color.with_channels(pixels.reshape(height * width, -1), 4)
    if (flat[:, 3] == 255).all():
        flat = flat[:, :3]
    kinds = ((256, np.uint8), (65536, np.uint16))
    kind = next((kind for most, kind in kinds if segmentation.n_clusters <= most), np.uint32)
    data = {
        "width": width,
        "height": height,
        "labels": packed(segmentation.labels.astype(kind)),
        "pixels": packed_pixels(flat.reshape(height, width, -1)),
        "palette": color.with_channels(segmentation.palette, 4).tolist(),
        "areas": segmentation.areas.tolist(),
        "names": list(segmentation.names),
        "arguments": list(arguments),
        "picks": dict(picks or {}),
    }
    return assemble(title, body="segmentation.html", styles=STYLES, scripts=SCRIPTS, data=data)
