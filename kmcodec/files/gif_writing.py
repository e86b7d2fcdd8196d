"""Animated GIF (GIF89a), every frame one of the file, and as few bytes as may be.

Of each frame only what changed is written. What stays may be written as it is or as the spare
symbol, whichever makes longer phrases (see ``_kernels.lzw``). The palette's entries that most
frames need come first, so that a frame of few colours takes few bits per symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.frame_parts import Part, part_of
from kmcodec.files.gif_codes import Encoder
from kmcodec.files.gif_frames import Canvas, Coded, Frame, Table, draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Plane = NDArray[np.int16]

KEPT, CLEARED, RESTORED = 1, 2, 3  # disposals: what becomes of a frame's part before the next one
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"
END = b";"


@dataclass(frozen=True, eq=False)
class _Step:
    """A frame as it is written, and what is there before the next one."""

    coded: Coded
    disposal: int
    after: Canvas


class GifWriter:
    """Writes frames one after another."""

    def __init__(self, table: Table, *, effort: int, reorders: bool) -> None:
        self._table = table
        self._encoder = Encoder(effort)
        self._thorough = effort >= 3
        self._local = reorders

    def _draft(self, frame: Frame, canvas: Canvas, part: Part) -> Coded:
        return draft(self._encoder, frame, canvas, part, self._table, local=self._local)

    def _finish(self, coded: Coded, price: int) -> Coded:
        codes = self._encoder.best(coded.pixels, coded.symbols, price, coded.codes)
        return Coded(coded.part, coded.pixels, coded.symbols, codes)

    def step(self, frame: Frame, canvas: Canvas, following: Frame | None, *, first: bool) -> _Step:
        height, width = frame.indices.shape
        clear = self._table.clear
        part = Part(0, 0, width, height) if first else part_of(frame.indices != canvas.meant)
        options: list[tuple[int, Part]] = [(KEPT, part)]
        if following is not None:
            options = list(self._disposals(frame.indices, canvas.shown, following.indices, part, first=first))
        best = None
        for disposal, section in options:
            coded = self._draft(frame, canvas, section)
            after = self._after(coded, frame, canvas, disposal)
            cost = coded.cost
            if len(options) > 1:
                cost += self._draft(following, after, part_of(following.indices != after.meant)).cost
            if best is None or cost < best[0]:
                best = cost, coded, disposal
        coded = self._finish(best[1], frame.price)
        return _Step(coded, best[2], self._after(coded, frame, canvas, best[2]))

    def _after(self, coded, frame, canvas, disposal) -> Canvas:
        if disposal == RESTORED:
            return canvas
        after = coded.put_on(canvas, frame)
        if disposal == CLEARED:
            meant, shown = after.meant.copy(), after.shown.copy()
            meant[coded.part.slices] = shown[coded.part.slices] = self._table.clear
            return Canvas(meant, shown)
        return after

    def _disposals(self, frame, shown, following, part, *, first):
        clear = self._table.clear
        if clear is None:
            yield KEPT, part
            if self._thorough and not first:
                yield RESTORED, part
            return
        going = (following == clear) & (frame != clear)
        if not going.any():
            yield KEPT, part
            if self._thorough:
                yield CLEARED, part
        else:
            yield CLEARED, part.union(part_of(going))
        if self._thorough and not first and not ((following == clear) & (shown != clear)).any():
            yield RESTORED, part


def gif_bytes(indices, palette, clear, milliseconds, loop, *, effort=5, reorders=True, points=None, frames=None, price=0):
    """Return frames as a GIF."""
    palette, indices, clear, order = _ordered(palette, indices, clear, reorders)
    pts = np.zeros((len(palette), 4), np.int32) if points is None else points[order]
    table = Table(palette, pts, clear)
    writer = GifWriter(table, effort=effort, reorders=reorders)
    empty = np.full(indices.shape[1:], -1 if clear is None else clear, dtype=np.int16)
    canvas = Canvas(empty, empty)
    out = [_screen(indices.shape[2], indices.shape[1], table)]
    if loop is not None:
        out.append(LOOP + loop.to_bytes(2, "little") + b"\0")
    fr = lambda n: Frame(indices[n].astype(np.int16), None if frames is None else frames(n), price)
    current = fr(0)
    for number in range(len(indices)):
        following = fr(number + 1) if number + 1 < len(indices) else None
        st = writer.step(current, canvas, following, first=number == 0)
        out.append(st.coded.to_bytes(milliseconds[number], st.disposal))
        canvas = st.after
        current = following
    return b"".join([*out, END])


def _ordered(palette, indices, clear, reorders):
    K = len(palette)
    if not reorders:
        return palette, indices, clear, np.arange(K)
    used = np.zeros(K, np.int64)
    for n, f in enumerate(indices):
        changed = f if n == 0 else f[f != indices[n-1]]
        used[np.unique(changed)] += 1
    if clear is not None:
        used[clear] = 1 << 40
    order = np.argsort(-used, kind="stable")
    order = order[:max(1, int((used > 0).sum()))]
    rank = np.zeros(K, np.int16); rank[order] = np.arange(len(order))
    return palette[order], rank[indices], None if clear is None else 0, order


def _screen(width: int, height: int, table) -> bytes:
    """Return the beginning of a file: size, and a palette of a power of two entries."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    flags = 0x80 | 0x70 | table.bits - 1
    return b"GIF89a" + size + bytes([flags, 0, 0]) + table.to_bytes()
