"""The targets of tests/fuzz on inputs that repeat: seeds, what was found once, fixed mutations."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS / "fuzz"))

import mutator  # noqa: E402
import seeds  # noqa: E402
import targets  # noqa: E402
from PIL import Image  # noqa: E402

ROUNDS = 600


@pytest.fixture(autouse=True)
def _limit_of_pillow(monkeypatch):
    """Give Pillow its limit back, which the target of pictures lowers."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


@pytest.mark.parametrize("target", targets.TARGETS)
def test_seeds(target):
    """Each target accepts some of its seeds, and keeps its promises on all of them."""
    taken = [targets.run_target(target, data) for data in seeds.seeds(target)]
    assert any(taken)


@pytest.mark.parametrize("target", sorted(targets.OF_KMQ - {"region"}))
def test_mutations(target):
    """A few hundred mutated files; some are still valid, or the mutator goes nowhere.

    Facts of a file are read without its indices, of which half of the changes are: the streams of
    models, any bytes of which have a right length.
    """
    files = seeds.seeds(target)
    outcomes = {True: 0, False: 0}
    for seed in range(ROUNDS):
        data = files[seed * 7 % len(files)]
        changed = mutator.mutate(data, seed, files[seed * 31 % len(files)])
        outcomes[targets.run_target(target, changed)] += 1
    assert outcomes[True] > ROUNDS // 50
    assert outcomes[False] > ROUNDS // (3 if target == "info" else 2)


def test_the_mutator_repairs_checksums():
    """What is taken apart and put together is the file itself."""
    files = [data for data in seeds.kmq_files() if targets_accepts(data)]
    for data in files:
        parts = mutator.take_apart(data)
        assert parts is not None
        assert mutator.put_together(parts) == data
    assert len(files) > 50


def targets_accepts(data: bytes) -> bool:
    """Whether a file is valid."""
    return targets.run_target("info", data)


def test_a_mutation_is_the_seed_s():
    """A mutation is a function of its seed, and other seeds give other mutations."""
    data = next(data for data in seeds.kmq_files() if targets_accepts(data))
    assert mutator.mutate(data, 5) == mutator.mutate(data, 5)
    assert len({mutator.mutate(data, seed) for seed in range(50)}) > 20


def test_a_broken_promise_is_told(monkeypatch):
    """The harness itself: wrong pixels and foreign errors do not pass."""

    def wrong(_data):
        raise ZeroDivisionError

    monkeypatch.setitem(targets.TARGETS, "decode", wrong)
    with pytest.raises(ZeroDivisionError):
        targets.run_target("decode", b"")
    monkeypatch.setattr(targets, "MOST_GROWTH", -1)
    with pytest.raises(targets.FoundError, match="took"):
        targets.run_target("info", seeds.kmq_files()[0])
