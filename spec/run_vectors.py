"""Run the conformance vectors against any decoder of `.kmq`.

    python spec/run_vectors.py --decoder "python spec/reference_decoder.py"
    python spec/run_vectors.py --decoder "node kmcodec/pages/assets/kmq2pam.mjs" --classes
    python spec/run_vectors.py --decoder "./kmq2pam" --classes

The decoder is called as ``CMD FILE.kmq OUT.pam``, once for each vector. For the files in ``valid``
and ``uncommon`` it exits with 0 and writes the pixels as a PAM file (netpbm's P7, 8 bits, with the
channels of the file); the planes of a stack stand one below another, as one picture of height *
planes rows. For those in ``faulty`` it exits with another code, and nothing but a
complaint comes out; with ``--classes`` the complaint, on standard error, must name the error class
of spec section 7. Needs the standard library only. Exits with 1 if any vector failed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent / "vectors"
CHANNELS = {0: 1, 4: 2, 2: 3, 6: 4}  # by PNG's colour type
SECONDS = 60

Pixels = tuple[int, int, int, bytes]  # width, height, channels, rows


def read_png(data: bytes) -> Pixels:
    """Return the pixels of a PNG file of the kind that stands beside the vectors."""
    at, stream, head = 8, b"", b""
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        head = body if name == b"IHDR" else head
        stream += body if name == b"IDAT" else b""
        at += 12 + size
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    channels = CHANNELS[head[9]]
    lines, step = zlib.decompress(stream), 1 + width * channels
    rows = [lines[y * step : (y + 1) * step] for y in range(height)]
    if head[8] != 8 or any(row[0] for row in rows):
        raise ValueError("an expected picture has another depth, or a filter")
    return width, height, channels, b"".join(row[1:] for row in rows)


def read_pam(data: bytes) -> Pixels:
    """Return the pixels of a PAM file."""
    head, found, rows = data.partition(b"ENDHDR\n")
    fields = dict(line.split(None, 1) for line in head.decode().splitlines()[1:])
    if not found or not data.startswith(b"P7\n") or int(fields["MAXVAL"]) != 255:
        raise ValueError("the output is no PAM file of 8 bits")
    return int(fields["WIDTH"]), int(fields["HEIGHT"]), int(fields["DEPTH"]), rows


def call(decoder: list[str], file: Path, out: Path) -> tuple[int, str]:
    """Run the decoder on a file; return its exit code and its complaint."""
    command = [*decoder, str(file), str(out)]
    done = subprocess.run(  # noqa: S603 - the caller names the decoder
        command, check=False, capture_output=True, text=True, errors="replace", timeout=SECONDS
    )
    return done.returncode, done.stderr


def check_valid(decoder: list[str], file: Path, out: Path) -> str:
    """Return what is wrong with how a decoder took a valid file; nothing if it is right."""
    code, complaint = call(decoder, file, out)
    if code:
        return f"refused: {complaint.strip()[-200:]}"
    try:
        found = read_pam(out.read_bytes())
    except (OSError, ValueError, KeyError) as error:
        return f"no output to compare: {error}"
    expected = read_png(file.with_suffix(".png").read_bytes())
    if found[:3] != expected[:3]:
        return f"width, height, channels {found[:3]}, expected {expected[:3]}"
    return "" if found == expected else "other pixels"


def check_faulty(decoder: list[str], file: Path, out: Path, error: str, *, classes: bool) -> str:
    """Return what is wrong with how a decoder took a faulty file; nothing if it is right."""
    code, complaint = call(decoder, file, out)
    if code == 0:
        return "taken"
    if out.exists():
        return "refused, and yet there is output"
    if code < 0:
        return f"ended by signal {-code}"
    return "" if not classes or error in complaint else f"not {error}: {complaint.strip()[-200:]}"


def run(decoder: list[str], *, classes: bool, verbose: bool) -> int:
    """Run all vectors, print the failures and a count; return how many failed."""
    index: dict[str, dict[str, Any]] = json.loads((VECTORS / "index.json").read_text())
    failures = 0
    for folder, vectors in index.items():
        wrong = 0
        for name, facts in vectors.items():
            file = VECTORS / folder / f"{name}.kmq"
            with tempfile.TemporaryDirectory() as room:
                out = Path(room) / "out.pam"
                try:
                    if folder == "faulty":
                        said = check_faulty(decoder, file, out, facts["error"], classes=classes)
                    else:
                        said = check_valid(decoder, file, out)
                except subprocess.TimeoutExpired:
                    said = f"took more than {SECONDS} seconds"
            wrong += bool(said)
            if said or verbose:
                print(f"{folder}/{name}: {said or 'right'}")
        print(f"{folder}: {len(vectors) - wrong} of {len(vectors)} right")
        failures += wrong
    return failures


def main() -> int:
    """Parse the command line; return 1 if a vector failed."""
    parser = argparse.ArgumentParser(description="Run the vectors against a decoder of .kmq.")
    parser.add_argument("--decoder", required=True, help='a command, called as "CMD IN OUT"')
    parser.add_argument("--classes", action="store_true", help="error classes have to be right")
    parser.add_argument("--verbose", action="store_true", help="name what is right, too")
    arguments = parser.parse_args()
    decoder = shlex.split(arguments.decoder)
    return 1 if run(decoder, classes=arguments.classes, verbose=arguments.verbose) else 0


if __name__ == "__main__":
    sys.exit(main())
