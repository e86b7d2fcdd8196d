"""Index planes as whole files: ours beside oxipng, WebP, JPEG XL and paq8px.

All coders get the same pixels; what each writes is read back and compared. "best" is the smallest
of oxipng, WebP and JPEG XL effort 10. Peers that are not run count with the bytes in
``planes/anchors.csv``, if the planes come from there.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from index_planes import OURS, PEERS, Coder, Plane, given_planes, made_planes, peers
from measure import (
    console,
    geometric_mean,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    table,
    write_json,
)
from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

BEST_OF = ("oxipng", "webp", "jxl10")
T = TypeVar("T")
YARDSTICK = "jxl9"  # speeds are given as ratios to it


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return a call's result and its wall time in seconds."""
    started = perf_counter()
    result = call()
    return result, perf_counter() - started


def measure(plane: Plane, coders: Sequence[Coder], repeat: int) -> dict[str, Any]:
    """Return bytes and seconds of each coder on a plane, in turn; pixels must come back equal."""
    result: dict[str, Any] = {
        "plane": plane.name,
        "kind": plane.kind,
        "pixels": plane.image.indices.size,
        "bytes": dict(plane.anchors),
        "encode": {},
        "decode": {},
    }
    for coder in coders:
        data, result["encode"][coder.name] = timed(partial(coder.encode, plane))
        decodings = [timed(partial(coder.decode, data, plane)) for _ in range(repeat)]
        result["decode"][coder.name] = min(seconds for _, seconds in decodings)
        if not np.array_equal(np.reshape(decodings[0][0], plane.pixels.shape), plane.pixels):
            raise SystemExit(f"error: {coder.name} changed the pixels of {plane.name}")
        result["bytes"][coder.name] = len(data)
    return result


def chosen(planes: Iterable[Plane], kinds: Sequence[str], limit: int | None) -> list[Plane]:
    """Return the first planes of each kind."""
    found: dict[str, list[Plane]] = defaultdict(list)
    for plane in planes:
        if not kinds or plane.kind in kinds:
            found[plane.kind].append(plane)
    return [plane for group in found.values() for plane in group[:limit]]


def groups_of(results: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return results by kind, with the photographs of 16 colours and more together, and all."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        groups[result["kind"]].append(result)
    photos = [r for r in results if r["kind"].startswith("photo") and r["kind"] != "photo4f"]
    if photos:
        groups["photos 16-256"] = photos
    groups["all"] = list(results)
    return dict(groups)


def ratio(results: Sequence[dict[str, Any]], name: str, against: Sequence[str]) -> float | None:
    """Return the geometric mean of bytes over the smallest of others, if all are known."""
    ratios = []
    for result in results:
        sizes = result["bytes"]
        if name not in sizes or not all(other in sizes for other in against):
            return None
        ratios.append(sizes[name] / min(sizes[other] for other in against))
    return geometric_mean(ratios)


def print_sizes(groups: dict[str, list[dict[str, Any]]], names: Sequence[str]) -> dict[str, Any]:
    """Print a coder's bytes over the best, and over paq8px, by kind."""
    numbers: dict[str, Any] = {}
    for title, against in (("best", BEST_OF), ("paq8px", ("paq8px",))):
        found = {
            name: {label: ratio(group, name, against) for label, group in groups.items()}
            for name in names
        }
        found = {n: r for n, r in found.items() if any(v is not None for v in r.values())}
        rows = [
            [name, *("" if value is None else f"{value:.3f}" for value in by_kind.values())]
            for name, by_kind in found.items()
        ]
        columns = ["coder", *(f"{label} ({len(group)})" for label, group in groups.items())]
        console.print(table(f"Bytes / {title}, geometric means", columns, rows))
        numbers[title] = found
    return numbers


def print_speeds(groups: dict[str, list[dict[str, Any]]], names: Sequence[str]) -> None:
    """Print Mpx/s of the coders that ran, and ratios to JPEG XL effort 9 where that ran."""
    for what in ("encode", "decode"):
        rows = []
        for name in names:
            row = [name]
            for group in groups.values():
                run = [r for r in group if name in r[what]]
                if not run:
                    row.append("")
                    continue
                pixels = sum(r["pixels"] for r in run)
                speed = pixels / sum(r[what][name] for r in run) / 1e6
                text = f"{speed:.2f}"
                if all(YARDSTICK in r[what] for r in run):
                    yardstick = pixels / sum(r[what][YARDSTICK] for r in run) / 1e6
                    text += f" ({speed / yardstick:.2f}x)"
                row.append(text)
            if any(row[1:]):
                rows.append(row)
        title = f"{what}, Mpx/s on one thread (x: times JPEG XL effort 9)"
        console.print(table(title, ["coder", *groups], rows))


def print_losses(results: Sequence[dict[str, Any]], name: str) -> None:
    """Print the planes on which a peer has the smaller file."""
    rows = []
    for result in results:
        known = {p: b for p, b in result["bytes"].items() if p in BEST_OF}
        if known and result["bytes"][name] > min(known.values()):
            winner = min(known, key=lambda peer: known[peer])
            ours = result["bytes"][name]
            rows.append([result["plane"], str(ours), str(known[winner]), winner])
    console.print(
        table(f"Planes lost at {name}: {len(rows)}", ["plane", "ours", "theirs", "whose"], rows)
    )


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the folders")
    parser.add_argument("--make", action="store_true", help="make planes from the pictures")
    parser.add_argument("--kinds", default="", metavar="A,B", help="such as photo64f,mask")
    parser.add_argument("--limit", type=positive, help="planes of each kind")
    parser.add_argument("--peers", default="", metavar="A,B", help=f"to run: {', '.join(PEERS)}")
    parser.add_argument("--paq8px", metavar="PATH", help="the program")
    parser.add_argument("--repeat", type=positive, default=3, help="decodings, the best counts")
    args = parser.parse_args()
    names = [name for name in args.peers.split(",") if name]
    if unknown := set(names) - set(PEERS):
        raise SystemExit(f"error: unknown peers {', '.join(sorted(unknown))}")
    versions = package_versions("pillow", "pyoxipng")
    print_facts(versions, machine())

    planes = made_planes(args.data) if args.make else given_planes(args.data)
    kinds = [kind for kind in args.kinds.split(",") if kind]
    coders = [*OURS, *peers(names, args.paq8px)]
    results = [
        measure(plane, coders, args.repeat)
        for plane in track(
            chosen(planes, kinds, args.limit), "planes", console=progress_console, transient=True
        )
    ]
    if not results:
        raise SystemExit("error: no planes of these kinds")
    groups = groups_of(results)
    rows = [*(coder.name for coder in OURS), *PEERS]
    summary = print_sizes(groups, rows)
    print_speeds(groups, rows)
    print_losses(results, "effort 5")
    facts = {"versions": versions, "machine": machine()}
    write_json(args.json, facts | {"summary": summary, "results": results})


if __name__ == "__main__":
    main()
