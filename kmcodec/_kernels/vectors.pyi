import numpy as np
from numpy.typing import NDArray

def decide(
    products: NDArray[np.float32],
    squares: NDArray[np.float32],
    slack: NDArray[np.float32],
    labels: NDArray[np.int32],
    close: NDArray[np.int32],
) -> int: ...
def regroup(
    vectors: NDArray[np.uint8],
    weights: NDArray[np.int64],
    before: NDArray[np.int32],
    labels: NDArray[np.int32],
    sums: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> int: ...
def part(
    vectors: NDArray[np.uint8],
    weights: NDArray[np.int64],
    labels: NDArray[np.int32],
    directions: NDArray[np.int16],
    bounds: NDArray[np.int32],
    sums: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> None: ...
