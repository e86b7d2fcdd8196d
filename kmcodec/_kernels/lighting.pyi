import numpy as np
from numpy.typing import NDArray

def to_light(
    pixels: NDArray[np.uint8],
    table: NDArray[np.float32],
    light: NDArray[np.float32],
    start: int,
    stop: int,
) -> None: ...
def halve(
    light: NDArray[np.float32],
    first: int,
    rows: int,
    half: NDArray[np.float32],
    target: int,
) -> None: ...
def to_xyb(
    light: NDArray[np.float32],
    first: int,
    roots: NDArray[np.float32],
    with_blue: bool,
    maps: NDArray[np.float32],
) -> None: ...
