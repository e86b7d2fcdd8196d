"""Run wrong decoders over the vectors: each of them has to fail at one at least.

    python spec/run_mutants.py
    python spec/run_mutants.py --only "^TileDecoder.learn:"

Makes wrong decoders from the reference decoder (mutants.py), and runs each over the vectors that
reach what was changed, those that take least time first, up to the first that shows the fault.
Prints a line for each: what was changed, the section of the specification, the vector, seconds.
What was found out stays in build/mutants.json, so that the next run has only to do what is new.
Exits with 1 if a wrong decoder passed and `equivalent_mutants.py` does not name it, or if that
names one that did not. Needs the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from equivalent_mutants import EQUIVALENT
from mutants import Mutant, Source, make_mutants
from orders import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

HERE = Path(__file__).resolve().parent
DECODER = HERE / "reference_decoder.py"
VECTORS = HERE / "vectors"
KEPT = HERE.parent / "build" / "mutants.json"
SKIPPED = frozenset({"build_pam", "main"})  # no part of decoding
MOST_BYTES = 3 << 30  # of a wrong decoder's memory
CHUNK = 20  # mutants that one process gets at a time


class Hang(BaseException):
    """A wrong decoder takes far longer than the right one."""


@dataclass
class Vector:
    """A file, what the right decoder makes of it, and which blocks of statements that takes."""

    name: str
    data: bytes
    key: str = ""
    result: str = ""
    seconds: float = 0.0
    reached: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Outcome:
    """Which vector shows that a decoder is wrong, if one does."""

    mutant: str
    section: str
    vector: str
    seconds: float


def digest(data: bytes) -> str:
    """Return a short fingerprint."""
    return hashlib.sha256(data).hexdigest()[:16]


def load(code: CodeType) -> ModuleType:
    """Return a module of this code."""
    module = ModuleType("mutant")
    sys.modules["mutant"] = module  # where dataclasses look
    exec(code, module.__dict__)  # noqa: S102 - that is what this tool is for
    return module


def decode(module: Any, data: bytes) -> str:  # noqa: ANN401 - a module that is made here
    """Return what a decoder makes of a file, in one line."""
    try:
        picture = module.decode(data)
        pixels = picture.pixels()
    except module.KmqError as error:
        return type(error).__name__
    except (Exception, RecursionError) as error:  # noqa: BLE001 - wrong decoders fail in many ways
        return f"failed by {type(error).__name__}"
    rows = picture.planes * picture.height
    return f"{picture.width} {rows} {picture.channels} {digest(pixels)}"


def read_vectors() -> list[Vector]:
    """Return all vectors."""
    paths = sorted(VECTORS.rglob("*.kmq"))
    vectors = [Vector(f"{path.parent.name}/{path.stem}", path.read_bytes()) for path in paths]
    for vector in vectors:
        vector.key = digest(vector.data)
    return vectors


def measure(vectors: list[Vector], kept: dict[str, Any]) -> None:
    """Find what the right decoder makes of each vector, how long it takes, what it reaches."""
    text = DECODER.read_text()
    known = kept.setdefault("reached", {}).get(digest(text.encode()), {})
    kept["reached"] = {digest(text.encode()): known}
    code = compile(Source(text).instrumented(), str(DECODER), "exec")
    for vector in vectors:
        if vector.key not in known:
            module = load(code)  # whose tables are not made yet
            start = time.process_time()
            result = decode(module, vector.data)
            known[vector.key] = [result, time.process_time() - start, sorted(module.reached)]
        vector.result, vector.seconds, reached = known[vector.key]
        vector.reached = frozenset(reached)
    vectors.sort(key=lambda vector: vector.seconds)


def stop(_signal: int, _frame: FrameType | None) -> None:
    """End a wrong decoder."""
    raise Hang


def shows(module: ModuleType, vector: Vector) -> bool:
    """Return whether a vector shows that a decoder is wrong."""
    signal.setitimer(signal.ITIMER_PROF, 5 + 20 * vector.seconds)
    try:
        return decode(module, vector.data) != vector.result
    except (Hang, MemoryError):
        return True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class Judge:
    """Runs wrong decoders in a process of its own."""

    vectors: list[Vector]
    text: str

    @classmethod
    def start(cls, vectors: list[Vector], text: str) -> None:
        """Get a process ready."""
        cls.vectors, cls.text = vectors, text
        signal.signal(signal.SIGPROF, stop)
        sys.setrecursionlimit(400)
        if sys.platform != "win32":
            import resource  # noqa: PLC0415 - other systems do without

            resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))

    @classmethod
    def judge(cls, mutants: list[Mutant]) -> list[Outcome]:
        """Return the outcome of some mutants, which are likely to fail at the same vectors."""
        best: list[Vector] = []
        outcomes = []
        for mutant in mutants:
            start = time.process_time()
            blocks = {mutant.block, *mutant.users} - {0}
            may = [vector for vector in cls.vectors if not blocks or vector.reached & blocks]
            may = may or cls.vectors
            order = sorted(may, key=lambda vector: (vector not in best[-4:], vector.seconds))
            shown = next(cls.find(mutant, order), None)
            if shown:
                best = [*(vector for vector in best if vector is not shown), shown]
            seconds = time.process_time() - start
            name = shown.name if shown else ""
            outcomes.append(Outcome(mutant.name, mutant.section, name, seconds))
        return outcomes

    @classmethod
    def find(cls, mutant: Mutant, order: list[Vector]) -> Iterator[Vector]:
        """Yield the vectors that show that a mutant is wrong."""
        signal.setitimer(signal.ITIMER_PROF, 20)
        try:
            module = load(compile(mutant.apply(cls.text), "mutant", "exec"))
        except (Exception, Hang):  # noqa: BLE001 - it does not even start
            yield order[0]
            return
        for vector in order:
            if shows(module, vector):
                yield vector


def chunks(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Return the mutants in small groups of one function each."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault(mutant.name.split(":")[0], []).append(mutant)
    return [
        group[start : start + CHUNK]
        for group in groups.values()
        for start in range(0, len(group), CHUNK)
    ]


def run(mutants: list[Mutant], processes: int) -> list[Outcome]:
    """Return the outcome of each mutant; what is known of a former run is not run again."""
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    vectors = read_vectors()
    measure(vectors, kept)
    text = DECODER.read_text()
    keys = {mutant.name: digest(mutant.apply(text).encode()) for mutant in mutants}
    present = {vector.name: vector.key for vector in vectors}
    whole = digest("".join(sorted(present.values())).encode())
    known = kept.setdefault("outcomes", {})

    def is_known(mutant: Mutant) -> bool:
        name, key, _ = known.get(keys[mutant.name], ("", "", 0))
        return bool(key == (present.get(name) if name else whole))

    new = chunks([mutant for mutant in mutants if not is_known(mutant)])
    done = 0
    KEPT.parent.mkdir(exist_ok=True)
    fork = multiprocessing.get_context("fork")
    with fork.Pool(processes, Judge.start, (vectors, text)) as pool:
        for outcomes in pool.imap_unordered(Judge.judge, new):
            for outcome in outcomes:
                key = present[outcome.vector] if outcome.vector else whole
                known[keys[outcome.mutant]] = (outcome.vector, key, outcome.seconds)
            done += len(outcomes)
            print(f"\r{done} run", end="", file=sys.stderr, flush=True)
            KEPT.write_text(json.dumps(kept))
    if new:
        print(file=sys.stderr)
    KEPT.write_text(json.dumps(kept))
    return [
        Outcome(mutant.name, mutant.section, known[key][0], known[key][2])
        for mutant in mutants
        for key in [keys[mutant.name]]
    ]


def all_mutants() -> list[Mutant]:
    """Return the wrong decoders."""
    return make_mutants(DECODER.read_text(), ORDERS, SKIPPED)


def report(outcomes: list[Outcome], *, quiet: bool) -> int:
    """Print the table and what is not as it should be; return how many lines that took."""
    wrong = 0
    for outcome in outcomes:
        fault = ""
        if not outcome.vector and outcome.mutant not in EQUIVALENT:
            fault = "PASSES ALL VECTORS"
        if outcome.vector and outcome.mutant in EQUIVALENT:
            fault = "is not equivalent"
        wrong += bool(fault)
        if fault or not quiet:
            shown = f"{outcome.vector or 'equivalent'} {fault}".strip()
            print(f"{outcome.section:8} {outcome.seconds:6.2f} s  {shown:45} {outcome.mutant}")
    caught = sum(bool(outcome.vector) for outcome in outcomes)
    print(f"{len(outcomes)} wrong decoders, {caught} fail, {wrong} not as they should")
    return wrong


def main() -> int:
    """Parse the command line; return 1 if a wrong decoder passed."""
    parser = argparse.ArgumentParser(description="Run wrong decoders over the vectors.")
    parser.add_argument("--only", default="", help="a pattern for what was changed")
    parser.add_argument("--sample", type=int, default=1, help="one of so many")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quiet", action="store_true", help="print only what passes")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in all_mutants() if re.search(arguments.only, mutant.name)]
    outcomes = run(mutants[:: arguments.sample], arguments.processes)
    return 1 if report(outcomes, quiet=arguments.quiet) else 0


if __name__ == "__main__":
    sys.exit(main())
