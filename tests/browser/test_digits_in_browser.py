"""The page of ``kmcodec digits --html``, driven by a real mouse and a real keyboard."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest

import kmcodec
from kmcodec.digits import Merge, Split
from kmcodec.files.samples import bundled_digits


@pytest.fixture(scope="module")
def found():
    """Return the groups of scikit-learn's digits."""
    return kmcodec.cluster_digits(bundled_digits()[0], 10)


@pytest.fixture
def html(run, tmp_path):
    """Return the page of these digits."""
    target = tmp_path / "digits.html"
    done = run("digits", "--html", target)
    assert done.code == 0, done.err
    return target


def saved_labels(page, tmp_path):
    """Return what "Save labels" gives."""
    with page.expect_download() as waiting:
        page.click("#save")
    target = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(target)
    table = np.loadtxt(target, dtype=int, delimiter=",", skiprows=1)
    assert (table[:, 0] == np.arange(len(table))).all()
    return table[:, 1]


def check_command(page, run, labels, tmp_path):
    """Run the shown command with ``--save`` and compare the clusters."""
    words = shlex.split(page.input_value("#command"))
    target = tmp_path / "groups.kmq"
    assert words[:2] == ["kmcodec", "digits"]
    assert run(*words[1:], "--save", target).code == 0
    assert (kmcodec.decode_blocks(target.read_bytes()).indices[0] == labels).all()


def test_groups_are_merged(open_page, html, found, run, tmp_path):
    """Merging on the page gives the library's labels, and undo and redo go there and back."""
    with open_page(html) as page:
        assert page.locator("#groups li").count() == 10
        assert (saved_labels(page, tmp_path) == found.labels).all()
        for number in (3, 8):
            page.check(f"#groups li[data-key='{number}'] input")
        page.click("#merge")
        assert page.locator("#groups li").count() == 9
        expected = found.merge([3, 8]).labels
        assert (saved_labels(page, tmp_path) == expected).all()
        assert "--merge 3+8" in page.input_value("#command")
        check_command(page, run, expected, tmp_path)
        page.keyboard.press("Control+z")
        assert page.locator("#groups li").count() == 10
        page.click("#redo")
        assert page.locator("#groups li").count() == 9


def test_groups_are_split(open_page, html, found, run, tmp_path):
    """Splitting, and merging after it, gives the labels of rearrange and a command for them."""
    with open_page(html) as page:
        page.click("#groups li[data-key='7'] >> text=Split in 2")
        assert page.locator("#groups li").count() == 11
        expected = found.split(7, 2).labels
        assert (saved_labels(page, tmp_path) == expected).all()
        page.check("#groups li[data-key='0'] input")
        page.check("#groups li[data-key='1'] input")
        page.click("#merge")
        expected = found.rearrange(merge=[[0, 1]], split={7: 2}).labels
        assert (saved_labels(page, tmp_path) == expected).all()
        assert "11 images" not in page.inner_text("#facts")
        assert page.inner_text("#facts").endswith("10 clusters")
        check_command(page, run, expected, tmp_path)


@pytest.mark.parametrize("features", ["raw", "gradients"])
def test_merged_clusters_and_parts_are_split(open_page, run, tmp_path, features):
    """What is merged is split, and a part again; the library and the shown command do the same."""
    images = bundled_digits()[0][:600]
    np.save(tmp_path / "images.npy", images)
    target = tmp_path / "page.html"
    source = (tmp_path / "images.npy", "--features", features)
    assert run("digits", *source, "--html", target).code == 0
    found = kmcodec.cluster_digits(images, 10, features=features)
    with open_page(target) as page:
        page.check("#groups li[data-key='5'] input")
        page.check("#groups li[data-key='7'] input")
        page.click("#merge")
        page.click("#groups li[data-key='5+7'] >> text=Split in 3")
        assert "from 5+7" in page.inner_text("#groups li[data-key='5.1']")
        page.click("#groups li[data-key='5.1'] >> text=Split in 2")
        steps = [Merge(((5,), (7,))), Split((5,), 3), Split((5, 1), 2)]
        expected = found.follow(steps)
        assert (saved_labels(page, tmp_path) == expected.labels).all()
        assert page.input_value("#command").endswith("--merge 5+7 --split 5:3 --split 5.1:2")
        assert page.inner_text("#facts").endswith("12 clusters")
        check_command(page, run, expected.labels, tmp_path)
        page.click("#undo")
        assert page.locator("#groups li").count() == 11


def test_agreement_with_true_labels(open_page, run, tmp_path):
    """Purity and accuracy are those of the library, before and after merging and splitting."""
    images, truth = (array[:600] for array in bundled_digits())
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", truth.astype(np.uint8))
    target = tmp_path / "page.html"
    source = (tmp_path / "images.npy", "--labels", tmp_path / "labels.npy")
    assert run("digits", *source, "--html", target).code == 0
    found = kmcodec.cluster_digits(images, 10)

    def scores(grouping):
        report = grouping.report(truth)
        purity, accuracy = 100 * report.purity, 100 * report.accuracy
        return f"Purity {purity:.1f} %, accuracy {accuracy:.1f} % by the true labels"

    with open_page(target) as page:
        assert page.inner_text("#scores").strip("· ") == scores(found)
        page.click("#groups li[data-key='0'] >> text=Split in 3")
        page.click("#groups li[data-key='1'] >> text=Split in 2")
        steps = [Split((0,), 3), Split((1,), 2)]
        assert page.inner_text("#scores").strip("· ") == scores(found.follow(steps))
        page.check("#groups li[data-key='2'] input")
        page.check("#groups li[data-key='3'] input")
        page.click("#merge")
        steps.append(Merge(((2,), (3,))))
        assert page.inner_text("#scores").strip("· ") == scores(found.follow(steps))
        assert "--labels" in page.input_value("#command")
        assert re.search(r"\d+ % are \d", page.inner_text("#groups li[data-key='2+3']"))


def test_members_are_inspected(open_page, html, found):
    """The viewer shows members from the nearest on, by keys and by mouse, pixel for pixel."""
    nearest = found.nearest(4, len(found.images))
    with open_page(html) as page:
        page.click("#groups li[data-key='4'] >> text=Members")
        assert f"{len(nearest)} images" in page.inner_text("#viewer-title")
        assert page.inner_text("#which").startswith(f"Image {nearest[0]},")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert page.inner_text("#which").startswith(f"Image {nearest[2]},")
        box = page.locator("#all").bounding_box()
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        assert page.inner_text("#which").startswith(f"Image {nearest[0]},")
        shown = page.evaluate(
            "[...document.getElementById('one').getContext('2d').getImageData(0, 0, 8, 8).data]"
        )
        assert np.reshape(shown, (8, 8, 4))[..., 0].tolist() == found.images[nearest[0]].tolist()
        page.keyboard.press("Escape")
        assert not page.is_visible("#viewer")


def test_what_the_command_line_says_is_done(open_page, found, run, tmp_path):
    """A page opens with the merges and splits that the command line asked for."""
    target = tmp_path / "done.html"
    options = ("--merge", "2+5", "--split", "0:4", "--html", target)
    assert run("digits", *options).code == 0
    with open_page(target) as page:
        expected = found.rearrange(merge=[[2, 5]], split={0: 4}).labels
        assert (saved_labels(page, tmp_path) == expected).all()


def test_a_phone(open_page, html):
    """A phone's width holds the page, and a tap selects a group."""
    with open_page(html, 390, 844, has_touch=True, is_mobile=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click("text=Random")
        page.tap("#groups li[data-key='1'] label")
        assert page.locator("#groups li.selected").count() == 1
