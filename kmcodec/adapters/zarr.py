"""``.kmq`` as a Zarr v3 codec, found by its entry point where an array's metadata say ``kmq``."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zarr.abc.codec import ArrayBytesCodec

from kmcodec.codec import decode_array, encode_array
from kmcodec.container import Limits
from kmcodec.container.header import LARGEST_VARINT
from kmcodec.errors import FormatError, InputError
from kmcodec.options import DEFAULT_EFFORT, check_effort

if TYPE_CHECKING:
    from typing import Any

    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.core.chunk_grids import ChunkGrid
    from zarr.core.common import JSON
    from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType

NAME = "kmq"


@dataclass(frozen=True)
class KmqCodec(ArrayBytesCodec):
    """Lossless codec for label maps, masks and volumes: chunks of integers.

    For ``zarr.create_array(..., serializer=KmqCodec(), compressors=None)``. Each chunk is a
    ``.kmq`` file (see ``kmcodec.encode_array``).

    Parameters
    ----------
    effort : int
        1 (quick) to 9 (small).

    Raises
    ------
    InputError
        `effort` is out of its range; when an array is created, its type is no integer or it has
        fewer than 2 dimensions.
    """

    is_fixed_size = False

    effort: int = DEFAULT_EFFORT

    def __post_init__(self) -> None:
        """Check the option."""
        object.__setattr__(self, "effort", check_effort(self.effort))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """Return the codec of an array's metadata."""
        configuration = data.get("configuration", {})
        if data.get("name") != NAME or not isinstance(configuration, dict):
            raise InputError(f"the codec's metadata are {data!r}, expected those of {NAME!r}")
        unknown = sorted(configuration.keys() - {"effort"})
        if unknown:
            raise InputError(f"the codec {NAME!r} has no option {unknown[0]!r}")
        return cls(**configuration)

    def to_dict(self) -> dict[str, JSON]:
        """Return what an array's metadata say of the codec."""
        return {"name": NAME, "configuration": {"effort": self.effort}}

    def validate(
        self,
        *,
        shape: tuple[int, ...],
        dtype: ZDType[TBaseDType, TBaseScalar],
        chunk_grid: ChunkGrid,  # noqa: ARG002  (any will do)
    ) -> None:
        """Refuse arrays whose chunks could not be encoded, before they are created."""
        _check(shape, dtype)

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """Refuse them as the inner codec of shards, too, which nobody validates."""
        _check(array_spec.shape, array_spec.dtype)
        return self

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        """Return a chunk's bytes."""
        array = chunk_data.as_numpy_array()
        coded = await asyncio.to_thread(encode_array, array, effort=self.effort)
        return chunk_spec.prototype.buffer.from_bytes(coded)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        """Return the chunk of some bytes, which has to be of the array's type and chunk shape."""
        array = await asyncio.to_thread(_decode_chunk, chunk_data.to_bytes(), chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(array)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Refuse to say, as for any codec whose sizes depend on the data."""
        raise NotImplementedError(f"{NAME} chunks of {input_byte_length} bytes differ in size")


def _check(shape: tuple[int, ...], dtype: ZDType[TBaseDType, TBaseScalar]) -> None:
    """Raise ``InputError`` for a type or a number of dimensions that cannot be encoded."""
    native = dtype.to_native_dtype()
    if native.kind not in "biu":
        raise InputError(f"the array holds {native}, {NAME!r} is for integer types and bool")
    if len(shape) < 2:
        raise InputError(f"the array has shape {shape}, {NAME!r} needs 2 or more dimensions")


def _decode_chunk(data: bytes, spec: ArraySpec) -> Any:  # noqa: ANN401
    """Return the array of a chunk, compared with what the metadata say."""
    size = max(1, math.prod(spec.shape))
    wanted = spec.dtype.to_native_dtype()
    # the array's own metadata say how much a chunk is, and so how long it may take
    most = max(2, wanted.itemsize) * size
    limits = Limits(max_pixels=size, max_bytes=max(most, 1 << 17), max_seconds=LARGEST_VARINT)
    array = decode_array(data, limits=limits)
    if array.shape != spec.shape or array.dtype.newbyteorder("=") != wanted.newbyteorder("="):
        raise FormatError(
            f"the chunk holds {array.dtype} of shape {array.shape},"
            f" expected {wanted} of shape {spec.shape}",
            section="array",
        )
    return array.astype(wanted, copy=False)
