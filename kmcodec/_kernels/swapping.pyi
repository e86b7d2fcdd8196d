import numpy as np
from numpy.typing import NDArray

def halve_clusters(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    labels: NDArray[np.int32],
    centers: NDArray[np.int32],
    spread: NDArray[np.int64],
    axes: NDArray[np.int32],
    upper: NDArray[np.int64],
) -> None: ...
def share_out(
    points: NDArray[np.int32],
    weights: NDArray[np.int64],
    centers: NDArray[np.int32],
    near: NDArray[np.int64],
    labels: NDArray[np.int32],
    roles: NDArray[np.uint8],
    n_firm: int,
    extra: NDArray[np.int64],
    shares: NDArray[np.int64],
) -> None: ...
