"""The decoder in WebAssembly, which an installation holds and a source tree builds."""

from __future__ import annotations

import base64
import json
import os
import runpy
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kmcodec import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
ASSETS = Path(pages.__file__).resolve().parent / "assets"
SERVER = ROOT / "tests" / "conformance" / "serve_kmq.mjs"
BUILD = runpy.run_path(str(ROOT / "packages" / "js" / "build.py"))


def unavailable(reason: str) -> None:
    """Skip, but fail where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set")
    pytest.skip(reason)


def make(target: Path, kind: list[str]) -> Path:
    """Build a module, or skip."""
    try:
        BUILD["build"](target, kind)
    except BUILD["BuildError"] as error:
        unavailable(f"kmq.wasm cannot be built: {error}")
    return target


def find_module() -> Path:
    """Return where kmq.wasm is, beside kmq.mjs."""
    module = ASSETS / "kmq.wasm"
    if BUILD["ASSETS"] == ASSETS:
        return make(module, BUILD["SIMD"])
    if not module.exists():
        unavailable("the package was installed without kmq.wasm")
    return module


def find_node() -> str:
    """Return where Node.js is, or skip."""
    node = shutil.which("node")
    if node is None:
        unavailable("there is no Node.js")
    return str(node)


@contextmanager
def server(module: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Give a function that decodes a file in Node.js, or names the error."""
    command = [find_node(), str(SERVER), str(ASSETS / "kmq.mjs"), str(module)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        question, reply = process.stdin, process.stdout

        def decode(data: bytes, max_pixels: int = 178956970) -> dict[str, Any]:
            question.write(base64.b64encode(data) + b" %d\n" % max_pixels)
            question.flush()
            found: dict[str, Any] = json.loads(reply.readline())
            assert "crash" not in found, found["crash"]
            for name in ("pixels", "palette"):
                if name in found:
                    found[name] = base64.b64decode(found[name])
            return found

        yield decode
        question.close()
