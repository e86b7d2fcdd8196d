"""Codebooks of blocks on the command line: ``encode --block``, and decoding such files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import numpy as np
from click.core import ParameterSource

from kmcodec.cli import _options
from kmcodec.loss import psnr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kmcodec.cli._jobs import Job
    from kmcodec.files import Picture
    from kmcodec.image import BlockImage

OF_PALETTES = (
    "space",
    "dither",
    "dither_method",
    "palette",
    "shared_palette",
    "keep",
    "keep_rare",
    "importance",
    "quality",
    "posterize",
    "keep_facts",
)


class BlockType(click.ParamType[tuple[int, int]]):
    """HxW in pixels."""

    name = "block"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        """Return height and width."""
        numbers = _options.whole_numbers(value, "x")
        if numbers is None or len(numbers) != 2 or 0 in numbers:
            self.fail(f"{value!r} is not HxW, a block's height and width in pixels", param, ctx)
        return numbers[0], numbers[1]


option = click.option(
    "--block",
    type=BlockType(),
    metavar="HxW",
    help="Let the codebook hold blocks of so many pixels (vector quantization), -k of them.",
)


def refuse_palette_options() -> None:
    """Raise ``click.UsageError`` for options that blocks do not have."""
    context = click.get_current_context()
    for name in OF_PALETTES:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option_name = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"--block and {option_name} exclude each other")


def quantized(
    picture: Picture, job: Job, block: tuple[int, int], options: dict[str, Any]
) -> BlockImage:
    """Return a picture as blocks."""
    from kmcodec.quantizer import quantize_blocks  # noqa: PLC0415

    return quantize_blocks(
        picture.pixels,
        block=block,
        n_blocks=options["n_colors"],
        effort=options["effort"],
        seed=options["seed"],
        threads=job.threads,
        progress=job.progress,
    )


def facts(image: BlockImage, pixels: NDArray[np.uint8] | None = None) -> dict[str, Any]:
    """Return size, blocks and, beside the picture that it was made of, loss, for a report."""
    found: dict[str, Any] = {"width": image.width, "height": image.height}
    found |= {"colors": image.n_blocks, "block": list(image.block), "mse": None, "psnr": None}
    if pixels is not None:
        error = _squared_error(pixels, image.to_pixels())
        ratio = psnr(error, image.channels)
        found |= {"mse": round(error, 4), "psnr": None if ratio is None else round(ratio, 3)}
    return found


def _squared_error(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the squared error per pixel, summed over channels, alpha multiplied in."""
    from kmcodec import color  # noqa: PLC0415

    total = 0
    for first, second in zip(one, other, strict=True):  # row by row: memory stays small
        a, b = (
            color.to_points(np.ascontiguousarray(row.reshape(len(row), -1)), "srgb")
            for row in (first, second)
        )
        total += int(((a.astype(np.int64) - b) ** 2).sum())
    return total / float(color.SRGB_SCALE**2 * one.shape[0] * one.shape[1])
