"""What pyproject.toml cannot say: kmq.wasm is built before files are gathered."""

import runpy
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

BUILD = Path(__file__).resolve().parent / "packages" / "js" / "build.py"


def build_module() -> None:
    """Build kmq.wasm where there is a compiler for it: it is optional, as the kernels are."""
    made = runpy.run_path(str(BUILD))
    try:
        made["build"]()
    except made["BuildError"] as error:
        print(f"kmq.wasm is left out: {error}", file=sys.stderr)  # noqa: T201 - a build's log


class BuildWithModule(build_py):
    """Wheels and installations hold the module as package data."""

    def run(self) -> None:
        """Build the module, and gather Python files and data."""
        build_module()
        super().run()


class SourcesWithModule(sdist):
    """So do sources, for machines where no compiler can build it."""

    def run(self) -> None:
        """Build the module, and gather sources."""
        build_module()
        super().run()


setup(cmdclass={"build_py": BuildWithModule, "sdist": SourcesWithModule})
