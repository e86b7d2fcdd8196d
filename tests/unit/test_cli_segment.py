"""``kmcodec segment``: outputs, picks, names, many inputs, wrong options."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import kmcodec

COLORS = {"green": (20, 160, 40), "red": (200, 30, 30), "blue": (20, 30, 200)}


@pytest.fixture
def flag(tmp_path):
    """Return the path of a picture of 6 x 10 pixels: green above red above blue, a red speck."""
    pixels = np.repeat(np.repeat([*COLORS.values()], [5, 3, 2], axis=0)[:, None], 6, axis=1)
    pixels[1, 2] = COLORS["red"]
    path = tmp_path / "flag.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def pixels_of(path):
    """Return a picture file's samples as they are stored."""
    with Image.open(path) as image:
        return np.asarray(image)


def segmented(path, n_clusters=3, **options):
    """Return what the library makes of a picture file."""
    return kmcodec.segment(pixels_of(path), n_clusters, **options)


def test_clusters_are_listed(run, flag):
    """Each cluster is a line of number, share and colour."""
    done = run("segment", flag)
    assert done.code == 0
    assert done.out.decode().splitlines()[0].startswith(f"{flag}  6 x 10  3 clusters  ")
    assert done.out.decode().splitlines()[1:] == [
        "    0   48.3 %  #14a028",
        "    1   31.7 %  #c81e1e",
        "    2   20.0 %  #141ec8",
    ]


def test_json(run, flag, tmp_path):
    """The JSON report has clusters, size, picked pixels and outputs."""
    done = run("segment", flag, "--json", "--at", "0,9", "--mask", tmp_path / "m.png")
    report = json.loads(done.out)
    assert report["clusters"][2] == {
        "cluster": 2,
        "area": 12,
        "share": 0.2,
        "color": "#141ec8",
    }
    assert (report["width"], report["height"], report["picked"]) == (6, 10, 12)
    assert report["outputs"] == {"mask": str(tmp_path / "m.png")}


def test_every_output_is_what_the_library_says(run, flag, tmp_path):
    """Labels, mask, cut-out, overlay and COCO file are those of the library."""
    found = segmented(flag)
    names = {"labels": ".png", "mask": ".png", "cutout": ".png", "overlay": ".png", "coco": ".json"}
    options = [text for kind in names for text in (f"--{kind}", f"{tmp_path}/out/")]
    assert run("segment", flag, "--pick", "0,2", *options).code == 0
    paths = {kind: tmp_path / "out" / f"flag-{kind}{end}" for kind, end in names.items()}
    assert sorted((tmp_path / "out").iterdir()) == sorted(paths.values())
    with Image.open(paths["labels"]) as labels:
        assert labels.mode == "P"
        assert (np.asarray(labels) == found.labels).all()
        assert (np.asarray(labels.convert("RGB")) == pixels_of(flag)).all()
    mask = pixels_of(paths["mask"])
    assert mask.dtype == np.uint8
    assert (mask == 255 * found.mask([0, 2])).all()
    assert (pixels_of(paths["cutout"]) == found.cutout(pixels_of(flag), [0, 2])).all()
    assert pixels_of(paths["overlay"]).shape == (10, 6, 3)
    coco = json.loads(paths["coco"].read_text())
    assert [a["segmentation"] for a in coco["annotations"]] == found.to_coco_rle()
    assert coco["annotations"][2]["bbox"] == [0, 8, 6, 2]
    assert coco["images"] == [{"id": 1, "file_name": "flag.png", "width": 6, "height": 10}]


def test_label_maps_as_arrays_and_as_kmq_with_names(run, flag, tmp_path):
    """Labels are written as .npy and as .kmq with names."""
    found = segmented(flag)
    assert run("segment", flag, "--labels", tmp_path / "a.npy").code == 0
    assert (np.load(tmp_path / "a.npy") == found.labels).all()
    target = tmp_path / "a.kmq"
    assert run("segment", flag, "--labels", target, "--names", "grass,roof,sea").code == 0
    image = kmcodec.decode_indexed(target.read_bytes())
    assert (image.indices == found.labels).all()
    assert image.names == ("grass", "roof", "sea")
    assert "names: grass, roof, sea" in run("info", target).out.decode()
    assert json.loads(run("info", target, "--json").out)["names"] == ["grass", "roof", "sea"]


def test_more_clusters_than_a_palette_png_has(run, photo, tmp_path):
    """300 clusters are written as a PNG of 16 bits and listed in part."""
    Image.fromarray(photo).save(tmp_path / "photo.png")
    done = run("segment", tmp_path / "photo.png", "-k", 300, "--labels", tmp_path / "l.png")
    assert done.code == 0
    assert "... and 280 more" in done.out.decode()
    assert (pixels_of(tmp_path / "l.png") == kmcodec.segment(photo, 300).labels).all()


def picked(run, flag, tmp_path, *options):
    """Return the mask that options pick."""
    done = run("segment", flag, *options, "--mask", tmp_path / "picked.png", "-f")
    assert done.code == 0, done.err
    return pixels_of(tmp_path / "picked.png") > 0


def test_picks_by_number_by_point_and_by_region(run, flag, tmp_path):
    """Clusters are picked by number or point, regions by point, and all can be inverted."""
    red = segmented(flag).mask(1)
    speck = np.zeros_like(red)
    speck[1, 2] = True
    assert (picked(run, flag, tmp_path, "--pick", "1") == red).all()
    assert (picked(run, flag, tmp_path, "--at", "2,1") == red).all()
    assert (picked(run, flag, tmp_path, "--region-at", "2,1") == speck).all()
    assert (picked(run, flag, tmp_path, "--region-at", "2,1", "--invert") == ~speck).all()
    both = picked(run, flag, tmp_path, "--region-at", "2,1", "--at", "0,9")
    assert (both == (speck | segmented(flag).mask(2))).all()


def test_merged_clusters_are_picked_by_any_of_their_numbers(run, flag, tmp_path):
    """Any number of a merged cluster picks all of it."""
    expected = segmented(flag).mask([0, 2])
    for option in (("--pick", "0"), ("--pick", "2"), ("--at", "0,9"), ("--pick", "0,2")):
        assert (picked(run, flag, tmp_path, "--merge", "2+0", *option) == expected).all()
    labels = tmp_path / "l.npy"
    assert run("segment", flag, "--merge", "1+2", "--labels", labels).code == 0
    assert (np.load(labels) == np.minimum(segmented(flag).labels, 1)).all()


def test_options_of_the_library(run, flag):
    """Options reach the library: small regions are absorbed."""
    report = json.loads(run("segment", flag, "--json", "--min-region", 2, "-k", "auto").out)
    assert [cluster["area"] for cluster in report["clusters"]] == [30, 18, 12]
    assert run("segment", flag, "--lightness", "0.5", "--space", "srgb", "--seed", 4).code == 0


def test_regions(run, photo, tmp_path):
    """Regions by colour and position are those of the library."""
    source, target = tmp_path / "photo.png", tmp_path / "l.npy"
    Image.fromarray(photo).save(source)
    options = ("--features", "color+position", "--position-weight", "0.2", "--labels", target)
    assert run("segment", source, *options, "--scale", "0.4").code == 0
    expected = kmcodec.segment(photo, features="color+position", scale=0.4, position_weight=0.2)
    assert (np.load(target) == expected.labels).all()
    assert run("segment", source, *options, "-k", 5, "-f").code == 0
    assert np.load(target).max() == 4


def test_many_inputs(run, flag, tmp_path):
    """Each input has its outputs; a bad one is one line and exit code 3."""
    Image.fromarray(pixels_of(flag)[:5]).save(tmp_path / "top.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = run("segment", tmp_path, "--labels", f"{tmp_path}/out/{{}}.npy", "--json")
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["flag.npy", "top.npy"]
    assert "error" in json.loads(done.out.splitlines()[0])


def test_alpha_stays_in_the_cut_out(run, tmp_path):
    """A cut-out keeps the alpha of its pixels."""
    pixels = np.zeros((4, 4, 4), dtype=np.uint8)
    pixels[:2] = [250, 10, 10, 128]
    Image.fromarray(pixels).save(tmp_path / "a.png")
    target = tmp_path / "c.png"
    assert run("segment", tmp_path / "a.png", "-k", 2, "--at", "1,1", "--cutout", target).code == 0
    assert (pixels_of(target) == pixels).all()


def test_nothing_is_overwritten_unasked(run, flag, tmp_path):
    """One existing output stops all outputs of its input, unless -f is given."""
    target = tmp_path / "m.png"
    target.write_bytes(b"mine")
    options = ("--pick", "0", "--mask", target, "--labels", tmp_path / "l.png")
    refused = run("segment", flag, *options)
    assert (refused.code, target.read_bytes()) == (7, b"mine")
    assert not (tmp_path / "l.png").exists()
    assert run("segment", flag, *options, "-f").code == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--mask", "m.png"], 2, "--mask needs --at, --region-at or --pick"),
        (["--at", "1,1"], 2, "what is picked goes to --mask, --cutout or --html"),
        (["--invert"], 2, "what is picked goes to --mask, --cutout or --html"),
        (["--at", "1", "--mask", "m.png"], 2, "'1' is not X,Y"),
        (["--at", "-1,2", "--mask", "m.png"], 2, "'-1,2' is not X,Y"),
        (["--pick", "a", "--mask", "m.png"], 2, "'a' is not of the form A,B"),
        (["--merge", "1"], 2, "'1' is not of the form A+B"),
        (["--labels", "l.gif"], 2, "should end in .png or .npy or .kmq"),
        (["--coco", "-"], 2, "--coco needs the name of a file or a folder"),
        (["--overlay", "flag.png"], 2, "flag.png is an input; it would be overwritten"),
        (["--overlay", "o.png", "--labels", "./o.png"], 2, "two outputs would be o.png"),
        (["-k", "0"], 2, "0 is not in the range"),
        (["-k", "few"], 2, "'few' is not a valid integer"),
        (["--lightness", "nan"], 2, "nan is not in the range"),
        (["--scale", "0.5"], 2, "--scale goes with --features color+position"),
        (["--features", "color+position", "--lightness", "1"], 2, "goes with --features color"),
        (["--features", "color+position", "--space", "srgb"], 2, "goes with --features color"),
        (["--features", "color+position", "--scale", "1", "-k", "3"], 2, "exclude each other"),
        (["--features", "color+position", "--scale", "nan"], 2, "nan is not in the range"),
        (["--pick", "3", "--mask", "m.png"], 2, "--pick 3: there are 3 clusters, numbered from 0"),
        (["--at", "6,0", "--mask", "m.png"], 2, "--at 6,0 is outside the picture of 6 x 10"),
        (["--region-at", "0,10", "--mask", "m.png"], 2, "--region-at 0,10 is outside the picture"),
        (["--merge", "0+9"], 2, "--merge 9: there are 3 clusters, numbered from 0"),
        (["--merge", "0+1", "--merge", "1+2"], 2, "--merge names a cluster twice"),
        (["--merge", "1+1"], 2, "with different cluster numbers"),
        (
            ["--features", "color+position", "--pick", "60000", "-k", "65536", "--mask", "m.png"],
            2,
            "--pick 60000: there",
        ),
        (["--names", "a,b"], 2, "--names: there are 2 names for 3 entries"),
    ],
)
def test_what_is_refused(run, flag, monkeypatch, options, code, message):
    """Wrong options are one message and no file."""
    monkeypatch.chdir(flag.parent)
    done = run("segment", "flag.png", *options)
    assert done.code == code
    assert message in done.err.replace("\n", " ")
    assert [path.name for path in flag.parent.iterdir()] == ["flag.png"]


def test_many_inputs_need_many_names(run, flag, tmp_path):
    """One output name for several inputs is refused with a hint."""
    done = run("segment", flag, flag, "--labels", tmp_path / "l.png")
    assert done.code == 2
    assert "{} in it stands for each one's name" in done.err.replace("\n", " ")


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 9, 4), (7, 1)])
def test_smallest_pictures(run, tmp_path, shape):
    """Pictures of one pixel or one row have one cluster and all outputs."""
    Image.fromarray(np.full(shape, 7, dtype=np.uint8)).save(tmp_path / "p.png")
    out = f"{tmp_path}/out/"
    options = ["--at", "0,0"]
    for kind in ("labels", "overlay", "coco", "cutout"):
        options += [f"--{kind}", out]
    done = run("segment", tmp_path / "p.png", *options)
    assert done.code == 0
    assert "1 cluster " in done.out.decode()
