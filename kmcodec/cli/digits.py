"""``kmcodec digits``: groups of digits, their centres and members, figures of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from kmcodec.cli import _digits_report, _options, _picks

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from kmcodec.cli._jobs import Job
    from kmcodec.digits import Agreement, Grouping

PNG = (".png",)
BUNDLED = "digits of scikit-learn"
OPTIONS = {
    "output": "output",
    "map": "map",
    "table": "confusion",
    "save": "save",
    "html": "html",
}
ENDINGS = {"save": (".kmq",), "html": (".html", ".htm")}
OF_GROUPS = {"openml": "--openml", "n_clusters": "-k", "features": "--features", "seed": "--seed"}


class PartsType(click.ParamType[tuple[int, int]]):
    """A cluster and how many it is to become, as A:N."""

    name = "parts"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        """Return both numbers."""
        numbers = _options.whole_numbers(value, ":")
        if numbers is None or len(numbers) != 2:
            self.fail(f"{value!r} is not of the form A:N, a cluster and its parts", param, ctx)
        return numbers[0], numbers[1]


@click.command("digits", short_help="Group images of digits; draw the groups and their centres.")
@click.argument("images", required=False, metavar="[IMAGES]")
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
@click.option(
    "--labels", metavar="FILE", help="True labels, to compare the groups with; IDX or .npy."
)
@click.option(
    "--merge",
    "merged",
    type=_picks.NumbersType("+", 2),
    multiple=True,
    metavar="A+B",
    help="Make clusters one; repeatable.",
)
@click.option(
    "--split",
    "parted",
    type=PartsType(),
    multiple=True,
    metavar="A:N",
    help="Make N clusters of one; repeatable, with the numbers before any merging.",
)
@click.option("--tree", is_flag=True, help="Show which clusters are nearest, in table and figure.")
@_options.seed
@click.option("-o", "--output", metavar="OUT.png", help="Figure: centres and members in rows.")
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
@click.option("--map", metavar="OUT.png", help="Map: alike digits near, in clusters' colours.")
@click.option("--confusion", "table", metavar="OUT.png", help="Clusters against true labels.")
@click.option("--save", metavar="OUT.kmq", help="Centres, and the cluster of every digit.")
@click.option("--html", metavar="OUT.html", help="A page on which one merges, splits and looks.")
@_options.force
@_options.json_lines
def command(
    images: str | None,
    *,
    openml: str | None,
    force: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Group images of digits by K-means.

    IMAGES is an IDX file as MNIST has it, plain or gzipped, or a .npy array; - is standard input.
    Without it, the 8 x 8 digits that come with scikit-learn are taken. Clusters are numbered by
    size, the largest first.
    """
    from kmcodec.cli import _batch, _jobs, _places  # noqa: PLC0415

    if images is not None and openml is not None:
        raise click.UsageError("--openml stands in place of IMAGES")
    source = None if images in (None, _jobs.STANDARD) else Path(images or "")
    if images == "":
        raise click.UsageError("an input's name is empty")
    job = _jobs.Job(source, None, 1, writes=False)
    wanted = {kind: options.pop(kind) for kind in OPTIONS}
    targets = {
        kind: _places.place(text, job, OPTIONS[kind], ENDINGS.get(kind, PNG), many=False)
        for kind, text in wanted.items()
        if text is not None
    }
    _places.check_places(list(targets.values()), [job])

    def work(_job: Job) -> _batch.Report:
        return made.report(targets, force=force)

    made = _Work(job, images, openml, options)
    sys.exit(_batch.run([job], work, line=_digits_report.text, n_jobs=1, as_json=as_json))


class _Work:
    """One run of the command."""

    def __init__(
        self, job: Job, images: str | None, openml: str | None, options: dict[str, Any]
    ) -> None:
        self.job = job
        self.options = options
        self.words = _words_of_options()
        self.name = images or openml or BUNDLED
        self.read = _reader(job, images, openml)

    def report(self, targets: dict[str, Path], *, force: bool) -> dict[str, Any]:
        """Group the images, write what is wanted, and return the report."""
        from kmcodec import files  # noqa: PLC0415
        from kmcodec.errors import InputError  # noqa: PLC0415

        for path in targets.values():
            files.check_target(path, overwrite=force)
        pixels, truth = self.read()
        if self.options["labels"] is not None:
            from kmcodec.files.digits import read_labels  # noqa: PLC0415

            truth = read_labels(Path(self.options["labels"]), len(pixels))
        if truth is None and "table" in targets:
            raise InputError("--confusion needs --labels")
        started = time.perf_counter()
        self.first = self._group(pixels)
        found = self._rearranged(self.first)
        seconds = time.perf_counter() - started
        agreement = None if truth is None else found.report(truth)
        contents = {path: self._content(kind, found, agreement) for kind, path in targets.items()}
        for path, content in contents.items():
            files.write_bytes(path, content, overwrite=force)
        report = {"input": self.name} | _digits_report.facts(found, agreement)
        if self.options["tree"]:
            report["tree"] = [[int(a), int(b), round(h, 4)] for a, b, h, _ in found.hierarchy()]
        outputs = {OPTIONS[kind]: str(path) for kind, path in targets.items()}
        return report | {"outputs": outputs, "seconds": round(seconds, 4)}

    def _group(self, pixels: NDArray[np.uint8]) -> Grouping:
        """Cluster."""
        import kmcodec  # noqa: PLC0415

        options = self.options
        return kmcodec.cluster_digits(
            pixels, options["n_clusters"], features=options["features"], seed=options["seed"]
        )

    def _rearranged(self, found: Grouping) -> Grouping:
        """Merge and split."""
        from kmcodec.errors import InputError  # noqa: PLC0415

        options = self.options
        if not options["merged"] and not options["parted"]:
            return found
        parts = dict(options["parted"])
        if len(parts) < len(options["parted"]):
            raise InputError("--split names a cluster twice")
        return found.rearrange(merge=options["merged"], split=parts, seed=options["seed"])

    def _content(self, kind: str, found: Grouping, agreement: Agreement | None) -> bytes:
        """Return one of the outputs."""
        from kmcodec.files.label_maps import pillow_bytes  # noqa: PLC0415

        if kind == "save":
            from kmcodec.codec import encode_blocks  # noqa: PLC0415

            return encode_blocks(found.to_blocks())
        if kind == "html":
            from kmcodec.pages.digits import digits_page  # noqa: PLC0415

            words = [str(self.job.source)] if self.job.source else []
            page = digits_page(
                self.first,
                title=Path(self.name).name,
                arguments=[*words, *self.words],
                merged=self.options["merged"],
                split=dict(self.options["parted"]),
                seed=self.options["seed"],
            )
            return page.encode()
        return pillow_bytes(self._draw(kind, found, agreement))

    def _draw(self, kind: str, found: Grouping, agreement: Agreement | None) -> Image:
        """Return one of the pictures."""
        options = self.options
        if kind == "map":
            from kmcodec.drawing.digit_map import draw_map  # noqa: PLC0415

            return draw_map(found, seed=options["seed"])
        from kmcodec.drawing.digits import draw_groups, draw_table  # noqa: PLC0415

        if kind == "table" and agreement is not None:
            return draw_table(found, agreement)
        count = min(options["n_members"], len(found.images))
        members = [
            found.nearest(cluster, count)
            if options["members"] == "nearest"
            else found.sample(cluster, count, options["seed"])
            for cluster in range(found.n_clusters)
        ]
        captions = None if agreement is None else _captions(agreement)
        return draw_groups(found, members, captions=captions, tree=options["tree"])


def _captions(agreement: Agreement) -> list[str]:
    """Return each cluster's commonest digit, its share, and the cluster's size."""
    sizes = agreement.table.sum(axis=1).tolist()
    columns = zip(agreement.majorities, agreement.purities, sizes, strict=True)
    return [f"{size:,}: {digit} at {100 * purity:.0f} %" for digit, purity, size in columns]


def _words_of_options() -> list[str]:
    """Return the options given on the command line that groups come from."""
    context = click.get_current_context()
    words = []
    for name, flag in OF_GROUPS.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += [flag, str(context.params[name])]
    return words


def _reader(job: Job, images: str | None, openml: str | None) -> Callable[[], Any]:
    """Return what reads images, and their labels where these come with them."""

    def read() -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        from kmcodec.files import samples  # noqa: PLC0415
        from kmcodec.files.digits import read_images  # noqa: PLC0415

        if images is not None:
            return read_images(job.source or sys.stdin.buffer), None
        return samples.bundled_digits() if openml is None else samples.fetch_digits(openml)

    return read
