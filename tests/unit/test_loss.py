"""The measure of loss."""

from __future__ import annotations

import pytest

from kmcodec.loss import psnr


@pytest.mark.parametrize(("channels", "colors"), [(1, 1), (2, 1), (3, 3), (4, 3)])
def test_psnr_counts_colours_alone(channels, colors):
    """An error of one level in each colour channel is 48.13 dB, whatever alpha there is."""
    assert psnr(float(colors), channels) == pytest.approx(48.1308, abs=1e-4)


def test_no_loss_has_no_psnr():
    """There is no number for a picture that is as it was."""
    assert psnr(0.0, 3) is None
