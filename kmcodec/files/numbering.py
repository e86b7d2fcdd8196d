"""Names of numbered picture files, as FFmpeg has them: frame_%04d.png for frame_0000.png etc."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kmcodec.errors import InputError
from kmcodec.files.paths import exists, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACE = re.compile(r"%(?:%|([0-9]*)d)")  # %% is a percent sign
MOST_DIGITS = 10
LIKE_A_PLACE = re.compile(r"%[0-9]*[isux]")  # other places that printf has


@dataclass(frozen=True)
class Numbered:
    """The names of numbered files in one folder.

    Attributes
    ----------
    folder : Path
    before, after : str
        What stands before and after the number.
    digits : int
        The least that a number has, filled up with zeros; 1 where it is as long as it is.
    """

    folder: Path
    before: str
    digits: int
    after: str

    def path(self, number: int) -> Path:
        """Return the path of the file with a number."""
        return self.folder / self.name(number)

    def name(self, number: int) -> str:
        """Return the name of the file with a number."""
        return f"{self.before}{number:0{self.digits}d}{self.after}"

    def absolute(self) -> Numbered:
        """Return the same names as they are for a process in another folder."""
        return replace(self, folder=self.folder.absolute())

    def numbers(self) -> list[int]:
        """Return the numbers of the files that there are, sorted; the folder is read once.

        Raises
        ------
        InputError
            The folder cannot be read.
        """
        pattern = re.compile(f"{re.escape(self.before)}([0-9]+){re.escape(self.after)}")
        try:
            with os.scandir(self.folder) as entries:
                named = ((pattern.fullmatch(entry.name), entry) for entry in entries)
                return sorted(
                    int(match[1])
                    for match, entry in named
                    if match is not None and self._fits(match[1]) and entry.is_file()
                )
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"cannot read folder {self.folder}: {reason_of(error)}") from error

    def _fits(self, digits: str) -> bool:
        """Whether a number is written as it should be."""
        if len(digits) > MOST_DIGITS:
            return False
        return len(digits) == self.digits or (len(digits) > self.digits and digits[0] != "0")


def numbered(path: Path) -> Numbered | None:
    """Return the numbered files that a path stands for; None where it is the name of one file.

    The name of a file that is there is that of one file, whatever is in it.

    Raises
    ------
    InputError
        The name has two places for numbers, or one for a number of too many digits.
    """
    places = [match for match in PLACE.finditer(path.name) if match[1] is not None]
    if not places or exists(path):
        return None
    if len(places) > 1:
        raise InputError(
            f"the name {path.name} has {len(places)} places for a frame's number, one is allowed"
        )
    digits = places[0][1].lstrip("0") or "1"
    if len(digits) > 2 or int(digits) > MOST_DIGITS:
        raise InputError(
            f"{places[0][0][:20]} asks for {digits[:10]} digits, a frame's number has at most"
            f" {MOST_DIGITS}"
        )
    before, after = path.name[: places[0].start()], path.name[places[0].end() :]
    before, after = (part.replace("%%", "%") for part in (before, after))
    return Numbered(path.parent, before, int(digits), after)


def check_place(path: Path) -> None:
    """Raise ``InputError`` for the name of no file that has something like a number's place."""
    found = LIKE_A_PLACE.search(path.name.replace("%%", ""))
    if found is not None and not exists(path):
        raise InputError(
            f"there is no file {path}; %d or %04d, not {found[0][:20]}, stands for a frame's number"
        )


def check_gaps(names: Numbered, numbers: Sequence[int]) -> None:
    """Raise ``InputError`` where there are no files, or one between them is missing."""
    if not numbers:
        raise InputError(f"there is no file like {names.path(0)} or {names.path(1)}")
    for before, number in itertools.pairwise(numbers):
        if number != before + 1:
            missing = f"{names.path(before + 1)} is missing"
            raise InputError(f"{missing}, between {names.name(before)} and {names.name(number)}")
