"""Fuzz kmcodec with atheris (``pip install atheris``; Linux and macOS).

    python tests/fuzz/run.py decode --seconds 60
    python tests/fuzz/run.py all --seconds 600
    python tests/kernel_builds.py sanitized --python tests/fuzz/run.py decode --slower 10

Targets are in targets.py. `.kmq` inputs are mutated part by part with their checksums repaired, so
that fuzzing reaches the coders. What is found stays in the folder ``--findings`` (default:
build/fuzz/TARGET); give it a name that tells the defect and put it into tests/regressions/.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE))
LARGEST_INPUT = 16384
SECONDS_OF_A_HANG = 1  # on an idle machine; twice that ends the run


def fuzz(target: str, arguments: list[str], corpus: Path, *, python_coverage: bool) -> None:
    """Fuzz one target in this process, until libFuzzer ends it."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415

    with atheris.instrument_imports(include=["kmcodec"], enable_loader_override=False):
        import kmcodec.codec  # noqa: PLC0415
        import kmcodec.digits.idx  # noqa: PLC0415
        import kmcodec.files  # noqa: F401, PLC0415
    import mutator  # noqa: PLC0415
    import seeds  # noqa: PLC0415
    import targets  # noqa: PLC0415

    sys.unraisablehook = lambda _found: os.abort()  # bounds-checked kernels cannot raise
    counts = {"runs": 0, "taken": 0}
    slowest = 0.0
    report = Path(os.environ["KMCODEC_FUZZ_REPORT"])

    def one_input(data: bytes) -> None:
        nonlocal slowest
        started = time.process_time()
        counts["taken"] += targets.run_target(target, data)
        counts["runs"] += 1
        slowest = max(slowest, time.process_time() - started)
        if counts["runs"] % 256 == 1:
            peak = targets.peak_memory() >> 20
            report.write_text(f"{counts['runs']} {counts['taken']} {slowest:.3f} {peak}")

    pool = seeds.seeds(target)  # a build without coverage has nothing else to go on from
    pool += [path.read_bytes() for path in sorted(corpus.glob("*"))]

    def mutate(data: bytes, largest: int, seed: int) -> bytes:
        base = pool[seed // 16 % len(pool)] if seed % 2 else data
        prefix = 4 if target == "region" else 0
        if seed % 16 < 2 or target not in targets.OF_KMQ:
            return bytes(atheris.Mutate(base, largest))
        return (base[:prefix] + mutator.mutate(base[prefix:], seed))[:largest]

    atheris.Setup(
        [sys.argv[0], *arguments],
        one_input,
        enable_python_coverage=python_coverage,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


def run(target: str, seconds: int, findings: Path, slower: int) -> bool:
    """Fuzz one target in a process of its own and tell how it went; return whether it is whole."""
    import seeds  # noqa: PLC0415

    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "start"
        start.mkdir()
        for number, data in enumerate(seeds.seeds(target)):
            (start / f"{number:04}").write_bytes(data)
        corpus = findings / "corpus"
        corpus.mkdir(exist_ok=True)
        report = Path(folder) / "report"
        command = [sys.executable, "-P", str(HERE / "run.py"), target, "--inside"]
        command += [f"-max_total_time={seconds}", f"-timeout={2 * slower * SECONDS_OF_A_HANG}"]
        command += [f"-artifact_prefix={findings}/", f"-max_len={LARGEST_INPUT}", "-rss_limit_mb=0"]
        command += ["-print_final_stats=1", str(corpus), str(start)]
        environment = {**os.environ, "KMCODEC_FUZZ_REPORT": str(report)}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", env=environment
        )
        runs, taken, slowest, peak = (report.read_text() if report.exists() else "0 0 0 0").split()
    ran = int(runs) > 0 and int(taken) > 0 and done.returncode == 0
    covered = re.findall(r"cov: (\d+)", done.stderr)
    print(
        f"{target}: {int(runs):,} inputs, {int(taken):,} of them taken, slowest {slowest} s,"
        f" peak {peak} MB, {covered[-1] if covered else 0} places of Python reached:"
        f" {'whole' if ran else 'NOT WHOLE'}",
        flush=True,
    )
    if done.returncode:
        print(done.stdout[-4000:] + done.stderr[-6000:])
        print(f"the input is in {findings}")
    return ran


def main() -> int:
    """Parse the command line; return 1 if anything was found."""
    if "--inside" in sys.argv:
        target, rest = sys.argv[1], sys.argv[sys.argv.index("--inside") + 1 :]
        fuzz(target, rest, Path(rest[-2]), python_coverage=True)
        return 0
    import targets  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=[*targets.TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, help="in all")
    parser.add_argument(
        "--slower", type=int, default=1, help="than usual a build is, so many times"
    )
    parser.add_argument("--findings", type=Path, default=ROOT / "build" / "fuzz")
    arguments = parser.parse_args()
    names = list(targets.TARGETS) if arguments.target == "all" else [arguments.target]
    seconds = max(1, arguments.seconds // len(names))
    whole = [run(name, seconds, arguments.findings / name, arguments.slower) for name in names]
    return 0 if all(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
