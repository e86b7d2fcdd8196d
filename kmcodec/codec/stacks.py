"""Animations -> ``.kmq`` files: stacks of planes with one palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kmcodec import container
from kmcodec.codec.timing_section import build_timing
from kmcodec.coding import Setting, codings_to_try, encode_palette, encode_plane, order_palette
from kmcodec.container import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.coding import Coding
    from kmcodec.image import Animation


def build_stack(
    animation: Animation,
    carried: list[tuple[int, bytes]],
    *,
    coding: Coding,
    effort: int,
    threads: int,
) -> bytes:
    """Return the file of an animation with these ancillary sections; one frame is no stack.

    The palette of an animation that is not authored may be stored in another order.
    """
    palette, indices = animation.palette, animation.indices
    if not animation.authored:
        order = order_palette(palette)
        palette, indices = palette[order], renumbered(indices, order)
    sections = [(container.SECTION_PALETTE, encode_palette(palette)), *carried]
    if animation.timing is not None and animation.n_frames > 1:
        sections.append((container.SECTION_FRAMES, build_timing(animation.timing)))
    if animation.n_colors > 1:
        setting = Setting((animation.height, animation.width), palette, animation.n_frames)
        codings = codings_to_try(coding, indices.size, effort)
        tall = indices.reshape(-1, animation.width)
        payload = encode_plane(tall, setting, codings, effort=effort, threads=threads)
        sections.append((container.SECTION_INDICES, payload))
    header = Header(
        animation.width,
        animation.height,
        animation.channels,
        animation.n_colors,
        animation.authored,
        planes=animation.n_frames,
    )
    return container.build(header, sections)


def renumbered(
    indices: NDArray[np.unsignedinteger[Any]], order: NDArray[np.integer[Any]]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return the indices into ``palette[order]`` of what were indices into the palette."""
    numbers = np.empty(len(order), dtype=indices.dtype)
    numbers[order] = np.arange(len(order), dtype=indices.dtype)
    found: NDArray[np.unsignedinteger[Any]] = numbers[indices]
    return found
