import numpy as np
from numpy.typing import NDArray

def decode_palette(
    stream: NDArray[np.uint8], parameter: int, entries: NDArray[np.uint8]
) -> None: ...
def encode_palette(entries: NDArray[np.uint8], parameter: int) -> bytes: ...
