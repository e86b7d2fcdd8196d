"""What desktops and shells read of ``.kmq``: a media type, magic, a thumbnailer, completions.

The files are package data; this room hands out their text and their places, and the command line
writes them.
"""

from __future__ import annotations

import shlex
from importlib.resources import files

MEDIA_TYPE = "image/x-kmq"
MAGIC = "kmcodec.magic"
PLACES = {
    "kmcodec.xml": "mime/packages/kmcodec.xml",
    "kmcodec.thumbnailer": "thumbnailers/kmcodec.thumbnailer",
}  # below a folder of the XDG base directory specification, such as ~/.local/share
SHELLS = ("bash", "zsh", "fish")
MARK = 'Kept by "kmcodec desktop install"'


def data_path(name: str) -> str:
    """Return where a file of this room is."""
    return str(files("kmcodec.desktop") / name)


def read_data(name: str) -> str:
    """Return the text of a file of this room."""
    return (files("kmcodec.desktop") / name).read_text(encoding="utf-8")


def is_ours(text: str) -> bool:
    """Whether a file was written by ``kmcodec desktop install``, whatever its version.

    The mark opens such a file; one that somebody added ours to opens otherwise.
    """
    lines = [line for line in text.splitlines()[:2] if not line.startswith("<?xml")]
    return bool(lines) and MARK in lines[0]


def completion_script(shell: str) -> str:
    """Return the script that makes a shell complete kmcodec's commands and options.

    Parameters
    ----------
    shell : str
        One of ``SHELLS``.
    """
    return read_data(f"completion.{shell}")


def thumbnailer_entry(program: list[str]) -> str:
    """Return the thumbnailer's entry for a kmcodec that need not be on the desktop's PATH.

    Parameters
    ----------
    program : list of str
        The words that start it, the first an absolute path.
    """
    words = shlex.join(program).replace("%", "%%")  # % begins a field code
    entry = read_data("kmcodec.thumbnailer")
    entry = entry.replace("TryExec=kmcodec\n", f"TryExec={program[0]}\n")
    return entry.replace("Exec=kmcodec ", f"Exec={words} ")
