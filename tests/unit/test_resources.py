"""What decoding costs: limits before allocation, memory, threads, forks, being stopped."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from work import counted

import kmcodec
from kmcodec import Limits
from kmcodec.coding import mixed
from kmcodec.coding.mixed import FULL, LEAN, MODELS, QUICK, RICH
from kmcodec.coding.setting import Setting
from kmcodec.coding.tiling import Grid
from kmcodec.container import Header, build

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
BOMBS = sorted((VECTORS / "faulty").glob("*bomb-*.kmq"))
MOST_CALLS = 500  # of functions; a picture of 3 x 3 pixels takes 208


def make_image(side=300, n_colors=64, channels=3):
    """Return an image of smooth shades with some noise."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:side, 0:side]
    indices = ((x + 2 * y) // 9 + rng.integers(0, 3, (side, side))) % n_colors
    palette = rng.integers(0, 256, (n_colors, channels), dtype=np.uint8)
    return kmcodec.IndexedImage(palette, indices.astype(np.uint8), authored=True)


def in_model(image, number, *, tiles=False):
    """Return the file of an image in one model of the coder ``mixed``."""
    shape = (image.height, image.width)
    grid = Grid.about(shape, 100) if tiles else None
    encoder = mixed.MixedEncoder(Setting(shape, image.palette), number, grid)
    payload = encoder.encode(image.indices)
    header = Header(image.width, image.height, image.channels, image.n_colors, authored=True)
    palette = b"\0" + image.palette.tobytes()
    return build(header, [(1, palette), (2, bytes([mixed.ID]) + payload)])


FILES = {
    "packed": lambda image: kmcodec.encode_indexed(image, coding="packed"),
    "deflate": lambda image: kmcodec.encode_indexed(image, coding="deflate"),
    "quick": lambda image: in_model(image, QUICK),
    "lean": lambda image: in_model(image, LEAN),
    "rich": lambda image: in_model(image, RICH, tiles=True),
    "full": lambda image: in_model(image, FULL, tiles=True),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("channels", [1, 4])
def test_memory_of_decoding(kind, channels):
    """At most 3 bytes per pixel and channel, and 64 MB."""
    image = make_image(channels=channels)
    data = FILES[kind](image)
    kmcodec.decode(data)  # tables are made once
    tracemalloc.start()
    try:
        pixels = kmcodec.decode(data, threads=8)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(pixels, image.to_pixels())
    assert peak <= 3 * pixels.size + 64 * 10**6


@pytest.mark.parametrize("path", BOMBS, ids=lambda p: p.stem)
def test_bombs_are_refused_before_anything_is_allocated(path):
    """Bombs raise KmqError within 1 MB and after the work of a small picture."""
    data = path.read_bytes()
    with counted() as work, pytest.raises(kmcodec.KmqError):
        kmcodec.decode(data)
    assert work.calls < MOST_CALLS
    assert work.peak < 1 << 20


def test_limits_of_pixels_bytes_and_colors():
    """Each limit holds exactly, for each way of reading."""
    image = make_image(side=40, n_colors=17)
    data = kmcodec.encode_indexed(image)
    enough = {"max_pixels": 1600, "max_bytes": 4800, "max_colors": 17, "max_sections": 2}
    assert kmcodec.decode(data, limits=Limits(**enough)).shape == (40, 40, 3)
    for name, value in enough.items():
        limits = Limits(**{**enough, name: value - 1})
        for read in (kmcodec.decode, kmcodec.decode_blocks, kmcodec.read_info):
            with pytest.raises(kmcodec.LimitError, match=str(value - 1)):
                read(data, limits=limits)


def test_seconds_follow_from_the_header_and_the_model():
    """The same file is refused everywhere: no clock decides."""
    image = make_image()
    for number in MODELS:
        data = in_model(image, number)
        nanoseconds = {QUICK: 60, LEAN: 120, RICH: 450, FULL: 900}[number]
        assert mixed.NANOSECONDS[number] == nanoseconds  # what a file is refused by never changes
        assert nanoseconds * 2 * 90_000 / 1e9 < 1  # 6 bits are two steps
        assert kmcodec.decode(data, limits=Limits(max_seconds=1)).shape == (300, 300, 3)
        with pytest.raises(kmcodec.LimitError, match="1 seconds, the limit is 0"):
            kmcodec.decode(data, limits=Limits(max_seconds=0))
        assert kmcodec.read_info(data, limits=Limits(max_seconds=0)).width == 300


def test_a_small_file_of_hours_is_refused():
    """Less than 100 bytes that ask for four steps of each of 168 million pixels."""
    header = Header(2**24, 10, 1, 65536)
    payload = bytes([mixed.ID, FULL | 0x80, 9, 0]) + bytes([4]) * 9 + bytes([1]) * 40
    data = build(header, [(1, b"\0" + bytes(65536)), (2, payload)])
    with pytest.raises(kmcodec.LimitError, match="604 seconds, the limit is 600"):
        kmcodec.decode(data)


def test_a_region_costs_its_tiles():
    """A region counts the work of the tiles that it touches, the whole that of all."""
    data = in_model(make_image(), RICH, tiles=True)
    for region, limit in (((0, 0, 10, 10), True), (None, False)):
        work = []
        limits = Limits()
        object.__setattr__(limits, "check_work", work.append)
        kmcodec.decode(data, region=region, limits=limits)
        assert work == [mixed.NANOSECONDS[RICH] * 2 * (10_000 if limit else 90_000)]


@pytest.mark.parametrize("number", MODELS)
@pytest.mark.parametrize("threads", [1, 4])
def test_decoding_tells_how_far_it_is_and_stops(number, threads):
    """Progress rises to 1 in tiles, and False stops after one call."""
    data = in_model(make_image(), number, tiles=True)
    shares = []
    kmcodec.decode(data, threads=threads, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) >= 9  # tiles
    stopped = []

    def stop(share):
        stopped.append(share)
        return False

    with pytest.raises(kmcodec.CancelledError):
        kmcodec.decode(data, threads=threads, progress=stop)
    assert len(stopped) == 1


def test_large_tiles_are_asked_in_between():
    """A single large tile reports progress several times."""
    image = make_image(side=600)
    shares = []
    kmcodec.decode(in_model(image, LEAN), progress=shares.append)
    assert len(shares) >= 5


def test_errors_of_the_progress_function_come_through():
    """An exception of the progress function comes through, and decoding works again."""

    def fail(_share):
        raise ZeroDivisionError

    data = in_model(make_image(), RICH, tiles=True)
    with pytest.raises(ZeroDivisionError):
        kmcodec.decode(data, threads=4, progress=fail)
    assert kmcodec.decode(data, threads=4).shape == (300, 300, 3)  # nothing is left behind


def test_many_threads_decode_one_file():
    """Eight threads decode the same files to the same pixels."""
    image = make_image(side=120)
    files = [make(image) for make in FILES.values()]
    expected = image.to_pixels().tobytes()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: kmcodec.decode(files[n % len(files)]), range(96)))
    assert {pixels.tobytes() for pixels in found} == {expected}


def decode_in_child(data, queue):
    """Decode on two threads, and answer with the bytes."""
    queue.put(kmcodec.decode(data, threads=2).tobytes())


@pytest.mark.skipif(not hasattr(sys, "getswitchinterval") or sys.platform == "win32", reason="fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_after_a_fork():
    """The pool of threads does not survive a fork; a child makes its own."""
    image = make_image()
    data = in_model(image, LEAN, tiles=True)
    expected = kmcodec.decode(data, threads=2).tobytes()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=decode_in_child, args=(data, queue))
    child.start()
    assert queue.get(timeout=60) == expected
    child.join(60)
    assert child.exitcode == 0


def test_decoding_leaves_nothing_behind():
    """The memory after many decodes is that after a few."""
    image = make_image(side=64)
    files = [make(image) for make in FILES.values()]
    files += [f.read_bytes() for f in sorted((VECTORS / "faulty").glob("mixed-*.kmq"))]

    def decode_all():
        for data in files:
            try:
                kmcodec.decode(data)
            except kmcodec.KmqError:
                continue

    for _ in range(3):
        decode_all()
    tracemalloc.start()
    try:
        decode_all()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            decode_all()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
    assert threading.active_count() < 50
