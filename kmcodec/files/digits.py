"""Images of digits and their labels, from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from kmcodec.digits.checks import check_images, check_labels
from kmcodec.digits.idx import MOST_BYTES, parse_array
from kmcodec.errors import InputError, LimitError
from kmcodec.files.paths import read_at_most

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def read_images(source: Path | BinaryIO) -> NDArray[np.uint8]:
    """Return the (n, h, w) images in an IDX file, plain or gzipped, or a .npy file.

    A .npy file may also hold (n, d) rows of square images.

    Raises
    ------
    InputError
        The file is missing, unreadable, damaged, or holds something else.
    LimitError
        It has more than 2**30 bytes, or says so.
    """
    return check_images(_read_array(source))


def read_labels(path: Path, n_images: int) -> NDArray[np.int64]:
    """Return the (n,) labels in such a file, one per image.

    Raises
    ------
    InputError, LimitError
        As above, or their number is another one; the message names the file.
    """
    try:
        return check_labels(_read_array(path), n_images)
    except (InputError, LimitError) as error:
        named = str(path) in str(error)
        raise type(error)(str(error) if named else f"{path}: {error}") from error


def _read_array(source: Path | BinaryIO) -> NDArray[Any]:
    """Return the array in a file."""
    return parse_array(read_at_most(source, MOST_BYTES + (1 << 16)))  # values and a header
