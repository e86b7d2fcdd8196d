"""``kmcodec segment``: clusters of a picture, masks, cut-outs, label maps."""

from __future__ import annotations

from typing import Any

import click

from kmcodec.cli import _options, _picks, _types
from kmcodec.cli._command import Command
from kmcodec.options import MAX_COLORS, SPACES


class ClustersType(click.ParamType["int | str"]):
    """A number of clusters, or "auto"."""

    name = "clusters"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int | str:
        """Return the number or "auto"."""
        if value == "auto":
            return "auto"
        return click.IntRange(1, MAX_COLORS).convert(value, param, ctx)


@click.command("segment", cls=Command)
@_options.inputs
@click.option(
    "-k",
    "--clusters",
    type=ClustersType(),
    default="3",
    show_default=True,
    metavar="N|auto",
    help="Number of clusters, or as few as explain most of the colours.",
)
@click.option(
    "--features",
    type=click.Choice(["color", "color+position"]),
    default="color",
    show_default=True,
    help="Clusters of like colours wherever they are, or connected regions.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0, 1),
    callback=_options.finite,
    metavar="0..1",
    help="Coarseness of regions, instead of -k: 0 has hundreds, 1 a few.",
)
@click.option(
    "--position-weight",
    type=click.FloatRange(0, 1),
    callback=_options.finite,
    metavar="0..1",
    help="How compact the smallest regions are (default: 0.05).",
)
@click.option(
    "--space",
    type=click.Choice(SPACES),
    default="oklab",
    show_default=True,
    help="Where colours are compared: as perceived, or by their 8-bit values.",
)
@click.option(
    "--lightness",
    type=click.FloatRange(0, 1),
    callback=_options.finite,
    metavar="0..1",
    help="Weight of light and shade beside colour (default: by the picture).",
)
@click.option(
    "--min-region",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Connected regions of fewer pixels join a neighbour.",
)
@_options.seed
@_picks.options
@click.option("--names", metavar="A,B,...", help="Names of the clusters, in their order.")
@_options.file_option(
    "--labels", metavar="OUT.png|.npy|.kmq", help="Label map: each pixel's cluster."
)
@click.option(
    "--mask", type=_types.FILE, metavar="OUT.png", help="White where picked, black elsewhere."
)
@_options.file_option(
    "--cutout", metavar="OUT.png", help="What is picked, on a transparent ground."
)
@click.option("--crop", is_flag=True, help="Crop the cut-out to what is picked.")
@_options.file_option("--overlay", metavar="OUT.png", help="The picture with borders and numbers.")
@click.option(
    "--coco", type=_types.FILE, metavar="OUT.json", help="The clusters as COCO annotations."
)
@_options.file_option("--html", metavar="OUT.html", help="A page on which one picks by clicking.")
@_options.max_pixels
@_options.jobs
@_options.force
@_options.json_lines
def command() -> None:
    """Cluster the pixels of pictures by colour, and cut out the clusters that you pick.

    An INPUT may also be a .kmq file, which is decoded first.

    Clusters are numbered by area, the largest first; --overlay shows which is which. In the name
    of an output, {} stands for the input's name; a folder's name ends with /.
    """
