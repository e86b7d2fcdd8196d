"""Groups of digits as pictures: members in rows, the tree of centres, the confusion table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kmcodec.digits import Agreement, Grouping

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PAPER, INK, FAINT = (255, 255, 255), (30, 30, 30), (150, 150, 150)
GREEN = (0, 122, 61)  # the ground of centres
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
BLUE = (8, 69, 148)  # of a full cell of the confusion table
CELL = 56  # pixels a side, about, of an image
GAP = 4
MARGIN = 12
LINE = 18  # height of a line of text
TREE = 220  # width
CAPTION = 120  # width


def draw_groups(
    grouping: Grouping,
    members: Sequence[NDArray[np.int64]],
    *,
    captions: Sequence[str] | None = None,
    tree: bool = False,
) -> Image.Image:
    """Return a row per cluster: its number, its centre on a green ground, and some members.

    Parameters
    ----------
    grouping : Grouping
    members : sequence of (m,) int64
        For each cluster, the numbers of the images to show.
    captions : sequence of str, optional
        A second line beside each number; the size of the cluster by default.
    tree : bool
        Whether to draw the tree of centres at the left, with the rows in its order.
    """
    step = CELL // max(grouping.images.shape[1:]) or 1
    height, width = (side * step for side in grouping.images.shape[1:])
    order = _leaves(grouping) if tree else list(range(grouping.n_clusters))
    left = MARGIN + TREE * tree
    columns = 1 + max(len(numbers) for numbers in members)
    pitch = max(height, 2 * LINE) + GAP
    size = (
        left + CAPTION + columns * (width + GAP) + GAP + MARGIN,
        2 * MARGIN + grouping.n_clusters * pitch,
    )
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    if captions is None:
        captions = [f"{size:,} images" for size in grouping.sizes.tolist()]
    for row, cluster in enumerate(order):
        top = MARGIN + row * pitch
        _write(draw, (left, top), _title(grouping, cluster), captions[cluster], pitch - GAP)
        x = left + CAPTION
        sheet.paste(_tile(grouping.centers[cluster], step, GREEN), (x, top))
        x += GAP  # the centre stands a little apart
        for number in members[cluster]:
            x += width + GAP
            sheet.paste(_tile(grouping.images[number], step, BLACK), (x, top))
    if tree:
        ends = {cluster: MARGIN + row * pitch + height // 2 for row, cluster in enumerate(order)}
        _draw_tree(draw, grouping.hierarchy(), ends)
    return sheet


def draw_table(grouping: Grouping, report: Agreement) -> Image.Image:
    """Return the confusion table: a row per cluster, a column per class, darker for more."""
    step = CELL // max(grouping.images.shape[1:]) or 1
    height, width = (side * step for side in grouping.images.shape[1:])
    left, top = MARGIN + CAPTION + width + 2 * GAP, MARGIN + 3 * LINE
    pitch = max(height, 2 * LINE) + GAP
    n_clusters, n_classes = report.table.shape
    size = (left + n_classes * (CELL + GAP) + MARGIN, top + n_clusters * pitch + LINE + MARGIN)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    font = _font(14)
    for column, name in enumerate(report.classes.tolist()):
        x = left + column * (CELL + GAP) + CELL // 2
        draw.text((x, top - LINE // 2), str(name), INK, font, "mm")
    middle = left + n_classes * (CELL + GAP) // 2
    draw.text((middle, top - 2 * LINE), "true label", INK, font, "mm")
    draw.text((MARGIN, top - LINE // 2), "cluster, and its centre", INK, font, "lm")
    shares = report.table / report.table.sum(axis=1, keepdims=True)
    for row in range(n_clusters):
        y = top + row * pitch
        _write(
            draw, (MARGIN, y), _title(grouping, row), f"{grouping.sizes[row]:,} images", pitch - GAP
        )
        sheet.paste(_tile(grouping.centers[row], step, GREEN), (MARGIN + CAPTION, y))
        for column in range(n_classes):
            x, share = left + column * (CELL + GAP), float(shares[row, column])
            box = (x, y, x + CELL - 1, y + pitch - GAP - 1)
            draw.rectangle(box, _between((238, 242, 248), BLUE, share))
            ink = WHITE if share > 0.5 else INK if report.table[row, column] else FAINT
            place = (x + CELL // 2, y + (pitch - GAP) // 2)
            draw.text(place, f"{report.table[row, column]:,}", ink, font, "mm")
    text = f"accuracy {report.accuracy:.3f}   purity {report.purity:.3f}   NMI {report.nmi:.3f}"
    draw.text((left, size[1] - MARGIN), f"{text}   ARI {report.ari:.3f}", INK, font, "ls")
    return sheet


def _title(grouping: Grouping, cluster: int) -> str:
    """Return a cluster's number, and where merges and splits took it from."""
    name = grouping.names[cluster] if grouping.names else str(cluster)
    return str(cluster) if name == str(cluster) else f"{cluster} = {name.partition(' ')[0]}"


def _font(size: int) -> Font:
    """Return Pillow's own font."""
    return ImageFont.load_default(size)


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], number: str, caption: str, height: int
) -> None:
    """Write a cluster's number over its caption, in the middle of a row."""
    x, middle = place[0], place[1] + height // 2
    draw.text((x, middle), number, INK, _font(18), "ls")
    draw.text((x, middle + LINE - 2), caption, FAINT, _font(13), "ls")


def _tile(image: NDArray[np.uint8], step: int, ground: tuple[int, int, int]) -> Image.Image:
    """Return an image in white on a ground, each pixel a square of `step` pixels."""
    share = image.repeat(step, axis=0).repeat(step, axis=1)[..., None] / 255
    shown = np.asarray(ground) * (1 - share) + 255 * share
    return Image.fromarray(np.rint(shown).astype(np.uint8))


def _between(
    start: tuple[int, int, int], end: tuple[int, int, int], share: float
) -> tuple[int, int, int]:
    """Return a colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _leaves(grouping: Grouping) -> list[int]:
    """Return the clusters in the order of the tree's leaves, in which no branches cross."""
    below: dict[int, list[int]] = {n: [n] for n in range(grouping.n_clusters)}
    order = [0]
    for number, (one, other, _, _) in enumerate(grouping.hierarchy(), start=grouping.n_clusters):
        order = below[int(one)] + below[int(other)]
        below[number] = order
    return order


def _draw_tree(draw: ImageDraw.ImageDraw, tree: NDArray[np.float64], ends: dict[int, int]) -> None:
    """Draw a tree from its leaves, whose rows are in `ends`, to its root at the left."""
    right = MARGIN + TREE - GAP * 2
    highest = float(tree[:, 2].max(initial=0.0)) or 1.0
    places = {leaf: (right, y) for leaf, y in ends.items()}
    for number, (one, other, height, _) in enumerate(tree, start=len(ends)):
        x = round(right - (right - MARGIN) * float(height) / highest)
        branches = [places[int(one)], places[int(other)]]
        for start, y in branches:
            draw.line((x, y, start, y), INK, 2)
        (_, upper), (_, lower) = branches
        draw.line((x, upper, x, lower), INK, 2)
        places[number] = (x, (upper + lower) // 2)
