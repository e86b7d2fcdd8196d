"""Digits that need no file: scikit-learn's own, and those it fetches from OpenML."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.digits.checks import check_images
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_OF_BUNDLED = 16  # the value of white in scikit-learn's digits


def bundled_digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return scikit-learn's (1797, 8, 8) digits, scaled to 0 to 255, and their (1797,) labels."""
    from sklearn.datasets import load_digits  # noqa: PLC0415  (takes a while to import)

    found = load_digits()
    images = np.rint(found.images * (255 / LARGEST_OF_BUNDLED)).astype(np.uint8)
    return images, found.target.astype(np.int64)


def fetch_digits(name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and labels of a data set at OpenML, such as "mnist_784".

    scikit-learn keeps what it fetched in its data folder. Labels that are no whole numbers are
    numbered in their order.

    Raises
    ------
    InputError
        There is no such data set, it cannot be fetched, or it holds no images.
    """
    from sklearn.datasets import fetch_openml  # noqa: PLC0415  (takes a while to import)

    parser = "pandas" if find_spec("pandas") else "liac-arff"
    try:
        data, target = fetch_openml(name, version=1, as_frame=False, parser=parser, return_X_y=True)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"cannot fetch {name} from OpenML: {reason}") from error
    return check_images(_as_bytes(np.asarray(data), name)), _as_labels(np.asarray(target))


def _as_bytes(values: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Return whole numbers from 0 to 255 as bytes."""
    if values.dtype.kind in "iuf" and values.size:
        rounded: NDArray[np.uint8] = np.clip(np.nan_to_num(values), 0, 255).astype(np.uint8)
        if np.array_equal(rounded, values):
            return rounded
    raise InputError(f"{name} holds no images: its values are not whole numbers from 0 to 255")


def _as_labels(target: NDArray[Any]) -> NDArray[np.int64]:
    """Return labels as whole numbers."""
    try:
        return target.astype(np.int64)
    except ValueError:
        numbers: NDArray[np.int64] = np.unique(target, return_inverse=True)[1].astype(np.int64)
        return numbers
