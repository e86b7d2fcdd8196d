"""scikit-learn's colour quantization tutorial, with a file that really shrinks.

    python samples/color_quantization.py [OUT.kmq]

The tutorial fits ``KMeans`` to 1,000 pixels of a photograph, predicts the rest, and ends with an
array as large as before. Here all pixels count, transparent ones do not, and the file is small.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_sample_image

import kmcodec

N_COLORS = 64


def main() -> None:
    """Quantize a photograph, cut a round hole into it, quantize that too, and count bytes."""
    photo = np.ascontiguousarray(load_sample_image("china.jpg"))  # (427, 640, 3) uint8
    samples = photo.reshape(-1, 3)

    quantizer = kmcodec.KMeansQuantizer(N_COLORS).fit(samples)  # as KMeans is used
    labels = quantizer.predict(samples)
    recreated = quantizer.inverse_transform(labels).reshape(photo.shape)
    error = ((recreated.astype(float) - photo) ** 2).sum(axis=2).mean()

    data = kmcodec.encode(photo, n_colors=N_COLORS)  # the same engine, and a file
    y, x = np.indices(photo.shape[:2])
    alpha = np.clip(np.hypot(y - 213, x - 320) - 100, 0, 255).astype(np.uint8)
    with_hole = np.dstack([photo, alpha])
    soft = kmcodec.decode(kmcodec.encode(with_hole, n_colors=N_COLORS))
    off = np.abs(soft[..., 3].astype(int) - alpha).mean()

    print(f"{photo.nbytes} bytes of pixels, {len(data)} as a file; squared error {error:.0f}")
    print(f"alpha is {off:.1f} of 255 off on average, and {soft[alpha == 0, 3].max()} in the hole")
    if len(sys.argv) == 2:
        with Path(sys.argv[1]).open("xb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
