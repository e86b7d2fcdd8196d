"""Whether every build of the coder gives the same: compilers, instructions, threads, languages.

Planes are encoded with one, two and four threads, which give equal files, and small ones by the
Python twin, too. Each build of the C decoder, and the decoder in WebAssembly, gives the pixels of
every file. A build whose compiler or emulator is missing is named and left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from measure import console, parser_for, positive, progress_console, write_json
from plane_coders import EFFORTS
from planes import KINDS, stored_planes
from rich.progress import track

import kmcodec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planes import Plane

ROOT = Path(__file__).resolve().parents[1]
SMALL = 4096  # pixels of a plane that the twin codes, too
BUILDS: dict[str, tuple[list[str], list[str]]] = {
    "gcc, instructions chosen when it runs": (["gcc", "-O2"], []),
    "gcc, plain C": (["gcc", "-O2", "-DKMQ_PLAIN"], []),
    "gcc, SSSE3": (["gcc", "-O2", "-DKMQ_SMALL", "-mssse3"], []),
    "clang, instructions chosen when it runs": (["clang", "-O2"], []),
    "NEON": (["aarch64-linux-gnu-gcc", "-O2", "-static"], ["qemu-aarch64"]),
}
TWIN = """
import sys
from pathlib import Path
import kmcodec
assert kmcodec.backend == "interpreted"
for path in map(Path, sys.argv[1:]):
    data = path.read_bytes()
    image = kmcodec.decode_indexed(data)
    effort = int(path.stem.rpartition("-")[2])
    assert kmcodec.encode_indexed(image, effort=effort) == data, path.name
"""


def write_files(planes: Sequence[Plane], folder: Path) -> int:
    """Write each plane's file by effort; return how many differ by the number of threads."""
    differ = 0
    for plane in track(planes, "encoding", console=progress_console, transient=True):
        for effort in EFFORTS:
            image = plane.image
            files = {kmcodec.encode_indexed(image, effort=effort, threads=n) for n in (1, 2, 4)}
            differ += len(files) > 1
            (folder / f"{plane.name}-{effort}.kmq").write_bytes(min(files))
    return differ


def decoders(folder: Path) -> dict[str, list[str]]:
    """Build what there are compilers for; return the commands."""
    subprocess.run([sys.executable, ROOT / "packages/c/amalgamate.py", folder], check=True)  # noqa: S603
    sources = [str(ROOT / "packages/c/kmq2pam.c"), str(folder / "kmq.c")]
    commands = {}
    for number, (title, (build, before)) in enumerate(BUILDS.items()):
        if not all(map(shutil.which, [build[0], *before])):
            console.print(f"left out, as {' or '.join([build[0], *before])} is missing: {title}")
            continue
        program = folder / f"build{number}"
        command = [*build, "-std=c11", f"-I{folder}", *sources, "-o", str(program)]
        subprocess.run(command, check=True)  # noqa: S603
        commands[title] = [*before, str(program)]
    script = ROOT / "kmcodec/pages/assets/kmq2pam.mjs"
    if shutil.which("node") and (script.parent / "kmq.wasm").exists():
        commands["WebAssembly, in Node.js"] = ["node", str(script)]
    else:
        console.print("left out, as node or kmq.wasm is missing: WebAssembly")
    return commands


def count_wrong(command: list[str], files: Sequence[Path], folder: Path, title: str) -> int:
    """Return how many files a decoder does not turn into the pixels that the package gives."""
    wrong = 0
    target = folder / "pixels.pam"
    for path in track(files, title, console=progress_console, transient=True):
        done = subprocess.run([*command, path, target], check=False, capture_output=True)  # noqa: S603
        expected = kmcodec.decode(path.read_bytes()).tobytes()
        wrong += done.returncode != 0 or not target.read_bytes().endswith(b"ENDHDR\n" + expected)
        target.unlink(missing_ok=True)
    return wrong


def twin_agrees(planes: Sequence[Plane], folder: Path) -> bool:
    """Whether the twin decodes the files of small planes and encodes them to the same bytes."""
    small = [plane.name for plane in planes if plane.image.indices.size <= SMALL]
    files = [str(folder / f"{name}-{effort}.kmq") for name in small for effort in EFFORTS]
    environment = os.environ | {"KMCODEC_BACKEND": "interpreted"}
    command = [sys.executable, "-c", TWIN, *files]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        console.print(done.stderr)
    console.print(f"Python twin: {len(files)} files of {len(small)} small planes")
    return done.returncode == 0


def main() -> None:
    """Encode, decode and count what differs."""
    parser = parser_for(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds planes/")
    parser.add_argument("--limit", type=positive, metavar="N", help="the first N of each kind only")
    args = parser.parse_args()
    planes = stored_planes(args.data / "planes", KINDS, args.limit)
    with TemporaryDirectory() as name:
        folder = Path(name)
        differ = {"1, 2 and 4 threads": write_files(planes, folder)}
        files = sorted(folder.glob("*.kmq"))
        for title, command in decoders(folder).items():
            differ[title] = count_wrong(command, files, folder, title)
        differ["Python twin"] = 0 if twin_agrees(planes, folder) else 1
    for title, count in differ.items():
        console.print(f"{title}: {count} of {len(files)} files differ")
    write_json(args.json, {"files": len(files), "differ": differ})
    sys.exit(any(differ.values()))


if __name__ == "__main__":
    main()
