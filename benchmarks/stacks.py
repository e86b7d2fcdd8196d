"""Stacks of planes: animations beside GIF, APNG and animated WebP, volumes beside label codecs.

Animations are the GIFs below `animations`, composited by Pillow; gifsicle is measured where it is
installed. Sprite sheets are the PNGs below `sprites`, each one picture. Volumes are the `.npz` (key
`labels`) and TIFF files below `volumes`. Every peer's pixels or labels are compared after decoding.
Seconds are processor time, ours on one thread; crackle and compresso are measured where they are
installed (`pip install crackle-codec compresso`), and on the volume's axes both ways round, of
which the better one counts.
"""

from __future__ import annotations

import argparse
import importlib
import io
import lzma
import shutil
import subprocess
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import oxipng
from measure import (
    console,
    geometric_mean,
    machine,
    package_versions,
    parser_for,
    print_facts,
    progress_console,
    table,
    write_json,
)
from PIL import Image, ImageSequence
from rich.progress import track

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DATA = Path("../shared/data")
EFFORTS = (1, 5, 9)
MARKOV_ORDERS = (0, 3, 5, 7)
Row = dict[str, Any]


def frames_of(path: Path) -> tuple[NDArray[np.uint8], list[int]]:
    """Return the composited (T, H, W, 4) frames of a file, and their milliseconds."""
    with Image.open(path) as image:
        shown = [
            (np.asarray(f.convert("RGBA")), int(f.info.get("duration", 0)))  # which Pillow reuses
            for f in ImageSequence.Iterator(image)
        ]
    frames = np.stack([pixels for pixels, _ in shown]).copy()
    frames[frames[..., 3] == 0] = 0
    return frames, [duration for _, duration in shown]


def palette_images(frames: NDArray[np.uint8]) -> list[Image.Image]:
    """Return frames as palette images where they have at most 256 colours in all."""
    colors, indices = np.unique(frames.view(np.uint32), return_inverse=True)
    palette = colors.view(np.uint8)
    if len(colors) > 256:
        return [Image.fromarray(frame) for frame in frames]
    images = []
    for plane in indices.reshape(frames.shape[:3]).astype(np.uint8):
        image = Image.fromarray(plane).convert("P")
        image.putpalette(palette.tobytes(), "RGBA")
        images.append(image)
    return images


def check_frames(data: bytes, frames: NDArray[np.uint8], name: str) -> None:
    """Stop unless a file has these frames; Pillow and gifsicle may merge equal ones."""
    with Image.open(io.BytesIO(data)) as image:
        back = [np.asarray(f.convert("RGBA")) for f in ImageSequence.Iterator(image)]
    clear = [np.where(f[..., 3:] == 0, 0, f) for f in back]
    if len(back) == len(frames) and not (np.stack(clear) == frames).all():
        raise SystemExit(f"error: {name} gives other pixels")


def gifsicle_bytes(path: Path, frames: NDArray[np.uint8]) -> int | None:
    """Return the bytes of `gifsicle -O3`, or None where it is not installed."""
    program = shutil.which("gifsicle")
    if program is None:
        return None
    done = subprocess.run([program, "-O3", str(path)], capture_output=True, check=True)  # noqa: S603
    check_frames(done.stdout, frames, "gifsicle")
    return len(done.stdout)


def saved(frames: NDArray[np.uint8], durations: list[int], name: str, **options: Any) -> int:  # noqa: ANN401
    """Return the bytes of frames that Pillow saves, after comparing what they decode to."""
    images = palette_images(frames) if name == "PNG" else [Image.fromarray(f) for f in frames]
    buffer = io.BytesIO()
    images[0].save(
        buffer, name, save_all=True, append_images=images[1:], duration=durations, **options
    )
    data = buffer.getvalue()
    if name == "PNG":
        data = min(data, oxipng.optimize_from_memory(data, level=4), key=len)
    check_frames(data, frames, name)
    return len(data)


def ours(frames: NDArray[np.uint8], durations: list[int]) -> Row:
    """Return the bytes of our files, compared after decoding."""
    colors = frames if (frames[..., 3] < 255).any() else frames[..., :3]
    timing = kmcodec.Timing(tuple(durations))
    animation = kmcodec.quantize_frames(colors, n_colors=65536, timing=timing)
    found = {}
    for effort in EFFORTS:
        data = kmcodec.encode_indexed(animation, effort=effort, threads=1)
        if not (kmcodec.decode(data, threads=1) == colors).all():
            raise SystemExit("error: our file gives other pixels")
        found[f"kmq {effort}"] = len(data)
    return found


def animation_rows(folder: Path) -> Iterator[Row]:
    """Measure every animation."""
    paths = sorted(folder.glob("*.gif"))
    for path in track(paths, "animations", console=progress_console, transient=True):
        frames, durations = frames_of(path)
        peers = {
            "GIF": path.stat().st_size,
            "gifsicle": gifsicle_bytes(path, frames),
            "APNG": saved(frames, durations, "PNG"),
            "WebP": saved(frames, durations, "WEBP", lossless=True, quality=100, method=6),
        }
        yield {
            "name": path.stem,
            "kind": path.stem.split("_")[0],
            **peers,
            **ours(frames, durations),
        }


def sprite_rows(folder: Path) -> Iterator[Row]:
    """Measure every sprite sheet, as a picture."""
    paths = sorted(folder.glob("*.png"))
    for path in track(paths, "sprites", console=progress_console, transient=True):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGBA")).copy()
        pixels[pixels[..., 3] == 0] = 0
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        packed = oxipng.optimize_from_memory(buffer.getvalue(), level=4)
        webp = saved(pixels[None], [0], "WEBP", lossless=True, quality=100, method=6)
        peers = {"PNG": path.stat().st_size, "oxipng": len(packed), "WebP": webp}
        row: Row = {"name": path.stem, "kind": "sprites", **peers}
        image_of_palette = kmcodec.quantize(pixels, n_colors=65536)
        for effort in EFFORTS:
            data = kmcodec.encode_indexed(image_of_palette, effort=effort, threads=1)
            if not (kmcodec.decode(data, threads=1) == pixels).all():
                raise SystemExit("error: our file gives other pixels")
            row[f"kmq {effort}"] = len(data)
        yield row


def read_volume(path: Path) -> NDArray[Any]:
    """Return the labels of a file, (Z, Y, X)."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            return np.asarray(file["labels"])
    with Image.open(path) as image:
        return np.stack([np.asarray(frame) for frame in ImageSequence.Iterator(image)])


def optional(module: str) -> Any:  # noqa: ANN401
    """Return a module, or None where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def crackle_rows(volume: NDArray[Any]) -> Row:
    """Return the bytes of crackle and compresso where they are installed, by name."""
    crackle, compresso = optional("crackle"), optional("compresso")
    found: Row = {}
    for labels in (np.asfortranarray(volume.T), np.asfortranarray(volume)):
        for order in MARKOV_ORDERS if crackle else ():
            data = crackle.compress(labels, markov_model_order=order)
            both = {f"crackle {order}": data, f"crackle {order} + xz": lzma.compress(data)}
            for name, packed in both.items():
                found[name] = min(found.get(name, len(packed)), len(packed))
            started = process_time()
            back = crackle.decompress(data, parallel=1)
            found["crackle seconds"] = process_time() - started
            if not (back == labels).all():
                raise SystemExit("error: crackle gives other labels")
        if compresso:
            packed = lzma.compress(compresso.compress(labels))
            found["compresso + xz"] = min(found.get("compresso + xz", len(packed)), len(packed))
    return found


def volume_rows(folder: Path) -> Iterator[Row]:
    """Measure every volume."""
    paths = [p for p in sorted(folder.iterdir()) if p.suffix in {".npz", ".tif", ".tiff"}]
    for path in track(paths, "volumes", console=progress_console, transient=True):
        volume = read_volume(path)
        row: Row = {"name": path.stem, "kind": "volume", "voxels": volume.size}
        for effort in EFFORTS:
            data = kmcodec.encode_array(volume, effort=effort, threads=1)
            started = process_time()
            back = kmcodec.decode_array(data, threads=1)
            row[f"kmq {effort} seconds"] = process_time() - started
            row[f"kmq {effort}"] = len(data)
            if not (back == volume).all():
                raise SystemExit("error: our file gives other labels")
        yield row | crackle_rows(volume)


def is_peer(name: str) -> bool:
    """Whether a column holds the bytes of a peer."""
    ends = ("seconds", "name", "kind", "voxels")
    return not name.startswith("kmq") and not name.endswith(ends)


def best_peer(row: Row) -> int | None:
    """Return the fewest bytes of a peer."""
    return min((value for name, value in row.items() if is_peer(name)), default=None)


def show_sums(title: str, rows: list[Row], peers: list[str]) -> None:
    """Print sums of bytes by kind, and what they are of the best peer's sum."""
    peers = [name for name in peers if all(row[name] for row in rows)]
    names = [*peers, *(f"kmq {effort}" for effort in EFFORTS)]
    lines = []
    for kind in sorted({row["kind"] for row in rows}):
        sums = [sum(row[name] for row in rows if row["kind"] == kind) for name in names]
        best = min(sums[: len(peers)])
        lines.append([kind, *(f"{size:,} ({size / best:.3f})" for size in sums)])
    console.print(table(f"{title}: bytes (ratio to the best peer)", ["", *names], lines))


def show_volumes(rows: list[Row]) -> None:
    """Print bytes of each volume, ratios to the best peer, and voxels a second."""
    names = [f"kmq {effort}" for effort in EFFORTS]
    ratios: dict[str, list[float]] = {name: [] for name in names}
    lines = []
    for row in rows:
        best = best_peer(row)
        cells = []
        for name in names:
            speed = row["voxels"] / row[f"{name} seconds"] / 1e6
            ratio = "" if best is None else f" ({row[name] / best:.3f})"
            cells.append(f"{row[name]:,}{ratio} {speed:.1f}")
            ratios[name] += [] if best is None else [row[name] / best]
        seconds = row.get("crackle seconds")
        fast = "-" if seconds is None else f"{row['voxels'] / seconds / 1e6:.0f}"
        lines.append([row["name"], "-" if best is None else f"{best:,}", fast, *cells])
    if all(ratios.values()):
        means = [f"{geometric_mean(values):.3f}" for values in ratios.values()]
        lines.append(["geometric mean", "", "", *means])
    title = "Volumes: bytes (ratio to the best peer), Mvx/s"
    console.print(table(title, ["", "best peer", "crackle decodes", *names], lines))


def main() -> None:
    """Measure animations, sprite sheets and volumes, and print tables."""
    parser = parser_for(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="development data")
    arguments = parser.parse_args()
    print_facts(machine(), package_versions("numpy", "pillow", "pyoxipng"))
    animations = list(animation_rows(arguments.data / "animations"))
    sprites = list(sprite_rows(arguments.data / "sprites"))
    volumes = list(volume_rows(arguments.data / "volumes"))
    show_sums("Animations", animations, ["GIF", "gifsicle", "APNG", "WebP"])
    show_sums("Sprite sheets", sprites, ["PNG", "oxipng", "WebP"])
    show_volumes(volumes)
    found = {"animations": animations, "sprites": sprites, "volumes": volumes}
    write_json(arguments.json, found)


if __name__ == "__main__":
    main()
