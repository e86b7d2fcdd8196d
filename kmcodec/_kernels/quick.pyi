import numpy as np
from numpy.typing import NDArray

def code_plane(
    plane: NDArray[np.uint16],
    stream: NDArray[np.uint8],
    saved: NDArray[np.uint64],
    tables: NDArray[np.int16],
    counts: NDArray[np.uint8],
    rates: NDArray[np.uint8],
    flats: NDArray[np.int32],
    steps: int,
    decoding: bool,
) -> None: ...
