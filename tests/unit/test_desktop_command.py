"""``kmcodec desktop``: what it writes, keeps, refuses and removes, without a desktop's tools."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from kmcodec import desktop


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return an empty home; no program of a desktop is on the PATH."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path


def tree(folder):
    """Return all files below a folder."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


THREE = {
    ".magic",
    ".local/share/mime/packages/kmcodec.xml",
    ".local/share/thumbnailers/kmcodec.thumbnailer",
}


def test_alone_it_tells_where_the_files_are(run):
    """Without a subcommand, the places of the three files are printed."""
    places = run("desktop").out.decode().split()
    assert [Path(place).name for place in places] == [
        "kmcodec.xml",
        "kmcodec.thumbnailer",
        "kmcodec.magic",
    ]
    assert all(desktop.is_ours(Path(place).read_text(encoding="utf-8")) for place in places)


def test_there_and_away(run, home):
    """Installing writes three files, again keeps them, and uninstalling removes them."""
    done = run("desktop", "install")
    assert done.code == 0
    assert tree(home) == THREE
    assert b"there is no update-mime-database" in done.out
    again = run("desktop", "install").out.decode()
    assert again.count("kept ") == 3
    assert "wrote" not in again
    assert run("desktop", "uninstall").out.decode().count("removed ") == 3
    assert tree(home) == set()
    assert run("desktop", "uninstall").out == b""


def test_magic_goes_away_beside_a_compiled_one(run, home):
    """``file -C`` made one since: then nothing new is written, but what is ours still goes."""
    run("desktop", "install")
    (home / ".magic.mgc").touch()
    assert f"removed {home / '.magic'}" in run("desktop", "uninstall").out.decode()
    assert tree(home) == {".magic.mgc"}


@pytest.mark.usefixtures("home")
def test_a_dry_run_changes_nothing(run, home):
    """A dry run says what it would do and does nothing."""
    assert run("desktop", "install", "--dry-run").out.decode().count("would write") == 3
    assert tree(home) == set()
    run("desktop", "install")
    assert run("desktop", "uninstall", "--dry-run").out.decode().count("would remove") == 3
    assert tree(home) == THREE


def test_an_older_version_of_ours_is_replaced(run, home):
    """A changed file of ours is written again."""
    run("desktop", "install")
    entry = home / ".local/share/thumbnailers/kmcodec.thumbnailer"
    text = entry.read_text(encoding="utf-8")
    entry.write_text(text + "Old=yes\n")
    assert f"wrote {entry}" in run("desktop", "install").out.decode()
    assert entry.read_text(encoding="utf-8") == text


def test_what_is_not_ours_stays(run, home):
    """Nothing is written at all before every place is known to be free."""
    other = home / ".local/share/thumbnailers/kmcodec.thumbnailer"
    other.parent.mkdir(parents=True)
    other.write_text("[Thumbnailer Entry]\n")
    refused = run("desktop", "install")
    assert refused.code == 7
    assert refused.err.count("\n") == 1
    assert "-f overwrites it" in refused.err
    assert tree(home) == {".local/share/thumbnailers/kmcodec.thumbnailer"}
    assert f"kept {other}: it is not kmcodec's" in run("desktop", "uninstall").out.decode()
    assert other.read_text() == "[Thumbnailer Entry]\n"
    assert run("desktop", "install", "-f").code == 0
    assert desktop.is_ours(other.read_text())


@pytest.mark.parametrize("content", ["0 string A a\n", "0 string A a\n" + "#\n" * 5, None])
def test_somebodys_own_magic_stays(run, home, content):
    """Even where ours was added to it by hand; a folder, too."""
    magic = home / ".magic"
    if content is None:
        magic.mkdir()
    else:
        magic.write_text(content + desktop.read_data(desktop.MAGIC))
    before = tree(home)
    done = run("desktop", "install")
    assert done.code == 0
    assert f"{magic} is not kmcodec's; for file(1): see " in done.out.decode()
    assert tree(home) - before == THREE - {".magic"}
    assert run("desktop", "uninstall").code == 0
    assert tree(home) == before


def test_the_folder_of_data_may_be_elsewhere(run, home, monkeypatch):
    """XDG_DATA_HOME moves the media type."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    run("desktop", "install")
    assert "data/mime/packages/kmcodec.xml" in tree(home)


def test_a_place_that_cannot_be_written(run, home):
    """A prefix that is a file is exit code 7."""
    (home / "file").touch()
    refused = run("desktop", "install", "--prefix", home / "file")
    assert refused.code == 7
    assert "is not a folder" in refused.err


def test_the_thumbnailer_names_this_very_program(run, home, monkeypatch):
    """The entry runs the kmcodec on the PATH, or else this interpreter, with percents doubled."""
    run("desktop", "install")
    entry = home / ".local/share/thumbnailers/kmcodec.thumbnailer"
    assert f"Exec={shlex.quote(sys.executable)} -m kmcodec thumbnail -f " in entry.read_text()
    program = home / "100% mine" / "kmcodec"
    program.parent.mkdir()
    program.touch()
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    run("desktop", "install")
    lines = entry.read_text().splitlines()
    assert f"TryExec={program}" in lines
    quoted = str(program).replace("%", "%%")
    assert f"Exec='{quoted}' thumbnail -f --size %s -o %o %i" in lines


@pytest.mark.parametrize("shell", desktop.SHELLS)
def test_completion_prints_a_script(run, shell):
    """Each shell has a script that says who made it."""
    done = run("completion", shell)
    assert done.code == 0
    assert f'made by "kmcodec completion {shell}"' in done.out.decode()
    assert f"_KMCODEC_COMPLETE={shell}_complete".replace("=", " " if shell == "fish" else "=") in (
        done.out.decode()
    )


def test_completion_of_another_shell_is_refused(run):
    """A shell without a script is exit code 2."""
    assert run("completion", "csh").code == 2
