"""Completions in real shells, with keys typed into a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

import pytest

CASES = {
    "kmcodec enc": "kmcodec encode ",
    "kmcodec decode --ind": "kmcodec decode --indexed ",
    "kmcodec quantize --in-p": "kmcodec quantize --in-place ",
    "kmcodec quantize --space ok": "kmcodec quantize --space oklab ",
    "kmcodec quantize --space=ok": "kmcodec quantize --space=oklab ",
    "kmcodec segment a.png --cutout=flower.pn": "kmcodec segment a.png --cutout=flower.png ",
    "kmcodec quantize --effort flow": "kmcodec quantize --effort flow",
    "kmcodec desktop un": "kmcodec desktop uninstall ",
    "kmcodec desktop install --prefix fold": "kmcodec desktop install --prefix folder/",
    "kmcodec quantize a.png --keep flow": "kmcodec quantize a.png --keep flow",
    "kmcodec completion z": "kmcodec completion zsh ",
    "kmcodec info flow": "kmcodec info flower.kmq ",
    "kmcodec verify --json FLAG": "kmcodec verify --json FLAG.KMQ ",
    "kmcodec encode flower.pn": "kmcodec encode flower.png ",
    "kmcodec segment a.png --mask flower.pn": "kmcodec segment a.png --mask flower.png ",
    "kmcodec decode my": r"kmcodec decode my\ photo.kmq ",
    r"kmcodec decode x\[": r"kmcodec decode x\[1\].kmq ",
    "kmcodec decode fold": "kmcodec decode folder/",
    "kmcodec decode folder/in": "kmcodec decode folder/inner.kmq ",
}
BASH = """
bind 'set enable-bracketed-paste off'
bind -x '"\\C-t": printf "%s" "$READLINE_LINE" > line'
. ./script
PS1='ready> '
"""
ZSH = """
autoload -Uz compinit && compinit -u -D
line() { print -rn -- "$BUFFER" > line }
zle -N line
bindkey -e
bindkey '^T' line
PS1='ready> '
"""


@pytest.fixture
def place(home, tmp_path, monkeypatch):
    """Return a folder with files to complete, as the working folder."""
    place = tmp_path / "place"
    (place / "folder").mkdir(parents=True)
    for name in (
        "flower.kmq",
        "flower.png",
        "FLAG.KMQ",
        "FLAG.txt",
        "my photo.kmq",
        "my photo.png",
        "x[1].kmq",
        "x1.kmq",
    ):
        (place / name).touch()
    (place / "folder" / "inner.kmq").touch()
    (place / "folder" / "inner.png").touch()
    monkeypatch.chdir(place)
    monkeypatch.setenv("TERM", "xterm")
    assert home.exists()
    return place


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, words, place):
        self._main, shell_side = pty.openpty()
        self._shell = subprocess.Popen(
            words, stdin=shell_side, stdout=shell_side, stderr=shell_side, start_new_session=True
        )
        os.close(shell_side)
        self._line = place / "line"
        self._seen = b""

    def wait_for(self, done):
        """Read what the shell shows until something is true."""
        end = time.monotonic() + 20
        while not done():
            assert time.monotonic() < end, self._seen
            if select.select([self._main], [], [], 0.02)[0]:
                self._seen += os.read(self._main, 4096)

    def wait_for_prompt(self):
        """Wait until the shell is ready for keys."""
        self.wait_for(lambda: b"ready> " in self._seen)

    def line_after(self, keys):
        """Type keys on an empty line; return the line that comes of it."""
        self._line.unlink(missing_ok=True)
        os.write(self._main, b"\x15" + keys.encode() + b"\x14")
        self.wait_for(self._line.exists)
        self.wait_for(self._line.read_text)
        return self._line.read_text()

    def close(self):
        """End the shell."""
        self._shell.kill()
        self._shell.wait()
        os.close(self._main)


@pytest.fixture
def terminal(place):
    """Return a function that starts a shell."""
    started = []

    def start(*words):
        started.append(Terminal(words, place))
        started[-1].wait_for_prompt()
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_bash(tool, place, call, terminal):
    """Bash completes commands, options, choices and only the files that suit."""
    program = tool("bash", "bash")
    (place / "script").write_text(call("kmcodec", "completion", "bash"))
    (place / "rc").write_text(BASH)
    bash = terminal(program, "--noprofile", "--rcfile", "rc", "-i")
    assert {line: bash.line_after(line + "\t") for line in CASES} == CASES


def test_zsh(tool, home, place, call, terminal, monkeypatch):
    """The script is installed as a function that the completion system loads."""
    program = tool("zsh", "zsh")
    functions = home / "functions"
    functions.mkdir()
    (functions / "_kmcodec").write_text(call("kmcodec", "completion", "zsh"))
    monkeypatch.setenv("ZDOTDIR", str(home))
    (home / ".zshrc").write_text(f"fpath=({functions} $fpath)\n{ZSH}")
    assert place.exists()
    zsh = terminal(program, "-d", "-i")
    assert {line: zsh.line_after(line + "\t") for line in CASES} == CASES


def test_zsh_takes_the_script_from_a_pipe(tool, home, place, terminal, monkeypatch):
    """Zsh completes after sourcing the script from a pipe."""
    program = tool("zsh", "zsh")
    monkeypatch.setenv("ZDOTDIR", str(home))
    (home / ".zshrc").write_text(f"{ZSH}\nsource <(kmcodec completion zsh)\n")
    assert place.exists()
    assert terminal(program, "-d", "-i").line_after("kmcodec enc\t") == "kmcodec encode "


def test_fish(tool, place, call):
    """Fish tells its candidates; it quotes, and adds the blank, when one is taken."""
    program = tool("fish", "fish")
    (place / "script").write_text(call("kmcodec", "completion", "fish"))
    expected = {line: full.strip().replace("\\", "") for line, full in CASES.items()}
    found = {}
    for line in CASES:
        said = call(program, "-N", "-c", f"source script; complete -C '{line}'", cwd=place)
        candidates = [text.partition("\t")[0] for text in said.splitlines()]
        start, blank, word = line.rpartition(" ")
        found[line] = start + blank + (" or ".join(candidates) or word)
    assert found == expected


def test_candidates_come_with_help_where_shells_show_it(tool, place, call):
    """Fish shows each command beside its help text."""
    program = tool("fish", "fish")
    (place / "script").write_text(call("kmcodec", "completion", "fish"))
    said = call(program, "-N", "-c", "source script; complete -C 'kmcodec '", cwd=place)
    assert "encode\tCompress pictures into .kmq files.\n" in said
    assert said.splitlines()[0].startswith("encode")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_find_no_fault_in_the_scripts(tool, home, call, tmp_path, shell):
    """Each shell's own syntax check passes its script."""
    program = tool(shell, shell)
    (tmp_path / "script").write_text(call("kmcodec", "completion", shell))
    assert call(program, "-n", "script") == ""
    assert home.exists()


def test_clicks_own_way_gives_the_same_script(home, call, monkeypatch):
    """Click's environment variable prints the same script as our command."""
    assert home.exists()
    printed = call("kmcodec", "completion", "bash")
    monkeypatch.setenv("_KMCODEC_COMPLETE", "bash_source")
    assert call("kmcodec") == printed
