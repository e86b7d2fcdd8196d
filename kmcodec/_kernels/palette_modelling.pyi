import numpy as np
from numpy.typing import NDArray

def code_entries(
    entries: NDArray[np.uint8],
    stream: NDArray[np.uint8],
    size: int,
    decoding: int,
    order: NDArray[np.int32],
    ascending: int,
    alpha: int,
    priors: NDArray[np.int32],
    rows: NDArray[np.int64],
    parts: NDArray[np.int64],
    seen: NDArray[np.int64],
    learnt: NDArray[np.int64],
    weights: NDArray[np.int64],
    near: NDArray[np.int64],
    votes: NDArray[np.int64],
    coder: NDArray[np.int64],
) -> int: ...
