"""Wrong decoders fail at a vector."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from equivalent_mutants import GAPS
from mutants import make_mutants
from orders import ORDERS

SPEC = Path(__file__).parents[2] / "spec"


def test_there_are_many():
    """More than three thousand wrong decoders are made, and no two have the same name."""
    mutants = make_mutants((SPEC / "reference_decoder.py").read_text(), ORDERS)
    names = {mutant.name for mutant in mutants}
    assert len(mutants) == len(names) > 3000
    assert names >= GAPS


def passing(pattern):
    """Return the names of the wrong decoders that pass, of those that a pattern finds, and all."""
    command = [sys.executable, "spec/run_mutants.py", "--only", pattern, "--quiet"]
    done = subprocess.run(command, cwd=SPEC.parent, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return {line.split("VECTORS ")[1].strip() for line in lines[:-1]}, lines[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_some_steps_in_another_order_fail():
    """Some decoders with steps in another order fail at a vector, in a few seconds."""
    passed, total = passing("^order: (only|the |alpha)")
    assert not total.startswith("0 ")
    assert passed <= GAPS


@pytest.mark.exhaustive
@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_steps_in_another_order_fail():
    """Each decoder with steps in another order fails at a vector, but for those known to pass."""
    passed, total = passing("^order: ")
    assert f"{len(ORDERS)} wrong decoders" in total
    assert passed <= GAPS
