"""The page of a `.kmq` file: the picture, its palette, what the header says."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.pages.assembly import assemble, binary_asset, packed

if TYPE_CHECKING:
    from kmcodec.codec import Info, KmqFile

SCRIPTS = ("common.js", "planes.js", "png.js", "viewport.js", "view.js")
STYLES = ("base.css", "segmentation.css", "view.css")
WORKER = ("planes.js", "kmq.mjs", "view_worker.js")
DECODER = "kmq.wasm"  # from packages/js/build.py; kmq.mjs calls it
KINDS = {1: "gray", 2: "gray and alpha", 3: "RGB", 4: "RGB and alpha"}


def has_decoder() -> bool:
    """Whether pages decode their files themselves: the package was built with kmq.wasm."""
    return binary_asset(DECODER) is not None


def view_page(data: bytes, file: KmqFile, *, title: str, name: str) -> str:
    """Return an HTML page that decodes a `.kmq` file in the browser and shows it.

    Of a stack it shows the first plane, and says so.

    Parameters
    ----------
    data : bytes
        The file. The page holds it as it is; where there is no decoder in WebAssembly, it holds
        palette and indices instead, deflated.
    file : KmqFile
        The same, opened.
    title : str
    name : str
        What the page calls a PNG of the picture when it saves one.
    """
    info = file.info
    pixels = info.width * info.height * info.planes
    entries = "blocks" if info.block != (1, 1) else "colour" + "s" * (info.n_colors != 1)
    planes = f"1 of {info.planes} planes, " * (info.planes > 1)
    summary = (
        f"{planes}{info.width} x {info.height}, {info.n_colors:,} {entries}, {info.size:,} bytes,"
        f" {8 * info.size / pixels:.3f} bits per pixel"
    )
    return assemble(
        title,
        body="view.html",
        styles=STYLES,
        scripts=SCRIPTS,
        data={
            "picture": _picture(data, file),
            "summary": summary,
            "facts": _facts(info),
            "sections": [list(section) for section in info.sections],
            "names": list(info.names),
            "download": name,
        },
        texts={"worker": WORKER},
    )


def _picture(data: bytes, file: KmqFile) -> dict[str, Any]:
    """Return what the page's worker takes."""
    info = file.info
    facts = {
        "width": info.width,
        "height": info.height,
        "channels": info.channels,
        "colors": info.n_colors,
        "block": list(info.block),
    }
    module = binary_asset(DECODER)
    if module is not None:
        text = base64.b64encode(data).decode("ascii")
        return facts | {"file": text, "wasm": packed(np.frombuffer(module, np.uint8))}
    if info.planes > 1:
        first = file.decode_indexed(frame=0)
        return facts | {"indices": packed(first.indices), "codebook": packed(first.palette)}
    image = file.decode_blocks()
    return facts | {"indices": packed(image.indices), "codebook": packed(image.codebook)}


def _facts(info: Info) -> list[tuple[str, str]]:
    """Return what the page tells of the header, as labels and values."""
    found = [
        ("version", info.version),
        ("pixels", KINDS[info.channels]),
        ("palette", "authored, order kept" if info.authored else "found for the picture"),
        ("coding", info.coding),
    ]
    if info.array is not None:
        found.append(("array", f"{info.array.dtype} of shape {info.array.shape}, shown by ranks"))
    if info.block != (1, 1):
        found.append(("blocks", f"{info.block[1]} x {info.block[0]} pixels"))
    if info.facts is not None:
        facts = info.facts
        found += [
            ("space", facts.space),
            ("effort", str(facts.effort)),
            ("seed", str(facts.seed)),
            ("iterations", str(facts.n_iter)),
            ("squared error", f"{facts.mse:.2f}"),
        ]
    return found
