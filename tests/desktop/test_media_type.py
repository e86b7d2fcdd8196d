"""The media type in a desktop's database, asked by its own tools."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kmcodec


@pytest.fixture
def installed(tool, home, call, tmp_path):
    """Install for a person of their own; two files of which one has no telling name."""
    tool("update-mime-database", "shared-mime-info")
    said = call("kmcodec", "desktop", "install")
    assert f"ran update-mime-database {home}/.local/share/mime" in said
    data = kmcodec.encode(np.eye(5, dtype=np.uint8))
    (tmp_path / "a.kmq").write_bytes(data)
    (tmp_path / "noname").write_bytes(data)
    (tmp_path / "named.kmq").write_bytes(b"anything")
    return tmp_path


def gio_type(call, program, path):
    """Return the media type that GLib tells."""
    said = call(program, "info", "-a", "standard::content-type", path)
    return re.search(r"content-type: (.*)", said)[1]


def test_glib_knows_the_type_by_name_and_by_content(tool, installed, call):
    """GLib tells image/x-kmq by suffix alone and by content alone."""
    program = tool("gio", "libglib2.0-bin")
    assert gio_type(call, program, installed / "a.kmq") == "image/x-kmq"
    assert gio_type(call, program, installed / "noname") == "image/x-kmq"
    assert gio_type(call, program, installed / "named.kmq") == "image/x-kmq"


def test_xdg_mime_knows_the_type(tool, installed, call):
    """xdg-mime tells image/x-kmq."""
    program = tool("xdg-mime", "xdg-utils")
    assert call(program, "query", "filetype", installed / "a.kmq") == "image/x-kmq\n"


def test_nothing_is_known_after_uninstalling(tool, installed, call):
    """After uninstalling, GLib no longer knows the content."""
    program = tool("gio", "libglib2.0-bin")
    call("kmcodec", "desktop", "uninstall")
    assert gio_type(call, program, installed / "noname") != "image/x-kmq"


def test_a_prefix_is_for_everybody(tool, home, call, tmp_path, monkeypatch):
    """An installation below a prefix writes nothing into the home and is found by XDG_DATA_DIRS."""
    program = tool("gio", "libglib2.0-bin")
    tool("update-mime-database", "shared-mime-info")
    said = call("kmcodec", "desktop", "install", "--prefix", tmp_path / "usr")
    assert ">> /etc/magic" in said
    assert not list(home.iterdir())
    (tmp_path / "a.kmq").write_bytes(b"anything")
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "usr" / "share"))
    assert gio_type(call, program, tmp_path / "a.kmq") == "image/x-kmq"
