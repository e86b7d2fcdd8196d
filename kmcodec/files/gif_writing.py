"""Animated GIF (GIF89a), every frame one of the file, and as few bytes as may be.

Of each frame only what changed is written. What stays may be written as it is or as the spare
symbol, whichever makes longer phrases (see ``_kernels.lzw``). The palette's order lets frames of
few colours take few bits per symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kmcodec.files.frame_parts import Part, part_of
from kmcodec.files.gif_codes import NOTHING, Encoder
from kmcodec.files.gif_frames import Canvas, Coded, Frame, Table, draft
from kmcodec.files.gif_loss import exact_costs, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from kmcodec.files.gif_loss import Loss

    Colors = NDArray[np.uint8]
    Planes = NDArray[np.uint8]

KEPT, CLEARED, RESTORED = 1, 2, 3  # disposals: what becomes of a frame's part before the next one
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"
END = b";"
WORTH_TRYING = 2  # times as many pixels to be written after a part is taken back
THOROUGH = 3  # from this effort on, disposals are chosen by their bytes


@dataclass(frozen=True, eq=False)
class Step:
    """A frame as it is written.

    Attributes
    ----------
    coded : Coded
    disposal : int
    shown : (H, W) int16
        The entries that a viewer sees.
    after : Canvas
        What is there before the next frame.
    """

    coded: Coded
    disposal: int
    shown: NDArray[np.int16]
    after: Canvas


def gif_bytes(
    indices: Planes,
    palette: Colors,
    clear: int | None,
    milliseconds: Sequence[float],
    loop: int | None,
    *,
    effort: int = 5,
    keep_order: bool = False,
    loss: Loss | None = None,
) -> tuple[bytes, Planes]:
    """Return frames as a GIF, and the entries that it shows; every frame is kept.

    Parameters
    ----------
    indices : (T, H, W) uint8
    palette : (K, 3) uint8
        K at most 256.
    clear : int, optional
        The entry that is fully transparent; None if all are opaque.
    milliseconds : sequence of float
        How long each frame is shown, multiples of 10.
    loop : int, optional
        How often the frames are played again; 0 is for ever, None never.
    effort : int, default 5
        1 (quick) to 9 (thorough).
    keep_order : bool
        Whether the file has the palette as it is, and no others.
    loss : Loss, optional
        What pixels may show instead of their entries; None shows these.

    Returns
    -------
    bytes
        The same for the same frames and options, whatever the machine.
    (T, H, W) uint8
    """
    order = np.arange(len(palette)) if keep_order else _order(indices, len(palette), clear)
    rank = np.zeros(len(palette), dtype=np.int16)
    rank[order] = np.arange(len(order))
    table = _table(palette[order], None if clear is None else int(rank[clear]), loss)
    out = [_screen(indices.shape[2], indices.shape[1], table)]
    if loop is not None:
        out.append(LOOP + loop.to_bytes(2, "little") + b"\0")
    shown = []
    steps = _Steps(table, Encoder(effort), effort, local=not keep_order).of(indices, rank)
    for step, duration in zip(steps, milliseconds, strict=True):
        out.append(step.coded.to_bytes(duration, step.disposal))
        shown.append(order[step.shown].astype(np.uint8))
    return b"".join([*out, END]), np.stack(shown)


def _order(indices: Planes, n_colors: int, clear: int | None) -> NDArray[np.intp]:
    """Return the entries that pixels have, the clear one first.

    Then come, again and again, those that the frame needs which needs the fewest more: so as many
    frames as can be have short codes.
    """
    needed = np.zeros((len(indices), n_colors), dtype=bool)
    for number, frame in enumerate(indices):
        changed = frame if number == 0 else frame[frame != indices[number - 1]]
        needed[number, np.unique(changed)] = True
    frames = needed.sum(axis=0)
    order = [] if clear is None else [clear]
    needed[:, order] = False
    while needed.any():
        more = needed.sum(axis=1)
        least = np.where(more > 0, more, n_colors + 1).argmin()
        entries = np.flatnonzero(needed[least])
        order += entries[np.argsort(-frames[entries], kind="stable")].tolist()
        needed[:, entries] = False
    return np.array(order, dtype=np.intp)


def _table(colors: Colors, clear: int | None, loss: Loss | None) -> Table:
    """Return the table of colours with what it costs to show one for another."""
    costs = exact_costs(len(colors), clear) if loss is None else loss.between(colors, clear)
    return Table(colors, costs, clear, loss)


def _screen(width: int, height: int, table: Table) -> bytes:
    """Return the beginning of a file: size, and a palette of a power of two entries."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    flags = 0x80 | 0x70 | table.bits - 1
    return b"GIF89a" + size + bytes([flags, 0, 0]) + table.to_bytes()


class _Steps:
    """Decides frame by frame what is written and what becomes of it."""

    def __init__(self, table: Table, encoder: Encoder, effort: int, *, local: bool) -> None:
        self._table = table
        self._encoder = encoder
        self._chooses = effort >= THOROUGH
        self._local = local

    def of(self, indices: Planes, rank: NDArray[np.int16]) -> Iterator[Step]:
        """Yield a step for each frame."""
        clear = NOTHING if self._table.clear is None else self._table.clear
        empty = np.full(indices.shape[1:], clear, dtype=np.int16)
        canvas = Canvas(empty, empty)
        frame: Frame | None = self._frame(0, rank[indices[0]])
        for number in range(len(indices)):
            last = number + 1 == len(indices)
            following = None if last else self._frame(number + 1, rank[indices[number + 1]])
            if frame is not None:
                step = self._step(frame, canvas, following)
                yield step
                canvas, frame = step.after, following

    def _frame(self, number: int, indices: NDArray[np.int16]) -> Frame:
        """Return a frame with how much its pixels' errors count."""
        if self._table.loss is None:
            return Frame(number, indices, np.ones(indices.shape, dtype=np.uint8))
        return Frame(number, indices, weights_of(indices))

    def _step(self, frame: Frame, canvas: Canvas, following: Frame | None) -> Step:
        """Return the way to write a frame that is best for it and the next one."""
        tried = []
        drafts: dict[Part, Coded] = {}
        ways = list(self._ways(frame, canvas, following))
        for disposal, part in ways:
            coded = drafts.get(part) or self._draft(frame, canvas, part)
            drafts[part] = coded
            cost = coded.cost
            if len(ways) > 1 and following is not None:
                after = self._after(coded, frame, canvas, disposal)
                changed = part_of(following.indices != after.meant)
                cost += self._draft(following, after, changed).cost
            tried.append((cost, disposal, coded))
        _, disposal, found = min(tried, key=lambda way: way[:2])
        codes = self._encoder.best(found.pixels, found.symbols, found.codes)
        coded = Coded(found.part, found.pixels, found.symbols, codes)
        shown = coded.put_on(canvas, frame).shown
        return Step(coded, disposal, shown, self._after(coded, frame, canvas, disposal))

    def _draft(self, frame: Frame, canvas: Canvas, part: Part) -> Coded:
        """Return a part of a frame as codes, quickly."""
        return draft(self._encoder, frame, canvas, part, self._table, local=self._local)

    def _ways(
        self, frame: Frame, canvas: Canvas, following: Frame | None
    ) -> Iterator[tuple[int, Part]]:
        """Yield what may become of a frame, and the part that has to be written for it.

        The first frame is not taken back, for viewers differ in what is there before it.
        """
        now, clear = frame.indices, self._table.clear
        first = frame.number == 0
        part = part_of(now != canvas.meant)
        if following is None:
            yield KEPT, part
            return
        coming = following.indices
        going = (
            np.zeros_like(now, dtype=bool) if clear is None else (coming == clear) & (now != clear)
        )
        if going.any():
            yield CLEARED, part.union(part_of(going))
        else:
            yield KEPT, part
            if self._chooses and clear is not None:
                yield CLEARED, part
        stays_clear = clear is None or not ((coming == clear) & (canvas.meant != clear)).any()
        back, on = (np.count_nonzero(coming != plane) for plane in (canvas.meant, now))
        if self._chooses and not first and stays_clear and back <= WORTH_TRYING * on:
            yield RESTORED, part

    def _after(self, coded: Coded, frame: Frame, canvas: Canvas, disposal: int) -> Canvas:
        """Return what is there before the next frame."""
        if disposal == RESTORED:
            return canvas
        after = coded.put_on(canvas, frame)
        return after.cleared(coded.part, self._table.clear) if disposal == CLEARED else after
