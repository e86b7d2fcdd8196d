"""The files that ``kmcodec segment`` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.files import label_maps
from kmcodec.segmenter import cut_out, segment
from kmcodec.segmenter.segmenting import segment_each

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from kmcodec.cli._job import Job
    from kmcodec.cli._picks import Picks
    from kmcodec.files import Picture
    from kmcodec.segmenter import Segmentation

COUNTS = range(2, 9)  # of clusters, that the page's slider chooses among
MOST_VARIED = 4_000_000  # pixels of a picture whose page has sliders
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
    options : dict
        The same, as ``segment`` takes them.
    crop : bool
        Whether the cut-out is cropped to what is picked.
    """

    job: Job
    picture: Picture
    found: Segmentation
    shown: Segmentation
    mask: NDArray[np.bool_] | None
    picks: Picks
    words: list[str]
    options: dict[str, Any]
    crop: bool

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
        return label_maps.picture_png(self._cutout(self.mask))

    def _cutout(self, mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Return what is picked on a transparent ground; all of the picture if nothing is."""
        found = cut_out(self.picture.pixels, mask)
        if not self.crop or not mask.any():
            return found
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        return found[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    def _variants(self) -> dict[str, Any]:
        """Return what the page's sliders choose among, and the words that they stand for."""
        options = self.options
        if options["scale"] is not None or self.found.labels.size > MOST_VARIED:
            return {"arguments": [self.job.name, *self.words]}
        given, absorbs = options["n_clusters"], options["features"] == "color"
        own = {"n_clusters", "scale", "min_region"}
        least = options["min_region"]
        others = {name: value for name, value in options.items() if name not in own}
        others |= {"threads": self.job.threads, "min_region": 0 if absorbs else least}
        variants: dict[Any, Segmentation] = {}
        if given not in COUNTS or (absorbs and least > 1):
            variants[given] = segment(self.picture.pixels, given, **others)
        else:
            variants[given] = self.found
        rest = [n for n in COUNTS if n != given]
        variants |= segment_each(self.picture.pixels, rest, **others)
        words = _without(self.words, ("-k", "--min-region"))
        return {
            "arguments": [self.job.name, *words],
            "variants": variants,
            "chosen": given,
            "min_region": least,
            "absorbs": absorbs,
        }

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
            picks={
                "groups": [sorted(set(group)) for group in picks.groups],
                "clusters": [number for numbers in picks.picked for number in numbers],
                "points": picks.points,
                "regions": picks.region_points,
                "removed": picks.removed_points,
                "invert": picks.invert,
            },
            **self._variants(),
        )


def _without(words: list[str], flags: tuple[str, ...]) -> list[str]:
    """Return words of a command line without some options and their values."""
    pairs = zip(words[::2], words[1::2], strict=True)
    return [word for flag, value in pairs if flag not in flags for word in (flag, value)]
