"""``Segmentation``: masks, regions, cut-outs, merging, label maps, COCO's encoding."""

from __future__ import annotations

import numpy as np
import pytest

import kmcodec
from kmcodec import InputError, Segmentation

LABELS = np.array([[0, 0, 1, 0], [0, 1, 1, 2], [0, 0, 1, 2]], dtype=np.int32)
PALETTE = np.array([[10, 20, 30], [200, 100, 0], [0, 255, 0]], dtype=np.uint8)


@pytest.fixture
def found():
    """Return a segmentation of three named clusters."""
    return Segmentation(LABELS, PALETTE, ("wall", "face", "plant"))


def test_facts(found):
    """A segmentation knows its size, areas and clusters, and cannot be changed."""
    assert (found.n_clusters, found.width, found.height) == (3, 4, 3)
    assert found.areas.tolist() == [6, 4, 2]
    assert found.cluster_at(3, 2) == 2
    with pytest.raises(ValueError, match="read-only"):
        found.labels[0, 0] = 1


def test_masks(found):
    """A mask marks one cluster or several, and wrong numbers raise InputError."""
    assert (found.mask(1) == (LABELS == 1)).all()
    assert (found.mask([0, 2]) == (LABELS != 1)).all()
    assert not found.mask([]).any()
    assert found.mask(np.int64(2)).sum() == 2
    for wrong in (3, -1, [0, 3], "face", None):
        with pytest.raises(InputError, match=r"cluster is (3|-1|'f')|clusters are None"):
            found.mask(wrong)


def test_regions_and_points(found):
    """Regions have cluster, box, area and point, and points outside raise InputError."""
    regions = found.regions()
    assert [(r.cluster, r.box, r.area, r.point) for r in regions] == [
        (0, (0, 0, 2, 3), 5, (0, 0)),
        (1, (1, 0, 2, 3), 4, (2, 0)),
        (2, (3, 1, 1, 2), 2, (3, 1)),
        (0, (3, 0, 1, 1), 1, (3, 0)),
    ]
    assert regions[1].color == (200, 100, 0)
    for region in regions:
        mask = found.region_at(*region.point)
        assert mask.sum() == region.area
        assert (LABELS[mask] == region.cluster).all()
    for x, y in ((4, 0), (0, 3), (-1, 0), (0, 1.5)):
        for ask in (found.region_at, found.cluster_at):
            with pytest.raises(InputError, match=r"x is (4|-1)|y is (3|1\.5)"):
                ask(x, y)


def test_regions_of_a_picture_have_their_own_colours(found):
    """Regions of a picture have the mean of their own pixels."""
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    colors = {r.point: r.color for r in found.regions(pixels)}
    assert colors[3, 0] == (3,)
    assert colors[3, 1] == (9,)  # of 7 and 11
    with pytest.raises(InputError, match=r"the picture is 3 x 3, the segmentation 4 x 3"):
        found.regions(pixels[:, :3])


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 2), (3, 4, 3), (3, 4, 4)])
def test_cut_out_keeps_colour_and_alpha(found, shape):
    """A cut-out keeps colour and alpha inside the mask and is empty outside."""
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    channels = pixels.reshape(3, 4, -1)
    gray = channels.shape[2] < 3
    color = np.repeat(channels[..., :1], 3, axis=2) if gray else channels[..., :3]
    alpha = channels[..., -1] if channels.shape[2] % 2 == 0 else np.full((3, 4), 255)
    cut = found.cutout(pixels, 1)
    inside = LABELS == 1
    assert (cut[inside, :3] == color[inside]).all()
    assert (cut[inside, 3] == alpha[inside]).all()
    assert not cut[~inside].any()
    assert (kmcodec.cut_out(pixels, inside) == cut).all()


def test_merging(found):
    """Merged clusters are one, under the first name, numbered by the first member."""
    merged = found.merge([2, 1])
    assert merged.labels.tolist() == np.minimum(LABELS, 1).tolist()
    assert merged.names == ("wall", "face")
    assert merged.palette[0].tolist() == [10, 20, 30]
    assert merged.areas.tolist() == [6, 6]
    assert found.merge([0, 1], [2]).n_clusters == 2
    assert found.merge().labels.tolist() == LABELS.tolist()
    first = found.merge([0, 2])
    assert (first.labels == np.where(LABELS == 2, 0, LABELS)).all()
    with pytest.raises(InputError, match="in two groups"):
        found.merge([0, 1], [1, 2])
    with pytest.raises(InputError, match="cluster is 3"):
        found.merge([0, 3])


def test_merged_colour_is_the_mean_by_area():
    """A merged cluster has the mean colour weighed by area."""
    labels = np.array([[0, 0, 0, 1]], dtype=np.int32)
    palette = np.array([[100], [200]], dtype=np.uint8)
    gray = int(Segmentation(labels, palette).merge([0, 1]).palette[0, 0])
    assert 118 <= gray <= 128  # three parts of 100, one of 200


def test_label_map_round_trip(found):
    """Labels, palette and names come back from a .kmq file."""
    data = kmcodec.encode_indexed(found.to_image())
    image = kmcodec.decode_indexed(data)
    again = Segmentation.from_image(image)
    assert (again.labels == LABELS).all()
    assert (again.palette == PALETTE).all()
    assert again.names == ("wall", "face", "plant")
    assert kmcodec.read_info(data).names == again.names


def test_classes_without_pixels():
    """Classes that no pixel has are kept with area 0."""
    found = Segmentation(LABELS, np.zeros((5, 1), np.uint8))
    assert found.areas.tolist() == [6, 4, 2, 0, 0]
    assert not found.mask(4).any()
    assert found.merge([3, 4]).areas.tolist() == [6, 4, 2, 0]


def test_label_map_of_many_clusters():
    """Labels of 300 clusters come back from a .kmq file."""
    labels = np.arange(300, dtype=np.int32).reshape(15, 20)
    found = Segmentation(labels, np.zeros((300, 3), np.uint8))
    image = kmcodec.decode_indexed(kmcodec.encode_indexed(found.to_image()))
    assert (image.indices == labels).all()


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # pycocotools' own
def test_coco_masks_are_read_back_by_pycocotools():
    """The package pycocotools reads each mask and area from our run lengths."""
    coco = pytest.importorskip("pycocotools.mask", reason="pycocotools is not installed")
    rng = np.random.default_rng(5)
    for shape in ((1, 1), (7, 3), (40, 60), (300, 500)):
        labels = rng.integers(0, 3, shape, dtype=np.int32)
        labels[: shape[0] // 2] = 0
        found = Segmentation(labels, np.zeros((3, 1), np.uint8))
        for cluster, rle in enumerate(found.to_coco_rle()):
            assert (coco.decode(rle).astype(bool) == found.mask(cluster)).all()
            assert int(coco.area(rle)) == found.areas[cluster]


def test_coco_text_worked_by_hand():
    """The text of run lengths is that worked out by hand."""
    down = np.zeros(80, dtype=np.int32)
    down[3:40] = 1  # down the columns: 3 zeros, 37 ones, 40 zeros
    rle = Segmentation(down.reshape(20, 4).T, np.zeros((2, 1), np.uint8)).to_coco_rle()[1]
    # 3 is one group; 37 = 5 + 32 * 1 and 40 = 8 + 32 * 1 have two, lowest first
    assert rle == {"size": [4, 20], "counts": "3" + "U1" + "X1"}


@pytest.mark.parametrize(
    ("labels", "palette", "names", "message"),
    [
        (LABELS[0], PALETTE, (), r"labels are int32 of shape \(4,\)"),
        (LABELS.astype(float), PALETTE, (), "labels are float64"),
        (LABELS, PALETTE[:2], (), "labels go beyond the 2 clusters"),
        (LABELS - 1, PALETTE, (), "labels go beyond the 3 clusters"),
        (LABELS, PALETTE.astype(int), (), "palette is int64"),
        (LABELS, PALETTE, ("a", "b"), "2 names for 3 entries"),
        (LABELS, PALETTE, "abc", "names is 'abc'"),
        (LABELS, PALETTE, ("a", "b", 3), "a name is 3"),
        (LABELS, PALETTE, ("a", "b", "\ud800"), "cannot be told in UTF-8"),
    ],
)
def test_what_is_no_segmentation(labels, palette, names, message):
    """Labels, palettes and names that do not fit raise InputError."""
    with pytest.raises(InputError, match=message):
        Segmentation(labels, palette, names)
