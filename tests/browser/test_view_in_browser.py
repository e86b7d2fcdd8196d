"""``kmcodec view`` and its decoder, kmq.js, in a real browser."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kmcodec
from kmcodec import pages

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
DECODE = """
(files) => files.map((text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  try {
    const { width, height, channels, pixels } = kmq.decode(bytes);
    return { size: [width, height, channels], pixels: Array.from(pixels) };
  } catch (error) {
    if (!(error instanceof kmq.KmqError)) throw error;
    return { error: error.name };
  }
})
"""
SHOWN = """
() => {
  const { width, height } = document.getElementById("picture");
  const context = document.getElementById("picture").getContext("2d");
  return [width, height, Array.from(context.getImageData(0, 0, width, height).data)];
}
"""


def test_vectors(browser):
    """All vectors decode in the browser as they should, and the faulty ones are refused."""
    index = json.loads((VECTORS / "index.json").read_text())
    names = [(folder, name) for folder in index for name in index[folder]]
    files = [(VECTORS / folder / f"{name}.kmq").read_bytes() for folder, name in names]
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(path=Path(pages.__file__).parent / "assets" / "kmq.js")
    found = page.evaluate(DECODE, [base64.b64encode(data).decode() for data in files])
    page.close()
    assert len(found) == len(names) > 200
    for (folder, name), data, one in zip(names, files, found, strict=True):
        if folder == "faulty":
            assert one["error"] == index["faulty"][name]["error"], name
        else:
            assert bytes(one["pixels"]) == kmcodec.decode(data).tobytes(), name


@pytest.fixture
def view(run, tmp_path):
    """Return a function that writes the page of a file, and gives its path."""

    def write(data, *options):
        source = tmp_path / "picture.kmq"
        source.write_bytes(data)
        done = run("view", source, "--json", *options)
        assert done.code == 0, done.err
        assert json.loads(done.out)["output"] == str(tmp_path / "picture.html")
        return tmp_path / "picture.html"

    return write


def test_picture_and_palette(open_page, view, photo, tmp_path):
    """The page shows and saves the decoded pixels, and its palette tells entries on a click."""
    image = kmcodec.quantize(photo, n_colors=20)
    data = kmcodec.encode_indexed(image, keep_facts=True)
    with open_page(view(data)) as page:
        width, height, shown = page.evaluate(SHOWN)
        pixels = np.array(shown, dtype=np.uint8).reshape(height, width, 4)
        assert (pixels[..., :3] == kmcodec.decode(data)).all()
        assert page.locator("#palette button").count() == 20
        assert f"{len(data):,} bytes" in page.inner_text("#facts")
        assert page.locator("#sections tbody tr").count() == 3  # palette, facts, indices
        page.locator("#palette button").nth(3).click()
        assert page.inner_text("#told").startswith("entry 3, #")
        page.click("#stage", position={"x": 200, "y": 200})
        assert page.inner_text("#told").startswith("x ")
        assert page.locator("#palette button[aria-pressed='true']").count() == 1
        with page.expect_download() as waiting:
            page.click("#save")
        target = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(target)
    with Image.open(target) as saved:
        assert (np.asarray(saved.convert("RGB")) == kmcodec.decode(data)).all()


def test_names_alpha_and_blocks(open_page, view, sprite):
    """Names appear as text, and the entries of a block codebook as small pictures."""
    image = kmcodec.IndexedImage(
        np.array([[9, 8, 7], [200, 0, 0]], dtype=np.uint8),
        np.eye(6, dtype=np.uint8),
        authored=True,
        names=("sky", "<b>sea"),
    )
    with open_page(view(kmcodec.encode_indexed(image))) as page:
        page.locator("#palette button").nth(1).click()
        assert page.inner_text("#told") == "entry 1, <b>sea, #c80000, 6 places (16.7 %)"
    blocks = kmcodec.encode(sprite, n_colors=9, block=(2, 4))
    with open_page(view(blocks, "-f")) as page:
        assert "blocks" in page.inner_text("#header")
        assert page.locator("#palette canvas").first.get_attribute("width") == "4"


def test_what_is_no_picture(run, tmp_path):
    """A damaged file gives exit code 4 and no page."""
    damaged = tmp_path / "damaged.kmq"
    damaged.write_bytes(kmcodec.encode(np.zeros((2, 2), dtype=np.uint8))[:-1])
    done = run("view", damaged)
    assert done.code == 4
    assert not list(tmp_path.glob("*.html"))
