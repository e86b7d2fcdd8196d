"""What options and arguments may hold: whole numbers, and names of files for completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DIGITS = 9


class Numbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers of at most nine digits with a separator between them.

    Parameters
    ----------
    separator : str
    fits : callable
        Whether the numbers are as many and as large as they may be.
    form : str
        What they should be, for the message.
    """

    name = "numbers"

    def __init__(self, separator: str, fits: Callable[[list[int]], bool], form: str) -> None:
        self._separator = separator
        self._fits = fits
        self._form = form

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, ...]:
        """Return the numbers."""
        parts = [part.strip() for part in str(value).split(self._separator)]
        whole = all(p.isascii() and p.isdecimal() and len(p) <= MOST_DIGITS for p in parts)
        numbers = [int(part) for part in parts] if whole else []
        if not whole or not self._fits(numbers):
            self.fail(f"{value!r} is not {self._form}", param, ctx)
        return tuple(numbers)


def count_is(count: int) -> Callable[[list[int]], bool]:
    """Return what tells whether there are so many numbers."""
    return lambda numbers: len(numbers) == count


def clusters(separator: str, least: int) -> Numbers:
    """Return the type of at least so many numbers of clusters."""
    form = separator.join("ABC"[: least + 1])
    return Numbers(
        separator,
        lambda numbers: len(numbers) >= least,
        f"of the form {form} with cluster numbers",
    )


class FileName(click.Path):
    """A file's name, completed by the shell; what is wrong with it is told when its turn comes.

    Parameters
    ----------
    kind : {"file", "dir", "kmq"}
        What the shell looks for; "kmq" is ``.kmq`` files and folders.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(readable=False)
        self._kind = kind

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        """Let the shell look for files."""
        return [CompletionItem(incomplete, type=self._kind)]


FILE, KMQ, FOLDER = FileName("file"), FileName("kmq"), FileName("dir")
