"""The page of a `.kmq` file: the picture or the animation, its palette, what the header says."""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec.pages.assembly import assemble, binary_asset, packed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kmcodec.codec import Info, KmqFile
    from kmcodec.image import Timing

SCRIPTS = ("common.js", "planes.js", "png.js", "viewport.js", "frames.js", "player.js", "view.js")
STYLES = ("base.css", "segmentation.css", "view.css")
WORKER = ("planes.js", "kmq.mjs", "view_worker.js")
DECODER = "kmq.wasm"  # from packages/js/build.py; kmq.mjs calls it
MIXED = "mixed"  # the coding whose groups of planes have streams of their own
GROUP = 1 << 24  # pixels that are decoded at a time, where the file does not say
KINDS = {1: "gray", 2: "gray and alpha", 3: "RGB", 4: "RGB and alpha"}


def has_decoder() -> bool:
    """Whether pages decode their files themselves: the package was built with kmq.wasm."""
    return binary_asset(DECODER) is not None


def view_page(data: bytes, file: KmqFile, *, title: str, name: str) -> str:
    """Return an HTML page that decodes a `.kmq` file in the browser and shows it.

    The page plays an animation; of another stack, it shows the planes one by one.

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
    planes = f"{info.planes:,} {_word(info)}s of " * (info.planes > 1)
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
            "player": {"word": _word(info), "timing": _timing(info.timing)},
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
        "planes": info.planes,
        "groups": _groups(file),
        "channels": info.channels,
        "colors": info.n_colors,
        "block": list(info.block),
    }
    module = binary_asset(DECODER)
    if module is not None:
        text = base64.b64encode(data).decode("ascii")
        return facts | {"file": text, "wasm": packed(np.frombuffer(module, np.uint8))}
    if info.planes > 1:
        return facts | {"indices": list(_packed_groups(file)), "codebook": packed(file.palette)}
    image = file.decode_blocks()
    return facts | {"indices": [packed(image.indices)], "codebook": packed(image.codebook)}


def _word(info: Info) -> str:
    """Return what a plane of the file is called."""
    return "plane" if info.timing is None else "frame"


def _groups(file: KmqFile) -> list[int]:
    """Return where the groups of planes begin that the page decodes at once."""
    info = file.info
    if info.planes == 1:
        return [0]
    most = max(1, GROUP // (info.width * info.height))
    found: list[int] = []
    for first, end in file.groups():
        found += range(first, end, end - first if info.coding == MIXED else most)
    return found


def _packed_groups(file: KmqFile) -> Iterator[dict[str, Any]]:
    """Yield the indices of each of these groups."""
    parts = list(itertools.pairwise([*_groups(file), file.info.planes]))
    for first, end in file.groups():
        indices = file.decode_animation(frames=(first, end)).indices
        for start, stop in parts:
            if first <= start < end:
                yield packed(indices[start - first : stop - first])


def _timing(timing: Timing | None) -> dict[str, Any] | None:
    """Return when frames are shown: runs of frames, and the ticks that each of a run is shown."""
    if timing is None:
        return None
    runs = [[len(list(run)), ticks] for ticks, run in itertools.groupby(timing.durations)]
    return {"runs": runs, "ticks": timing.ticks_per_second, "loop": timing.loop}


def _played(timing: Timing) -> str:
    """Return how long all frames are shown, and how often."""
    seconds = sum(timing.durations) / timing.ticks_per_second
    times = {0: "for ever", 1: "once"}.get(timing.loop, f"{timing.loop:,} times")
    return f"{seconds:,.3g} s, {times}" if seconds < 100 else f"{seconds:,.0f} s, {times}"


def _facts(info: Info) -> list[tuple[str, str]]:
    """Return what the page tells of the header, as labels and values."""
    found = [
        ("version", info.version),
        ("pixels", KINDS[info.channels]),
        ("palette", "authored, order kept" if info.authored else "found for the picture"),
        ("coding", info.coding),
    ]
    if info.timing is not None:
        found.append(("all frames", _played(info.timing)))
    if info.array is not None:
        found.append(
            ("array", f"{info.array.dtype} of shape {info.array.shape}, shown as gray levels")
        )
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
