"""What mypy reads of a kernel is what the kernel's source says."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from kmcodec import _kernels

FOLDER = Path(_kernels.__file__).parent
WRAPPER = Path(__file__).parents[3] / "kmcodec" / "_core" / "core.pyx"  # is not installed
ELEMENTS = {
    "uchar": "NDArray[np.uint8]",
    "short": "NDArray[np.int16]",
    "ushort": "NDArray[np.uint16]",
    "int": "NDArray[np.int32]",
    "uint": "NDArray[np.uint32]",
    "longlong": "NDArray[np.int64]",
    "ulonglong": "NDArray[np.uint64]",
    "float": "NDArray[np.float32]",
    "double": "NDArray[np.float64]",
    "Index": "NDArray[np.uint8] | NDArray[np.uint16]",
}
NUMBERS = {"int": "int", "Py_ssize_t": "int", "bint": "bool"}


def public_functions(path):
    """Return the functions of a module that have no underscore, in order."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [n for n in body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]


def stub_type(annotation):
    """Return a stub's word for a parameter: a memoryview is an array of its elements."""
    text = ast.unparse(annotation).replace("cython.", "")
    element, bracket, _ = text.removeprefix("const[").partition("[:")
    return ELEMENTS[element.rstrip("]")] if bracket else NUMBERS[text]


def stub_of(function):
    """Return what a stub has to say of a kernel's function: its name, and its parameters' types."""
    parameters = [f"{a.arg}: {stub_type(a.annotation)}" for a in function.args.args]
    return function.name, parameters


def parameters_of(function):
    """Return the names of a function's parameters, as Python's own parser tells them."""
    return [argument.arg for argument in function.args.args]


def parameters_of_wrapper(text):
    """Return by name the parameters of the functions that a piece of Cython begins with `def`."""
    text = re.sub(r"\[[^]]*]", "", text)  # what tells the axes of arrays
    found = re.findall(r"^ *def (\w+)\((.*?)\):", text, flags=re.MULTILINE | re.DOTALL)
    return {
        name: [word.split()[-1] for word in re.split(r",\s*", listed)] for name, listed in found
    }


def test_the_core_has_the_functions_of_its_stub():
    """The core in C and its twin have the functions that mypy reads, with the same parameters."""
    twin = _kernels.load("core", "interpreted")
    wrapper = WRAPPER.read_text(encoding="utf-8")
    compiled = parameters_of_wrapper(re.sub(r"^ +def .*", "", wrapper, flags=re.MULTILINE))
    for stub in public_functions(FOLDER / "core.pyi"):
        names = parameters_of(stub)
        assert names == list(inspect.signature(getattr(twin, stub.name)).parameters)
        assert names == compiled.pop(stub.name)
    assert compiled == {}


def test_the_core_has_the_classes_of_its_stub():
    """The core in C and its twin have the classes that mypy reads, with the same methods."""
    twin = _kernels.load("core", "interpreted")
    wrapper = WRAPPER.read_text(encoding="utf-8")
    parts = re.split(r"^cdef class ", wrapper, flags=re.MULTILINE)
    compiled = {part.partition("(")[0]: parameters_of_wrapper(part) for part in parts}
    shared = parameters_of_wrapper(next(part for part in parts if part.startswith("_Tile:")))
    body = ast.parse((FOLDER / "core.pyi").read_text(encoding="utf-8")).body
    stubs = [node for node in body if isinstance(node, ast.ClassDef)]
    assert [stub.name for stub in stubs] == ["TileDecoder", "TileEncoder"]
    for stub in stubs:
        methods = shared | compiled[stub.name]
        methods["__init__"] = methods.pop("__cinit__")
        methods.pop("__dealloc__", None)
        assert {m.name: parameters_of(m) for m in stub.body} == methods
        for name, parameters in methods.items():
            own = inspect.getattr_static(getattr(twin, stub.name), name)
            function = own.fget if isinstance(own, property) else own
            assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize("name", [name for name in _kernels.NAMES if name != "core"])
def test_stubs_agree_with_their_kernels(name):
    """The same functions, parameters and types, in order; a result where one is returned."""
    sources = public_functions(FOLDER / f"{name}.py")
    stubs = public_functions(FOLDER / f"{name}.pyi")
    assert sources
    assert [stub_of(function) for function in sources] == [
        (stub.name, [ast.unparse(argument) for argument in stub.args.args]) for stub in stubs
    ]
    for source, stub in zip(sources, stubs, strict=True):
        returns = [n for n in ast.walk(source) if isinstance(n, ast.Return)]
        assert (ast.unparse(stub.returns) == "None") == (not returns)


def test_mypy_sees_every_kernel():
    """The imports for mypy are the kernels that an attribute of the package may be."""
    tree = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    seen = [alias.name for n in imports if n.module == "kmcodec._kernels" for alias in n.names]
    assert seen == list(_kernels.NAMES)
