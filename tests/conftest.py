"""Shared pictures and settings; nothing here reads the network or the clock."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import kmcodec
from kmcodec import cli

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


def pytest_report_header() -> str:
    """Say which kernels are under test."""
    return f"kmcodec backend: {kmcodec.backend}"


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """Return a small photograph-like picture: smooth shades, an edge, noise; 4,000 colours."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:60, 0:80]
    shades = np.stack([x * 3, y * 4, (x + y) * 1.5], axis=-1)
    shades[20:40, 30:60] = (200, 60, 30)
    return np.clip(shades + rng.normal(0, 6, shades.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def sprite() -> np.ndarray:
    """Return an RGBA picture with soft edges and fully transparent pixels of several colours."""
    rng = np.random.default_rng(8)
    picture = rng.integers(0, 256, (24, 20, 4), dtype=np.uint8)
    picture[:6, :, 3] = 0
    picture[6:12, :, 3] = 255
    return picture


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of development pictures, or skip: they do not come with the project."""
    folder = Path(
        os.environ.get("KMCODEC_DATA", Path(__file__).parent.parent.parent / "shared" / "data")
    )
    if not (folder / "kodak").is_dir():
        pytest.skip("no development pictures: set KMCODEC_DATA to a folder that holds kodak/")
    return folder


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """Return a function that runs the command line in this process."""

    def call(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["kmcodec", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfdbinary.readouterr()
        return SimpleNamespace(code=ended.value.code, out=out, err=err.decode())

    return call
