"""Write the decoder of `.kmq` files as one header and one source to drop into a program.

    python packages/c/amalgamate.py FOLDER

writes FOLDER/kmq.h and FOLDER/kmq.c from ``kmcodec/_core``. Needs the standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "kmcodec" / "_core"
OWN_INCLUDE = re.compile(r'^#include "([^"]+)"\n', re.MULTILINE)
GUARD = re.compile(r"^#ifndef (KMQ_\w+_H)\n#define \1\n", re.MULTILINE)


def notice() -> str:
    """Return the licence as a comment."""
    lines = (ROOT / "LICENSE").read_text(encoding="utf-8").strip().splitlines()
    return "\n".join(["/*", *(f" * {line}".rstrip() for line in lines), " */", ""])


def expand(name: str, included: set[str]) -> str:
    """Return a source with the core's other files in the place of their inclusion.

    A header without a guard is there as often as it is included, as for a compiler.
    """

    def replace(match: re.Match[str]) -> str:
        other = match[1]
        if other in included:
            return ""
        if other.endswith(".c") or GUARD.search((CORE / other).read_text(encoding="utf-8")):
            included.add(other)
        return f"/* ---- {other} ---- */\n{expand(other, included)}\n"

    return OWN_INCLUDE.sub(replace, (CORE / name).read_text(encoding="utf-8"))


def amalgamate(folder: Path) -> None:
    """Write kmq.h and kmq.c."""
    folder.mkdir(parents=True, exist_ok=True)
    start = notice() + '\n#define KMQ_NO_ENCODER\n#include "kmq.h"\n\n'
    (folder / "kmq.c").write_text(start + expand("kmq.c", {"kmq.h"}), encoding="utf-8")
    header = (CORE / "kmq.h").read_text(encoding="utf-8")
    (folder / "kmq.h").write_text(notice() + header, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write to the folder that is named; return the exit code."""
    if len(arguments) != 1:
        print("usage: python packages/c/amalgamate.py FOLDER", file=sys.stderr)
        return 2
    amalgamate(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
