"""A contact sheet: a picture at several numbers of colours, with bytes and loss beneath."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from kmcodec.cli._report import loss_text

MARGIN = 12
CAPTION = 58
LEAST_WIDTH = 360  # of a tile, for its caption
SMALLEST, LARGEST = 320, 1280  # pixels of a tile's longer side
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


def sheet(tiles: list[tuple[Image.Image, Row]], name: str, original: int) -> Image.Image:
    """Return the contact sheet of a picture.

    Small pictures are shown in whole multiples of their size, and large ones reduced.

    Parameters
    ----------
    tiles : list of (Image, Row)
        The versions of the picture, all of one size.
    name : str
    original : int
        Bytes of the picture as a full-colour PNG.
    """
    width, height = tiles[0][0].size
    scaled = [_scaled(tile) for tile, _ in tiles]
    wide, high = max(scaled[0].width, LEAST_WIDTH), scaled[0].height
    columns = 2 if len(tiles) == 4 else min(3, len(tiles))
    lines = -(-len(tiles) // columns)
    size = (
        columns * (wide + MARGIN) + MARGIN,
        lines * (high + CAPTION + MARGIN) + MARGIN + CAPTION // 2,
    )
    title = ImageFont.load_default(22)
    heading = f"{name}: {width} x {height} pixels, {original:,} bytes as a full-colour PNG"
    heading_width = int(title.getlength(heading)) + 2 * MARGIN
    drawn = Image.new("RGB", (max(size[0], heading_width), size[1]), BACKGROUND)
    draw = ImageDraw.Draw(drawn)
    draw.text((MARGIN, MARGIN // 2), heading, INK, title)
    for number, (tile, (_, row)) in enumerate(zip(scaled, tiles, strict=True)):
        x = MARGIN + number % columns * (wide + MARGIN)
        y = MARGIN + CAPTION // 2 + number // columns * (high + CAPTION + MARGIN)
        drawn.paste(tile, (x, y), tile)
        _caption(draw, (x, y + high), row)
    return drawn


def _scaled(tile: Image.Image) -> Image.Image:
    """Return a version in RGBA, in a size in which one sees it."""
    tile = tile.convert("RGBA")
    longer = max(tile.size)
    if longer > LARGEST:
        return tile.reduce(-(-longer // LARGEST))
    factor = max(1, SMALLEST // longer)
    return tile.resize((tile.width * factor, tile.height * factor), Image.Resampling.NEAREST)


def _caption(draw: ImageDraw.ImageDraw, place: tuple[int, int], row: Row) -> None:
    """Write colours, loss and bytes of a version beneath it."""
    x, y = place
    text = f"K = {row.n_colors}   {loss_text(row.psnr)}"
    draw.text((x, y + 4), text, INK, ImageFont.load_default(22))
    sizes = f"Pillow's PNG {row.png_bytes:,}   .kmq {row.kmq_bytes:,}"
    draw.text((x, y + 30), sizes, INK, ImageFont.load_default(20))
