"""The public API as its users type it; mypy checks this file and a test runs it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import kmcodec
from kmcodec import IndexedImage, Info, KMeansQuantizer, Limits, Metadata


def round_trip(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Compress and decompress."""
    data: bytes = kmcodec.encode(pixels, n_colors=64, space="oklab", dither=0.5, effort=5, seed=0)
    data = kmcodec.encode(pixels, dither=1.0, dither_method="blue-noise")
    return kmcodec.decode(data, limits=Limits(max_pixels=1_000_000))


def by_steps(pixels: NDArray[np.uint8]) -> IndexedImage:
    """Quantize, store, read back."""
    image: IndexedImage = kmcodec.quantize(pixels, n_colors=16, threads=2)
    data = kmcodec.encode_indexed(image, coding="deflate", metadata=Metadata(icc=b"profile"))
    info: Info = kmcodec.read_info(data)
    score: float = kmcodec.ssimulacra2(pixels, image)
    assert info.n_colors == image.n_colors
    assert score <= 100
    return kmcodec.decode_indexed(data)


def from_image(image: Image.Image) -> int:
    """Take an image of Pillow's, and an array."""
    data = kmcodec.encode(image, n_colors=8, quality=(0, 90))
    file = kmcodec.KmqFile(kmcodec.encode_array(kmcodec.segment(image, 2).labels))
    shape: tuple[int, ...] = () if file.info.array is None else file.info.array.shape
    return len(data) + len(shape) + int(file.decode_array().max())


def estimate(samples: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Replace samples by their centres."""
    quantizer = KMeansQuantizer(n_clusters=4).fit(samples)
    labels: NDArray[np.int32] = quantizer.predict(samples)
    return quantizer.inverse_transform(labels)


def guard(data: bytes) -> str:
    """Tell what is wrong with bytes."""
    try:
        kmcodec.decode(data)
    except kmcodec.KmqError as error:
        return str(error)
    return kmcodec.backend


def cut(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut out what lies in the middle, by regions and by colours."""
    found: kmcodec.Segmentation = kmcodec.segment(pixels, features="color+position", scale=0.5)
    hierarchy: kmcodec.Hierarchy = kmcodec.build_hierarchy(pixels)
    labels: NDArray[np.int32] = hierarchy.labels(0.5)
    mask: NDArray[np.bool_] = found.region_at(labels.shape[1] // 2, labels.shape[0] // 2)
    return kmcodec.cut_out(pixels, mask | kmcodec.segment(pixels, "auto").mask([0]))


def group(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Group digits, and have each one's centre back from a file."""
    found: kmcodec.Grouping = kmcodec.cluster_digits(images, 3, features="gradients")
    blocks: kmcodec.BlockImage = found.merge([0, 1]).to_blocks()
    return kmcodec.decode_blocks(kmcodec.encode_blocks(blocks)).to_vectors()
