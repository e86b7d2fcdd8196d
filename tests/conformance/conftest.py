"""The decoders in JavaScript and in C, as processes that answer."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from c_decoder import build_batch

from kmcodec import pages

SERVER = Path(__file__).parent / "serve_kmq.js"
DECODER = Path(pages.__file__).parent / "assets" / "kmq.js"


@pytest.fixture(scope="session")
def javascript():
    """Return a function that decodes a file with kmq.js in Node.js, or names the error."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Node.js, and CI is set")
        pytest.skip("there is no Node.js")
    command = [node, str(SERVER), str(DECODER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def decode(data):
            process.stdin.write(base64.b64encode(data) + b"\n")
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
            assert "crash" not in found, found["crash"]
            for name in ("pixels", "palette"):
                if name in found:
                    found[name] = base64.b64decode(found[name])
            return found

        yield decode
        process.stdin.close()


@pytest.fixture(scope="session")
def batch(tmp_path_factory):
    """Return a function that decodes many files in C, watched by sanitizers: a line for each."""
    return build_batch(tmp_path_factory.mktemp("batch"))
