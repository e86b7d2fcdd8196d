"""Groups of digits, their centres and members, figures of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kmcodec import files
from kmcodec.cli import _batch, _digits_report, _options, _places
from kmcodec.cli._job import STANDARD, Job
from kmcodec.codec import encode_blocks
from kmcodec.digits import Merge, Split, cluster_digits
from kmcodec.drawing.digit_map import draw_map
from kmcodec.drawing.digits import draw_groups, draw_table
from kmcodec.errors import InputError
from kmcodec.files import samples
from kmcodec.files.digits import Digits, read_digits, read_labels
from kmcodec.files.label_maps import pillow_bytes
from kmcodec.pages.digits import digits_page

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

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


def run(
    images: str | None,
    *,
    openml: str | None,
    force: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Read, group, write what is wanted, and report."""
    if images is not None and openml is not None:
        raise click.UsageError("--openml stands in place of IMAGES")
    source = None if images in (None, STANDARD) else Path(images or "")
    if images == "":
        raise click.UsageError("an input's name is empty")
    job = Job(source, None, 1, writes=False)
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
        self.steps = [
            Merge(names) if kind == "merge" else Split(names[0], n_parts)
            for kind, names, n_parts in options["steps"]
        ]
        self.words = _options.given_words(OF_GROUPS)
        self.name = images or openml or BUNDLED
        self.read = _reader(job, images, openml)

    def report(self, targets: dict[str, Path], *, force: bool) -> dict[str, Any]:
        """Group the images, write what is wanted, and return the report."""
        for path in targets.values():
            files.check_target(path, overwrite=force)
        digits = self.read()
        pixels, truth, notes = digits.images, digits.labels, list(digits.notes)
        if self.options["labels"] is not None:
            truth = read_labels(Path(self.options["labels"]), len(pixels))
        if truth is None and "table" in targets:
            raise click.UsageError("--confusion needs --labels")
        started = time.perf_counter()
        self.first = self._group(pixels)
        found = self._rearranged(self.first)
        seconds = time.perf_counter() - started
        agreement = None if truth is None else found.report(truth)
        contents = {
            path: self._content(kind, found, agreement, truth) for kind, path in targets.items()
        }
        for path, content in contents.items():
            files.write_bytes(path, content, overwrite=force)
        report = {"input": self.name} | _digits_report.facts(found, agreement)
        if found.inverted:
            notes.append("the ground is bright: images were inverted, and are shown bright on dark")
        if self.options["tree"]:
            report["tree"] = [[int(a), int(b), round(h, 4)] for a, b, h, _ in found.hierarchy()]
        outputs = {OPTIONS[kind]: str(path) for kind, path in targets.items()}
        report |= {"outputs": outputs, "seconds": round(seconds, 4)}
        return report | ({"notes": notes} if notes else {})

    def _group(self, pixels: NDArray[np.uint8]) -> Grouping:
        """Cluster."""
        options = self.options
        return cluster_digits(
            pixels, options["n_clusters"], features=options["features"], seed=options["seed"]
        )

    def _rearranged(self, found: Grouping) -> Grouping:
        """Merge and split."""
        if not self.steps:
            return found
        try:
            return found.follow(self.steps, seed=self.options["seed"])
        except InputError as error:
            raise click.UsageError(f"--merge, --split: {error}") from error

    def _content(
        self,
        kind: str,
        found: Grouping,
        agreement: Agreement | None,
        truth: NDArray[np.integer[Any]] | None,
    ) -> bytes:
        """Return one of the outputs."""
        if kind == "save":
            return encode_blocks(found.to_blocks())
        if kind == "html":
            words = [str(self.job.source)] if self.job.source else []
            labels = self.options["labels"]
            words += [] if labels is None else ["--labels", labels]
            page = digits_page(
                self.first,
                title=Path(self.name).name,
                arguments=[*words, *self.words],
                steps=self.steps,
                truth=truth,
                seed=self.options["seed"],
            )
            return page.encode()
        return pillow_bytes(self._draw(kind, found, agreement))

    def _draw(self, kind: str, found: Grouping, agreement: Agreement | None) -> Image:
        """Return one of the pictures."""
        options = self.options
        if kind == "map":
            return draw_map(found, seed=options["seed"])
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


def _reader(job: Job, images: str | None, openml: str | None) -> Callable[[], Digits]:
    """Return what reads images, and their labels where these come with them."""

    def read() -> Digits:
        if images is not None:
            return read_digits(job.source or sys.stdin.buffer)
        found = samples.bundled_digits() if openml is None else samples.fetch_digits(openml)
        return Digits(*found)

    return read
