"""The whole path on real pictures, where they are at hand (KMCODEC_DATA)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import opened
from PIL import Image

import kmcodec
from kmcodec import cli
from kmcodec.files import pillow_png, read_picture


def run(monkeypatch, capfd, *arguments):
    """Run the command line; return its JSON lines."""
    monkeypatch.setattr(sys, "argv", ["kmcodec", *map(str, arguments), "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capfd.readouterr()
    notes = [line for line in err.splitlines() if not line.endswith("colours are sRGB now")]
    assert (ended.value.code, notes) == (0, [])
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    "kind",
    [
        "pixelart",
        "masks",
        pytest.param("kodak", marks=pytest.mark.exhaustive),
        pytest.param("screens", marks=pytest.mark.exhaustive),
    ],
)
def test_folders_go_there_and_back(data, tmp_path, monkeypatch, capfd, kind):
    """Decoded pixels are palette[indices]; few colours come back whole; info and verify agree."""
    encoded = run(monkeypatch, capfd, "encode", data / kind, "-o", tmp_path / "out")
    decoded = run(monkeypatch, capfd, "decode", tmp_path / "out", "-o", tmp_path / "back")
    infos = run(monkeypatch, capfd, "info", tmp_path / "out")
    verified = run(monkeypatch, capfd, "verify", tmp_path / "out")
    assert len(encoded) == len(decoded) == len(infos) == len(verified) > 10
    lossless = 0
    by_file = {report["output"]: report for report in encoded}
    for back, info, check in zip(decoded, infos, verified, strict=True):
        report = by_file[back["input"]]
        assert info["bytes"] == check["bytes"] == report["bytes"]
        assert check["ok"]
        facts = [(r["width"], r["height"], r["colors"]) for r in (report, info, check, back)]
        assert len(set(facts)) == 1
        before, after = opened(report["input"]), opened(back["output"])
        image = kmcodec.decode_indexed(Path(back["input"]).read_bytes())
        assert (np.asarray(after.convert("RGBA")) == as_rgba(image)).all()
        pixels = np.asarray(before.convert("RGBA"))
        if len(np.unique(pixels.reshape(-1, 4).view("<u4"))) <= 256:
            assert (np.asarray(after.convert("RGBA")) == pixels).all()
            lossless += 1
        if before.mode == "P":
            assert after.mode == "P"
            assert (np.asarray(after) == np.asarray(before)).all()
    assert lossless >= {"kodak": 0, "pixelart": 30, "screens": 7, "masks": 25}[kind]


def as_rgba(image):
    """Return an indexed image's pixels with four channels."""
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.channels]
    return np.asarray(Image.fromarray(image.to_pixels(), mode).convert("RGBA"))


def test_deflate_is_no_larger_than_png(data):
    """Over four photographs and three palettes, and for each of them."""
    for path in sorted((data / "kodak").glob("*.png"))[:4]:
        pixels = read_picture(path).pixels
        for n_colors in (16, 64, 256):
            image = kmcodec.quantize(pixels, n_colors=n_colors)
            ours = len(kmcodec.encode_indexed(image, coding="deflate"))
            assert ours <= len(pillow_png(image))
