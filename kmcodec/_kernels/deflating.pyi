import numpy as np
from numpy.typing import NDArray

def find_matches(
    data: NDArray[np.uint8],
    start: int,
    stop: int,
    stride: int,
    heads: NDArray[np.int32],
    chain: NDArray[np.int32],
    depth: int,
    nice: int,
    starts: NDArray[np.int32],
    found: NDArray[np.int32],
) -> None: ...
def parse_tokens(
    data: NDArray[np.uint8],
    start: int,
    starts: NDArray[np.int32],
    found: NDArray[np.int32],
    literal_costs: NDArray[np.int32],
    length_costs: NDArray[np.int32],
    distance_costs: NDArray[np.int32],
    distance_symbols: NDArray[np.uint8],
    costs: NDArray[np.int32],
    tokens: NDArray[np.int32],
) -> int: ...
def count_symbols(
    tokens: NDArray[np.int32],
    length_symbols: NDArray[np.int32],
    distance_symbols: NDArray[np.uint8],
    counts: NDArray[np.int64],
    distance_counts: NDArray[np.int64],
) -> None: ...
def write_tokens(
    tokens: NDArray[np.int32],
    codes: NDArray[np.int32],
    distance_codes: NDArray[np.int32],
    length_symbols: NDArray[np.int32],
    distance_symbols: NDArray[np.uint8],
    distance_bases: NDArray[np.int32],
    out: NDArray[np.uint8],
    position: int,
) -> int: ...
