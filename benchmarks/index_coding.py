"""Index planes as whole files: bytes, speed and memory of our coders, beside image formats.

Every coder gets the same pixels, of at most 256 colours, and may store them as it likes. What is
run is decoded and compared; peers that are not run count with the bytes in planes/anchors.csv.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from index_tables import show_caption, show_losses, show_memory, show_rises, show_sizes, show_speeds
from measure import (
    console,
    machine,
    package_versions,
    parser_for,
    positive,
    print_facts,
    progress_console,
    write_json,
)
from memory import peak_of_call
from plane_coders import (
    BEST,
    EFFORTS,
    OURS,
    PAQ,
    TIMED,
    TITLES,
    PlaneCoder,
    library_versions,
    our_coders,
    ours,
    peer,
    to_rgba,
)
from planes import KINDS, Plane, made_planes, stored_planes, tidy
from rich.progress import track

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ENOUGH = 2.0  # seconds of a processor, after which a call is not repeated
SIDE = 16  # pixels of a first plane, on which modules are imported and threads started
PACKAGES = {"oxipng": "pyoxipng", "zopfli": "pyoxipng", "jxl9": "imagecodecs"}
PACKAGES["jxl10"] = PACKAGES["jxl9"]

T = TypeVar("T")


def processor_seconds() -> float:
    """Return what all threads of this process and its ended children took of processors so far.

    Other programs at work change it less than the time of day.
    """
    times = os.times()
    return process_time() + times.children_user + times.children_system


def in_turn(
    calls: Mapping[str, Callable[[], T]], repeat: int
) -> tuple[dict[str, T], dict[str, float]]:
    """Return what each call gives and its least seconds of a processor; long ones run once."""
    given: dict[str, T] = {}
    least: dict[str, float] = {}
    spent = dict.fromkeys(calls, 0.0)
    for _ in range(repeat):
        for name, call in calls.items():
            if spent[name] > ENOUGH:
                continue
            started = processor_seconds()
            given[name] = call()
            seconds = processor_seconds() - started
            spent[name] += seconds
            least[name] = min(seconds, least.get(name, seconds))
    return given, least


def measure(plane: Plane, coders: Sequence[PlaneCoder], repeat: int) -> dict[str, Any]:
    """Return bytes and least seconds by coder; end the program if a file changed the pixels."""
    ready = {coder.name: partial(coder.encode, coder.prepare(plane)) for coder in coders}
    files, encode = in_turn(ready, repeat)
    waiting = {coder.name: partial(coder.decode, files[coder.name]) for coder in coders}
    decoded, decode = in_turn(waiting, repeat)
    for name, pixels in decoded.items():
        if not np.array_equal(to_rgba(pixels), plane.rgba):
            raise SystemExit(f"error: {name} changed the pixels of {plane.name}")
    image = plane.image
    facts = {"plane": plane.name, "kind": plane.kind, "pixels": image.indices.size}
    facts |= {"width": image.width, "height": image.height, "colors": image.n_colors}
    sizes = {name: len(data) for name, data in files.items()}
    known = {name: n for name, n in plane.anchors.items() if name in TITLES}
    return facts | {"bytes": known | sizes, "live": [*sizes], "encode": encode, "decode": decode}


def warm_up(coders: Sequence[PlaneCoder]) -> None:
    """Run every coder once on next to nothing."""
    indices = np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE)
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1) ^ [[0, 1, 2]]
    measure(Plane("warm-up", tidy(palette.astype(np.uint8), indices)), coders, 1)


def measure_all(
    planes: Sequence[Plane], peers: Mapping[str, PlaneCoder], repeat: int
) -> list[dict[str, Any]]:
    """Measure ours and the peers."""
    coders = [*our_coders(), *peers.values()]
    warm_up(coders)
    return [
        measure(plane, coders, repeat)
        for plane in track(planes, "planes", console=progress_console, transient=True)
    ]


def ready_encoder(image: kmcodec.IndexedImage, effort: int) -> Callable[[], object]:
    """Return one encoding by ours after a small one; in a process of its own."""
    encode = ours(OURS, "auto", effort).encode
    encode(kmcodec.IndexedImage(image.palette, image.indices[:SIDE, :SIDE]))
    return partial(encode, image)


def ready_decoder(data: bytes, small: bytes) -> Callable[[], object]:
    """Return one decoding by ours after a small one; in a process of its own."""
    decode = our_coders()[0].decode
    decode(small)
    return partial(decode, data)


def memory_of_ours(plane: Plane) -> list[dict[str, Any]]:
    """Return peak memory in bytes of encoding and decoding at each effort."""
    image = plane.image
    corner = kmcodec.IndexedImage(image.palette, image.indices[:SIDE, :SIDE])
    found = []
    for effort in track(EFFORTS, "memory", console=progress_console, transient=True):
        files = [ours(OURS, "auto", effort).encode(part) for part in (image, corner)]
        tasks = {
            "encode": partial(ready_encoder, image, effort),
            "decode": partial(ready_decoder, *files),
        }
        for task, prepare in tasks.items():
            total, working = peak_of_call(prepare)
            facts = {"coder": f"{OURS} {effort}", "task": task, "plane": plane.name}
            sizes = {"pixels": image.indices.size, "total": total, "working": working}
            found.append(facts | sizes)
    return found


def listed(text: str, allowed: Sequence[str]) -> list[str]:
    """Parse "A,B" of names that are allowed."""
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(allowed)}")
    return names


def planes_of(args: argparse.Namespace) -> list[Plane]:
    """Return the planes that the options ask for, or end the program."""
    if args.make:
        planes = made_planes(args.data, args.kinds, args.limit)
    elif (args.data / "planes").is_dir():
        planes = stored_planes(args.data / "planes", args.kinds, args.limit)
    else:
        raise SystemExit(f"error: {args.data} has no planes; --make makes some from its pictures")
    if not planes:
        raise SystemExit(f"error: no planes of {', '.join(args.kinds)}")
    return planes


def live_peers(args: argparse.Namespace, planes: Sequence[Plane]) -> dict[str, PlaneCoder]:
    """Return the peers to run: those asked for, or that must be known; with ``--speed``, three."""
    names = args.peers
    if names is None:
        names = [name for name in BEST if any(name not in plane.anchors for plane in planes)]
    names = [*names, *(TIMED if args.speed else ()), *([PAQ] if args.paq8px is not None else [])]
    return {name: peer(name, args.paq8px or PAQ) for name in TITLES if name in names}


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds planes/")
    parser.add_argument("--make", action="store_true", help="make planes from its pictures instead")
    kinds, peers = (partial(listed, allowed=names) for names in (KINDS, tuple(TITLES)))
    parser.add_argument("--kinds", type=kinds, default=",".join(KINDS), help="of planes")
    parser.add_argument("--limit", type=positive, metavar="N", help="the first N of each kind only")
    help_text = f"run these of {', '.join(TITLES)}; without it, what is needed and has no anchors"
    parser.add_argument("--peers", type=peers, metavar="A,B", help=help_text)
    parser.add_argument("--paq8px", metavar="PATH", help="this program, and run it (it is slow)")
    help_text = f"run {', '.join(TITLES[name] for name in TIMED)} as well, whose bytes may be known"
    parser.add_argument("--speed", action="store_true", help=help_text)
    help_text = f"runs, the fastest counts; none begins after {ENOUGH:.0f} s"
    parser.add_argument("--repeat", type=positive, default=3, help=help_text)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = parse()
    planes = planes_of(args)
    peers = live_peers(args, planes)
    packages = sorted({PACKAGES[name] for name in peers if name in PACKAGES})
    versions = package_versions("numpy", "pillow", *packages) | library_versions([*peers])
    print_facts(versions, machine())
    options = {"planes": "made" if args.make else "stored", "best of": str(args.repeat)}
    options["peers run"] = ", ".join(TITLES[name] for name in peers) or "none"
    print_facts(options)

    results = measure_all(planes, peers, args.repeat)
    largest = max(planes, key=lambda plane: plane.image.indices.size)
    memory = memory_of_ours(largest)
    console.print("All files written here decode to equal pixels.")
    summary = {"sizes": show_sizes(results), "speeds": show_speeds(results)}
    show_memory(memory)
    losses, rises = show_losses(results), show_rises(results)
    show_caption()
    facts = {"versions": versions, "machine": machine(), "options": options}
    figures = {"results": results, "memory": memory, "losses": losses, "rises": rises}
    write_json(args.json, facts | {"summary": summary} | figures)


if __name__ == "__main__":
    main()
