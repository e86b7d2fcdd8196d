"""``kmcodec digits``: groups of digits, their centres and members, figures of them."""

from __future__ import annotations

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command

PARTS = _types.Numbers(
    ":", "of the form A:N, a cluster and its parts, 2 or more", least=2, most=2, lowest=(0, 2)
)


@click.command("digits", cls=Command)
@click.argument("images", required=False, metavar="[IMAGES]", type=_types.FILE)
@click.option(
    "--openml", metavar="NAME", help="Fetch a data set of OpenML instead, such as mnist_784."
)
@click.option(
    "-k",
    "--clusters",
    "n_clusters",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="Groups.",
)
@click.option(
    "--features",
    type=click.Choice(["raw", "gradients", "spectral"]),
    default="raw",
    show_default=True,
    help="What is compared: pixels, strokes' directions, or neighbourhoods by these.",
)
@_options.file_option(
    "--labels", metavar="FILE", help="True labels, to compare the groups with; IDX, .npy or .npz."
)
@click.option(
    "--merge",
    "merged",
    type=_types.MERGED,
    multiple=True,
    metavar="A+B",
    help="Make clusters one; repeatable.",
)
@click.option(
    "--split",
    "parted",
    type=PARTS,
    multiple=True,
    metavar="A:N",
    help="Make N clusters of one; repeatable, with the numbers before any merging.",
)
@click.option("--tree", is_flag=True, help="Show which clusters are nearest, in table and figure.")
@_options.seed
@_options.file_option(
    "-o", "--output", metavar="OUT.png", help="Figure: centres and members in rows."
)
@click.option(
    "--members",
    type=click.Choice(["nearest", "random"]),
    default="nearest",
    show_default=True,
    help="Which members the figure shows.",
)
@click.option(
    "-n",
    "n_members",
    type=click.IntRange(0, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="Members in a row of the figure.",
)
@_options.file_option(
    "--map", metavar="OUT.png", help="Map: alike digits near, in clusters' colours."
)
@_options.file_option(
    "--confusion", "table", metavar="OUT.png", help="Clusters against true labels."
)
@_options.file_option("--save", metavar="OUT.kmq", help="Centres, and the cluster of every digit.")
@_options.file_option(
    "--html", metavar="OUT.html", help="A page on which one merges, splits and looks."
)
@_options.force
@_options.json_lines
def command() -> None:
    """Group images of digits by K-means.

    IMAGES is an IDX file as MNIST has it, plain or gzipped, a .npy array, or an .npz archive like
    Keras's mnist.npz, whose labels are taken, too; - is standard input. Without it, the 8 x 8
    digits that come with scikit-learn are taken. Clusters are numbered by size, the largest first.

    Floats from 0 to 1 are multiplied by 255, and digits that are dark on a bright ground are
    inverted; a note says so.
    """
