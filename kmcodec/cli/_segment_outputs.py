"""The files that ``kmcodec segment`` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmcodec.files import label_maps
from kmcodec.segmenter import cut_out

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from kmcodec.cli._job import Job
    from kmcodec.cli._picks import Picks
    from kmcodec.files import Picture
    from kmcodec.segmenter import Segmentation

PNG = (".png",)
OUTPUTS = {
    "labels": (".png", ".npy", ".kmq"),
    "mask": PNG,
    "cutout": PNG,
    "overlay": PNG,
    "coco": (".json",),
    "html": (".html", ".htm"),
}
OF_SEGMENTATION = {
    "clusters": "-k",
    "features": "--features",
    "scale": "--scale",
    "position_weight": "--position-weight",
    "space": "--space",
    "lightness": "--lightness",
    "min_region": "--min-region",
    "seed": "--seed",
}


@dataclass(frozen=True, eq=False)
class Result:
    """A segmented picture, of which outputs are made.

    Attributes
    ----------
    job : Job
    picture : Picture
    found, shown : Segmentation
        Before clusters are merged and named, and after.
    mask : (H, W) bool, optional
        That of the picks, if there are any.
    picks : Picks
    words : list of str
        Options of the command line that led to `found`.
    """

    job: Job
    picture: Picture
    found: Segmentation
    shown: Segmentation
    mask: NDArray[np.bool_] | None
    picks: Picks
    words: list[str]

    def content(self, kind: str, path: Path) -> bytes:
        """Return the bytes of one kind of output."""
        source, shown = self.job.source, self.shown
        if kind == "labels":
            return label_maps.label_bytes(shown, path.suffix.lower(), threads=self.job.threads)
        if kind == "coco":
            return label_maps.coco_bytes(shown, self.job.name if source is None else source.name)
        if kind == "overlay":
            from kmcodec.drawing.overlay import draw_overlay  # noqa: PLC0415  (fonts take a while)

            return label_maps.pillow_bytes(draw_overlay(shown, self.picture.pixels))
        if kind == "html":
            return self._page().encode()
        if self.mask is None:
            raise AssertionError("a mask is made of picks, which were checked")
        if kind == "mask":
            return label_maps.mask_bytes(self.mask)
        return label_maps.picture_png(cut_out(self.picture.pixels, self.mask))

    def _page(self) -> str:
        """Return the page, on which the picks of the command line are made already."""
        from kmcodec.pages.segmentation import segmentation_page  # noqa: PLC0415  (as do pages)

        source, picks = self.job.source, self.picks
        found = self.found
        if len(self.shown.names) == found.n_clusters:
            found = found.with_names(self.shown.names)
        return segmentation_page(
            found,
            self.picture.pixels,
            title="Standard input" if source is None else source.name,
            arguments=[self.job.name, *self.words],
            picks={
                "groups": [sorted(set(group)) for group in picks.groups],
                "clusters": [number for numbers in picks.picked for number in numbers],
                "points": picks.points,
                "regions": picks.region_points,
                "invert": picks.invert,
            },
        )
