"""numcodecs and Zarr find the codec by itself, and lose nothing with it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.registry import register_codec
from zarr.storage import MemoryStore

from kmcodec import FormatError, InputError, KmqError
from kmcodec.adapters import numcodecs as for_numcodecs
from kmcodec.adapters import zarr as for_zarr

ROOT = Path(__file__).parent.parent.parent
TYPES = ["bool", "int8", "uint8", "int16", ">u2", "int32", "uint64"]
EFFORT_2 = {"name": "kmq", "configuration": {"effort": 2}}


@pytest.fixture(scope="module", autouse=True)
def _known():
    """Know the codecs in this process even if the installation is older than they are."""
    register_codec("kmq", for_zarr.KmqCodec)
    numcodecs.register_codec(for_numcodecs.KmqCodec)


@pytest.fixture
def installed(tmp_path):
    """Return the environment of a process to which this tree is an installed distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tmp_path / "kmcodec-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kmcodec\nVersion: 0\n")
    lines = []
    for group, names in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in names.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    import kmcodec  # noqa: PLC0415

    home = Path(kmcodec.__file__).parent.parent
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(home)])}


def run_fresh(script: str, environment: dict[str, str]) -> str:
    """Run a script in a new process and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    elsewhere = environment["PYTHONPATH"].split(os.pathsep)[0]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=elsewhere
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def labels(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return a smooth label map of a shape and type."""
    return (np.indices(shape).sum(axis=0) // 3 % (2 if dtype == "bool" else 5)).astype(dtype)


def create(array: np.ndarray, store: MemoryStore | None = None, **options) -> zarr.Array:
    """Return a Zarr array in memory with the shape and type of another."""
    settings = {"serializer": for_zarr.KmqCodec(), "compressors": None} | options
    store = MemoryStore() if store is None else store
    return zarr.create_array(store, shape=array.shape, dtype=array.dtype, **settings)


def test_numcodecs_finds_it_in_a_fresh_process(installed):
    """The registry of numcodecs finds the codec by its id without importing kmcodec first."""
    script = """
        import sys
        import numcodecs
        import numpy as np
        assert "kmcodec" not in sys.modules
        codec = numcodecs.get_codec({"id": "kmq"})
        array = np.arange(12).reshape(3, 4)
        assert (codec.decode(codec.encode(array)) == array).all()
        print(codec)
    """
    assert run_fresh(script, installed).strip() == "KmqCodec(effort=5)"


def test_zarr_finds_it_in_a_fresh_process(installed, tmp_path):
    """Zarr reads an array of another process that it wrote with the codec."""
    array = labels((70, 50), "int32")
    z = zarr.create_array(
        tmp_path / "a.zarr",
        data=array,
        chunks=(32, 32),
        serializer=for_zarr.KmqCodec(),
        compressors=None,
    )
    np.testing.assert_array_equal(z[:], array)
    script = f"""
        import zarr
        z = zarr.open_array({str(tmp_path / "a.zarr")!r}, mode="r")
        print(int(z[:].sum()), z.metadata.codecs)
    """
    expected = f"{array.sum()} (KmqCodec(effort=5),)"
    assert run_fresh(script, installed).strip() == expected


@pytest.mark.parametrize("dtype", TYPES)
def test_numcodecs_round_trip(dtype):
    """Arrays of any type and order come back, into given memory too."""
    array = labels((4, 5, 6), dtype)
    codec = numcodecs.get_codec({"id": "kmq", "effort": 3})
    for given in (array, np.asfortranarray(array), array[::-1]):
        encoded = codec.encode(given)
        decoded = codec.decode(encoded)
        assert decoded.dtype == array.dtype
        np.testing.assert_array_equal(decoded, given)
        out = np.empty_like(given)
        assert codec.decode(np.frombuffer(encoded, dtype=np.uint8), out=out) is out
        np.testing.assert_array_equal(out, given)


@pytest.mark.parametrize("order", ["C", "F"])
def test_numcodecs_fills_what_it_is_given(order):
    """Arrays with gaps or of the other memory order get the elements, flat buffers the bytes."""
    codec = numcodecs.get_codec({"id": "kmq"})
    array = labels((5, 7), "<i4")
    encoded = codec.encode(np.array(array, order=order))
    for out in (
        np.zeros((10, 21), "<i4")[::2, ::3],
        np.zeros((5, 7), ">i4"),
        np.zeros((5, 7), "<i4", order="F"),
        np.zeros((5, 7), "<i4"),
    ):
        assert codec.decode(encoded, out=out) is out
        np.testing.assert_array_equal(out, array)
    buffer = bytearray(array.nbytes)
    codec.decode(encoded, out=buffer)
    assert bytes(buffer) == array.tobytes(order)
    for out in (np.zeros((5, 7), "f4"), np.zeros((7, 5), "<i4"), np.zeros(35, "f4"), bytearray(9)):
        with pytest.raises(InputError, match="out is"):
            codec.decode(encoded, out=out)


def test_shards_are_checked_when_the_array_is_created():
    """Shards that the codec cannot hold raise InputError when the array is created."""
    for shape, chunks, dtype in (((10,), (5,), "i4"), ((8, 8), (4, 4), "f4")):
        with pytest.raises(InputError, match="array h"):
            zarr.create_array(
                MemoryStore(),
                shape=shape,
                chunks=chunks,
                shards=shape,
                dtype=dtype,
                serializer=for_zarr.KmqCodec(),
                compressors=None,
            )


def test_numcodecs_configuration():
    """The configuration goes through JSON and is checked."""
    codec = numcodecs.get_codec({"id": "kmq", "effort": 3})
    assert codec.get_config() == {"id": "kmq", "effort": 3}
    assert numcodecs.get_codec(json.loads(json.dumps(codec.get_config()))) == codec
    with pytest.raises(InputError, match="effort"):
        numcodecs.get_codec({"id": "kmq", "effort": 0})


@pytest.mark.parametrize("given", [b"bytes", np.zeros((2, 2)), np.arange(7)])
def test_numcodecs_refuses(given):
    """Bytes, floats and arrays of one dimension raise ValueError."""
    with pytest.raises(ValueError, match="the array"):
        numcodecs.get_codec({"id": "kmq"}).encode(given)


def test_numcodecs_notices_damage():
    """Damaged and foreign bytes raise KmqError or ValueError."""
    codec = numcodecs.get_codec({"id": "kmq"})
    with pytest.raises(KmqError):
        codec.decode(codec.encode(np.eye(4, dtype=int))[:-1])
    with pytest.raises(ValueError, match=r"not a \.kmq file"):
        codec.decode(b"something else")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_zarr_round_trip_with_edge_chunks(dtype, order):
    """Arrays come back through edge chunks, shards, transposition and compression."""
    array = labels((10, 9, 8), dtype)
    for options in (
        {"chunks": (4, 4, 4)},
        {"chunks": (4, 9, 8), "filters": [zarr.codecs.TransposeCodec(order=(2, 0, 1))]},
        {"chunks": (4, 4, 4), "shards": (8, 8, 8)},
        {"chunks": (10, 9, 8), "compressors": [zarr.codecs.ZstdCodec()]},
    ):
        z = create(array, config={"order": order}, **options)
        z[:] = array
        np.testing.assert_array_equal(z[:], array)
        np.testing.assert_array_equal(z[3:7, ::2, 5], array[3:7, ::2, 5])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_zarr_2_uses_the_numcodecs_codec(dtype, order):
    """Arrays of Zarr's format 2 come back through the numcodecs codec."""
    array = labels((10, 9, 8), dtype)
    z = zarr.create_array(
        MemoryStore(),
        shape=array.shape,
        chunks=(4, 4, 4),
        dtype=array.dtype,
        zarr_format=2,
        order=order,
        compressors=for_numcodecs.KmqCodec(),
    )
    z[:] = array
    np.testing.assert_array_equal(z[:], array)


def test_missing_chunks_have_the_fill_value():
    """Chunks that were not written have the fill value."""
    array = labels((64, 64), "int16")
    store: dict[str, object] = {}
    z = create(array, MemoryStore(store), chunks=(32, 32), fill_value=-1)
    z[:32] = array[:32]
    assert sorted(store) == ["c/0/0", "c/0/1", "zarr.json"]
    np.testing.assert_array_equal(z[:32], array[:32])
    assert (z[32:] == -1).all()
    z[40, 3] = 7  # a chunk of fill values but for one
    assert z[40, 3] == 7
    assert (z[41:] == -1).all()


def test_metadata_go_through_json():
    """The codec's metadata come back from JSON, with defaults."""
    store: dict[str, object] = {}
    z = create(labels((8, 8), "u1"), MemoryStore(store), serializer=for_zarr.KmqCodec(effort=2))
    written = json.loads(store["zarr.json"].to_bytes())
    assert written["codecs"] == [EFFORT_2]
    assert zarr.open_array(MemoryStore(store)).metadata == z.metadata
    assert for_zarr.KmqCodec.from_dict({"name": "kmq"}) == for_zarr.KmqCodec()
    assert for_zarr.KmqCodec.from_dict(EFFORT_2).to_dict() == EFFORT_2


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"name": "zip"}, "'kmq'"),
        ({"name": "kmq", "configuration": {"level": 3}}, "no option 'level'"),
        ({"name": "kmq", "configuration": {"effort": 11}}, "effort"),
        ({"name": "kmq", "configuration": 5}, "metadata"),
    ],
)
def test_wrong_metadata_are_refused(metadata, message):
    """Wrong metadata raise InputError that names them."""
    with pytest.raises(InputError, match=message):
        for_zarr.KmqCodec.from_dict(metadata)


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros(4, int)])
def test_zarr_refuses_when_the_array_is_created(array):
    """Floats and one dimension raise InputError when the array is created."""
    with pytest.raises(InputError, match="the array"):
        create(array, chunks=array.shape)


def test_a_chunk_of_many_values():
    """A chunk of more than 65536 values, in two dimensions and in three, comes back."""
    array = np.arange(300 * 300, dtype=np.uint64).reshape(300, 300) * 10**13
    for shape in ((300, 300), (9, 100, 100)):
        z = create(array.reshape(shape), chunks=shape)
        z[:] = array.reshape(shape)
        np.testing.assert_array_equal(z[:], array.reshape(shape))


def test_a_chunk_of_another_array_is_noticed():
    """A chunk of another type or of garbage raises FormatError."""
    store: dict[str, object] = {}
    z = create(labels((8, 8), "u1"), MemoryStore(store), chunks=(8, 8))
    z[:] = 3
    other: dict[str, object] = {}
    create(labels((8, 8), "i4"), MemoryStore(other), chunks=(8, 8))[:] = 3
    store["c/0/0"] = other["c/0/0"]
    with pytest.raises(FormatError, match="expected uint8"):
        z[:]
    store["c/0/0"] = store["zarr.json"]
    with pytest.raises(FormatError):
        z[:]


def test_the_size_of_a_chunk_is_not_known_beforehand():
    """compute_encoded_size raises NotImplementedError."""
    with pytest.raises(NotImplementedError):
        for_zarr.KmqCodec().compute_encoded_size(100, None)


def test_the_event_loop_is_left_free():
    """Chunks are coded on other threads: a store in use answers others meanwhile."""
    seen: list[int] = []

    async def ticks() -> None:
        while True:
            seen.append(1)
            await asyncio.sleep(0.001)

    async def work() -> None:
        array = labels((600, 600), "i4")
        z = await zarr.api.asynchronous.create_array(
            MemoryStore(),
            shape=array.shape,
            dtype=array.dtype,
            chunks=array.shape,
            serializer=for_zarr.KmqCodec(),
            compressors=None,
        )
        ticking = asyncio.create_task(ticks())
        await z.setitem(slice(None), array)
        ticking.cancel()

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop of its own already
        pool.submit(asyncio.run, work()).result()
    assert len(seen) > 3


def test_label_maps_are_half_of_blosc_at_least():
    """Made ones: blobs of a few classes, as in the benchmark on real ones."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:240, 0:320]
    centers = rng.integers(0, 320, (40, 2))
    distances = np.hypot(y[..., None] - centers[:, 0], x[..., None] - centers[:, 1])
    array = (distances.argmin(axis=-1) % 9).astype(np.uint8)
    blosc = zarr.codecs.BloscCodec(cname="zstd", clevel=9, shuffle="bitshuffle")
    ours, theirs = {}, {}
    create(array, MemoryStore(ours), chunks=array.shape)[:] = array
    settings = {"serializer": "auto", "compressors": blosc}
    create(array, MemoryStore(theirs), chunks=array.shape, **settings)[:] = array
    sizes = [sum(len(v.to_bytes()) for v in store.values()) for store in (ours, theirs)]
    assert 2 * sizes[0] < sizes[1]
