"""Label maps in a Zarr store, without loss (``pip install 'kmcodec[zarr]'``).

python samples/label_maps.py
"""

from __future__ import annotations

import numpy as np
import zarr
from sklearn.datasets import load_sample_image
from zarr.codecs import BloscCodec
from zarr.storage import MemoryStore

import kmcodec
from kmcodec.adapters.zarr import KmqCodec

PEER = BloscCodec(cname="zstd", clevel=9, shuffle="bitshuffle")
CODECS = {
    "kmq": {"serializer": KmqCodec(), "compressors": None},
    "Blosc-zstd 9": {"compressors": PEER},
}


def main() -> None:
    """Segment two photographs, store the labels, read them back, count bytes."""
    photographs = [load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    found = [kmcodec.segment(np.ascontiguousarray(pixels), 6) for pixels in photographs]
    labels = np.stack([one.labels for one in found]).astype(np.int64)
    for name, codec in CODECS.items():
        chunks: dict[str, zarr.core.buffer.Buffer] = {}
        array = zarr.create_array(
            MemoryStore(chunks), shape=labels.shape, dtype="i8", chunks=(1, 427, 640), **codec
        )
        array[:] = labels
        assert np.array_equal(array[:], labels)  # noqa: S101  (what this shows)
        size = sum(len(chunk) for key, chunk in chunks.items() if "/" in key)
        print(f"{name}: {size} bytes for {labels.nbytes} of {labels.dtype}")


if __name__ == "__main__":
    main()
