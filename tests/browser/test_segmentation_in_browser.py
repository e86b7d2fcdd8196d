"""The page of ``kmcodec segment --html``, driven by a real mouse and a real keyboard."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from PIL import Image

import kmcodec


@pytest.fixture
def scene(tmp_path):
    """Return a picture of two suns and a moon over the sea, partly transparent, as a file."""
    y, x = np.mgrid[0:120, 0:180]
    pixels = np.empty((120, 180, 4), dtype=np.uint8)
    pixels[:] = [30, 60, 200, 255]
    pixels[80:] = [10, 140, 60, 200]
    for cx, cy, color in ((40, 35, [250, 200, 30]), (140, 40, [250, 200, 30]), (90, 30, [230] * 3)):
        pixels[(x - cx) ** 2 + (y - cy) ** 2 < 18**2, :3] = color
    pixels[..., 0] ^= (x % 2).astype(np.uint8)  # not quite flat
    path = tmp_path / "two suns.png"
    Image.fromarray(pixels).save(path)
    return path, pixels


@pytest.fixture
def html(scene, run, tmp_path):
    """Return the page of the scene in four clusters."""
    target = tmp_path / "page.html"
    done = run("segment", scene[0], "-k", 4, "--html", target)
    assert done.code == 0, done.err
    return target


def click(page, x, y):
    """Click on a pixel of the picture."""
    page.locator("#picture").scroll_into_view_if_needed()
    box = page.locator("#picture").bounding_box()
    page.mouse.click(
        box["x"] + (x + 0.5) * box["width"] / 180, box["y"] + (y + 0.5) * box["height"] / 120
    )


def downloaded(page, button, tmp_path):
    """Return what a button saves, as a Pillow image."""
    with page.expect_download() as waiting:
        page.click(button)
    target = tmp_path / f"downloaded-{waiting.value.suggested_filename}"
    waiting.value.save_as(target)
    return Image.open(target)


def command_of(page):
    """Return the words of the command that the page shows, without the program's name."""
    words = shlex.split(page.input_value("#command"))
    assert words[0] == "kmcodec"
    return words[1:]


def check_downloads(page, pixels, mask, tmp_path):
    """Compare the page's mask and cut-out with the library's."""
    found = np.asarray(downloaded(page, "#save-mask", tmp_path))
    assert (found == 255 * mask).all()
    cutout = np.asarray(downloaded(page, "#save-cutout", tmp_path))
    assert (cutout == kmcodec.cut_out(pixels, mask)).all()


def check_command(page, run, mask, pixels, tmp_path, monkeypatch):
    """Run the shown command, and compare what it writes."""
    folder = tmp_path / "again"
    folder.mkdir()
    monkeypatch.chdir(folder)
    done = run(*command_of(page))
    assert done.code == 0, done.err
    assert (np.asarray(Image.open("mask.png")) == 255 * mask).all()
    assert (np.asarray(Image.open("cutout.png")) == kmcodec.cut_out(pixels, mask)).all()


def test_clusters_are_picked_by_clicking(open_page, html, scene, run, tmp_path, monkeypatch):
    """A click picks a whole cluster, wherever its parts lie; a second click adds another."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html) as page:
        click(page, 40, 35)
        assert "cluster" in page.inner_text("#told").lower()
        mask = found.mask(found.cluster_at(40, 35))
        assert mask[40, 140]  # both suns
        check_downloads(page, scene[1], mask, tmp_path)
        click(page, 90, 30)
        mask = found.mask([found.cluster_at(40, 35), found.cluster_at(90, 30)])
        check_downloads(page, scene[1], mask, tmp_path)
        check_command(page, run, mask, scene[1], tmp_path, monkeypatch)


def test_regions_undo_and_invert(open_page, html, scene, run, tmp_path, monkeypatch):
    """Region mode picks connected parts; undo, redo, invert and clear do what they say."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html) as page:
        page.click("text=Region")
        click(page, 140, 40)
        mask = found.region_at(140, 40)
        assert not mask[35, 40]
        check_downloads(page, scene[1], mask, tmp_path)
        click(page, 40, 35)
        page.keyboard.press("Control+z")
        check_downloads(page, scene[1], mask, tmp_path)
        page.click("#redo")
        check_downloads(page, scene[1], mask | found.region_at(40, 35), tmp_path)
        click(page, 42, 33)  # anywhere in the region lets it go
        page.click("#invert")
        check_downloads(page, scene[1], ~mask, tmp_path)
        check_command(page, run, ~mask, scene[1], tmp_path, monkeypatch)
        page.click("#clear")
        assert page.is_disabled("#save-mask")
        assert "--mask" not in command_of(page)


def test_merged_clusters(open_page, html, scene, run, tmp_path, monkeypatch):
    """Merged clusters are one in labels, masks and command, and undo parts them again."""
    found = kmcodec.segment(scene[1], 4)
    sky, moon = found.cluster_at(5, 5), found.cluster_at(90, 30)
    merged = found.merge([sky, moon])
    with open_page(html) as page:
        click(page, 5, 5)
        page.click(f"#clusters button[data-cluster='{moon}']")
        page.click("#merge")
        assert page.locator("#clusters button").count() == 3
        labels = downloaded(page, "#save-labels", tmp_path)
        assert labels.mode == "P"
        assert (np.asarray(labels) == merged.labels).all()
        click(page, 5, 5)  # let it go
        page.click("text=Region")
        click(page, 90, 30)
        mask = merged.region_at(5, 5)
        check_downloads(page, scene[1], mask, tmp_path)
        check_command(page, run, mask, scene[1], tmp_path, monkeypatch)
        for _ in range(2):
            page.click("#undo")
        assert page.locator("#clusters button").count() == 3
        page.click("#undo")
        assert page.locator("#clusters button").count() == 4


def slide(page, name, position):
    """Put a slider at a position."""
    page.locator(f"#{name}").fill(str(position))


def test_sliders_choose_clusters_and_least_regions(open_page, photo, run, tmp_path, monkeypatch):
    """The sliders show what the library finds for that many clusters and so large regions."""
    source, target = tmp_path / "photo.png", tmp_path / "page.html"
    Image.fromarray(photo).save(source)
    assert run("segment", source, "--min-region", 7, "--html", target).code == 0
    with open_page(target) as page:
        assert page.inner_text("#k-now") == "3"
        assert page.inner_text("#least-now") == "7 pixels"
        for k, least in ((2, 7), (6, 7), (6, 50), (8, 0), (3, 20)):
            slide(page, "k", k - 2)
            slide(page, "least", (0, 7, 10, 20, 50).index(least))
            found = kmcodec.segment(photo, k, min_region=least)
            labels = downloaded(page, "#save-labels", tmp_path)
            assert (np.asarray(labels) == found.labels).all()
            assert page.locator("#clusters button").count() == found.n_clusters
        page.click("#undo")
        page.click("#undo")
        assert page.inner_text("#k-now") == "8"
        page.click("#clusters button >> nth=1")
        folder = tmp_path / "again"
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert run(*command_of(page)).code == 0
        mask = kmcodec.segment(photo, 8).mask(1)
        assert (np.asarray(Image.open("mask.png")) == 255 * mask).all()


def test_sliders_of_regions(open_page, photo, run, tmp_path):
    """Connected regions have a slider for their number alone."""
    source, target = tmp_path / "photo.png", tmp_path / "page.html"
    Image.fromarray(photo).save(source)
    options = ("--features", "color+position", "-k", 12)
    assert run("segment", source, *options, "--html", target).code == 0
    with open_page(target) as page:
        assert page.is_hidden("#choose-least")
        assert page.inner_text("#k-now") == "12"
        slide(page, "k", 3)
        found = kmcodec.segment(photo, 5, features="color+position")
        labels = np.asarray(downloaded(page, "#save-labels", tmp_path))
        assert (labels == found.labels).all()
        assert "-k 5" in page.input_value("#command")


def test_regions_are_taken_away_and_the_cutout_is_cropped(
    open_page, html, scene, run, tmp_path, monkeypatch
):
    """A click on a region of a picked cluster takes it away; a cropped cut-out has its size."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html) as page:
        click(page, 40, 35)  # both suns
        page.click("text=Region")
        click(page, 140, 40)
        mask = found.region_at(40, 35)
        assert not mask[40, 140]
        check_downloads(page, scene[1], mask, tmp_path)
        page.check("#crop")
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        expected = kmcodec.cut_out(scene[1], mask)[part]
        cutout = np.asarray(downloaded(page, "#save-cutout", tmp_path))
        assert cutout.shape == expected.shape
        assert (cutout == expected).all()
        folder = tmp_path / "again"
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert "--except-at 140,40 --crop" in page.input_value("#command")
        assert run(*command_of(page)).code == 0
        assert (np.asarray(Image.open("cutout.png")) == expected).all()
        click(page, 140, 40)  # back again
        assert "--except-at" not in page.input_value("#command")


def test_everything_by_keyboard(open_page, html, scene, tmp_path):
    """Picking and letting go work from the keyboard, and Tab reaches every control."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html) as page:
        page.focus("#stage")
        for _ in range(60):
            page.keyboard.press("ArrowUp")  # to the upper edge: the sky
        page.keyboard.press("Enter")
        mask = found.mask(found.cluster_at(90, 0))
        check_downloads(page, scene[1], mask, tmp_path)
        page.focus("#clusters button:nth-child(1)")
        page.keyboard.press("Space")
        assert page.is_disabled("#save-mask")  # it was the largest cluster, and is let go
        assert page.evaluate("document.activeElement.dataset.cluster") == "0"
        reached = set()
        page.focus("#undo")
        for _ in range(30):
            reached.add(page.evaluate("document.activeElement.id"))
            page.keyboard.press("Tab")
        assert {"undo", "closer", "fit", "stage", "clear", "veil", "save-labels", "copy"} <= reached


def test_zoom_and_pan_keep_places(open_page, html, scene, tmp_path):
    """A click hits the same pixel after zooming and panning, and a drag picks nothing."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html) as page:
        box = page.locator("#stage").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*middle)
        before = page.locator("#picture").bounding_box()["width"]
        page.mouse.wheel(0, -300)
        page.wait_for_function(
            "width => document.getElementById('picture').getBoundingClientRect().width > width",
            arg=before * 1.5,
        )
        page.mouse.down()
        page.mouse.move(middle[0] + 60, middle[1] + 40, steps=4)
        page.mouse.up()
        assert page.is_disabled("#save-mask")  # a drag picks nothing
        click(page, 90, 30)
        check_downloads(page, scene[1], found.mask(found.cluster_at(90, 30)), tmp_path)
        page.click("#fit")
        click(page, 90, 30)
        assert page.is_disabled("#save-mask")


def test_a_phone(open_page, html, scene, tmp_path):
    """A phone's width holds the page, and a tap picks the cluster below it."""
    found = kmcodec.segment(scene[1], 4)
    with open_page(html, 390, 844, has_touch=True, is_mobile=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = page.locator("#picture").bounding_box()
        page.touchscreen.tap(
            box["x"] + box["width"] * 40 / 180, box["y"] + box["height"] * 35 / 120
        )
        check_downloads(page, scene[1], found.mask(found.cluster_at(40, 35)), tmp_path)


def test_picks_of_the_command_line_are_made(open_page, scene, run, tmp_path):
    """A page opens with the picks, merges and names that the command line asked for."""
    found = kmcodec.segment(scene[1], 4)
    target = tmp_path / "picked.html"
    options = ("-k", 4, "--merge", "3+2", "--at", "5,5", "--region-at", "140,40", "--invert")
    options += ("--names", "sky,</script>,sun & moon")
    assert run("segment", scene[0], *options, "--html", target).code == 0
    merged = found.merge([2, 3])
    mask = ~(merged.mask(merged.cluster_at(5, 5)) | merged.region_at(140, 40))
    with open_page(target) as page:
        check_downloads(page, scene[1], mask, tmp_path)


def test_hundreds_of_regions(open_page, photo, run, tmp_path):
    """A page of more than a hundred regions has a button and a mask for each."""
    source, target = tmp_path / "photo.png", tmp_path / "regions.html"
    Image.fromarray(photo).save(source)
    options = ("--features", "color+position", "--scale", 0)
    assert run("segment", source, *options, "--html", target).code == 0
    found = kmcodec.segment(photo, features="color+position", scale=0)
    assert found.n_clusters > 100
    with open_page(target) as page:
        assert page.locator("#clusters button").count() == found.n_clusters
        page.click("#clusters button >> nth=-1")
        mask = found.mask(found.n_clusters - 1)
        assert (np.asarray(downloaded(page, "#save-mask", tmp_path)) == 255 * mask).all()
        labels = np.asarray(downloaded(page, "#save-labels", tmp_path))
        assert (labels == found.labels).all()
