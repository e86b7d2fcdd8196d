"""The tables of ``index_coding.py``: sizes, speeds, memory, and the planes on which peers win."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from measure import console, geometric_mean, table
from plane_coders import BEST, JUDGED, OURS, PAQ, TITLES, YARDSTICK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Results = Sequence[Mapping[str, Any]]
    Cell = Callable[[Results, str], float | None]

MEGA = 1e6
CAPTION = f"""\
Bytes are those of whole files; ratios are taken per plane and averaged geometrically. {OURS} and a
number: coding "auto" at that effort. Mpx/s: all pixels of the planes a coder was run on by all its
seconds of a processor, so that the large ones count most; ratios of speed are over the planes that
{TITLES[YARDSTICK]} was run on, too. peak MB: the whole process, with Python and modules; MB beyond
plane: what the call adds to these and to its own input."""


def show_caption() -> None:
    """Say what the tables mean."""
    console.print(CAPTION.replace("\n", " "))


def groups_of(results: Results) -> dict[str, Results]:
    """Return the results by kind, photographs of 16 colours or more together, and all."""
    kinds = dict.fromkeys(result["kind"] for result in results)
    found: dict[str, Results] = {
        kind: [result for result in results if result["kind"] == kind] for kind in kinds
    }
    photos = [r for r in results if r["kind"].startswith("photo") and r["kind"] != "photo4f"]
    if 0 < len(photos) < len(results) and len({result["kind"] for result in photos}) > 1:
        found["photos 16-256"] = photos
    return found | {"all": results} if len(found) > 1 else found


def names_of(results: Results) -> list[str]:
    """Return the coders with bytes: ours as they ran, then the peers."""
    known = dict.fromkeys(name for result in results for name in result["bytes"])
    return [name for name in known if name not in TITLES] + [p for p in TITLES if p in known]


def size_ratio(results: Results, name: str, against: Sequence[str]) -> float | None:
    """Return the geometric mean of bytes / the smallest of others; None: not all are known."""
    ratios = []
    for sizes in (result["bytes"] for result in results):
        if not {name, *against} <= sizes.keys():
            return None
        ratios.append(sizes[name] / min(sizes[peer] for peer in against))
    return geometric_mean(ratios)


def speed(results: Results, name: str, task: str) -> float | None:
    """Return Mpx/s over those planes that a coder was run on."""
    run = [result for result in results if name in result[task]]
    if not run:
        return None
    pixels = sum(int(r["pixels"]) for r in run)
    return pixels / math.fsum(r[task][name] for r in run) / MEGA


def speed_ratio(results: Results, name: str, task: str) -> float | None:
    """Return how many times as fast as the yardstick, over the planes that both were run on."""
    both = [result for result in results if {name, YARDSTICK} <= result[task].keys()]
    mine, unit = speed(both, name, task), speed(both, YARDSTICK, task)
    return None if mine is None or unit is None else mine / unit


def show_grid(title: str, results: Results, cell: Cell, form: str) -> dict[str, Any]:
    """Print and return one figure of every coder on every kind, if there is any."""
    groups = groups_of(results)
    numbers: dict[str, dict[str, float]] = {}
    rows = []
    for name in names_of(results):
        found = {label: cell(group, name) for label, group in groups.items()}
        known = {label: value for label, value in found.items() if value is not None}
        if known:
            numbers[name] = known
            shown = [format(known[label], form) if label in known else "" for label in groups]
            rows.append([TITLES.get(name, name), *shown])
    if rows:
        columns = ["coder\nplanes", *(f"{label}\n{len(group)}" for label, group in groups.items())]
        console.print(table(title, columns, rows))
    return numbers


def show_sizes(results: Results) -> dict[str, Any]:
    """Print and return bytes against the best peer, and against paq8px if it is known."""
    best = " and ".join([", ".join(TITLES[peer] for peer in BEST[:-1]), TITLES[BEST[-1]]])
    found = {}
    for key, title, against in (
        ("best", f"the smallest of {best}", BEST),
        (PAQ, PAQ, (PAQ,)),
    ):
        title_text = f"Bytes / {title}: less is better"
        found[key] = show_grid(title_text, results, partial(size_ratio, against=against), ".3f")
    if not found["best"]:
        console.print(f"Sizes and losses are not compared: {best} are not known of every plane.")
    return found


def show_speeds(results: Results) -> dict[str, Any]:
    """Print and return Mpx/s, and speeds over that of the yardstick where it was run."""
    found: dict[str, Any] = {}
    unit = TITLES[YARDSTICK]
    for task, doing in (("encode", "Encoding"), ("decode", "Decoding")):
        figures = (
            ("mpx_s", f"{doing}, Mpx/s on one thread: more is faster", speed),
            ("ratio", f"{doing}, speed / {unit}'s: more than 1 is faster than it", speed_ratio),
        )
        for key, title, figure in figures:
            found[f"{task}_{key}"] = show_grid(title, results, partial(figure, task=task), ".2f")
    return found


def show_memory(memory: Results) -> None:
    """Print peak memory of ours."""
    rows = [
        [
            f"{found['coder']}, {found['task']}",
            f"{found['plane']} ({found['pixels'] / MEGA:.1f} Mpx)",
            *(f"{found[key] / MEGA:,.1f}" for key in ("total", "working")),
            f"{found['working'] / found['pixels']:.1f}",
        ]
        for found in memory
    ]
    columns = ["coder", "plane", "peak MB", "MB beyond plane", "bytes per pixel"]
    console.print(table("Peak memory of a fresh process", columns, rows))


def losses_of(results: Results, name: str) -> list[dict[str, Any]]:
    """Return the planes on which the best peer's file is smaller than that of one of our rows."""
    losses = []
    for result in results:
        sizes = result["bytes"]
        best = min(BEST, key=lambda peer: sizes[peer])
        if sizes[name] > sizes[best]:
            pair = {"ours": sizes[name], "theirs": sizes[best]}
            losses.append({"coder": name, "plane": result["plane"], "peer": best} | pair)
    return sorted(losses, key=lambda loss: loss["theirs"] / loss["ours"])


def show_losses(results: Results) -> list[dict[str, Any]]:
    """Print and return the planes on which peers win, at each effort."""
    compared = [result for result in results if set(BEST) <= result["bytes"].keys()]
    losses = [loss for name in JUDGED for loss in losses_of(compared, name)]
    rows = [
        [
            loss["coder"],
            loss["plane"],
            *(f"{loss[side]:,}" for side in ("ours", "theirs")),
            f"{loss['ours'] / loss['theirs']:.3f}",
            TITLES[loss["peer"]],
        ]
        for loss in losses
    ]
    lost = ", ".join(f"{sum(row[0] == name for row in rows)} at {name}" for name in JUDGED)
    title = f"Planes of {len(compared)} on which a peer is smaller: {lost}"
    if not rows:
        console.print(title)
        return losses
    console.print(table(title, ["coder", "plane", "bytes", "peer", "ratio", "whose"], rows))
    return losses


def show_rises(results: Results) -> list[str]:
    """Print and return the planes that take more bytes at a higher effort."""
    rises = []
    for result in results:
        sizes = [result["bytes"][name] for name in JUDGED]
        if sizes != sorted(sizes, reverse=True):
            rises.append(result["plane"])
    console.print(f"Planes that a higher effort makes larger: {', '.join(rises) or 'none'}")
    return rises
