"""The one step of a build that pyproject.toml cannot say: kmq.wasm, before data files are gathered."""

import runpy
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUILD = Path(__file__).resolve().parent / "packages" / "js" / "build.py"


class BuildWithModule(build_py):
    """Builds kmq.wasm where there is a compiler for it: it is optional, as the kernels are."""

    def run(self) -> None:
        """Build, and gather Python files and data."""
        made = runpy.run_path(str(BUILD))
        try:
            made["build"]()
        except made["BuildError"] as error:
            print(f"kmq.wasm is left out: {error}", file=sys.stderr)  # noqa: T201 - a build's log
        super().run()


setup(cmdclass={"build_py": BuildWithModule})
