"""``kmcodec view`` and its decoder, kmq.mjs, in a real browser."""

from __future__ import annotations

import base64
import json
import threading
import types
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import webassembly
from PIL import Image

import kmcodec
from kmcodec.pages import view as view_pages

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
DECODE = """
async (files) => {
  const kmq = await import("/kmq.mjs");
  const results = [];
  for (const text of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    try {
      const file = await kmq.open(bytes);
      const { width, height, channels, pixels } = file.decode({ planes: file.info.planes });
      results.push({ size: [width, height, channels], pixels: Array.from(pixels) });
    } catch (error) {
      if (!(error instanceof kmq.KmqError)) throw error;
      results.push({ error: error.name });
    }
  }
  return results;
}
"""
WORK = """
async (text) => {
  const { KmqWorker } = await import("/kmq_worker.mjs");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const worker = new KmqWorker();
  const told = [];
  const onProgress = (...progress) => told.push(progress);
  const { pixels } = await worker.decode(bytes, { channels: 4, onProgress });
  const errors = [];
  const note = (error) => errors.push(error.name);
  await worker.decode(bytes.subarray(1)).catch(note);
  await worker.decode(bytes, { signal: AbortSignal.timeout(1) }).catch(note);
  const { indices } = await worker.decodeIndices(bytes);
  worker.close();
  return { pixels: pixels.length, indices: indices.length, told: told.length, errors };
}
"""
WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ entryTypes: ["longtask"] });
"""
SHOWN = """
() => {
  const { width, height } = document.getElementById("picture");
  const context = document.getElementById("picture").getContext("2d");
  return [width, height, Array.from(context.getImageData(0, 0, width, height).data)];
}
"""


class Assets(SimpleHTTPRequestHandler):
    """Serves what lies beside kmq.mjs, and an empty page to load it from."""

    extensions_map = types.MappingProxyType({".mjs": "text/javascript"})

    def do_GET(self):
        """Answer with a file, or with the page."""
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return None

    def log_message(self, *_words):
        """Say nothing."""


@pytest.fixture
def served(browser):
    """Return a page that can import kmq.mjs."""
    webassembly.find_module()
    handler = partial(Assets, directory=webassembly.ASSETS)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page
        page.close()
        server.shutdown()


def test_vectors(served):
    """All vectors decode in the browser as they should, and the faulty ones are refused."""
    index = json.loads((VECTORS / "index.json").read_text())
    names = [(folder, name) for folder in index for name in index[folder]]
    files = [(VECTORS / folder / f"{name}.kmq").read_bytes() for folder, name in names]
    found = served.evaluate(DECODE, [base64.b64encode(data).decode() for data in files])
    assert len(found) == len(names) > 200
    for (folder, name), data, one in zip(names, files, found, strict=True):
        if folder == "faulty":
            assert one["error"] == index["faulty"][name]["error"], name
        else:
            assert bytes(one["pixels"]) == kmcodec.decode(data).tobytes(), name


def noise(side):
    """Return a file of noise in 256 colours, which takes long to decode."""
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (256, 3)).astype(np.uint8)
    image = kmcodec.IndexedImage(palette, rng.integers(0, 256, (side, side)))
    return kmcodec.encode_indexed(image, coding="mixed", effort=5)


def test_worker(served):
    """The worker decodes, tells progress, gives errors by their classes, and stops at a signal."""
    found = served.evaluate(WORK, base64.b64encode(noise(900)).decode())
    assert found["pixels"] == 4 * 900 * 900
    assert found["indices"] == 900 * 900
    assert found["told"] > 0
    assert found["errors"] == ["FormatError", "TimeoutError"]


@pytest.fixture(params=["module", "without"])
def view(request, monkeypatch, run, tmp_path):
    """Return a function that writes the page of a file, and gives its path.

    Such a page has a decoder or, where the package was built without it, the decoded picture.
    """
    if request.param == "module":
        webassembly.find_module()
    else:
        monkeypatch.setattr(view_pages, "binary_asset", lambda _name: None)

    def write(data, *options):
        source = tmp_path / "picture.kmq"
        source.write_bytes(data)
        done = run("view", source, "--json", *options)
        assert done.code == 0, done.err
        report = json.loads(done.out)
        assert report["output"] == str(tmp_path / "picture.html")
        assert ("kmq.wasm" in str(report.get("notes"))) == (request.param == "without")
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


def test_the_page_stays_responsive(browser, tmp_path):
    """While 4 megapixels are decoded and shown, no task of the page takes 50 ms.

    The shortest of a few tries counts, for other programs may be at work.
    """
    webassembly.find_module()
    data = noise(2000)
    path = tmp_path / "large.html"
    file = kmcodec.KmqFile(data)
    path.write_text(view_pages.view_page(data, file, title="large", name="large.png"))
    longest = []
    while len(longest) < 8 and min(longest, default=50) >= 50:
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        assert page.inner_text("#told").startswith("Click")
        longest.append(page.evaluate("window.longest"))
        context.close()
    assert min(longest) < 50, longest


def test_a_damaged_file_in_a_page(browser, tmp_path):
    """What the worker finds wrong is a sentence on the page."""
    webassembly.find_module()
    data = kmcodec.encode(np.eye(5, dtype=np.uint8))
    file = kmcodec.KmqFile(data)
    path = tmp_path / "damaged.html"
    path.write_text(view_pages.view_page(data[:-1], file, title="damaged", name="damaged.png"))
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-ready]")
    assert page.inner_text("#told") == "This file cannot be shown: the file ends early"
    page.close()


def test_what_is_no_picture(run, tmp_path):
    """A damaged file gives exit code 4 and no page."""
    damaged = tmp_path / "damaged.kmq"
    damaged.write_bytes(kmcodec.encode(np.zeros((2, 2), dtype=np.uint8))[:-1])
    done = run("view", damaged)
    assert done.code == 4
    assert not list(tmp_path.glob("*.html"))
