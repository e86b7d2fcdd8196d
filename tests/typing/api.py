"""The public API as its users type it; mypy checks this file and a test runs it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    assert info.n_colors == image.n_colors
    return kmcodec.decode_indexed(data)


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
