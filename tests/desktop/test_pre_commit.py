"""The pre-commit hook, run by pre-commit itself in a repository with pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent.parent
MANIFEST = ".pre-commit-hooks.yaml"
HOOK = "kmcodec-quantize-png"


@pytest.fixture
def repository(tool, home, call, tmp_path, photo, monkeypatch):
    """Return functions for a repository whose configuration names one that has our manifest.

    Its hook runs the kmcodec under test, rather than one that pre-commit builds from source.
    """
    git = tool("git", "git")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    (home / ".gitconfig").write_text(
        "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n"
    )
    hooks, place = tmp_path / "hooks", tmp_path / "place"
    for folder in (hooks, place):
        call(git, "init", "-q", folder)
    manifest = (ROOT / MANIFEST).read_text(encoding="utf-8")
    assert manifest.count("language: python") == 1
    (hooks / MANIFEST).write_text(manifest.replace("language: python", "language: system"))
    call(git, "add", ".", cwd=hooks)
    call(git, "commit", "-qm", "hooks", cwd=hooks)
    revision = call(git, "rev-parse", "HEAD", cwd=hooks).strip()

    def configure(more=""):
        (place / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: {HOOK}\n{more}"
        )
        call(git, "add", ".", cwd=place)

    def run_hooks(*words, code=0):
        call(git, "add", ".", cwd=place)
        command = (sys.executable, "-m", "pre_commit", *(words or ("run", "--all-files")))
        return call(*command, code=code, cwd=place)

    Image.fromarray(photo).save(place / "photo.png")
    configure()
    return SimpleNamespace(
        place=place,
        configure=configure,
        run=run_hooks,
        git=lambda *w, **o: call(git, *w, cwd=place, **o),
    )


def contents(place):
    """Return the pictures of a folder."""
    return {path.name: path.read_bytes() for path in sorted(place.glob("*.[pP][nN][gG]"))}


def test_the_manifest_is_valid(call):
    """pre-commit accepts the manifest of our hook."""
    call(sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / MANIFEST)


def test_pictures_become_smaller_once(repository):
    """The first run changes files and fails, as hooks do; the second finds nothing to do."""
    before = contents(repository.place)
    said = repository.run(code=1)
    assert "files were modified by this hook" in said
    after = contents(repository.place)
    assert len(after["photo.png"]) < len(before["photo.png"])
    assert "Passed" in repository.run()
    assert contents(repository.place) == after


def test_what_is_better_left(repository):
    """Palettes of any program, pictures that would grow, animations, samples of 16 bits."""
    rng = np.random.default_rng(3)
    frames = [Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)) for _ in range(3)]
    (repository.place / "photo.png").unlink()
    frames[0].quantize(200).save(repository.place / "palette.png", compress_level=0)
    frames[0].save(repository.place / "frames.png", save_all=True, append_images=frames[1:])
    Image.new("RGB", (1, 1), "red").save(repository.place / "dot.png")
    deep = rng.integers(0, 65536, (40, 40), np.uint16)
    Image.fromarray(deep).save(repository.place / "deep.PNG")
    before = contents(repository.place)
    assert len(before) == 4
    assert "Passed" in repository.run()
    assert contents(repository.place) == before


def test_arguments_of_the_configuration(repository):
    """Arguments in the configuration reach the hook: eight colours are eight."""
    repository.configure("    args: [-k, '8']\n")
    repository.run(code=1)
    with Image.open(repository.place / "photo.png") as made:
        assert made.mode == "P"
        assert len(made.getcolors()) == 8
    repository.run()


def test_profiles_stay_unless_arguments_say_otherwise(repository, photo):
    """The hook keeps a picture's colour profile."""
    from PIL import ImageCms  # noqa: PLC0415

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(np.kron(photo, np.ones((3, 3, 1), np.uint8))).save(
        repository.place / "photo.png", icc_profile=icc
    )
    repository.run(code=1)
    with Image.open(repository.place / "photo.png") as made:
        assert made.info["icc_profile"] == icc


def test_a_damaged_picture_fails_and_stays(repository):
    """A damaged picture fails the hook under its name and keeps its bytes."""
    (repository.place / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "photo.png" in repository.run(code=1)
    assert (repository.place / "photo.png").read_bytes().endswith(b"nothing")


def test_a_commit_goes_through_at_the_second_attempt(repository):
    """The first commit is stopped for the changed picture, the second one holds it."""
    repository.run("install")
    repository.git("commit", "-qm", "pictures", code=1)
    repository.git("add", ".")
    repository.git("commit", "-qm", "pictures")
    committed = repository.git("ls-tree", "-l", "HEAD", "photo.png").split()[3]
    assert int(committed) == (repository.place / "photo.png").stat().st_size
