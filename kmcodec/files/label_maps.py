"""Segmentations as files: label maps, masks, cut-outs, COCO's annotations."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kmcodec.codec import encode_indexed
from kmcodec.files.formats import array_bytes
from kmcodec.png import png_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec.segmenter import Segmentation

MOST_IN_PALETTE = 256


def label_bytes(segmentation: Segmentation, suffix: str, *, threads: int | None = None) -> bytes:
    """Return a label map as a file.

    Parameters
    ----------
    segmentation : Segmentation
    suffix : str
        ".png": a palette PNG in the clusters' own colours, or 16-bit gray for more than 256
        clusters; ".npy": NumPy's file of the labels, int32; ".kmq": with colours and names.
    threads : int, optional
        For ".kmq"; the bytes do not depend on it.
    """
    if suffix == ".kmq":
        return encode_indexed(segmentation.to_image(), threads=threads)
    if suffix == ".npy":
        return array_bytes(segmentation.labels)
    if segmentation.n_clusters > MOST_IN_PALETTE:
        return picture_png(segmentation.labels.astype(np.uint16))
    return png_bytes(segmentation.to_image(), keep_order=True)


def mask_bytes(mask: NDArray[np.bool_]) -> bytes:
    """Return a mask as a gray PNG, 255 where it is true and 0 elsewhere."""
    return picture_png(mask.astype(np.uint8) * np.uint8(255))


def picture_png(pixels: NDArray[Any]) -> bytes:
    """Return gray (8 or 16 bits), RGB or RGBA pixels as a PNG, by Pillow."""
    return pillow_bytes(Image.fromarray(pixels))


def pillow_bytes(image: Image.Image) -> bytes:
    """Return a Pillow image as a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def coco_bytes(segmentation: Segmentation, file_name: str, *, indent: int | None = None) -> bytes:
    """Return the clusters' masks as COCO annotations of one picture.

    Categories are the clusters, numbered from 1 as COCO has it, under their names where they have
    some; each annotation is one cluster's mask in compressed run-length encoding.
    """
    names: Sequence[str] = segmentation.names or [
        f"cluster {number}" for number in range(segmentation.n_clusters)
    ]
    annotations: list[dict[str, Any]] = []
    for number, rle in enumerate(segmentation.to_coco_rle()):
        area = int(segmentation.areas[number])
        if area:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": 1,
                    "category_id": number + 1,
                    "segmentation": rle,
                    "area": area,
                    "bbox": _box(segmentation.mask(number)),
                    "iscrowd": 1,  # what COCO calls every mask in run-length encoding
                }
            )
    size = {"width": segmentation.width, "height": segmentation.height}
    found = {
        "images": [{"id": 1, "file_name": file_name} | size],
        "categories": [{"id": n, "name": name} for n, name in enumerate(names, start=1)],
        "annotations": annotations,
    }
    return json.dumps(found, indent=indent).encode() + b"\n"


def _box(mask: NDArray[np.bool_]) -> list[int]:
    """Return left, top, width and height of what is true in a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
