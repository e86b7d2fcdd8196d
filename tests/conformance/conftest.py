"""The decoders in WebAssembly and in C, as processes that answer."""

from __future__ import annotations

import pytest
import webassembly
from c_decoder import build_batch


@pytest.fixture(scope="session")
def wasm():
    """Return a function that decodes a file with kmq.mjs in Node.js, or names the error."""
    with webassembly.server(webassembly.find_module()) as decode:
        yield decode


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """Return the same for a module without instructions on vectors."""
    target = tmp_path_factory.mktemp("plain") / "kmq.wasm"
    with webassembly.server(webassembly.make(target, webassembly.BUILD["PLAIN"])) as decode:
        yield decode


@pytest.fixture(scope="session")
def batch(tmp_path_factory):
    """Return a function that decodes many files in C, watched by sanitizers: a line for each."""
    return build_batch(tmp_path_factory.mktemp("batch"))
