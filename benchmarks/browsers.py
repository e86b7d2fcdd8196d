"""The decoder in WebAssembly: from bytes to pixels in Node.js and Chromium, and the page's tasks.

A run is the first ``decode`` of a fresh process or page: it reads, compiles and instantiates
kmq.wasm, and gives RGBA. The fastest run counts.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import tempfile
import threading
import types
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    read_kodak,
    read_pixels,
    required,
    table,
    write_json,
)
from model_files import CHOSEN, MODELS, file_of

import kmcodec
from kmcodec import pages
from kmcodec.codec import KmqFile
from kmcodec.pages.view import view_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from playwright.sync_api import Browser

ASSETS = Path(pages.__file__).resolve().parent / "assets"
LARGE = "photos/Bryggen.jpg"
SIDE = 2000  # of its middle, 4 megapixels
GOALS = {"0.4 MP": 150, "4 MP": 1000}  # milliseconds
LONGEST = 50  # milliseconds of a task, from which on a browser calls it long
TIME = """
async (file) => {
  const bytes = new Uint8Array(await read(file));
  const { decode } = await import(script);
  const started = performance.now();
  const { pixels } = await decode(bytes, { channels: 4 });
  const first = performance.now() - started;
  await decode(bytes, { channels: 4 });
  return { first, next: performance.now() - started - first, pixels: pixels.length / 4 };
}
"""
IN_NODE = f"""
import {{ readFileSync as read }} from "node:fs";
const script = new URL(process.argv[1], "file://");
const time = {TIME};
console.log(JSON.stringify(await time(process.argv[2])));
"""
IN_BROWSER = f"""
async (file) => {{
  const read = async (url) => (await fetch(url)).arrayBuffer();
  const script = "/kmq.mjs";
  const time = {TIME};
  return time(file);
}}
"""
WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ entryTypes: ["longtask"] });
"""
READY = "() => performance.now()"


def pictures(data: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Give the two photographs."""
    yield "0.4 MP", read_kodak(data)[0].pixels
    large = read_pixels(data / LARGE, "RGB")
    top, left = ((length - SIDE) // 2 for length in large.shape[:2])
    yield "4 MP", large[top : top + SIDE, left : left + SIDE]


def time_in_node(path: Path) -> dict[str, float]:
    """Return milliseconds in a fresh process of Node.js."""
    command = ["node", "--input-type=module", "--eval", IN_NODE, str(ASSETS / "kmq.mjs"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout)
    return found


class Served(SimpleHTTPRequestHandler):
    """Serves what lies beside kmq.mjs, the files to decode, and an empty page."""

    extensions_map = types.MappingProxyType(
        {".mjs": "text/javascript", ".wasm": "application/wasm"}
    )  # type: ignore[assignment]
    files: Path

    def do_GET(self) -> None:
        """Answer with the page, or with a file."""
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        """Return where a file lies."""
        name = path.rpartition("/")[2]
        return str((self.files if name.endswith(".kmq") else ASSETS) / name)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def time_in_browser(browser: Browser, port: int, path: Path) -> dict[str, float]:
    """Return milliseconds in a fresh page, whose process is fresh, too."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    found: dict[str, float] = page.evaluate(IN_BROWSER, f"/{path.name}")
    context.close()
    return found


def time_of_page(browser: Browser, path: Path) -> dict[str, float]:
    """Return milliseconds until a page of ``kmcodec view`` shows all, and its longest task."""
    page_path = path.with_suffix(".html")
    data = path.read_bytes()
    page_path.write_text(view_page(data, KmqFile(data), title=path.stem, name="picture.png"))
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(page_path.as_uri())
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    found = {"first": page.evaluate(READY), "longest": page.evaluate("window.longest")}
    context.close()
    return found


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the least of each figure."""
    return {name: min(run[name] for run in runs) for name in runs[0]}


def measure_file(
    browser: Browser, port: int, path: Path, repeat: int
) -> dict[str, dict[str, float]]:
    """Return the figures of a file in each place; runs take turns."""
    runs: dict[str, list[dict[str, float]]] = {"Node.js": [], "Chromium": [], "page": []}
    for _ in range(repeat):
        runs["Node.js"].append(time_in_node(path))
        runs["Chromium"].append(time_in_browser(browser, port, path))
        runs["page"].append(time_of_page(browser, path))
    return {place: best(found) for place, found in runs.items()}


def measure_all(browser: Browser, data: Path, models: list[str], repeat: int) -> dict[str, Any]:
    """Return the figures of each picture and model."""
    results: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as room,
        ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Here", (Served,), {"files": Path(room)})
        ) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, pixels in pictures(data):
            image = kmcodec.quantize(pixels, n_colors=256)
            for model in models:
                path = Path(room) / f"{name.replace(' ', '')}-{model}.kmq"
                path.write_bytes(file_of(image, model))
                found = measure_file(browser, server.server_port, path, repeat)
                results[f"{name} {model}"] = found | {
                    "bytes": path.stat().st_size,
                    "goal": GOALS[name],
                }
        server.shutdown()
    return results


def sizes() -> dict[str, int]:
    """Return the bytes of the decoder, compressed as servers do."""
    names = ("kmq.wasm", "kmq.mjs")
    return {name: len(gzip.compress((ASSETS / name).read_bytes(), 9)) for name in names}


def rows_of(results: dict[str, Any]) -> Iterator[list[str]]:
    """Give the rows of the table."""
    for name, found in results.items():
        longest = found["page"]["longest"]
        yield [
            name,
            f"{found['bytes']:,}",
            *(
                f"{found[place][run]:.0f}"
                for place in ("Node.js", "Chromium")
                for run in ("first", "next")
            ),
            f"{found['goal']}",
            f"{found['page']['first']:.0f}",
            f"{longest:.0f}" if longest else f"< {LONGEST}",
        ]


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help=f"folder that holds kodak/ and {LARGE}"
    )
    parser.add_argument(
        "--models",
        nargs="+",
        choices=[CHOSEN, *MODELS],
        default=[CHOSEN, "rich"],
        help="of the files",
    )
    parser.add_argument("--repeat", type=positive, default=5, help="runs, the fastest counts")
    args = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or shutil.which("node") is None or not (ASSETS / "kmq.wasm").exists():
        raise SystemExit("error: node, chromium and kmq.wasm (packages/js/build.py) are needed")
    print_facts(package_versions("numpy"), machine())
    print_facts({f"{name}, gzipped": f"{size:,}" for name, size in sizes().items()})
    with required("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        print_facts({"Chromium": browser.version})
        results = measure_all(browser, args.data, args.models, args.repeat)
        browser.close()
    columns = [
        "256 colours",
        "bytes",
        "Node.js ms",
        "again",
        "Chromium ms",
        "again",
        "goal",
        "page ms",
    ]
    console.print(table("From bytes to pixels", [*columns, "longest task"], rows_of(results)))
    write_json(args.json, {"machine": machine(), "gzipped": sizes(), "results": results})


if __name__ == "__main__":
    main()
