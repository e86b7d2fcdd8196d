"""The tables of ``palettes.py``: figures of every quantizer, and ours against each peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from measure import compare, console, geometric_mean, table
from quantizers import OURS, PNGQUANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Results = Sequence[Mapping[str, Any]]

FLAT, DITHERED = "ssimulacra2_flat", "ssimulacra2_dithered"
MEANS = ("mse", "oklab", "seconds")  # positive, so that their geometric mean exists
CAPTION = f"""\
Figures are geometric means over pictures; for SSIMULACRA2, which may be negative, arithmetic ones,
and more is better. MSE: squared sRGB error per pixel, summed over channels; {OURS} with
space="srgb". OKLab: mean squared distance x 10,000; SSIMULACRA2: flat, and dithered at full
strength; in all three {OURS} has space="oklab", its default. ms: without dithering; {OURS}: the
slower of these two spaces; {PNGQUANT}: the whole process, from file to file. MB: peak memory at
K = 256 in a fresh process beyond Python, modules and pixels, {OURS} with its default space;
{PNGQUANT}: the whole process. Ratios are {OURS} / peer, per picture, averaged geometrically: less
than 1 is ours. Of SSIMULACRA2 the difference is shown, {OURS} - peer: more than 0 is ours. "lost":
pictures on which the peer is ahead; "<" marks means of which the peer's is better."""


def show_caption() -> None:
    """Say what the tables mean."""
    console.print(CAPTION.replace("\n", " "))


def show_figures(results: Results, label: str, memory: Mapping[str, Mapping[str, int]]) -> None:
    """Print the means of every quantizer."""
    rows = []
    for name in _names(results):
        mine = _of(results, name)
        row = [name]
        for key, scale, digits in (("mse", 1.0, 2), ("oklab", 1.0, 3)):
            row.append(f"{scale * geometric_mean(_values(mine, key)):.{digits}f}")
        row += [_mean_text(_values(mine, key)) for key in (FLAT, DITHERED)]
        row.append(f"{1000 * geometric_mean(_values(mine, 'seconds')):.1f}")
        row.append(f"{memory[name]['working'] / 1e6:.1f}")
        rows.append(row)
    columns = [
        "quantizer",
        "MSE",
        "OKLab",
        "SSIMULACRA2\nflat",
        "SSIMULACRA2\ndithered",
        "ms",
        "MB",
    ]
    console.print(table(f"K = {label}: every quantizer", columns, rows))


def show_ratios(results: Results, label: str) -> list[dict[str, Any]]:
    """Print and return how kmcodec at each effort compares with every peer."""
    names = list(_names(results))
    ours = [name for name in names if name.startswith(OURS)]
    rows, numbers = [], []
    for mine in ours:
        for peer in names:
            if peer in ours:
                continue
            found = _against(_of(results, mine), _of(results, peer))
            numbers.append({"colors": label, "ours": mine, "peer": peer} | found)
            rows.append([f"{mine.removeprefix(OURS).strip()} / {peer}", *_cells(found)])
    columns = ["effort / peer"]
    for heading in ("MSE", "OKLab", "time", "SSIM.2\nflat", "SSIM.2\ndith."):
        columns += [heading, "lost"]
    console.print(table(f"K = {label}: {OURS} against its peers", columns, rows))
    return numbers


def _names(results: Results) -> Iterable[str]:
    """Return the quantizers in the order of the table."""
    return dict.fromkeys(result["quantizer"] for result in results)


def _of(results: Results, name: str) -> Results:
    """Return the results of one quantizer."""
    return [result for result in results if result["quantizer"] == name]


def _values(results: Results, key: str) -> list[float]:
    """Return one quantity of the results that have it."""
    return [result[key] for result in results if key in result]


def _mean_text(values: Sequence[float]) -> str:
    """Return the arithmetic mean, or nothing without values."""
    return f"{sum(values) / len(values):.2f}" if values else ""


def _against(ours: Results, theirs: Results) -> dict[str, Any]:
    """Return ratios, and differences of the scores."""
    found: dict[str, Any] = {
        key: compare(_values(ours, key), _values(theirs, key)) for key in MEANS
    }
    for key in (FLAT, DITHERED):
        pairs = [(a[key], b[key]) for a, b in zip(ours, theirs, strict=True) if key in b]
        if pairs:
            gains = [a - b for a, b in pairs]
            lost = sum(gain < 0 for gain in gains)
            found[key] = {"gain": sum(gains) / len(gains), "lost": lost, "of": len(gains)}
    return found


def _cells(found: Mapping[str, Any]) -> list[str]:
    """Return the cells of one row of ratios: green is ours, red is theirs."""
    cells = []
    for key in MEANS:
        ratio = found[key]["geometric_mean"]
        text = f"{ratio:.3f}" if ratio < 10 else f"{ratio:.1f}"
        cells += [_colored(text, ratio < 1), f"{found[key]['lost']}/{found[key]['of']}"]
    for key in (FLAT, DITHERED):
        if key not in found:
            cells += ["", ""]
            continue
        gain = found[key]["gain"]
        cells += [_colored(f"{gain:+.2f}", gain > 0), f"{found[key]['lost']}/{found[key]['of']}"]
    return cells


def _colored(text: str, is_better: bool) -> str:  # noqa: FBT001  (the only question there is)
    """Return text in the colour of its verdict."""
    return f"[green]{text}[/]" if is_better else f"[red]{text} <[/]"
