"""Images of digits and their labels, from files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from kmcodec.digits.checks import check_images, check_labels, scale_of
from kmcodec.digits.idx import MOST_BYTES, parse_array
from kmcodec.digits.npz import ZIP_MAGIC, Archive, parse_archive
from kmcodec.errors import InputError, LimitError
from kmcodec.files.paths import read_at_most

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Digits:
    """Images as they were read.

    Attributes
    ----------
    images : (n, h, w) uint8
    labels : (n,) int64, optional
        Where they come with the images.
    notes : tuple of str
        What a person should know of how the file was read.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()


def read_digits(source: Path | BinaryIO) -> Digits:
    """Return the images in an IDX file, plain or gzipped, or in a .npy or .npz file.

    An array may also hold (n, d) rows of square images, and other numbers than bytes, as
    ``check_images`` takes them. An archive such as Keras's mnist.npz gives its images for training
    and for tests, one after another, and their labels.

    Raises
    ------
    InputError
        The file is missing, unreadable, damaged, or holds something else.
    LimitError
        It has more than 2**30 bytes, or says so.
    """
    found = _read(source)
    notes = []
    if len(found.names) > 1:
        notes.append(f"the images are those of {' and '.join(found.names)}, one after another")
    images = check_images(found.images)
    if scale_of(found.images) > 1:
        notes.append(
            f"values are {found.images.dtype.name} from 0 to 1: they were multiplied by 255"
        )
    elif found.images.dtype.kind == "f":
        notes.append(f"values are {found.images.dtype.name} up to 255: they were rounded")
    labels = None if found.labels is None else _checked_labels(found.labels, len(images))
    return Digits(images, labels, tuple(notes))


def read_images(source: Path | BinaryIO) -> NDArray[np.uint8]:
    """Return the (n, h, w) images in such a file; errors are as above."""
    return read_digits(source).images


def read_labels(path: Path, n_images: int) -> NDArray[np.int64]:
    """Return the (n,) labels in an IDX, .npy or .npz file, one per image.

    Raises
    ------
    InputError, LimitError
        As above, or their number is another one; the message names the file.
    """
    try:
        found = _read(path)
        return _checked_labels(found.images if found.labels is None else found.labels, n_images)
    except (InputError, LimitError) as error:
        named = str(path) in str(error)
        raise type(error)(str(error) if named else f"{path}: {error}") from error


def _checked_labels(labels: NDArray[np.int64], n_images: int) -> NDArray[np.int64]:
    """Return labels; a column of them is a row, too."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    return check_labels(labels, n_images)


def _read(source: Path | BinaryIO) -> Archive:
    """Return what a file holds; one that is no archive has a single array."""
    data = read_at_most(source, MOST_BYTES + (1 << 16))  # values and a header
    if data.startswith(ZIP_MAGIC):
        return parse_archive(data)
    return Archive(parse_array(data), None, ())
