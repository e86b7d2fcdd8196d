import numpy as np
from numpy.typing import NDArray

def to_light(
    pixels: NDArray[np.uint8],
    table: NDArray[np.float64],
    light: NDArray[np.float64],
    start: int,
    stop: int,
) -> None: ...
def halve(
    light: NDArray[np.float64],
    first: int,
    rows: int,
    half: NDArray[np.float64],
    target: int,
) -> None: ...
def to_xyb(
    light: NDArray[np.float64],
    first: int,
    roots: NDArray[np.float32],
    maps: NDArray[np.float64],
) -> None: ...
def measure(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    low: int,
    height: int,
    channel: int,
    with_structure: bool,
    start: int,
    stop: int,
    ring: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None: ...
