"""Which kernels run, and that both run to the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kmcodec
from kmcodec import _kernels

SCRIPT = """
import sys, numpy, kmcodec
pixels = numpy.load(sys.argv[1])
for n_colors, effort in ((5, 1), (5, 5), (40, 5), (40, 9), (1050, 3)):
    data = kmcodec.encode(pixels, n_colors=n_colors, effort=effort)
    assert (kmcodec.decode(data).shape == pixels.shape)
    print(kmcodec.backend, data.hex())
for space in ("oklab", "srgb"):
    for dither, method in ((0.0, "diffusion"), (1.0, "diffusion"), (1.0, "blue-noise")):
        options = {"space": space, "dither": dither, "dither_method": method, "coding": "packed"}
        print(kmcodec.backend, kmcodec.encode(pixels, n_colors=25, **options).hex())
"""


def run(backend, *arguments, **extra):
    """Run a script with a backend forced by the environment."""
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        env=os.environ | {"KMCODEC_BACKEND": backend} | extra,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not _kernels.has_compiled(), reason="there are no compiled kernels to compare")
@pytest.mark.parametrize(
    ("kind", "height"),
    [
        ("rgb", 12),
        ("rgba", 12),
        *(pytest.param(k, 22, marks=pytest.mark.exhaustive) for k in ("rgb", "gray", "rgba")),
    ],
)
def test_both_backends_give_the_same_files(tmp_path, photo, sprite, kind, height):
    """Both backends write the same files in two spaces, dithered and not, by lists and tree."""
    shades = photo[18 : 18 + height, 20:44]
    pixels = {"rgb": shades, "gray": shades[..., 0], "rgba": sprite[:height]}[kind]
    np.save(tmp_path / "pixels.npy", pixels)
    outputs = [
        run(backend, "-c", SCRIPT, str(tmp_path / "pixels.npy"))
        for backend in ("compiled", "interpreted")
    ]
    assert all(done.returncode == 0 for done in outputs), outputs
    compiled, interpreted = (done.stdout.splitlines() for done in outputs)
    assert len(compiled) == 11
    assert {line.split()[0] for line in compiled} == {"compiled"}
    assert {line.split()[0] for line in interpreted} == {"interpreted"}
    assert [x.split()[1] for x in compiled] == [x.split()[1] for x in interpreted]


def test_interpreted_kernels_run_without_cython(tmp_path):
    """Where Cython is not installed, a small stand-in takes its place."""
    (tmp_path / "cython.py").write_text("raise ImportError('not here')\n")
    done = run(
        "interpreted",
        "-c",
        "import kmcodec, numpy as np; x = np.arange(90, dtype='u1').reshape(5, 6, 3);"
        "print(kmcodec.backend, (kmcodec.decode(kmcodec.encode(x)) == x).all(),"
        " len(kmcodec.encode(x, n_colors=7, dither=1.0)) > 20)",
        PYTHONPATH=os.pathsep.join([str(tmp_path), *filter(None, sys.path)]),
    )
    assert done.stdout.split() == ["interpreted", "True", "True"], done.stderr


def test_unknown_backends_are_refused():
    """An unknown KMCODEC_BACKEND is an error that repeats its name."""
    done = run("fast", "-c", "import kmcodec; kmcodec.backend")
    assert "KMCODEC_BACKEND is 'fast'" in done.stderr


def test_a_missing_extension_warns_once(monkeypatch):
    """Without compiled kernels everything works, after one clear warning."""
    monkeypatch.delenv("KMCODEC_BACKEND", raising=False)
    monkeypatch.setattr(_kernels._loading, "has_compiled", lambda: False)
    _kernels.backend.cache_clear()
    try:
        with pytest.warns(_kernels.BackendWarning, match="kernels run interpreted"):
            assert _kernels.backend() == "interpreted"
        assert _kernels.backend() == "interpreted"  # a second warning would be an error
        monkeypatch.setenv("KMCODEC_BACKEND", "compiled")
        _kernels.backend.cache_clear()
        with pytest.raises(ImportError, match="has no extension"):
            _kernels.backend()
    finally:
        monkeypatch.undo()
        _kernels.backend.cache_clear()


def test_every_kernel_source_is_listed():
    """A kernel that is not in NAMES would be neither checked for nor tested."""
    folder = Path(_kernels.__file__).parent
    sources = {path.stem for path in folder.glob("*.py") if path.name[0] != "_"}
    assert sources == set(_kernels.NAMES)
    assert kmcodec.backend in ("compiled", "interpreted")


def test_interpreted_stores_are_checked():
    """A value that does not fit the array's type raises instead of wrapping."""
    kernel = _kernels.load("lookup", "interpreted")
    labels = np.array([300], dtype=np.int32)
    with pytest.raises(ValueError, match=r"invalid value|format"):
        kernel.gather_labels(labels, np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.uint8), 0, 1)


@pytest.mark.parametrize("first", ["compiled", "interpreted"])
def test_a_kernel_is_that_of_the_running_backend(first):
    """An attribute of the package is the running backend's kernel, whichever was loaded before."""
    script = (
        "from kmcodec import _kernels\n"
        f"_kernels.load('lookup', {first!r})\n"
        "assert _kernels.lookup is _kernels.load('lookup')\n"
        "from kmcodec._kernels import hashing, lookup\n"
        "print(lookup.__name__, hashing.__name__)\n"
        "_kernels.nibbling"
    )
    for backend, prefix in (("compiled", ""), ("interpreted", "_interpreted_")):
        if "compiled" in (first, backend) and not _kernels.has_compiled():
            continue
        done = run(backend, "-c", script)
        names = [f"kmcodec._kernels.{prefix}{name}" for name in ("lookup", "hashing")]
        assert done.stdout.split() == names, done.stderr
        assert "module 'kmcodec._kernels' has no attribute 'nibbling'" in done.stderr
