"""The whole path on photographs that come with scikit-learn."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import track
from rich.table import Table

from kmcodec import codec, files
from kmcodec.cli import _batch
from kmcodec.cli._report import loss_text
from kmcodec.cli._say import say
from kmcodec.files.label_maps import pillow_bytes
from kmcodec.loss import psnr
from kmcodec.quantizer import quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTOS = ("china.jpg", "flower.jpg")  # CC BY 2.0, see sklearn/datasets/images/README.txt
COUNTS = (5, 10, 15, 20, 64, 256)
SHEET_COLUMNS = 3
MARGIN = 12
CAPTION = 58
BACKGROUND = (250, 250, 250)
INK = (30, 30, 30)


@dataclass(frozen=True)
class Row:
    """One picture at one number of colours."""

    picture: str
    n_colors: int
    png_bytes: int
    kmq_bytes: int
    psnr: float | None
    encode_seconds: float
    decode_seconds: float


def run(output: str, *, force: bool, as_json: bool) -> None:
    """Do all steps, and print a table."""
    folder = Path(output)
    try:
        rows = _run(folder, force=force, quiet=as_json)
    except files.OutputError as error:
        say(f"kmcodec: {error}", err=True)
        sys.exit(_batch.EXIT_OUTPUT)
    if as_json:
        for row in rows:
            say(json.dumps(asdict(row)))
        return
    _print_table(rows)
    sheets = " and ".join(str(folder / _sheet_name(photo)) for photo in PHOTOS)
    say(f"The contact sheets are {sheets}.")


def _photo_folder() -> Path:
    """Return the folder of scikit-learn's sample photographs, without importing scikit-learn."""
    spec = importlib.util.find_spec("sklearn")
    origin = spec.origin if spec else None
    return Path(origin or "").parent / "datasets" / "images"


def _run(folder: Path, *, force: bool, quiet: bool) -> list[Row]:
    """Encode, write, decode, compare and draw; return the table's rows."""
    for photo in PHOTOS:
        files.check_target(folder / _sheet_name(photo), overwrite=force)
    files.check_folders([folder / _sheet_name(photo) for photo in PHOTOS])
    steps = [(photo, k) for photo in PHOTOS for k in COUNTS]
    console = Console(stderr=True)
    rows: list[Row] = []
    tiles: dict[str, list[tuple[Image.Image, Row]]] = {photo: [] for photo in PHOTOS}
    pictures = {photo: files.read_picture(_photo_folder() / photo).pixels for photo in PHOTOS}
    for photo, k in track(
        steps,
        "Compressing",
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ):
        row, tile = _one(Path(photo).stem, pictures[photo], k, folder, force=force)
        rows.append(row)
        tiles[photo].append((tile, row))
    for photo in PHOTOS:
        sheet = _draw_sheet(tiles[photo], Path(photo).stem, _png_size(pictures[photo]))
        files.write_bytes(folder / _sheet_name(photo), pillow_bytes(sheet), overwrite=force)
    return rows


def _sheet_name(photo: str) -> str:
    """Return the file name of a photograph's contact sheet."""
    return f"{Path(photo).stem}-contact-sheet.png"


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
    if not np.array_equal(decoded, image.palette[image.indices]):
        raise AssertionError(f"{name} at {n_colors} colours came back different")
    stem = f"{name}-{n_colors:03}"
    files.write_bytes(folder / f"{stem}.kmq", data, overwrite=force)
    png = files.pillow_png(image)
    files.write_bytes(folder / f"{stem}.png", png, overwrite=force)
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


def _draw_sheet(tiles: list[tuple[Image.Image, Row]], name: str, original: int) -> Image.Image:
    """Return the contact sheet: every version of a picture with its sizes beneath."""
    width, height = tiles[0][0].size
    lines = -(-len(tiles) // SHEET_COLUMNS)
    size = (
        SHEET_COLUMNS * (width + MARGIN) + MARGIN,
        lines * (height + CAPTION + MARGIN) + MARGIN + CAPTION // 2,
    )
    sheet = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    title, text = ImageFont.load_default(22), ImageFont.load_default(20)
    heading = f"{name}: {width} x {height} pixels, {original:,} bytes as a full-colour PNG"
    draw.text((MARGIN, MARGIN // 2), heading, INK, title)
    for number, (tile, row) in enumerate(tiles):
        x = MARGIN + number % SHEET_COLUMNS * (width + MARGIN)
        y = MARGIN + CAPTION // 2 + number // SHEET_COLUMNS * (height + CAPTION + MARGIN)
        sheet.paste(tile, (x, y))
        caption = f"K = {row.n_colors}   {loss_text(row.psnr)}"
        draw.text((x, y + height + 4), caption, INK, title)
        sizes = f"Pillow's PNG {row.png_bytes:,}   .kmq {row.kmq_bytes:,}"
        draw.text((x, y + height + 30), sizes, INK, text)
    return sheet


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
