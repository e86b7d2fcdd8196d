"""Coding-independent code points (ITU-T H.273) of a PNG's cICP chunk, as ICC profiles.

Primaries and transfer functions that a matrix and a curve describe become a profile, the same
bytes each time; BT.2100's PQ and HLG, which tell of light beyond white, do not.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.profiles import ProfileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

D65 = (0.3127, 0.3290)
PRIMARIES = {  # H.273, table 2: x and y of red, green and blue; all with white D65
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
NAMES = {1: "sRGB", 9: "BT.2020", 12: "Display P3"}
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}  # H.273, table 3
SRGB_CURVE, PQ, HLG = 13, 16, 18
PLAIN_SRGB = bytes([1, 13, 0, 1])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
D50 = np.array([0.9642, 1.0, 0.8249])  # ICC.1:2022, 7.2.16


def code_points_profile(code: bytes) -> bytes:
    """Return the RGB profile that cICP's four bytes mean.

    Raises
    ------
    ProfileError
        They mean none that a profile of a matrix and a curve can hold.
    """
    primaries, transfer, matrix, full_range = code
    if transfer in (PQ, HLG):
        raise ProfileError(f"BT.2100 {'PQ' if transfer == PQ else 'HLG'} is not converted")
    known = primaries in PRIMARIES and (transfer == SRGB_CURVE or transfer in GAMMAS)
    if not known or matrix != 0 or full_range != 1:
        raise ProfileError(f"its code points {', '.join(map(str, code))} are not known here")
    return _profile(f"{NAMES[primaries]}, transfer {transfer}", _matrix(primaries), transfer)


def _matrix(primaries: int) -> Floats:
    """Return the (3, 3) XYZ of red, green and blue in columns, adapted to D50 by Bradford's way."""
    xy = np.array([*PRIMARIES[primaries], D65])
    xyz = np.column_stack([xy, 1 - xy.sum(axis=1)]) / xy[:, 1:]
    white = xyz[3]
    columns = xyz[:3].T * np.linalg.solve(xyz[:3].T, white)
    cones = np.diag((BRADFORD @ D50) / (BRADFORD @ white))
    matrix: Floats = np.linalg.inv(BRADFORD) @ cones @ BRADFORD @ columns
    return matrix


def _fixed(*values: float) -> bytes:
    """Return numbers as s15Fixed16 (ICC.1:2022, 4.6)."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType (10.15)."""
    content = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(content), 28) + content


def _profile(name: str, matrix: Floats, transfer: int) -> bytes:
    """Return a display profile of three primaries and one curve (8.3, 10.18)."""
    if transfer == SRGB_CURVE:
        curve = b"para" + struct.pack(">4xH2x", 3)
        curve += _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    else:
        curve = b"para" + struct.pack(">4xH2x", 0) + _fixed(GAMMAS[transfer])
    tags = {b"desc": _text(name), b"cprt": _text("CC0"), b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50)}
    tags |= {
        letter + b"XYZ": b"XYZ \0\0\0\0" + _fixed(*matrix[:, i])
        for i, letter in enumerate((b"r", b"g", b"b"))
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += struct.pack(">4sII", tag, 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">4x4sI4s4s4s", b"", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _fixed(*D50)
    size = struct.pack(">I", 128 + len(table) + len(body))
    return size + header[4:] + bytes(128 - len(header)) + table + body
