import numpy as np
from numpy.typing import NDArray

def code_pixels(
    plane: NDArray[np.uint16],
    colors: NDArray[np.int16],
    splits: NDArray[np.int16],
    stream: NDArray[np.uint8],
    saved: NDArray[np.uint64],
    cells: NDArray[np.uint32],
    weights: NDArray[np.int16],
    visits: NDArray[np.uint8],
    matches: NDArray[np.uint32],
    refined: NDArray[np.int32],
    stretch: NDArray[np.int16],
    squash: NDArray[np.int32],
    rates: NDArray[np.int32],
    steps: NDArray[np.int32],
    levels: NDArray[np.uint8],
    predicted: NDArray[np.int32],
    model: NDArray[np.int32],
    choices: NDArray[np.uint16],
    prices: NDArray[np.int32],
    costs: NDArray[np.int32],
    stop: int,
    decoding: bool,
) -> None: ...
