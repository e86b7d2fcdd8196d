"""The package as a decoder that spec/run_vectors.py can call: IN.kmq OUT.pam."""

from __future__ import annotations

import sys
from pathlib import Path

import kmcodec

KINDS = ("GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA")


def main(source: str, target: str) -> int:
    """Decode a file; an error is its class and its text on standard error.

    The planes of a stack stand one below another.
    """
    try:
        file = kmcodec.KmqFile(Path(source).read_bytes())
        pixels = file.decode()
    except kmcodec.KmqError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if file.header.planes > 1:
        pixels = pixels.reshape(-1, *pixels.shape[2:])
    height, width = pixels.shape[:2]
    depth = 1 if pixels.ndim == 2 else pixels.shape[2]
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\n"
    head += f"TUPLTYPE {KINDS[depth - 1]}\nENDHDR\n"
    Path(target).write_bytes(head.encode() + pixels.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
