"""Segmentation: regions beside people's drawings, faces, speed and memory.

``bsds500/`` holds ``images/*.jpg`` and ``groundTruth/*.mat`` of the Berkeley benchmark; ``faces/``
portraits with label maps (skin 0 and nose 4 are the face); ``kodak/`` and ``photos/Bryggen.jpg``
are timed.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import segmenters as s
from measure import (
    Photo,
    compare,
    console,
    interleaved,
    machine,
    package_versions,
    parser_for,
    picture_paths,
    positive,
    print_facts,
    progress_console,
    read_kodak,
    read_pixels,
    required,
    table,
    write_json,
)
from memory import peak_of_call
from picks import best_clusters, best_regions
from PIL import Image
from region_measures import Measures, Summary, measure, summarize
from rich.progress import track

import kmcodec
from kmcodec.segmenter.regions import connected_regions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FACE = (0, 4)  # skin and nose
FACE_CLUSTERS = (3, 4, 5, 6)
LARGE = "photos/Bryggen.jpg"


def read_drawings(path: Path) -> list[NDArray[np.uint16]]:
    """Return people's segmentations of a picture, each (H, W)."""
    content = required("scipy.io").loadmat(path)["groundTruth"]
    return [drawing["Segmentation"][0, 0] for drawing in content[0]]


def regions_beside_drawings(folder: Path, jobs: int) -> dict[str, Summary]:
    """Measure every segmenter with all its settings on every picture."""
    paths = picture_paths(folder / "images")
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = pool.map(partial(_measures_of, folder), paths)
        rows = list(track(found, "drawings", total=len(paths), console=progress_console))
    return {name: summarize([row[name] for row in rows]) for name in s.SEGMENTERS}


def _measures_of(folder: Path, path: Path) -> dict[str, list[Measures]]:
    """Measure every segmenter with all its settings on one picture."""
    pixels = read_pixels(path, "RGB")
    truths = read_drawings(folder / "groundTruth" / f"{path.stem}.mat")
    return {
        name: [measure(labels, truths) for labels in segmenter(pixels)]
        for name, (segmenter, _) in s.SEGMENTERS.items()
    }


def print_regions(found: dict[str, Summary], n_pictures: int) -> None:
    """Print a row for each segmenter."""
    rows = [
        [
            name,
            *(f"{score:.3f}" for score in (*one.covering, one.best_covering)),
            *(f"{score:.3f}" for score in one.rand_index),
            *(f"{score:.2f}" for score in one.variation_of_information),
            str(s.SEGMENTERS[name][1][one.setting]),
        ]
        for name, one in found.items()
    ]
    columns = ["segmenter", "covering ODS", "OIS", "best", "PRI ODS", "OIS", "VOI ODS", "OIS"]
    title = f"Regions beside people's drawings, {n_pictures} pictures (VOI: less is better)"
    console.print(table(title, [*columns, "setting"], rows))


def read_faces(folder: Path) -> list[tuple[Photo, NDArray[np.bool_]]]:
    """Return portraits, and where the face is."""
    faces = []
    for path in picture_paths(folder):
        labels = path.with_name(f"{path.stem}_labels.png")
        if labels.exists():
            with Image.open(labels) as image:
                wanted = np.isin(np.array(image), FACE)
            faces.append((Photo(path.stem, read_pixels(path, "RGB")), wanted))
    return faces


def pick_faces(folder: Path) -> dict[str, dict[int, dict[str, list[float]]]]:
    """Return the overlaps of the best picks by segmenter, clusters and kind of pick."""
    faces = read_faces(folder)
    methods: dict[str, Callable[[NDArray[np.uint8], int], NDArray[np.integer]]] = {
        s.COLORS: lambda pixels, k: kmcodec.segment(pixels, k).labels,
        s.SKLEARN: s.fit_sklearn,
    }
    found: dict[str, dict[int, dict[str, list[float]]]] = {}
    for name, method in methods.items():
        for k in FACE_CLUSTERS:
            picks: dict[str, list[float]] = {"clusters": [], "regions": []}
            for photo, wanted in faces:
                labels = method(photo.pixels, k)
                picks["clusters"].append(best_clusters(labels, wanted))
                regions = connected_regions(labels.astype(np.int32))[0]
                picks["regions"].append(best_regions(regions, wanted))
            found.setdefault(name, {})[k] = picks
    return found


def print_faces(found: dict[str, dict[int, dict[str, list[float]]]]) -> None:
    """Print mean overlaps, and the worst face at the fewest clusters."""
    rows = []
    for name, by_count in found.items():
        for kind in ("clusters", "regions"):
            means = [f"{np.mean(picks[kind]):.3f}" for picks in by_count.values()]
            worst = min(by_count[FACE_CLUSTERS[0]][kind])
            rows.append([name, kind, *means, f"{worst:.3f}"])
    columns = ["segmenter", "best pick of", *(f"K = {k}" for k in FACE_CLUSTERS), "worst, K = 3"]
    console.print(table("Faces: mean intersection over union", columns, rows))


def time_clusters(data: Path, repeat: int) -> dict[str, Any]:
    """Return the ratio of times at K = 3 over the Kodak pictures, threads as they come."""
    best: dict[str, list[float]] = {s.COLORS: [], s.SKLEARN: []}
    for photo in track(read_kodak(data), "speed", console=progress_console):
        calls: dict[str, Callable[[], object]] = {
            s.COLORS: partial(kmcodec.segment, photo.pixels, 3),
            s.SKLEARN: partial(s.fit_sklearn, photo.pixels, 3),
        }
        for name, times in interleaved(calls, repeat).items():
            best[name].append(min(times))
    return {"seconds": best, "ratio": compare(best[s.COLORS], best[s.SKLEARN])}


def _large_segmentation(path: Path, options: dict[str, Any]) -> Callable[[], object]:
    """Read a picture and return its segmentation."""
    pixels = read_pixels(path, "RGB")
    return partial(kmcodec.segment, pixels, **options)


def large_memory(path: Path) -> dict[str, int]:
    """Return the peak memory in bytes of processes that read and segment a large photograph."""
    kinds: dict[str, dict[str, Any]] = {
        "K = 3": {"n_clusters": 3},
        "K = 3, min_region 100": {"n_clusters": 3, "min_region": 100},
        "regions, scale 0.5": {"features": "color+position", "scale": 0.5},
    }
    return {
        name: peak_of_call(partial(_large_segmentation, path, options))[0]
        for name, options in kinds.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the folders named")
    parser.add_argument("--repeat", type=positive, default=3, help="timed runs, the fastest counts")
    parser.add_argument("--jobs", type=positive, default=2, help="pictures with drawings at a time")
    args = parser.parse_args(arguments)
    versions = package_versions("numpy", "scikit-learn", "scikit-image", "scipy")
    print_facts(versions, machine())
    drawings = regions_beside_drawings(args.data / "bsds500", args.jobs)
    print_regions(drawings, len(picture_paths(args.data / "bsds500" / "images")))
    faces = pick_faces(args.data / "faces")
    print_faces(faces)
    speed = time_clusters(args.data, args.repeat)
    ratio = speed["ratio"]
    console.print(
        f"Time of segment at K = 3 / {s.SKLEARN}, fit and predict: {ratio['geometric_mean']:.3f}"
        f" (from {ratio['best']:.3f} to {ratio['worst']:.3f}, {ratio['of']} pictures)"
    )
    memory = large_memory(args.data / LARGE)
    shown = ", ".join(f"{name}: {peak / 1e6:,.0f} MB" for name, peak in memory.items())
    console.print(f"Peak memory of a process that segments {LARGE}: {shown}")
    facts = {"versions": versions, "machine": machine(), "faces": faces, "speed": speed}
    facts |= {"regions": {name: vars(one) for name, one in drawings.items()}, "memory": memory}
    write_json(args.json, facts)


if __name__ == "__main__":
    main()
