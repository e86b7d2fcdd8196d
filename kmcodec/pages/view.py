"""The page of a `.kmq` file: the picture, its palette, what the header says."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from kmcodec.pages.assembly import assemble

if TYPE_CHECKING:
    from kmcodec.codec import Info

SCRIPTS = ("common.js", "planes.js", "png.js", "viewport.js", "view.js")
STYLES = ("base.css", "segmentation.css", "view.css")
DECODER = "kmq.js"  # written from the specification alone
KINDS = {1: "gray", 2: "gray and alpha", 3: "RGB", 4: "RGB and alpha"}


def view_page(data: bytes, info: Info, *, title: str, name: str) -> str:
    """Return an HTML page that decodes a `.kmq` file in the browser and shows it.

    Parameters
    ----------
    data : bytes
        The file, which the page holds as it is.
    info : Info
        What ``read_info`` says of it.
    title : str
    name : str
        What the page calls a PNG of the picture when it saves one.
    """
    pixels = info.width * info.height
    entries = "blocks" if info.block != (1, 1) else "colour" + "s" * (info.n_colors != 1)
    summary = (
        f"{info.width} x {info.height}, {info.n_colors:,} {entries}, {info.size:,} bytes,"
        f" {8 * info.size / pixels:.3f} bits per pixel"
    )
    return assemble(
        title,
        body="view.html",
        styles=STYLES,
        scripts=SCRIPTS,
        data={
            "file": base64.b64encode(data).decode("ascii"),
            "summary": summary,
            "facts": _facts(info),
            "sections": [list(section) for section in info.sections],
            "colors": info.n_colors,
            "block": list(info.block),
            "names": list(info.names),
            "download": name,
        },
        texts={"kmq": DECODER},
    )


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
