"""The hierarchy: nested cuts of connected regions, the same on every machine."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools

import numpy as np
import pytest
from scipy import ndimage

from kmcodec.errors import CancelledError, InputError
from kmcodec.segmenter import canvas as canvas_module
from kmcodec.segmenter import contrast
from kmcodec.segmenter import superpixels as superpixels_module
from kmcodec.segmenter.canvas import Canvas
from kmcodec.segmenter.graph import region_graph
from kmcodec.segmenter.hierarchy import build_hierarchy
from kmcodec.segmenter.merging import merge_regions, weight_of
from kmcodec.segmenter.superpixels import superpixels

SCALES = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]


def are_connected(labels):
    """Whether labels are 0 to n - 1 and each is one region of neighbours."""
    return all(ndimage.label(labels == k)[1] == 1 for k in range(int(labels.max()) + 1))


def lies_within(fine, coarse):
    """Whether every fine region lies in one coarse region."""
    pairs = np.unique(np.stack([fine.reshape(-1), coarse.reshape(-1)]), axis=1)
    return pairs.shape[1] == fine.max() + 1


@pytest.fixture(scope="module")
def scene():
    """Return a picture of four noisy parts: two differ in colour, two in texture alone."""
    rng = np.random.default_rng(4)
    pixels = np.full((90, 120, 3), 120.0)
    pixels[:, :40] = (60, 90, 160)
    pixels[50:, :40] = (150, 110, 60)
    stripes = np.where(np.arange(120) % 4 < 2, 40, -40)
    pixels[:, 80:] += stripes[80:, None]
    pixels += rng.normal(0, 5, pixels.shape)
    truth = np.zeros((90, 120), dtype=int)
    truth[50:, :40] = 1
    truth[:, 40:80] = 2
    truth[:, 80:] = 3
    return np.clip(pixels, 0, 255).astype(np.uint8), truth


@pytest.fixture(scope="module")
def hierarchy(scene):
    """Return the hierarchy of the scene."""
    return build_hierarchy(scene[0])


@pytest.mark.parametrize("scale", SCALES)
def test_every_cut_is_connected_and_gap_free(hierarchy, scene, scale):
    """Labels of any scale are connected regions numbered without gaps."""
    labels = hierarchy.labels(scale)
    assert labels.shape == scene[1].shape
    assert labels.dtype == np.int32
    assert set(np.unique(labels)) == set(range(labels.max() + 1))
    assert are_connected(labels)


def test_cuts_nest(hierarchy):
    """Each coarser cut joins whole regions of the finer one."""
    cuts = [hierarchy.labels(scale) for scale in SCALES]
    for fine, coarse in itertools.pairwise(cuts):
        assert lies_within(fine, coarse)
    counts = [int(cut.max()) + 1 for cut in cuts]
    assert counts == sorted(counts, reverse=True)


def test_scale_zero_keeps_every_initial_region(hierarchy):
    """Scale 0 is the initial regions, more than 200 of them."""
    assert (hierarchy.labels(0) == hierarchy.initial).all()
    assert hierarchy.initial.max() + 1 == hierarchy.n_initial > 200


def test_scale_one_leaves_a_few(hierarchy):
    """Scale 1 leaves 1 to 8 regions."""
    assert 1 <= hierarchy.labels(1).max() + 1 <= 8


def test_any_number_of_regions_can_be_had(hierarchy):
    """labels_of gives exactly the number asked for, or all there are, nested and connected."""
    for n in (1, 2, 4, 17, hierarchy.n_initial):
        labels = hierarchy.labels_of(n)
        assert set(np.unique(labels)) == set(range(n))
        assert are_connected(labels)
    assert (hierarchy.labels_of(10**6) == hierarchy.initial).all()
    assert lies_within(hierarchy.labels_of(17), hierarchy.labels_of(4))


def test_parts_of_a_scene_are_found(hierarchy, scene):
    """Of colour and of texture; each has its region but for a rim of a few pixels."""
    labels = hierarchy.labels_of(4)
    for part in range(4):
        overlaps = [
            ((labels == k) & (scene[1] == part)).sum() / ((labels == k) | (scene[1] == part)).sum()
            for k in range(4)
        ]
        assert max(overlaps) > 0.85


def test_heights_never_fall(hierarchy):
    """Heights of merges rise from 0."""
    assert (np.diff(hierarchy.heights) >= 0).all()
    assert (hierarchy.heights >= 0).all()


def test_a_hierarchy_is_frozen(hierarchy):
    """Neither fields nor arrays of a hierarchy can be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        hierarchy.merges = None
    for array in (hierarchy.initial, hierarchy.merges, hierarchy.heights):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_each_region_merges_once(hierarchy):
    """Merge i makes region n + i of two older ones; the last makes the root."""
    n = hierarchy.n_initial
    assert sorted(hierarchy.merges.reshape(-1)) == list(range(2 * n - 2))
    assert (hierarchy.merges.max(axis=1) < n + np.arange(n - 1)).all()


def test_threads_change_nothing(scene, hierarchy, monkeypatch):
    """One, two and four threads give the same regions, merges and heights."""
    monkeypatch.setattr(superpixels_module, "SMALLEST_RANGE", 100)
    for threads in (1, 2, 4):
        other = build_hierarchy(scene[0], threads=threads)
        assert (other.initial == hierarchy.initial).all()
        assert (other.merges == hierarchy.merges).all()
        assert (other.heights == hierarchy.heights).all()


def test_the_order_of_memory_changes_nothing(scene, hierarchy):
    """Pixels in Fortran order give the same hierarchy."""
    other = build_hierarchy(np.asfortranarray(scene[0]))
    assert (other.merges == hierarchy.merges).all()
    assert (other.heights == hierarchy.heights).all()


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 1, 4), (1, 2, 3), (1, 400), (400, 1, 3), (2, 2), (3, 50, 4), (31, 17, 2)],
)
def test_any_shape_and_kind_of_pixels(shape):
    """Pictures of any shape and channels have connected regions, and one at scale 1."""
    pixels = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    found = build_hierarchy(pixels)
    for scale in (0, 0.5, 1):
        labels = found.labels(scale)
        assert labels.shape == shape[:2]
        assert are_connected(labels)
    assert (found.labels_of(1) == 0).all()


@pytest.mark.parametrize("color", [0, 77, (255, 0, 20), (1, 2, 3, 4)])
def test_a_flat_picture_is_one_region_at_any_scale_above_zero(color):
    """A picture of one colour is one region as soon as the scale is above 0."""
    pixels = np.full((40, 60, *np.shape(color)), color, dtype=np.uint8)
    found = build_hierarchy(pixels)
    assert found.labels(0).max() > 100
    assert (found.labels(0.001) == 0).all()


def test_transparent_pixels_are_one_colour():
    """Noise that cannot be seen makes no regions; what is opaque does."""
    pixels = np.random.default_rng(6).integers(0, 256, (160, 160, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    assert (build_hierarchy(pixels).labels(0.001) == 0).all()
    pixels[45:95, 45:95] = (200, 40, 40, 255)
    labels = build_hierarchy(pixels).labels(0.5)
    assert labels.max() == 1
    assert (labels[45:95, 45:95] == labels[70, 70]).all()
    assert (labels == labels[70, 70]).sum() == 2500


def test_alpha_of_255_changes_next_to_nothing(scene):
    """Four regions of an opaque RGBA picture agree with those of its RGB for 9 of 10 pixels."""
    opaque = np.dstack([scene[0], np.full(scene[0].shape[:2], 255, dtype=np.uint8)])
    a, b = (build_hierarchy(p).labels_of(4) for p in (scene[0], opaque))
    agree = sum(max(((a == i) & (b == j)).sum() for j in range(4)) for i in range(4))
    assert agree > 0.9 * a.size


def test_gray_pictures_have_the_regions_of_their_rgb_twins(photo):
    """A gray picture and its RGB copy have the same hierarchy."""
    gray = photo[..., 0]
    a, b = build_hierarchy(gray), build_hierarchy(np.dstack([gray] * 3))
    assert (a.initial == b.initial).all()
    assert (a.merges == b.merges).all()
    assert (a.heights == b.heights).all()


def test_min_region_is_kept_at_every_scale(scene):
    """No region is smaller than min_region."""
    found = build_hierarchy(scene[0], min_region=200)
    assert np.bincount(found.labels(0).reshape(-1)).min() >= 200
    assert found.n_initial > 4


def test_enlarging_a_picture_keeps_its_coarseness(scene, monkeypatch):
    """Found on a reduced picture, drawn on the whole one: the same regions, pixel for pixel."""
    monkeypatch.setattr(canvas_module, "MOST_REDUCED", 90 * 120)
    monkeypatch.setattr(canvas_module, "STRIP", 5000)
    small = build_hierarchy(scene[0])
    large = build_hierarchy(scene[0].repeat(3, axis=0).repeat(3, axis=1))
    for scale in (0.3, 0.6):
        a, b = small.labels(scale), large.labels(scale)
        assert b.shape == (270, 360)
        assert are_connected(b)
        assert abs(int(a.max()) - int(b.max())) <= 0.2 * a.max() + 3
    a, b = small.labels_of(4).repeat(3, axis=0).repeat(3, axis=1), large.labels_of(4)
    agree = sum(max(((a == i) & (b == j)).sum() for j in range(4)) for i in range(4))
    assert agree > 0.97 * a.size


def test_progress_rises_and_stops(scene):
    """Progress rises from 0 to 1, and False raises CancelledError."""
    shares = []
    build_hierarchy(scene[0], progress=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 5
    with pytest.raises(CancelledError):
        build_hierarchy(scene[0], progress=lambda share: share < 0.3)


def test_wrong_input_is_refused(scene, hierarchy):
    """Wrong scales, numbers, pixels and seeds raise InputError."""
    for scale in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="scale is"):
            hierarchy.labels(scale)
    with pytest.raises(InputError, match="n_regions is 0"):
        hierarchy.labels_of(0)
    with pytest.raises(InputError, match="expected uint8"):
        build_hierarchy(scene[0].astype(float))
    with pytest.raises(InputError, match="seed"):
        build_hierarchy(scene[0], seed=-1)


def test_the_graph_counts_what_is_there(scene):
    """Areas, borders and histograms, by brute force."""
    canvas = Canvas(scene[0])
    labels = np.zeros((90, 120), dtype=np.int32)
    labels[:, 40:] = 1
    labels[50:, 40:] = 2
    graph = region_graph(canvas, labels, 3, seed=0)
    assert graph.areas.tolist() == [90 * 40, 50 * 80, 40 * 80]
    assert graph.ends.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert graph.lengths.tolist() == [50, 40, 80]
    colors = contrast.color_codes(canvas.reduced, 0, 1)
    expected = [np.bincount(colors[labels == k], minlength=contrast.CODES) for k in range(3)]
    assert (graph.counts[:, : contrast.CODES] == expected).all()
    means = graph.strengths / graph.lengths
    assert means[0] > 2 * means[2]  # the upper left part differs from its neighbour in colour


def merged_by_trying_all(graph):
    """Return merges and heights, found by measuring every border anew before every merge."""
    n = len(graph.areas)
    counts = dict(enumerate(graph.counts))
    borders = {
        (a, b): np.array([length, strength])
        for (a, b), length, strength in zip(
            graph.ends.tolist(), graph.lengths, graph.strengths, strict=True
        )
    }
    total = graph.areas.sum()
    merges, heights = [], [0.0]
    for i in range(n - 1):
        tried = []
        for (a, b), (length, strength) in borders.items():
            areas = [int(counts[k].sum()) // 2 for k in (a, b)]  # colours and textures
            x, y = (counts[k] * contrast.ONE // area for k, area in zip((a, b), areas, strict=True))
            gap = int(((x - y) ** 2 // np.maximum(x + y, 1)).sum()) // 2
            difference = (gap + int(strength) / int(length)) / contrast.ONE
            tried.append((difference * weight_of(*areas, int(total)), a, b))
        height, a, b = min(tried)
        merges.append((a, b))
        heights.append(max(height, heights[-1]))
        counts[n + i] = counts.pop(a) + counts.pop(b)
        renamed = {}
        for ends, border in borders.items():
            low, high = sorted(n + i if k in (a, b) else k for k in ends)
            if low != high:
                renamed[low, high] = renamed.get((low, high), 0) + border
        borders = renamed
    return merges, heights[1:]


def test_merges_are_those_of_trying_all(scene, photo):
    """Merges and heights equal those of a search through all pairs."""
    for pixels in (scene[0], photo):
        canvas = Canvas(pixels)
        graph = region_graph(canvas, *superpixels(canvas, 40), seed=0)
        merges, heights = merge_regions(graph)
        expected_merges, expected_heights = merged_by_trying_all(graph)
        assert merges.tolist() == [list(pair) for pair in expected_merges]
        assert heights.tolist() == expected_heights


def test_the_weight_of_areas_is_a_power():
    """The weight of two areas is the power that the text gives, to 12 digits."""
    for area, other in ((1, 1), (100, 3), (5000, 5000)):
        exact = (area * other / (area + other) / 10_000) ** (3 / 16)
        assert abs(weight_of(area, other, 10_000) - exact) < 1e-12


def test_window_contrast_is_that_of_windows():
    """The contrast of two windows is that of their histograms counted one by one."""
    rng = np.random.default_rng(9)
    codes = rng.integers(0, contrast.CODES, (12, 15))
    places = [(rng.integers(-3, 15, 40), rng.integers(-3, 18, 40)) for _ in range(2)]
    found = contrast.window_contrast(codes, *places, 2)
    for i, value in enumerate(found.tolist()):
        shares = []
        for rows, columns in places:
            y, x = np.clip(rows[i], 0, 11), np.clip(columns[i], 0, 14)
            window = codes[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
            shares.append(np.bincount(window.reshape(-1), minlength=contrast.CODES) / window.size)
        a, b = shares
        exact = ((a - b) ** 2 / np.maximum(a + b, 1e-9)).sum() / 2
        assert abs(value / contrast.ONE - exact) < 0.001


def test_gradients_are_slopes():
    """A ramp of s point units per pixel has a gradient of s, in any direction, off the rim."""
    y, x = np.mgrid[0:20, 0:30]
    points = np.zeros((20, 30, 4), dtype=np.int32)
    points[..., 0] = 300 * y + 400 * x
    assert (contrast.gradient(points)[3:-3, 3:-3] == 500).all()
    assert (contrast.gradient(np.zeros_like(points)) == 0).all()


def test_equal_bytes_on_every_machine(scene):
    """The merges and heights of one picture, as they have been."""
    found = build_hierarchy(scene[0])
    digest = hashlib.sha256(
        found.initial.astype("<i4").tobytes()
        + found.merges.astype("<i4").tobytes()
        + found.heights.astype("<f8").tobytes()
    ).hexdigest()
    assert digest[:16] == "0f274c73b2f2a381"
