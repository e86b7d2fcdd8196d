"""Palettes as text: GIMP's .gpl, JASC's .pal, paint.net's .txt, hexadecimal lists."""

from __future__ import annotations

import re

from kmcodec.errors import InputError

Colors = list[tuple[int, ...]]

HEX_DIGITS = re.compile(r"#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
LINE_END = re.compile(r"\r\n|\r|\n")
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
GPL_HEADER = "GIMP Palette"
GPL_HEADING = re.compile(r"(Name|Columns|Channels)\s*:\s*(.*)")
GPL_CHANNELS = {"RGB": 3, "RGBA": 4}
JASC_HEADER, JASC_VERSION = "JASC-PAL", "0100"
PAINT_NET = re.compile(r";\s*paint\.net", re.IGNORECASE)
COUNTS = {3: "three", 4: "four"}
MOST_DIGITS = 9
LONGEST_SHOWN = 60  # characters of a line that is wrong


def parse_color(text: str) -> tuple[int, ...]:
    """Return the 3 or 4 channels of "#rgb", "#rgba", "#rrggbb" or "#rrggbbaa"; "#" may be missing.

    Raises
    ------
    InputError
        The text is none of these.
    """
    match = HEX_DIGITS.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text[:LONGEST_SHOWN]!r} is no colour, expected one like #ff8000 or #ff800080"
        )
    digits = match[1]
    if len(digits) <= 4:
        digits = "".join(digit * 2 for digit in digits)
    return tuple(bytes.fromhex(digits))


def lines_of(data: bytes) -> list[str] | None:
    """Return a file's lines without the spaces around them, or None where it is no text."""
    if CONTROLS.search(data):
        return None
    text = data.decode("utf-8-sig", errors="replace")
    return [line.strip() for line in LINE_END.split(text)]


def parse_lines(lines: list[str], suffix: str) -> Colors | None:
    """Return the colours that a text lists, or None where it is no list of colours.

    Parameters
    ----------
    lines : list of str
    suffix : str
        Of the file's name, in lower case: it decides only what the text itself leaves open.

    Raises
    ------
    InputError
        The list is damaged; the message names the line.
    """
    if lines[0] == GPL_HEADER:
        return _parse_gimp(lines)
    if lines[0] == JASC_HEADER:
        return _parse_jasc(lines)
    if suffix == ".gpl":
        raise InputError(f"the file does not begin with {GPL_HEADER!r}")
    told = [line for line in lines if line and not line.startswith(";")]
    is_list = bool(told) and HEX_DIGITS.fullmatch(told[0]) is not None
    alpha_first = any(PAINT_NET.match(line) for line in lines if line.startswith(";"))
    if is_list or alpha_first or suffix in (".hex", ".txt"):
        return _parse_hex(lines, alpha_first=alpha_first or suffix == ".txt")
    return None


def _parse_gimp(lines: list[str]) -> Colors:
    """Return the colours of a GIMP palette; those of Aseprite may have alpha."""
    colors: Colors = []
    channels = 3
    for number, line in enumerate(lines[1:], start=2):
        heading = GPL_HEADING.fullmatch(line)
        if heading is not None and heading[1] == "Channels":
            if heading[2] not in GPL_CHANNELS:
                raise InputError(
                    f"line {number}: channels are {heading[2]!r}, expected RGB or RGBA"
                )
            channels = GPL_CHANNELS[heading[2]]
        elif line and not line.startswith("#") and heading is None:
            colors.append(_numbers(line, number, channels, channels, named=True))
    return colors


def _parse_jasc(lines: list[str]) -> Colors:
    """Return the colours of a JASC palette: header, version, number of colours, colours."""
    if lines[1:2] != [JASC_VERSION]:
        found = lines[1] if len(lines) > 1 else ""
        raise InputError(f"line 2: the version is {found!r}, expected {JASC_VERSION!r}")
    count = lines[2] if len(lines) > 2 else ""
    if not (count.isascii() and count.isdecimal() and len(count) <= MOST_DIGITS):
        raise InputError(f"line 3: {count[:LONGEST_SHOWN]!r} is no number of colours")
    colors = [
        _numbers(line, number, 3, 4) for number, line in enumerate(lines[3:], start=4) if line
    ]
    if len(colors) != int(count):
        raise InputError(f"the file holds {len(colors)} colours, its third line says {count}")
    return colors


def _numbers(
    line: str, number: int, least: int, most: int, *, named: bool = False
) -> tuple[int, ...]:
    """Return the numbers that a line begins with: `least` to `most` of them, from 0 to 255."""
    words = line.split(maxsplit=most if named else -1)
    parts = words[:least] if named else words
    fits = least <= len(parts) <= most
    if not fits or any(not (p.isascii() and p.isdecimal() and len(p) <= 3) for p in parts):
        parts = ["256"]
    channels = tuple(int(part) for part in parts)
    if max(channels) > 255:
        raise InputError(
            f"line {number}: {line[:LONGEST_SHOWN]!r} is no colour,"
            f" expected {COUNTS[least]} numbers from 0 to 255"
        )
    return channels


def _parse_hex(lines: list[str], *, alpha_first: bool) -> Colors:
    """Return the colours of lines like "ff8000"; empty lines and comments after ; have none.

    Eight digits are rrggbbaa, or aarrggbb as paint.net has them.
    """
    colors: Colors = []
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith(";"):
            continue
        try:
            color = parse_color(line)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from error
        if alpha_first and len(color) == 4 and not line.startswith("#"):
            color = (*color[1:], color[0])
        colors.append(color)
    return colors
