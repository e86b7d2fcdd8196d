"""What options and arguments may hold: whole numbers, and names of files for completion."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

MOST_DIGITS = 9


class Numbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers of at most nine digits with a separator between them.

    Parameters
    ----------
    separator : str
    form : str
        What they should be, for the message.
    least, most : int
        How many there may be.
    lowest : int or sequence of int
        Of all numbers, or of each.
    distinct : bool
        Whether each may be there only once.
    """

    name = "numbers"

    def __init__(
        self,
        separator: str,
        form: str,
        *,
        least: int,
        most: int = 10**MOST_DIGITS,
        lowest: int | Sequence[int] = 0,
        distinct: bool = False,
    ) -> None:
        self._separator, self._form, self._distinct = separator, form, distinct
        self._lowest = itertools.repeat(lowest) if isinstance(lowest, int) else lowest
        self._counts = range(least, most + 1)

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, ...]:
        """Return the numbers."""
        parts = [part.strip() for part in str(value).split(self._separator)]
        whole = all(p.isascii() and p.isdecimal() and len(p) <= MOST_DIGITS for p in parts)
        numbers = tuple(int(part) for part in parts) if whole else ()
        low = any(number < lowest for number, lowest in zip(numbers, self._lowest, strict=False))
        twice = self._distinct and len(set(numbers)) < len(numbers)
        if len(numbers) not in self._counts or low or twice:
            self.fail(f"{value!r} is not {self._form}", param, ctx)
        return numbers


class FrameRate(click.ParamType["Fraction"]):
    """Frames per second, as a whole number, a decimal or a fraction."""

    name = "rate"
    FORM = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|[0-9]{1,9}/[0-9]{1,9}")
    MOST = 1_000_000  # a file has so many ticks in a second

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Fraction:
        """Return the rate."""
        text = str(value)
        from fractions import Fraction  # noqa: PLC0415  (few runs need it)

        rate = Fraction(0)
        if self.FORM.fullmatch(text) and not text.endswith("/" + "0" * len(text.partition("/")[2])):
            rate = Fraction(text)
        if not 0 < rate.numerator <= self.MOST:
            form = "a number of frames a second, such as 10, 12.5 or 30000/1001"
            self.fail(f"{text!r} is not {form}", param, ctx)
        return rate


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
MERGED = Numbers("+", "of the form A+B+C with different cluster numbers", least=2, distinct=True)
