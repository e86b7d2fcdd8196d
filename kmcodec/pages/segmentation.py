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
    "absorb.js",
    "picks.js",
    "viewport.js",
    "segmentation.js",
)
LEASTS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # pixels, of the slider
DEFAULT_CLUSTERS = 3  # of the command line
STYLES = ("base.css", "segmentation.css")


def segmentation_page(
    segmentation: Segmentation,
    pixels: NDArray[np.uint8],
    *,
    title: str,
    arguments: Sequence[str] = (),
    picks: Mapping[str, Any] | None = None,
    variants: Mapping[int | str, Segmentation] | None = None,
    chosen: int | str = 0,
    min_region: int = 0,
    absorbs: bool = False,
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
        a sequence, "removed" regions, and "invert".
    variants : mapping, optional
        The segmentations that a slider chooses among, by their option ``-k``; `chosen` is one of
        them. `arguments` are then without ``-k`` and ``--min-region``.
    chosen : int or "auto"
        The ``-k`` of `segmentation`.
    min_region : int
        Its ``--min-region``.
    absorbs : bool
        Whether the page lets small regions join their neighbours: `variants` are then without a
        ``--min-region``. Otherwise they have that of `segmentation`.

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
        "k": chosen,
        "least": min_region,
        "defaultK": DEFAULT_CLUSTERS,
        "leasts": sorted({*LEASTS, min_region}) if absorbs else [min_region],
        "planes": {str(k): _plane(one, kind) for k, one in (variants or {}).items()},
    }
    return assemble(title, body="segmentation.html", styles=STYLES, scripts=SCRIPTS, data=data)


def _plane(one: Segmentation, kind: type[np.unsignedinteger[Any]]) -> dict[str, Any]:
    """Return the labels and the palette of a variant."""
    palette = color.with_channels(one.palette, 4).tolist()
    return {"labels": packed(one.labels.astype(kind)), "palette": palette}
