"""Colour profiles and gamma."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import gray_profile, swapped_profile
from PIL import Image, ImageCms

from kmcodec.files.profiles import (
    ProfileError,
    ToSrgb,
    colors_to_srgb,
    gamma_table,
    profile_space,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_spaces_are_read_from_the_header():
    """The colour space is read from the header, and unknown ones are None."""
    assert profile_space(SRGB) == "RGB"
    assert profile_space(gray_profile(1)) == "L"
    assert profile_space(b"profile") is None
    assert profile_space(SRGB[:16] + b"Lab " + SRGB[20:]) is None


def test_srgb_is_recognized():
    """Profiles of sRGB and of plain gray are the identity, others are not."""
    assert ToSrgb(SRGB).is_identity()
    assert not ToSrgb(swapped_profile()).is_identity()
    assert ToSrgb(gray_profile()).is_identity()


def test_gray_profiles_lift_gray_alone():
    """Linear gray becomes brighter, its alpha stays, and gray RGB stays gray."""
    conversion = ToSrgb(gray_profile(1))
    assert not conversion.is_identity()
    gray = np.array([[[0, 9], [55, 0], [255, 255]]], dtype=np.uint8)
    found = colors_to_srgb(conversion, gray)
    assert found[0, :, 1].tolist() == [9, 0, 255]
    assert found[0, :, 0].tolist() == pytest.approx([0, 128, 255], abs=2)
    as_rgb = colors_to_srgb(conversion, np.repeat(gray[..., :1], 3, axis=2))
    assert (as_rgb == found[..., :1]).all()
    with pytest.raises(ProfileError, match="a profile of L does not describe"):
        colors_to_srgb(conversion, np.array([[[1, 2, 3]]], dtype=np.uint8))


def test_rgb_profiles_serve_gray_too():
    """An RGB profile converts gray levels to within one step."""
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    found = colors_to_srgb(ToSrgb(SRGB), gray)
    assert np.abs(found.astype(int) - gray).max() <= 1


def test_damaged_profiles_are_refused():
    """Damaged profiles and those of other spaces raise ProfileError."""
    for icc in (b"", b"profile", SRGB[:200], SRGB[:16] + b"CMYK" + SRGB[20:]):
        with pytest.raises(ProfileError):
            ToSrgb(icc)


def test_a_pillow_without_littlecms_is_a_reason(monkeypatch):
    """A Pillow without littlecms raises ProfileError that says so."""

    def fail(*_, **__):
        raise ImportError("no littlecms")

    monkeypatch.setattr(ImageCms, "buildTransform", fail)
    with pytest.raises(ProfileError, match="no littlecms"):
        ToSrgb(SRGB)


def test_gamma():
    """Gamma 1 has a rising table, that of sRGB none, and nonsense raises ProfileError."""
    assert gamma_table(0.45455) is None
    table = gamma_table(1.0)
    assert table[[0, 64, 255]].tolist() == [0, 136, 255]
    assert (np.diff(table.astype(int)) >= 0).all()
    assert Image.fromarray(table[None]).mode == "L"
    for wrong in (0.0, 50.0):
        with pytest.raises(ProfileError, match="is none"):
            gamma_table(wrong)
