"""Data sets of digits in NumPy's archives (.npz), such as Keras's ``mnist.npz``; read strictly."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.digits.idx import MOST_BYTES, parse_npy
from kmcodec.errors import InputError, LimitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ZIP_MAGIC = b"PK\x03\x04"
# images and labels of the parts of a data set, as these are called in archives
NAMES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("x_train", "y_train"), ("x_test", "y_test")),
    (
        ("train_images", "train_labels"),
        ("val_images", "val_labels"),
        ("test_images", "test_labels"),
    ),
    (("images", "labels"),),
    (("x", "y"),),
    (("X", "y"),),
    (("data", "target"),),
)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MOST_MEMBERS = 64
MOST_HEADER = 1 << 16  # bytes of a .npy file before its values


@dataclass(frozen=True, eq=False)
class Archive:
    """A data set.

    Attributes
    ----------
    images : (n, ...) array
        Of all parts, one after another.
    labels : (n, ...) array, optional
        Where every part has some.
    names : tuple of str
        What the arrays of images are called.
    """

    images: NDArray[Any]
    labels: NDArray[Any] | None
    names: tuple[str, ...]


def parse_archive(data: bytes) -> Archive:
    """Return the data set in the bytes of a .npz file.

    Parts for training and for tests are put together, as OpenML has them. Where no name is known,
    the archive has to hold a single array.

    Raises
    ------
    InputError
        The archive is damaged, or holds no such arrays.
    LimitError
        Its arrays have more than 2**30 bytes in all.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _of_members(archive)
    except (InputError, LimitError, MemoryError):
        raise
    except Exception as error:  # a damaged archive fails in many ways
        raise InputError(f"the .npz file is damaged: {error or type(error).__name__}") from error


def _of_members(archive: zipfile.ZipFile) -> Archive:
    """Return the data set of an opened archive."""
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if len(members) > MOST_MEMBERS:
        raise InputError(f"the .npz file holds {len(members)} arrays, {MOST_MEMBERS} are the limit")
    known = next((parts for parts in NAMES if parts[0][0] in members), ())
    parts = [(x, y if y in members else None) for x, y in known if x in members]
    if not parts and len(members) == 1:
        parts = [(next(iter(members)), None)]
    if not parts:
        found = ", ".join(sorted(members)[:8]) or "nothing"
        raise InputError(f"the .npz file holds {found}; expected x_train and y_train, or images")
    wanted = [members[name] for part in parts for name in part if name is not None]
    size = sum(info.file_size for info in wanted)
    if size > MOST_BYTES + MOST_HEADER * len(wanted):
        raise LimitError(f"the .npz file claims {size:,} bytes, {MOST_BYTES:,} are the limit")
    images = [_read(archive, members[x]) for x, _ in parts]
    labels = [_read(archive, members[y]) for _, y in parts if y is not None]
    return Archive(
        _joined(images),
        _joined(labels) if len(labels) == len(parts) else None,
        tuple(x for x, _ in parts),
    )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    """Return a member's array, inflating no more than it claims."""
    if info.compress_type not in METHODS:
        raise InputError(f"{info.filename} in the .npz file is neither stored nor deflated")
    with archive.open(info) as member:
        return parse_npy(member.read(info.file_size + 1))


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays one after another."""
    if len({array.shape[1:] for array in arrays}) > 1:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InputError(f"the arrays in the .npz file do not fit together: {shapes}")
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
