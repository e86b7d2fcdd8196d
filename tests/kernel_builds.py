"""Build the kernels so that they check themselves, and run the tests with them.

    python tests/kernel_builds.py bounds [PYTEST ARGUMENT...]
    python tests/kernel_builds.py sanitized [PYTEST ARGUMENT...]
    python tests/kernel_builds.py bounds --python SCRIPT [ARGUMENT...]
    python tests/kernel_builds.py coverage --python tests/fuzz/coverage_of_fuzzing.py

``bounds``: Cython checks every index. ``sanitized``: AddressSanitizer and
UndefinedBehaviorSanitizer of the C compiler watch every access and every sum; anything they find
ends the run. ``coverage``: gcov counts how often each line of a kernel's source runs. All leave the
package as it is: they work on a copy below ``build/``. Without arguments the whole suite runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "boundscheck": True,
    "wraparound": False,
    "initializedcheck": True,
    "cdivision": True,
    "overflowcheck": False,
}
SUFFIX: str = sysconfig.get_config_var("EXT_SUFFIX")
INCLUDE = sysconfig.get_path("include")
SANITIZERS = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
]
FLAGS = {
    "bounds": ["-O1", "-fwrapv"],
    "sanitized": ["-O1", "-g", *SANITIZERS],
    "coverage": ["-O1", "--coverage"],
}


def checked_source(path: Path) -> str:
    """Return a kernel's source with Cython's checks turned on, and errors let through."""
    text = path.read_text(encoding="utf-8")
    directives = ", ".join(f"{name}={value}" for name, value in CHECKS.items())
    text = re.sub(r"^# cython: .*\n", "", text, flags=re.MULTILINE)
    return f"# cython: language_level=3, {directives}\n{text}"


def compile_kernel(source: Path, folder: Path, kind: str) -> None:
    """Compile one kernel into the copied package."""
    core = folder / "kmcodec" / "_core"
    library = source.with_name(source.stem + SUFFIX)
    if source.stem == "core":
        source = core / "core.pyx"
    if kind == "bounds":
        source.write_text(checked_source(source), encoding="utf-8")
    c_file = folder / f"{source.stem}.c"
    cython = [sys.executable, "-P", "-m", "cython", "-3", str(source), "-o", str(c_file)]
    cython += ["--module-name", f"kmcodec._kernels.{source.stem}"]
    subprocess.run(cython, check=True, stderr=subprocess.DEVNULL)  # hints on speed
    compiler = os.environ.get("CC", "gcc")
    command = [compiler, "-shared", "-fPIC", "-w", *FLAGS[kind], "-ffp-contract=off"]
    includes = [f"-I{INCLUDE}", f"-I{core}"]
    subprocess.run([*command, *includes, str(c_file), "-o", str(library)], check=True)


def build(kind: str) -> Path:
    """Return a folder with a copy of the package whose kernels check themselves."""
    folder = ROOT / "build" / kind
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "kmcodec", folder / "kmcodec", ignore=ignored)
    sources = sorted((folder / "kmcodec" / "_kernels").glob("[a-z]*.py"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda source: compile_kernel(source, folder, kind), sources))
    return folder


def environment(kind: str, folder: Path) -> dict[str, str]:
    """Return the environment in which the copy is the package that Python imports."""
    changes = {"PYTHONPATH": str(folder), "KMCODEC_BACKEND": "compiled"}
    if kind == "sanitized":
        compiler = os.environ.get("CC", "gcc")
        command = [compiler, "-print-file-name=libasan.so"]
        library = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        changes["LD_PRELOAD"] = library
        # Python and NumPy leave things behind on purpose
        changes["ASAN_OPTIONS"] = "detect_leaks=0:allocator_may_return_null=1"
        changes["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        changes["PYTHONMALLOC"] = "malloc"  # so that every object has bounds of its own
    return {**os.environ, **changes}


OUT_OF_BOUNDS = """
import numpy as np
from kmcodec import _kernels
colors, pixels = np.zeros((1000, 3), np.uint8), np.zeros((8, 3), np.uint8)
_kernels.lookup.gather_colors(colors, np.full(8, 1001, np.uint16), pixels, 0, 8)
"""


def check_checks(kind: str, folder: Path) -> None:
    """Make sure that an index out of bounds, made on purpose, is noticed where that is checked."""
    if kind == "coverage":
        return
    command = [sys.executable, "-P", "-c", OUT_OF_BOUNDS]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment(kind, folder)
    )
    expected = {"bounds": "IndexError", "sanitized": "AddressSanitizer"}[kind]
    if expected not in done.stderr:
        raise SystemExit(f"the {kind} kernels let an index out of bounds pass: {done.stderr}")


def main(arguments: list[str]) -> int:
    """Build, and run the tests or a script; return its exit code."""
    if not arguments or arguments[0] not in FLAGS:
        raise SystemExit(__doc__)
    kind, rest = arguments[0], arguments[1:]
    folder = build(kind)
    check_checks(kind, folder)
    what = rest[1:] if rest[:1] == ["--python"] else ["-m", "pytest", "-q", *rest]
    command = [sys.executable, "-P", *what]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment(kind, folder)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
