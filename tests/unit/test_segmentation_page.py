"""The page of a segmentation as text: what it holds, and that nothing breaks out of it."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

import kmcodec
from kmcodec import InputError
from kmcodec.pages.assembly import packed_pixels
from kmcodec.pages.segmentation import segmentation_page

NASTY = "</script><b>&\"' \u2028"


def data_of(page):
    """Return what the page holds."""
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def unpacked(packed):
    """Return an array as the page's script unpacks it."""
    plain = zlib.decompress(base64.b64decode(packed["data"]))
    return np.frombuffer(plain, np.dtype(packed["type"]).newbyteorder("<")).reshape(packed["shape"])


@pytest.mark.parametrize("n_clusters", [3, 300])
def test_labels_and_colours_are_in_it(photo, n_clusters):
    """The page holds labels, palette, areas and the command's arguments."""
    found = kmcodec.segment(photo, n_clusters)
    data = data_of(segmentation_page(found, photo, title="a", arguments=["a.png", "-k", "3"]))
    assert (unpacked(data["labels"]) == found.labels).all()
    assert [color[:3] for color in data["palette"]] == found.palette.tolist()
    assert data["areas"] == found.areas.tolist()
    assert data["arguments"] == ["a.png", "-k", "3"]


@pytest.mark.parametrize("channels", [None, 2, 3, 4])
def test_pixels_come_back(photo, channels):
    """The page's pixels are those of the picture."""
    pixels = (
        photo[..., 0] if channels is None else np.dstack([photo, photo[..., :1]])[..., :channels]
    )
    found = kmcodec.segment(pixels, 3)
    differences = unpacked(data_of(segmentation_page(found, pixels, title="a"))["pixels"])
    rows = np.cumsum(np.cumsum(differences, axis=0, dtype=np.uint8), axis=1, dtype=np.uint8)
    expected = kmcodec.cut_out(pixels, np.ones(found.labels.shape, dtype=bool))
    assert (rows == expected[..., : rows.shape[2]]).all()
    assert rows.shape[2] == (4 if channels in (2, 4) else 3)


def test_differences_are_those_to_neighbours():
    """Packed pixels are differences from left and above, modulo 256."""
    pixels = np.array([[[5], [9]], [[250], [1]]], dtype=np.uint8)
    differences = unpacked(packed_pixels(pixels))[..., 0]
    assert differences.tolist() == [[5, 4], [245, (1 - 250 - 9 + 5) % 256]]


def test_texts_cannot_break_out(photo):
    """Names and titles with markup stay text."""
    found = kmcodec.segment(photo, 2).with_names([NASTY, "b"])
    page = segmentation_page(found, photo, title=NASTY, arguments=[NASTY])
    data = data_of(page)
    assert (data["names"][0], data["arguments"][0]) == (NASTY, NASTY)
    assert page.count("</script>") == 2
    assert "<b>" not in page


def test_nothing_is_loaded(photo):
    """The page loads nothing from anywhere."""
    page = segmentation_page(kmcodec.segment(photo, 2), photo, title="a")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|src=|href=[\"']|@import|url\(", page)


def test_another_size_is_refused(photo):
    """A picture of another size raises InputError with both sizes."""
    with pytest.raises(InputError, match="the picture is 80 x 59, the segmentation 80 x 60"):
        segmentation_page(kmcodec.segment(photo, 2), photo[1:], title="a")


def test_files(run, photo, tmp_path):
    """--html writes a page for each input with its own command, and refuses other suffixes."""
    from PIL import Image  # noqa: PLC0415

    for name in ("a", "b"):
        Image.fromarray(photo).save(tmp_path / f"{name}.png")
    target = f"{tmp_path}/pages/{{}}.html"
    options = ("-k", 5, "--names", "q,r,s,t,u", "--seed", 3, "--merge", "0+1")
    assert run("segment", tmp_path, *options[:2], *options[4:], "--html", target).code == 0
    assert sorted(p.name for p in (tmp_path / "pages").iterdir()) == ["a.html", "b.html"]
    data = data_of((tmp_path / "pages" / "a.html").read_text())
    assert data["arguments"] == [str(tmp_path / "a.png"), "--seed", "3"]
    assert (data["k"], sorted(data["planes"])) == (5, list("2345678"))
    assert data["picks"]["groups"] == [[0, 1]]
    done = run("segment", tmp_path / "a.png", "--html", tmp_path / "x.txt")
    assert (done.code, "should end in .html" in done.err) == (2, True)
