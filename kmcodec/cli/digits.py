"""``kmcodec digits``: groups of digits, their centres and members, figures of them."""

from __future__ import annotations

import re
from typing import Any

import click

from kmcodec.cli import _options, _types
from kmcodec.cli._command import Command

NAME = r"[0-9]{1,9}(?:\.[1-9][0-9]{0,8})*"  # 5.1 is the first part of cluster 5
MERGE_FORM = "of the form A+B+C with different clusters, or A:N for a split"
SPLIT_FORM = "of the form A:N, a cluster and its parts, 2 or more"

Name = tuple[int, ...]


class StepType(click.ParamType["tuple[str, tuple[Name, ...], int]"]):
    """What --merge and --split hold; they share one list, which so keeps their order."""

    name = "step"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, tuple[Name, ...], int]:
        """Return "merge", the clusters, 0; or "split", the cluster, and the number of parts."""
        text = "".join(str(value).split())
        if re.fullmatch(f"{NAME}(\\+{NAME})+", text):
            names = tuple(_name(part) for part in text.split("+"))
            if len(set(names)) == len(names):
                return "merge", names, 0
        found = re.fullmatch(f"({NAME}):([0-9]{{1,9}})", text)
        if found and int(found[2]) >= 2:
            return "split", (_name(found[1]),), int(found[2])
        form = MERGE_FORM if "+" in text else SPLIT_FORM
        return self.fail(f"{value!r} is not {form}", param, ctx)


def _name(text: str) -> Name:
    """Return the numbers of a name such as 5.1."""
    return tuple(map(int, text.split(".")))


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
    help="Number of clusters.",
)
@click.option(
    "--features",
    type=click.Choice(["raw", "gradients", "spectral"]),
    default="raw",
    show_default=True,
    help="What is compared: pixels, strokes' directions, or neighbourhoods by these.",
)
@_options.file_option(
    "--labels", metavar="FILE", help="True labels, to compare the clusters with; IDX, .npy or .npz."
)
@click.option(
    "--merge",
    "steps",
    type=StepType(),
    multiple=True,
    metavar="A+B",
    help="Make clusters one; repeatable. Goes by the name of anything in it.",
)
@click.option(
    "--split",
    "steps",
    type=StepType(),
    multiple=True,
    metavar="A:N",
    help="Make N clusters of one, named A.1, A.2 and so on; repeatable.",
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
    """Cluster images of digits by K-means.

    IMAGES is an IDX file as MNIST has it, plain or gzipped, a .npy array, or an .npz archive like
    Keras's mnist.npz, whose labels are taken, too; - is standard input. Without it, the 8 x 8
    digits that come with scikit-learn are taken. Clusters are numbered by size, the largest first.

    --merge and --split are done one after another, in the order in which you give them. They use
    the numbers that the clusters have without these options: --merge 0+1 --split 1:2 splits what
    was merged into 0.1 and 0.2.

    Floats from 0 to 1 are multiplied by 255, and digits that are dark on a bright ground are
    inverted; a note says so.
    """
