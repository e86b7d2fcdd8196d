"""The page in the README of the package for browsers shows a picture."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import webassembly

import kmcodec

PACKAGE = webassembly.ROOT / "packages" / "js"
SHOWN = """
() => {
  const canvas = document.getElementById("picture");
  const { width, height } = canvas;
  return Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data);
}
"""


def test_the_page(browser, photo, tmp_path):
    """It stands in the folder that build.py gathers, and Python's own server gives it out."""
    webassembly.find_module()
    command = [sys.executable, str(PACKAGE / "build.py"), "--package", str(tmp_path)]
    subprocess.run(command, check=True)
    data = kmcodec.encode(photo[:40, :50], n_colors=30)
    (tmp_path / "picture.kmq").write_bytes(data)
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```html\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "index.html").write_text(text)
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_function("document.getElementById('picture').width === 50")
        shown = page.evaluate(SHOWN)
        page.close()
        server.shutdown()
    pixels = np.array(shown, dtype=np.uint8).reshape(40, 50, 4)
    assert (pixels[..., :3] == kmcodec.decode(data)).all()
