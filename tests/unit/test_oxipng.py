"""The optional last pass."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from pictures import opened

import kmcodec
from kmcodec.codec import Metadata
from kmcodec.files import OxipngMissingError, check_oxipng, oxipng, through_oxipng
from kmcodec.png import png_bytes


@pytest.fixture
def image(photo):
    """Return the photograph in 16 colours."""
    return kmcodec.quantize(photo, n_colors=16)


def test_a_missing_package_is_said_in_one_line(monkeypatch, image):
    """Without oxipng, the error names the extra to install."""
    monkeypatch.setitem(sys.modules, "oxipng", None)
    with pytest.raises(OxipngMissingError, match=r"pip install 'kmcodec\[oxipng\]'"):
        check_oxipng()
    with pytest.raises(OxipngMissingError):
        through_oxipng(png_bytes(image), 2)


def test_a_larger_result_is_not_taken(monkeypatch):
    """A result larger than the data is left alone."""

    class Fake:
        class StripChunks:
            @staticmethod
            def none():
                return None

        @staticmethod
        def optimize_from_memory(data, **_):
            return data + b"more"

    monkeypatch.setattr(oxipng, "_load", lambda: Fake)
    assert through_oxipng(b"data", 2) == b"data"


def test_pixels_metadata_and_order_survive(image):
    """Through oxipng, pixels, metadata and on request the order of the palette stay."""
    pytest.importorskip("oxipng")
    metadata = Metadata(icc=b"profile" * 30, xmp=b"<x/>")
    for keep_order in (False, True):
        data = png_bytes(image, metadata=metadata, effort=1, keep_order=keep_order)
        found = through_oxipng(data, 2, keep_order=keep_order)
        assert len(found) <= len(data)
        again = opened(io.BytesIO(found))
        assert (np.asarray(again.convert("RGB")) == image.to_pixels()).all()
        assert (again.info["icc_profile"], again.info["xmp"]) == (metadata.icc, metadata.xmp)
        if keep_order:
            assert (np.asarray(again) == image.indices).all()
