"""``Job``: one input, read and written."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kmcodec import files
from kmcodec.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from pathlib import Path

STANDARD = "-"  # standard input or output


@dataclass(frozen=True)
class Job:
    """One input and where its output goes.

    Attributes
    ----------
    source : Path, optional
        None is standard input.
    target : Path, optional
        None is standard output, or no output at all.
    threads : int
    writes : bool
        Whether there is an output.
    progress : callable
        Takes the share that is done; answers False when the work is no longer wanted.
    overwrite : bool
        Whether the target may be there, as it was checked before: a job on a cluster may run twice.
    max_pixels : int, optional
        Pixels that a picture may have.
    alpha_threshold : int, optional
        The least alpha that becomes opaque where a picture is read; less becomes clear.
    skipped : (str, str), optional
        Why there is nothing to do, in a word or two and in a line.
    all_frames : bool
        Whether an animated picture is read with all its frames.
    series : (Numbered, Fraction), optional
        The numbered files that the source stands for, and how many of them are shown a second.
    """

    source: Path | None
    target: Path | None
    threads: int
    writes: bool = True
    progress: Callable[[float], bool] = lambda _share: True
    overwrite: bool = False
    max_pixels: int | None = None
    alpha_threshold: int | None = None
    skipped: tuple[str, str] | None = None
    all_frames: bool = False
    series: tuple[files.Numbered, Fraction] | None = None

    @property
    def name(self) -> str:
        """The input as the person wrote it."""
        return STANDARD if self.source is None else str(self.source)

    @property
    def output(self) -> str:
        """The output's name; empty where there is none."""
        return (str(self.target) if self.target else STANDARD) if self.writes else ""

    def absolute(self) -> Job:
        """Return the job as it is for a process in another folder, with one thread."""
        source = None if self.source is None else self.source.absolute()
        target = None if self.target is None else self.target.absolute()
        job = replace(self, source=source, target=target, threads=1)
        if self.series is None:
            return job
        names, rate = self.series
        return replace(job, series=(names.absolute(), rate))

    @property
    def replaces(self) -> bool:
        """Whether the output takes the input's place."""
        if self.source is None or self.target is None:
            return False
        return self.target.exists() and self.source.samefile(self.target)

    def _check_source(self) -> None:
        """Raise ``InputError`` where there is nothing to read."""
        if self.source is None and sys.stdin is None:
            raise InputError("standard input is closed")
        if self.source is not None and files.is_folder(self.source):
            raise InputError(f"folder {self.source} holds no files of the kind")

    def read(self) -> bytes:
        """Return the bytes of a .kmq input."""
        self._check_source()
        data = files.read_kmq(self.source or sys.stdin.buffer)
        files.check_kmq(data, self.source)
        return data

    def picture(self, *, keep_profile: bool = False, also_kmq: bool = False) -> files.Picture:
        """Read the input as a picture; a .kmq file is one where the command takes such, too."""
        self._check_source()
        if self.all_frames:
            read = files.read_frames_or_kmq if also_kmq else files.read_frames
        else:
            read = files.read_picture_or_kmq if also_kmq else files.read_picture
        how: dict[str, Any] = {"keep_profile": keep_profile, "max_pixels": self.max_pixels}
        if self.series is not None:
            picture = files.read_numbered(*self.series, **how)
        else:
            picture = read(self.source or sys.stdin.buffer, **how)
        if self.alpha_threshold is None:
            return picture
        return files.with_hard_alpha(picture, self.alpha_threshold)

    def write(self, data: bytes, *, overwrite: bool) -> None:
        """Write the output, whole or not at all."""
        if self.target is not None:
            files.write_bytes(self.target, data, overwrite=overwrite or self.overwrite)
            return
        if sys.stdout is None:
            raise files.OutputError("standard output is closed")
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise files.OutputError(f"cannot write standard output: {error.strerror}") from error
