"""Which backend runs, and the kernels of either."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import warnings
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = "kmcodec._kernels"
NAMES = (
    "arranging",
    "comparing",
    "contrast",
    "core",
    "deflating",
    "dithering",
    "filtering",
    "hashing",
    "huffman",
    "lighting",
    "lloyd",
    "lookup",
    "lzw",
    "nearest",
    "splitting",
    "superpixels",
    "swapping",
    "vectors",
)


class BackendWarning(RuntimeWarning):
    """The compiled kernels are missing; everything works, many times slower."""


def has_compiled() -> bool:
    """Whether every kernel was found as an extension module."""
    specs = [importlib.util.find_spec(f"{PACKAGE}.{name}") for name in NAMES]
    return all(spec is not None and not str(spec.origin).endswith(".py") for spec in specs)


@functools.cache
def backend() -> str:
    """Return ``"compiled"`` or ``"interpreted"``: the backend that ``load`` gives.

    Raises
    ------
    ImportError
        ``KMCODEC_BACKEND`` asks for compiled kernels that are not there, or for a backend that
        does not exist.
    """
    wanted = os.environ.get("KMCODEC_BACKEND", "")
    if wanted not in ("", "compiled", "interpreted"):
        raise ImportError(f"KMCODEC_BACKEND is {wanted!r}; it may be 'compiled' or 'interpreted'")
    if wanted == "interpreted":
        return "interpreted"
    if has_compiled():
        return "compiled"
    if wanted == "compiled":
        raise ImportError("KMCODEC_BACKEND is 'compiled', but this installation has no extension")
    is_source_tree = (Path(__file__).parents[2] / "pyproject.toml").exists()
    reason = (
        "this is kmcodec's source tree, not the installed package (leave this folder, or install"
        " with pip install -e .)"
        if is_source_tree
        else "kmcodec was installed without a C compiler"
    )
    warnings.warn(
        f"{reason}: kernels run interpreted, right but slow", BackendWarning, stacklevel=5
    )
    return "interpreted"


def _with_memoryviews(function: Callable[..., Any]) -> Callable[..., Any]:
    """Pass arrays to an interpreted kernel as memoryviews.

    An array of float32 stays one: its elements calculate in float32, as C does.
    """

    def as_seen(argument: object) -> object:
        is_array = isinstance(argument, np.ndarray) and argument.dtype != np.float32
        return memoryview(argument) if is_array else argument  # type: ignore[arg-type]

    @functools.wraps(function)
    def call(*arguments: object) -> object:
        return function(*map(as_seen, arguments))

    return call


def _load_interpreted(name: str) -> ModuleType:
    """Execute a kernel's source under a private name and wrap its public functions.

    Classes, which only the core has, take arrays as they are.
    """
    full_name = f"{PACKAGE}._interpreted_{name}"
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(full_name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"the source of kernel {name!r} is missing")
    source = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = source
    spec.loader.exec_module(source)
    kernel = ModuleType(full_name, source.__doc__)
    for key, value in vars(source).items():
        if isinstance(value, FunctionType) and not key.startswith("_"):
            setattr(kernel, key, _with_memoryviews(value))
    for key in getattr(source, "__all__", ()):
        if isinstance(vars(source)[key], type):
            setattr(kernel, key, vars(source)[key])
    return kernel


@functools.cache
def load(name: str, which: str | None = None) -> ModuleType:
    """Return the kernel `name` of the backend `which` (default: the running one).

    Tests compare backends by it; other code writes ``_kernels.lloyd``, which is ``load("lloyd")``
    with types.
    """
    if (which or backend()) == "interpreted":
        return _load_interpreted(name)
    module = importlib.import_module(f"{PACKAGE}.{name}")
    # The import made it an attribute of the package, which would hide the interpreted kernel.
    vars(sys.modules[PACKAGE]).pop(name, None)
    return module
