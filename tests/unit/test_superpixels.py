"""Superpixels: compact connected regions that follow colours, the same whatever the threads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from kmcodec import _kernels
from kmcodec.errors import InputError
from kmcodec.segmenter import canvas as canvas_module
from kmcodec.segmenter.canvas import Canvas
from kmcodec.segmenter.regions import pixel_pairs
from kmcodec.segmenter.superpixels import superpixels


def are_connected(labels):
    """Whether labels are 0 to n - 1 and each is one region of neighbours."""
    return all(ndimage.label(labels == k)[1] == 1 for k in range(int(labels.max()) + 1))


def test_pixel_pairs_are_all_neighbours_of_other_regions():
    """Each pair of neighbouring pixels in two regions is listed with its edge."""
    labels = np.array([[0, 0, 1], [0, 2, 1], [2, 2, 2]], dtype=np.int32)
    pairs = pixel_pairs(labels, 3)
    found = sorted(
        zip(
            pairs.edges.tolist(),
            pairs.first.tolist(),
            pairs.second.tolist(),
            pairs.vertical.tolist(),
            strict=True,
        )
    )
    assert found == [
        (1, 1, 2, False),
        (2, 1, 4, True),
        (2, 3, 4, False),
        (2, 3, 6, True),
        (5, 4, 5, False),
        (5, 5, 8, True),
    ]


@pytest.mark.parametrize("n_regions", [1, 2, 12, 100])
@pytest.mark.parametrize("position_weight", [0.0, 0.05, 1.0])
def test_regions_are_connected_and_gap_free(photo, n_regions, position_weight):
    """Superpixels are connected and numbered without gaps."""
    labels, count = superpixels(Canvas(photo), n_regions, position_weight=position_weight)
    assert labels.shape == photo.shape[:2]
    assert labels.dtype == np.int32
    assert set(np.unique(labels)) == set(range(count))
    assert are_connected(labels)


def test_their_number_is_about_what_is_asked_for(photo):
    """The number of superpixels is within 40 % of what was asked for."""
    assert superpixels(Canvas(photo), 1)[1] == 1
    for n_regions in (12, 48, 150):
        assert 0.6 * n_regions <= superpixels(Canvas(photo), n_regions)[1] <= 1.4 * n_regions


def test_a_flat_picture_is_cut_into_its_grid():
    """A picture of one colour is cut into equal cells."""
    labels, count = superpixels(Canvas(np.full((60, 80, 3), 77, dtype=np.uint8)), 12)
    assert count == 12
    assert (np.bincount(labels.reshape(-1)) == 400).all()


def test_position_makes_regions_compact(photo):
    """The more it weighs, the shorter the borders."""
    lengths = [
        len(pixel_pairs(*superpixels(Canvas(photo), 24, position_weight=w)).edges)
        for w in (0.01, 0.05, 0.5)
    ]
    assert lengths == sorted(lengths, reverse=True)


def test_borders_follow_colours():
    """Two halves whose border lies off the grid share no region."""
    pixels = np.full((60, 80, 3), 60, dtype=np.uint8)
    pixels[:, 33:] = (200, 180, 90)
    labels, _ = superpixels(Canvas(pixels), 12)
    assert not set(labels[:, :33].flat) & set(labels[:, 33:].flat)


def test_threads_change_nothing(photo, monkeypatch):
    """One, two and four threads give the same superpixels."""
    monkeypatch.setattr("kmcodec.segmenter.superpixels.SMALLEST_RANGE", 100)
    found = [superpixels(Canvas(photo, threads=t), 40)[0] for t in (1, 2, 4)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_min_region_is_kept(photo):
    """No superpixel is smaller than min_region."""
    labels, count = superpixels(Canvas(photo), 100, min_region=90)
    assert count > 1
    assert np.bincount(labels.reshape(-1)).min() >= 90
    assert are_connected(labels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (3, 700, 4)])
def test_narrow_pictures_have_regions(shape):
    """Pictures of one row, one column or a few pixels have connected superpixels."""
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    labels, count = superpixels(Canvas(pixels), 30)
    assert 1 <= count <= 4 * 36  # none is smaller than a quarter of a cell
    assert are_connected(labels)


def test_transparent_pixels_are_one_colour():
    """What their colours are cannot be seen and changes nothing."""
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (40, 40, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    blank = np.zeros_like(pixels)
    assert (superpixels(Canvas(pixels), 20)[0] == superpixels(Canvas(blank), 20)[0]).all()


def test_a_canvas_holds_means_of_blocks(photo, monkeypatch):
    """A large picture is reduced to means of blocks, cut at its edges."""
    whole = Canvas(photo)
    assert whole.factor == 1
    points = whole.rows(0, 60).reshape(60, 80, 4)
    assert (whole.reduced == points).all()
    monkeypatch.setattr(canvas_module, "MOST_REDUCED", 700)
    monkeypatch.setattr(canvas_module, "STRIP", 1000)
    small = Canvas(photo)
    assert small.factor == 3
    assert small.reduced.shape == (*small.reduced_shape, 4) == (20, 27, 4)
    assert len(small.strips()) == 5
    for y, x in ((0, 0), (7, 11), (19, 26)):
        block = points[3 * y : 3 * y + 3, 3 * x : 3 * x + 3].reshape(-1, 4).astype(np.int64)
        assert small.reduced[y, x].tolist() == (block.sum(axis=0) // len(block)).tolist()


def test_large_pictures_have_borders_of_full_detail(photo, monkeypatch):
    """Regions found on a reduced picture follow the edges of the whole one."""
    pixels = np.full((61, 83, 3), 60, dtype=np.uint8)
    pixels[:, 31:] = (200, 180, 90)
    monkeypatch.setattr(canvas_module, "MOST_REDUCED", 700)
    monkeypatch.setattr(canvas_module, "STRIP", 1000)
    labels, count = superpixels(Canvas(pixels), 12)
    assert 6 <= count <= 18
    assert are_connected(labels)
    assert not set(labels[:, :31].flat) & set(labels[:, 31:].flat)
    assert are_connected(superpixels(Canvas(photo), 12)[0])


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there are no compiled kernels to compare")
def test_backends_agree():
    """Both backends give each pixel its nearest centre of the cells around, ties to the first."""
    rng = np.random.default_rng(3)
    height, width, rows, columns = 9, 13, 3, 4
    points = rng.integers(-16384, 16385, (height * width, 4)).astype(np.int32)
    centers = rng.integers(-16384, 16385, (rows * columns, 6)).astype(np.int32)
    centers[1] = centers[0]  # a tie
    axes = [
        rng.integers(0, 16384, height).astype(np.int32),
        (np.arange(height) * rows // height).astype(np.int32),
        rng.integers(0, 16384, width).astype(np.int32),
        (np.arange(width) * columns // width).astype(np.int32),
    ]
    results = []
    for backend in ("compiled", "interpreted"):
        labels = np.full(height * width, -1, dtype=np.int32)
        sums = np.zeros((rows * columns, 7), dtype=np.int64)
        for start, stop in ((0, 4), (4, height)):
            _kernels.load("superpixels", backend).assign_windows(
                points, *axes, centers, columns, labels, sums, start, stop
            )
        results.append((labels, sums))
    assert (results[0][0] == results[1][0]).all()
    assert (results[0][1] == results[1][1]).all()
    assert results[0][1][:, 0].sum() == height * width
    assert (results[0][1][:, 0] == np.bincount(results[0][0], minlength=rows * columns)).all()
    for (y, x), label in np.ndenumerate(results[0][0].reshape(height, width)):
        point = np.r_[points[y * width + x], axes[0][y], axes[2][x]].astype(np.int64)
        near = [
            r * columns + c
            for r in range(rows)
            for c in range(columns)
            if abs(r - axes[1][y]) <= 1 and abs(c - axes[3][x]) <= 1
        ]
        gaps = [int(((point - centers[k]) ** 2).sum()) for k in near]
        assert label == near[int(np.argmin(gaps))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_regions": 0}, "n_regions is 0"),
        ({"n_regions": 2.5}, "n_regions is 2.5"),
        ({"position_weight": -0.1}, "position_weight is -0.1"),
        ({"position_weight": float("nan")}, "position_weight is nan"),
        ({"min_region": -1}, "min_region is -1"),
    ],
)
def test_wrong_options_are_refused(photo, options, message):
    """Wrong options raise InputError with their values."""
    with pytest.raises(InputError, match=message):
        superpixels(Canvas(photo), **options)
