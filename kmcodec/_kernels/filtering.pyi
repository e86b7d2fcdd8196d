import numpy as np
from numpy.typing import NDArray

def choose_filters(
    rows: NDArray[np.uint8],
    chosen: NDArray[np.int64],
    costs: NDArray[np.int32],
    kinds: NDArray[np.uint8],
) -> None: ...
def filter_rows(
    rows: NDArray[np.uint8],
    chosen: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None: ...
