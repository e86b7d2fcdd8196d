"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from kmcodec.errors import InputError, LimitError
from kmcodec.files import OutputError, find_files, paths, read_kmq, write_bytes


def names(folder):
    """Return the names in a folder, sorted."""
    return sorted(p.name for p in folder.iterdir())


def test_new_files_and_folders_are_made(tmp_path):
    """A file is written with the folders above it, and nothing beside it."""
    write_bytes(tmp_path / "a" / "b.kmq", b"data", overwrite=False)
    assert (tmp_path / "a" / "b.kmq").read_bytes() == b"data"
    assert names(tmp_path / "a") == ["b.kmq"]


def test_new_files_have_ordinary_permissions(tmp_path):
    """Not the private ones of temporary files; an overwritten file keeps its own."""
    (tmp_path / "plain").write_bytes(b"")
    write_bytes(tmp_path / "new", b"x", overwrite=False)
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "new").chmod(0o640)
    write_bytes(tmp_path / "new", b"y", overwrite=True)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_existing_files_stay_unless_asked(tmp_path):
    """An existing file raises OutputError, or is replaced on request."""
    target = tmp_path / "a.kmq"
    target.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists already; -f overwrites it"):
        write_bytes(target, b"new", overwrite=False)
    assert target.read_bytes() == b"old"
    write_bytes(target, b"new", overwrite=True)
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["a.kmq"]


def test_a_file_that_appears_meanwhile_stays(tmp_path, monkeypatch):
    """The check and the rename are not one step, so the rename itself must not overwrite."""
    target = tmp_path / "a.kmq"
    real = paths._write_beside

    def meanwhile(*args, **kwargs):
        target.write_bytes(b"theirs")
        real(*args, **kwargs)

    monkeypatch.setattr(paths, "_write_beside", meanwhile)
    with pytest.raises(OutputError, match="exists already"):
        write_bytes(target, b"ours", overwrite=False)
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.kmq"]


def test_file_systems_without_hard_links_work(tmp_path, monkeypatch):
    """Where links are refused, files are written and existing ones still kept."""

    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_bytes(tmp_path / "a", b"x", overwrite=False)
    assert names(tmp_path) == ["a"]
    with pytest.raises(OutputError):
        write_bytes(tmp_path / "a", b"y", overwrite=False)


def test_failures_leave_nothing(tmp_path, monkeypatch):
    """A write that fails leaves the old file and no other."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OutputError, match="No space left on device"):
        write_bytes(tmp_path / "a", b"new", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_folders_and_blocked_paths_are_refused(tmp_path):
    """Folders, paths below files and long names raise OutputError."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="it is a folder"):
        write_bytes(tmp_path / "folder", b"", overwrite=True)
    with pytest.raises(OutputError, match="cannot write"):
        write_bytes(tmp_path / "file" / "below", b"", overwrite=True)
    with pytest.raises(OutputError, match="cannot write"):
        write_bytes(tmp_path / ("long" * 100), b"", overwrite=True)


def test_links_are_followed_and_devices_written(tmp_path):
    """A link stays and its target is written; a device takes the bytes."""
    (tmp_path / "goal").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "goal")
    write_bytes(tmp_path / "link", b"new", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "goal").read_bytes() == b"new"
    write_bytes(tmp_path / os.path.relpath(os.devnull, tmp_path), b"x", overwrite=False)


def test_missing_files_say_so(tmp_path):
    """Missing files, folders and impossible names raise InputError."""
    with pytest.raises(InputError, match="No such file"):
        read_kmq(tmp_path / "missing")
    with pytest.raises(InputError, match="Is a directory"):
        read_kmq(tmp_path)
    with pytest.raises(InputError, match="cannot read"):
        read_kmq(tmp_path / "nul\0byte")


def test_endless_and_huge_files_are_not_swallowed(tmp_path, monkeypatch):
    """What does not begin like a .kmq file is not read further, and the rest up to a limit."""
    if Path("/dev/zero").exists():
        assert read_kmq(Path("/dev/zero")) == bytes(4)
    monkeypatch.setattr(paths, "LARGEST_FILE", 100)
    (tmp_path / "huge").write_bytes(b"\x8fKMQ" + bytes(200))
    with pytest.raises(LimitError, match="larger than 100 bytes"):
        read_kmq(tmp_path / "huge")


def test_permissions_come_from_the_system_not_from_us(tmp_path):
    """The process's mask decides, and is never touched, which other threads would notice."""
    before = os.umask(0o077)
    try:
        write_bytes(tmp_path / "private", b"", overwrite=False)
        assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    finally:
        assert os.umask(before) == 0o077


def test_abandoned_writes_leave_nothing(tmp_path, monkeypatch):
    """A write after abandoning leaves no file."""
    monkeypatch.setattr(paths, "_abandoned", threading.Event())
    paths.abandon_writes()
    write_bytes(tmp_path / "late", b"data", overwrite=False)
    assert names(tmp_path) == []


def test_unreadable_folders_are_not_passed_over(tmp_path, monkeypatch):
    """A folder that may not be listed raises InputError."""

    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(top)))
        return []

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(InputError, match=r"cannot read folder .*Permission denied"):
        find_files(tmp_path)


def test_pictures_are_found_at_any_depth(tmp_path):
    """Pictures are found at any depth, hidden ones apart, other kinds on request."""
    for name in ("b.PNG", "a/c.jpg", "a/notes.txt", ".hidden.png", ".git/e.png", "a/d.kmq"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [str(p.relative_to(tmp_path)) for p in find_files(tmp_path)] == ["a/c.jpg", "b.PNG"]
    assert [p.name for p in find_files(tmp_path, {".kmq"})] == ["d.kmq"]


def test_nobody_reads_a_private_file_while_it_is_written(tmp_path, monkeypatch):
    """The temporary file has the private file's mode from the start."""
    target = tmp_path / "private"
    target.write_bytes(b"old")
    target.chmod(0o600)
    seen = []
    monkeypatch.setattr(
        os, "fsync", lambda _: seen.extend(p.stat().st_mode & 0o777 for p in tmp_path.iterdir())
    )
    write_bytes(target, b"new", overwrite=True)
    assert seen == [0o600, 0o600]


def test_leftovers_of_another_long_name_stay(tmp_path):
    """Names cut to the same length do not share their leftovers."""
    one, two = (tmp_path / ("d" * 60 + end) for end in ("-one", "-two"))
    living = tmp_path / f"{paths._start_of_temporary(two)}{'0' * 16}.tmp"
    living.touch()
    paths.remove_leftovers(one)
    assert living.exists()
    paths.remove_leftovers(two)
    assert not living.exists()
