"""Colour management: whatever a picture's colours mean, read as sRGB.

Colours go through their ICC profile by relative colorimetric intent with black point compensation:
what both spaces hold keeps its colour, and black stays black. littleCMS, which does it, computes
partly in floats: the same pixels give the same files everywhere, but its pixels are its own.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kmcodec.channels import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

SRGB_GAMMA = 0.45455  # what PNG (11.3.2.3) tells in gAMA beside sRGB
SAME_GAMMA = 0.002
GAMMAS = (0.1, 10.0)  # others are mistakes
SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of profiles, and Pillow's modes
LATTICE = 9  # levels a channel on which a profile is compared with sRGB


class ProfileError(Exception):
    """A profile cannot be used, for the reason given."""


def profile_space(icc: bytes) -> str | None:
    """Return a profile's colour space as Pillow names it: "RGB", "L", "CMYK", or None."""
    return SPACES.get(icc[16:20].decode("latin-1")) if icc[36:40] == b"acsp" else None


class ToSrgb:
    """A profile's conversion to sRGB.

    Parameters
    ----------
    icc : bytes
        An ICC profile of RGB, gray or CMYK colours.

    Raises
    ------
    ProfileError
        littleCMS cannot use the profile.
    """

    def __init__(self, icc: bytes) -> None:
        mode = profile_space(icc)
        if mode is None:
            raise ProfileError("it is damaged or of an unknown colour space")
        from PIL import ImageCms  # noqa: PLC0415  (most pictures have no profile)

        try:
            self._transform = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(icc)),
                ImageCms.createProfile("sRGB"),
                mode,
                "RGB",
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, ImportError, OSError, TypeError, ValueError) as error:
            raise ProfileError(str(error).strip() or type(error).__name__) from error
        self.mode = mode
        self._apply = ImageCms.applyTransform

    def of_image(self, image: Image.Image) -> Bytes:
        """Return the (H, W, 3) sRGB colours of an image of the profile's mode."""
        converted = self._apply(image, self._transform)
        return np.asarray(converted)

    def is_identity(self) -> bool:
        """Whether the profile is sRGB but for rounding: no colour moves by more than one level."""
        if self.mode == "CMYK":
            return False
        levels = np.linspace(0, 255, LATTICE).round().astype(np.uint8)
        colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
        if self.mode == "L":
            colors = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, -1, 3)
        own = colors if self.mode == "RGB" else colors[..., 0]
        found = self.of_image(Image.fromarray(np.ascontiguousarray(own)))
        return bool((np.abs(found.astype(np.int16) - colors) <= 1).all())


def colors_to_srgb(conversion: ToSrgb, colors: Bytes) -> Bytes:
    """Return colours in sRGB, with as many channels; gray stays gray and alpha is not touched.

    Parameters
    ----------
    conversion : ToSrgb
        Of a profile of RGB or gray colours.
    colors : (H, W, C) uint8
        Gray, gray + alpha, RGB or RGB + alpha.

    Raises
    ------
    ProfileError
        A profile of gray meets other colours, or one of CMYK any.
    """
    channels = colors.shape[2]
    n_colors = channels - has_alpha(channels)
    misfits = conversion.mode == "L" and not _is_gray(colors, n_colors)
    if misfits or conversion.mode == "CMYK":
        raise ProfileError(f"a profile of {conversion.mode} does not describe {n_colors} channels")
    own = colors[..., :n_colors]
    own = np.broadcast_to(own, (*own.shape[:2], 3)) if conversion.mode == "RGB" else own[..., 0]
    srgb = conversion.of_image(Image.fromarray(np.ascontiguousarray(own)))
    return np.concatenate([srgb[..., :n_colors], colors[..., n_colors:]], axis=2)


def _is_gray(colors: Bytes, n_colors: int) -> bool:
    """Whether the colour channels are equal everywhere."""
    return n_colors == 1 or bool((colors[..., 1:3] == colors[..., :1]).all())


def gamma_table(gamma: float) -> Bytes | None:
    """Return the (256,) levels that gAMA's samples have in sRGB, or None where they are the same.

    As PNG viewers do, samples are raised to ``0.45455 / gamma``; cHRM is not looked at.

    Raises
    ------
    ProfileError
        The gamma is beyond 0.1 to 10.
    """
    if abs(gamma - SRGB_GAMMA) <= SAME_GAMMA:
        return None
    if not GAMMAS[0] <= gamma <= GAMMAS[1]:
        raise ProfileError(f"a gamma of {gamma} is none")
    levels = (np.arange(256) / 255) ** (SRGB_GAMMA / gamma)
    return np.round(levels * 255).astype(np.uint8)
