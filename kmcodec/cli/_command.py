"""Commands whose options and work live apart."""

from __future__ import annotations

import gc
import importlib
import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from types import ModuleType

MULTIPLYING = {"digits"}  # commands that use threads of NumPy's linear algebra
BLAS_THREADS = "OPENBLAS_NUM_THREADS"


class Command(click.Command):
    """A command whose module has its options and help; its work is imported when it is called.

    The work of ``encode`` is ``run`` in ``work/encode.py``. Help and completion therefore load
    neither NumPy nor Pillow.
    """

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (as click has it)
        """Do the work with the options given."""
        return ctx.invoke(_work_of(str(self.name)).run, **ctx.params)


def _work_of(name: str) -> ModuleType:
    """Import a command's work, quickly.

    NumPy's BLAS would start threads that wait busily and get nothing to do: unless a person asks
    for some, there is one. Nor is there garbage to look for among what modules are made of.
    """
    alone = name not in MULTIPLYING and BLAS_THREADS not in os.environ
    if alone:
        os.environ[BLAS_THREADS] = "1"
    collects = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(f"kmcodec.cli.work.{name}")
    finally:
        if collects:
            gc.enable()
        if alone:
            del os.environ[BLAS_THREADS]
