"""The whole path on pictures: encoded, written, decoded, compared and drawn."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from kmcodec import codec, files
from kmcodec.cli import _batch
from kmcodec.cli._contact_sheet import Row, sheet
from kmcodec.cli._report import loss_text, shown
from kmcodec.cli._say import say
from kmcodec.errors import KmqError
from kmcodec.files.label_maps import pillow_bytes
from kmcodec.loss import psnr
from kmcodec.quantizer import quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTOS = ("china.jpg", "flower.jpg")  # CC BY 2.0, see sklearn/datasets/images/README.txt
ENDINGS = (".kmq", ".png")
MOST_COLORS = 256


def run(
    inputs: tuple[str, ...], counts: tuple[int, ...], output: str, *, force: bool, as_json: bool
) -> None:
    """Do all steps, and print a table."""
    folder = Path(output)
    paths = [Path(text) for text in inputs] or [_photo_folder() / photo for photo in PHOTOS]
    _check_words(paths, counts)
    try:
        rows = _run(paths, counts, folder, force=force, quiet=as_json)
    except (files.OutputError, KmqError) as error:
        say(f"kmcodec: {shown(str(error))}", err=True)
        sys.exit(_batch.exit_code(error))
    if as_json:
        for row in rows:
            say(json.dumps(asdict(row)))
        return
    _print_table(rows)
    sheets = " and ".join(str(_sheet_path(folder, path)) for path in paths)
    say(f"The contact sheet{'s are' if len(paths) > 1 else ' is'} {sheets}.")


def _check_words(paths: list[Path], counts: tuple[int, ...]) -> None:
    """Raise ``click.UsageError`` for too many colours, or two pictures of one name."""
    if max(counts) > MOST_COLORS:
        raise click.UsageError(f"-k: a palette PNG holds {MOST_COLORS} colours, not {max(counts)}")
    twice = [stem for stem, n in Counter(path.stem for path in paths).items() if n > 1]
    if twice:
        raise click.UsageError(f"two pictures are called {twice[0]}; their files would clash")


def _photo_folder() -> Path:
    """Return the folder of scikit-learn's sample photographs, without importing scikit-learn."""
    spec = importlib.util.find_spec("sklearn")
    origin = spec.origin if spec else None
    return Path(origin or "").parent / "datasets" / "images"


def _run(
    paths: list[Path], counts: tuple[int, ...], folder: Path, *, force: bool, quiet: bool
) -> list[Row]:
    """Encode, write, decode, compare and draw; return the table's rows."""
    targets = [_sheet_path(folder, path) for path in paths]
    targets += [_target(folder, p.stem, k, end) for p in paths for k in counts for end in ENDINGS]
    for target in targets:
        files.check_target(target, overwrite=force)
    files.check_folders(targets)
    console = Console(stderr=True)
    rows: list[Row] = []
    tiles: dict[Path, list[tuple[Image.Image, Row]]] = {path: [] for path in paths}
    pictures = {path: _pixels(path) for path in paths}
    for path, k in track(
        [(path, k) for path in paths for k in counts],
        "Compressing",
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ):
        row, tile = _one(path.stem, pictures[path], k, folder, force=force)
        rows.append(row)
        tiles[path].append((tile, row))
    for path in paths:
        drawn = sheet(tiles[path], path.stem, _png_size(pictures[path]))
        files.write_bytes(_sheet_path(folder, path), pillow_bytes(drawn), overwrite=force)
    return rows


def _pixels(path: Path) -> NDArray[np.uint8]:
    """Return a picture's pixels, and tell what a person should know of how they were read."""
    picture = files.read_picture(path)
    for note in _batch.noted(*picture.notes, picture.conversion).get("notes", []):
        say(f"kmcodec: {shown(str(path))}: {note}", err=True)
    return picture.pixels


def _target(folder: Path, stem: str, n_colors: int, ending: str) -> Path:
    """Return the path of a picture's file at a number of colours."""
    return folder / f"{stem}-{n_colors:03}{ending}"


def _sheet_path(folder: Path, path: Path) -> Path:
    """Return the path of a picture's contact sheet."""
    return folder / f"{path.stem}-contact-sheet.png"


def _png_size(pixels: NDArray[np.uint8]) -> int:
    """Return the bytes of the unquantized picture as an optimized PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.tell()


def _one(
    name: str, pixels: NDArray[np.uint8], n_colors: int, folder: Path, *, force: bool
) -> tuple[Row, Image.Image]:
    """Take one picture there and back."""
    started = time.perf_counter()
    image = quantize(pixels, n_colors=n_colors)
    data = codec.encode_indexed(image)
    encoded = time.perf_counter()
    decoded = codec.decode(data)
    finished = time.perf_counter()
    if not np.array_equal(decoded, image.to_pixels()):
        raise AssertionError(f"{name} at {n_colors} colours came back different")
    png = files.pillow_png(image)
    for ending, content in zip(ENDINGS, (data, png), strict=True):
        files.write_bytes(_target(folder, name, n_colors, ending), content, overwrite=force)
    row = Row(
        name,
        n_colors,
        len(png),
        len(data),
        psnr(image.facts.mse if image.facts else 0.0, image.channels),
        round(encoded - started, 4),
        round(finished - encoded, 4),
    )
    return row, files.to_pillow(image, as_palette=False)


def _print_table(rows: list[Row]) -> None:
    """Print the rows as a table."""
    table = Table("picture", title="Bytes at K colours, as a PNG by Pillow and as a .kmq")
    for heading in ("K", "PNG", ".kmq", "ratio", "PSNR", "encode", "decode"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        numbers: list[Any] = [
            row.n_colors,
            f"{row.png_bytes:,}",
            f"{row.kmq_bytes:,}",
            f"{row.kmq_bytes / row.png_bytes:.3f}",
            loss_text(row.psnr),
            f"{row.encode_seconds:.2f} s",
            f"{row.decode_seconds:.3f} s",
        ]
        table.add_row(row.picture, *map(str, numbers))
    Console().print(table)
