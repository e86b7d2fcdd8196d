import numpy as np
from numpy.typing import NDArray

def find_matches(
    data: NDArray[np.uint8],
    start: int,
    stop: int,
    heads: NDArray[np.int32],
    chain: NDArray[np.int32],
    depth: int,
    nice: int,
    found: NDArray[np.int32],
) -> None: ...
def parse_tokens(
    data: NDArray[np.uint8],
    start: int,
    found: NDArray[np.int32],
    literal_costs: NDArray[np.int32],
    length_costs: NDArray[np.int32],
    distance_costs: NDArray[np.int32],
    distance_symbols: NDArray[np.uint8],
    costs: NDArray[np.int32],
    lengths: NDArray[np.int32],
    values: NDArray[np.int32],
) -> int: ...
def write_tokens(
    lengths: NDArray[np.int32],
    values: NDArray[np.int32],
    codes: NDArray[np.int32],
    distance_codes: NDArray[np.int32],
    length_symbols: NDArray[np.int32],
    distance_symbols: NDArray[np.uint8],
    distance_bases: NDArray[np.int32],
    out: NDArray[np.uint8],
    position: int,
) -> int: ...
