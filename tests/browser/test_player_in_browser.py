"""The page of ``kmcodec view`` plays animations and steps through stacks, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
import webassembly
from PIL import Image
from test_view_in_browser import WATCH

import kmcodec
from kmcodec import Timing
from kmcodec.pages import view as view_pages

SEEN = """
() => {
  window.seen = [];
  const place = document.getElementById("place");
  let last = place.textContent;
  new MutationObserver(() => {
    if (last !== place.textContent) window.seen.push([place.textContent, performance.now()]);
    last = place.textContent;
  }).observe(place, { childList: true });
}
"""
SHOWN = """
() => {
  const picture = document.getElementById("picture");
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  return [width, height, Array.from(context.getImageData(0, 0, width, height).data)];
}
"""
VEILED = """
() => {
  const shade = document.getElementById("shade");
  const { width, height } = shade;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(shade, 0, 0);
  const values = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  return values.filter((value) => value !== 0).length;
}
"""
STILL = {"reduced_motion": "reduce"}
STOPPED = "() => document.getElementById('play').textContent === 'Play'"


@pytest.fixture(params=["module", "without"])
def page_of(request, monkeypatch, tmp_path):
    """Return a function that writes the page of a file; with a decoder, or with the indices."""
    if request.param == "module":
        webassembly.find_module()
    else:
        monkeypatch.setattr(view_pages, "binary_asset", lambda _name: None)

    def write(data):
        path = tmp_path / "anim.html"
        file = kmcodec.KmqFile(data)
        page = view_pages.view_page(data, file, title="anim", name="anim.png")
        path.write_text(page, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def frames(photo):
    """Return (5, 60, 80, 3) frames of few colours."""
    first = kmcodec.quantize(photo, n_colors=20).to_pixels()
    return np.stack([np.roll(first, 3 * number, axis=1) for number in range(5)])


def encoded(frames, timing):
    """Return a file of frames."""
    return kmcodec.encode_indexed(kmcodec.quantize_frames(frames, n_colors=20, timing=timing))


def shown(page):
    """Return the pixels that a page shows, without alpha."""
    width, height, values = page.evaluate(SHOWN)
    return np.array(values, dtype=np.uint8).reshape(height, width, 4)[..., :3]


def arrive(page, text):
    """Wait until a page says that it shows a plane, and return its pixels."""
    page.locator("#place").filter(has_text=text).wait_for()
    return shown(page)


def test_plays_as_often_as_the_file_says(open_page, page_of, frames):
    """All frames come, each for its time, and after the last play the last frame stays."""
    timing = Timing((40, 40, 40, 400, 40), loop=2)
    with open_page(page_of(encoded(frames, timing))) as page:
        assert "5 frames of 80 x 60" in page.inner_text("#facts")
        assert "0.56 s, 2 times" in page.inner_text("#header")
        page.wait_for_function(STOPPED)
        assert (arrive(page, "frame 5 of 5") == frames[4]).all()
        page.evaluate(SEEN)
        page.click("#play")
        page.wait_for_function(STOPPED)
        texts, moments = zip(*page.evaluate("window.seen"), strict=True)
        assert texts == tuple(f"frame {number % 5 + 1} of 5" for number in range(10))
        assert moments[4] - moments[3] > 190
        assert moments[9] - moments[0] > 900


def test_speed(open_page, page_of, frames):
    """A chosen speed holds for the frame that is shown, too."""
    timing = Timing((120_000, 400, 40, 40, 40), loop=1)
    with open_page(page_of(encoded(frames, timing))) as page:
        assert page.inner_text("#play") == "Pause"
        page.evaluate(SEEN)
        before = page.evaluate("window.player.due = performance.now() + 4000")
        page.select_option("#speed", label="4x")
        page.wait_for_function(STOPPED)
        texts, moments = zip(*page.evaluate("window.seen"), strict=True)
        assert texts == tuple(f"frame {number} of 5" for number in range(2, 6))
        assert moments[0] - before < -1500
        assert 45 < moments[1] - moments[0] < 390


def test_steps_slider_and_keys(open_page, page_of, frames):
    """Every way to a frame stops there and shows its pixels; zoom stays as it was."""
    timing = Timing((10_000,) * 5)
    with open_page(page_of(encoded(frames, timing))) as page:
        page.click("#closer")
        place = page.evaluate("document.getElementById('world').style.transform")
        page.click("#forward")
        assert page.inner_text("#play") == "Play"
        assert (arrive(page, "frame 2 of 5") == frames[1]).all()
        page.click("#back")
        assert (arrive(page, "frame 1 of 5") == frames[0]).all()
        page.fill("#number", "4")
        assert (arrive(page, "frame 4 of 5") == frames[3]).all()
        assert page.get_attribute("#number", "aria-valuetext") == "frame 4 of 5"
        page.keyboard.press("Home")
        arrive(page, "frame 1 of 5")
        page.keyboard.press(",")  # there is none before
        page.keyboard.press(".")
        arrive(page, "frame 2 of 5")
        page.keyboard.press("End")
        page.keyboard.press(".")
        assert (arrive(page, "frame 5 of 5") == frames[4]).all()
        page.keyboard.press("ArrowLeft")  # the slider has the focus
        arrive(page, "frame 4 of 5")
        assert page.evaluate("document.getElementById('world').style.transform") == place
        for key, text in ((" ", "Pause"), (" ", "Play")):
            page.keyboard.press(key)
            assert page.inner_text("#play") == text


def test_keys_elsewhere(open_page, page_of, frames):
    """Arrows move the cross in the picture, and step elsewhere; the space bar plays in both."""
    with open_page(page_of(encoded(frames, Timing((10_000,) * 5))), **STILL) as page:
        page.keyboard.press("ArrowRight")
        arrive(page, "frame 2 of 5")
        page.focus("#stage")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert page.inner_text("#told").startswith("frame 2: x ")
        assert page.inner_text("#place") == "frame 2 of 5"
        page.keyboard.press(" ")
        assert page.inner_text("#play") == "Pause"
        page.keyboard.press("Control+.")
        assert page.inner_text("#play") == "Pause"
        page.focus("#play")
        page.keyboard.press(" ")  # the button's own key: once, not twice
        assert page.inner_text("#play") == "Play"


def test_reduced_motion(open_page, page_of, frames):
    """Who wants no motion gets the first frame, and can play."""
    with open_page(page_of(encoded(frames, Timing((20,) * 5, loop=1))), **STILL) as page:
        page.wait_for_timeout(200)
        assert page.inner_text("#play") == "Play"
        assert (arrive(page, "frame 1 of 5") == frames[0]).all()
        page.click("#play")
        arrive(page, "frame 5 of 5")


def test_volumes(open_page, page_of):
    """Layers do not start by themselves; they play ten times a second, for ever."""
    volume = np.random.default_rng(1).integers(0, 9, (7, 30, 40)).astype(np.int32)
    with open_page(page_of(kmcodec.encode_array(volume))) as page:
        page.wait_for_timeout(150)
        assert page.inner_text("#place") == "plane 1 of 7"
        page.evaluate(SEEN)
        page.click("#play")
        page.wait_for_function("() => window.seen.length > 8")
        page.click("#play")
        texts, moments = zip(*page.evaluate("window.seen"), strict=True)
        numbers = [1 + number % 7 for number in range(1, len(texts) + 1)]
        assert texts == tuple(f"plane {number} of 7" for number in numbers)
        assert moments[8] - moments[0] > 700
        page.keyboard.press("End")
        levels = arrive(page, "plane 7 of 7")[..., 0]
        ranks = np.searchsorted(np.unique(volume), volume[6])
        assert (np.unique(levels, return_inverse=True)[1].reshape(30, 40) == ranks).all()


def test_entries_on_each_frame(open_page, page_of, frames, tmp_path):
    """A chosen entry is veiled and counted in the frame that is shown, which is what is saved."""
    changed = frames.copy()
    changed[1] = changed[0]
    changed[1][:30] = changed[0][0, 0]
    with open_page(page_of(encoded(changed, Timing((10_000,) * 5))), **STILL) as page:
        page.focus("#stage")
        page.locator("#palette button").nth(2).click()
        told = page.inner_text("#told")
        assert told.startswith("frame 1: entry 2, #")
        page.keyboard.press(".")
        arrive(page, "frame 2 of 5")
        assert page.inner_text("#told").startswith("frame 2: entry 2, #")
        told_now = page.inner_text("#told")
        assert told_now != told.replace("frame 1", "frame 2")
        places = int(told_now.split(", ")[2].split(" place")[0].replace(",", ""))
        assert page.evaluate(VEILED) == 80 * 60 - places
        with page.expect_download() as waiting:
            page.click("#save")
        assert waiting.value.suggested_filename == "anim-2.png"
        waiting.value.save_as(tmp_path / "saved.png")
    with Image.open(tmp_path / "saved.png") as saved:
        assert (np.asarray(saved.convert("RGB")) == changed[1]).all()


def test_few_planes_are_kept(open_page, page_of):
    """However many frames there are, the page holds the groups that it shows, and a few others."""
    rng = np.random.default_rng(2)
    palette = np.arange(24, dtype=np.uint8).reshape(8, 3)
    indices = rng.integers(0, 8, (400, 32, 64)).astype(np.uint8)
    timing = Timing((1,) * 400, loop=1)
    data = kmcodec.encode_indexed(kmcodec.Animation(palette, indices, timing), coding="mixed")
    assert len(kmcodec.KmqFile(data).groups()) > 10
    path = page_of(data)
    page = path.read_text(encoding="utf-8")
    old = "MOST_KEPT = 1 << 24;"
    assert old in page
    path.write_text(page.replace(old, f"MOST_KEPT = {2 * 34 * 32 * 64};"), encoding="utf-8")
    with open_page(path) as page:
        most = 0
        while page.inner_text("#play") == "Pause":
            most = max(most, page.evaluate("window.player.frames.kept.size"))
            page.wait_for_timeout(20)
        assert page.inner_text("#place") == "frame 400 of 400"
        assert 2 <= most <= 4
        assert (shown(page) == palette[indices[-1]]).all()
        page.fill("#number", "200")
        assert (arrive(page, "frame 200 of 400") == palette[indices[199]]).all()


def test_a_frame_that_cannot_be_shown(open_page, page_of, frames):
    """The page says so, stays at the frame before, and goes on to others."""
    with open_page(page_of(encoded(frames, Timing((10_000,) * 5))), **STILL) as page:
        page.wait_for_function("() => window.player.frames.kept.size === 1")
        page.evaluate("window.player.frames.want = () => {}")
        page.evaluate("window.player.frames.kept.clear()")
        page.keyboard.press(".")
        page.evaluate(
            "window.player.frames.take({ span: { group: 0, planes: 5 }, error: 'it is bad' })"
        )
        page.locator("#told").filter(has_text="bad").wait_for()
        assert page.inner_text("#told") == "frame 2 cannot be shown: it is bad"
        assert page.inner_text("#place") == "frame 1 of 5"
        assert page.input_value("#number") == "1"
        page.evaluate("delete window.player.frames.want")
        page.fill("#number", "3")
        assert (arrive(page, "frame 3 of 5") == frames[2]).all()


def test_the_page_stays_responsive_while_it_plays(browser, tmp_path):
    """While frames of a megapixel are decoded and shown, no task of the page takes 50 ms.

    The shortest of a few tries counts, for other programs may be at work.
    """
    webassembly.find_module()
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (256, 3)).astype(np.uint8)
    cells = rng.integers(0, 256, (125, 125)).astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    indices = np.stack([np.roll(cells, 9 * number, axis=1) for number in range(4)])
    animation = kmcodec.Animation(palette, indices, Timing((50,) * 4, loop=1))
    data = kmcodec.encode_indexed(animation, effort=1)
    path = tmp_path / "large.html"
    file = kmcodec.KmqFile(data)
    path.write_text(view_pages.view_page(data, file, title="large", name="large.png"))
    longest = []
    while len(longest) < 16 and min(longest, default=50) >= 50:
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        page.wait_for_function(STOPPED, timeout=60_000)
        assert page.inner_text("#place") == "frame 4 of 4"
        longest.append(page.evaluate("window.longest"))
        context.close()
    assert min(longest) < 50, longest


def test_a_picture_has_no_player(open_page, page_of, photo):
    """A still picture's page has no controls for frames, nor a name with a number."""
    with open_page(page_of(kmcodec.encode(photo, n_colors=5))) as page:
        assert page.is_hidden("#player")
        page.keyboard.press(".")
        with page.expect_download() as waiting:
            page.click("#save")
        assert waiting.value.suggested_filename == "anim.png"
