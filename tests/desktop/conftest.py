"""The real tools of desktops and shells, and a home of their own for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kmcodec


@pytest.fixture
def tool():
    """Return a function that finds a program, or skips; where CI is set, or fails."""

    def find(name, package):
        found = shutil.which(name)
        if found is None and os.environ.get("CI"):
            pytest.fail(f"there is no {name} (package {package}), and CI is set")
        if found is None:
            pytest.skip(f"there is no {name}: install {package}")
        return found

    return find


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty home, with the kmcodec under test on the PATH of all that is called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "kmcodec"
    place = Path(kmcodec.__file__).parent.parent
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{place}" exec "{sys.executable}" -c'
        " 'from kmcodec.cli import main; main()' \"$@\"\n"
    )
    script.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("XDG_", "GIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return home


@pytest.fixture
def call(tmp_path):
    """Return a function that runs a program and returns what it prints."""

    def run(*words, code=0, **options):
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            check=False,
            cwd=options.pop("cwd", tmp_path),
            timeout=120,
            **options,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return run
