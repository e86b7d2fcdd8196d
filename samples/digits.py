"""Group handwritten digits, look at the groups, merge two.

    python samples/digits.py [t10k-images-idx3-ubyte.gz]

Without a file, the 8 x 8 digits that come with scikit-learn are grouped.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import kmcodec
from kmcodec.digits.idx import parse_array


def main() -> None:
    """Cluster, tell what lies nearest to each centre, and merge the two nearest groups."""
    if len(sys.argv) == 2:
        images = parse_array(Path(sys.argv[1]).read_bytes())
    else:
        images = (load_digits().images * 15.9375).astype(np.uint8)  # 0 to 16 there
    groups = kmcodec.cluster_digits(images, 10)
    sizes = np.bincount(groups.labels)
    for number in range(10):
        print(f"group {number}: {sizes[number]} images, typical {groups.nearest(number, 3)}")
    fewer = groups.merge([0, 1])
    print(f"merged: {len(np.unique(fewer.labels))} groups of {len(images)} images")


if __name__ == "__main__":
    main()
