"""Palettes: squared error and time of kmcodec, libimagequant, scikit-learn and Pillow.

Every quantizer gets pixels that are already in memory in the layout it wants, and ends with an
8-bit palette and the index of every pixel.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from measure import (
    Photo,
    console,
    geometric_mean,
    machine,
    package_versions,
    palette_sizes,
    parser_for,
    positive,
    print_facts,
    progress_console,
    ratio_text,
    read_kodak,
    table,
    write_json,
)
from quantizers import (
    PILLOW_METHODS,
    Run,
    libimagequant_version,
    run_imagequant,
    run_ours,
    run_pillow,
    run_sklearn,
)
from rich.progress import track
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from kmcodec.color import Space

    Runner = Callable[[NDArray[np.uint8], int], Run]

OURS, LIQ, SKLEARN, FIT = "kmcodec", "imagequant", "scikit-learn", "scikit-learn, fit alone"
WARMUP_SIDE = 64  # pixels; a first call imports modules and starts threads


def measure(
    runners: dict[str, Runner],
    photo: Photo,
    n_colors: int,
    repeat: int,
) -> dict[str, Any]:
    """Return errors and least times by quantizer, run in turn; scikit-learn runs once."""
    mse: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for repetition in range(repeat):
        for name, runner in runners.items():
            if name == SKLEARN and repetition:
                continue
            run = runner(photo.pixels, n_colors)
            mse.setdefault(name, run.mse(photo.pixels))
            seconds[name] = min(run.seconds, seconds.get(name, run.seconds))
            if run.fit_seconds is not None:
                seconds[FIT] = run.fit_seconds
    return {"picture": photo.name, "colors": n_colors, "mse": mse, "seconds": seconds}


def compare(results: Sequence[dict[str, Any]], peer: str, quantity: str) -> dict[str, Any] | None:
    """Return how ours/peer is distributed over the results, or None where a peer has no figure."""
    if peer not in results[0][quantity]:
        return None
    ratios = [result[quantity][OURS] / result[quantity][peer] for result in results]
    return {
        "geometric_mean": geometric_mean(ratios),
        "best": min(ratios),
        "worst": max(ratios),
        "lost": sum(ratio > 1 for ratio in ratios),
        "of": len(ratios),
    }


def show_pictures(results: Sequence[dict[str, Any]], quantity: str, title: str) -> None:
    """Print one quantity of every quantizer on every picture."""
    scale, digits = (1000.0, 1) if quantity == "seconds" else (1.0, 2)
    names = list(results[0][quantity])
    rows = [
        [r["picture"], *(f"{r[quantity][name] * scale:,.{digits}f}" for name in names)]
        for r in results
    ]
    headings = [name.replace(" ", "\n", 1) for name in names]
    console.print(table(title, ["picture", *headings], rows))


def summarize(results: Sequence[dict[str, Any]], label: str) -> list[dict[str, Any]]:
    """Print and return the ratios to every peer."""
    rows, numbers = [], []
    for peer in results[0]["seconds"]:
        if peer == OURS:
            continue
        row = [peer]
        for quantity in ("mse", "seconds"):
            found = compare(results, peer, quantity)
            if found is None:
                row += ["", "", ""]
                continue
            numbers.append({"colors": label, "peer": peer, "quantity": quantity} | found)
            row.append(ratio_text(found["geometric_mean"]))
            row += [f"{found['best']:.3f}..{found['worst']:.3f}", f"{found['lost']}/{found['of']}"]
        rows.append(row)
    columns = ["kmcodec / peer", "MSE", "range", "lost", "time", "range", "lost"]
    console.print(table(f"K = {label}: geometric means, less than 1 is ours", columns, rows))
    return numbers


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds kodak/*.png")
    parser.add_argument("--colors", type=palette_sizes, default="16,64,256", help="palette sizes")
    parser.add_argument("--effort", type=int, choices=range(1, 10), default=5, help="of kmcodec")
    parser.add_argument("--space", choices=["srgb", "oklab"], default="srgb", help="of kmcodec")
    parser.add_argument("--threads", type=positive, default=1, help="of kmcodec and scikit-learn")
    parser.add_argument("--repeat", type=positive, default=3, help="runs, the fastest counts")
    args = parser.parse_args()
    photos = read_kodak(args.data)
    space = cast("Space", args.space)
    options = {"effort": args.effort, "space": space, "threads": args.threads}
    runners: dict[str, Runner] = {
        OURS: partial(run_ours, options=options),
        LIQ: run_imagequant,
        SKLEARN: run_sklearn,
    }
    for name, method in PILLOW_METHODS.items():
        runners[name] = partial(run_pillow, method=method)
    versions = package_versions("numpy", "scikit-learn", "pillow", "imagequant")
    versions["libimagequant"] = libimagequant_version()
    threads = {"threads: kmcodec and scikit-learn": str(args.threads), "others": "1"}
    print_facts(versions, machine(), threads)
    print_facts({"effort": str(args.effort), "space": space, "best of": str(args.repeat)})

    results, summary = [], []
    with threadpool_limits(args.threads):
        for runner in runners.values():
            runner(np.ascontiguousarray(photos[0].pixels[:WARMUP_SIDE, :WARMUP_SIDE]), 16)
        for n_colors in args.colors:
            steps = track(photos, f"K = {n_colors}", console=progress_console, transient=True)
            found = [measure(runners, photo, n_colors, args.repeat) for photo in steps]
            show_pictures(found, "mse", f"K = {n_colors}: squared error per pixel")
            show_pictures(found, "seconds", f"K = {n_colors}: milliseconds")
            results += found
            summary += summarize(found, str(n_colors))
    if len(args.colors) > 1:
        summary += summarize(results, "all")
    options["repeat"] = args.repeat
    facts = {"versions": versions, "machine": machine(), "options": options}
    write_json(args.json, facts | {"results": results, "summary": summary})


if __name__ == "__main__":
    main()
