"""From assets and data to one HTML file."""

from __future__ import annotations

import base64
import html
import json
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

# Nothing is loaded: the page has everything in itself.
POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline';"
    " script-src 'unsafe-inline'; worker-src blob:"
)


def asset(name: str) -> str:
    """Return the text of a file that lies beside this module."""
    return (files("kmcodec.pages") / "assets" / name).read_text(encoding="utf-8")


def binary_asset(name: str) -> bytes | None:
    """Return the content of such a file; None if the package was built without it."""
    path = files("kmcodec.pages") / "assets" / name
    return path.read_bytes() if path.is_file() else None


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """Return an array of whole numbers as JSON can hold it; ``planes.js`` unpacks it.

    The bytes are little-endian, deflated (zlib) and in base64.
    """
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(zlib.compress(plain.tobytes(), 6)).decode("ascii")
    return {"type": array.dtype.name, "shape": list(array.shape), "data": data}


def packed_pixels(pixels: NDArray[np.uint8]) -> dict[str, Any]:
    """Return (H, W, C) pixels as ``packed`` does, as differences to their neighbours.

    Each is its value less what the left and the upper neighbour predict, modulo 256: left + upper -
    upper left, neighbours beyond the picture being 0.
    """
    padded = np.pad(pixels, ((1, 0), (1, 0), (0, 0)))
    across = padded[:, 1:] - padded[:, :-1]
    return packed(across[1:] - across[:-1])


def assemble(
    title: str,
    *,
    body: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: dict[str, Any],
    texts: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a page.

    Parameters
    ----------
    title : str
        Any text; it is escaped here.
    body, styles, scripts
        Names of assets; styles and scripts are joined in their order.
    data : dict
        Becomes ``DATA`` in the scripts.
    texts : mapping, optional
        Names of further scripts, joined, by the elements that hold them; they do not run by
        themselves.
    """
    content = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>",
            f"<style>\n{''.join(asset(name) for name in styles)}</style>",
            "</head>",
            "<body>",
            asset(body).replace("{title}", html.escape(title)),
            f'<script type="application/json" id="data">{content}</script>',
            *(
                f'<script type="text/plain" id="{element}">\n{"".join(map(asset, names))}</script>'
                for element, names in (texts or {}).items()
            ),
            "<script>",
            '"use strict";',
            'const DATA = JSON.parse(document.getElementById("data").textContent);',
            "".join(asset(name) for name in scripts),
            "</script>",
            "</body>",
            "</html>",
            "",
        ]
    )
