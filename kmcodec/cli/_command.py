"""Commands whose options and work live apart."""

from __future__ import annotations

import importlib
from typing import Any

import click


class Command(click.Command):
    """A command whose module has its options and help; its work is imported when it is called.

    The work of ``encode`` is ``run`` in ``work/encode.py``. Help and completion therefore load
    neither NumPy nor Pillow.
    """

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (as click has it)
        """Do the work with the options given."""
        work = importlib.import_module(f"kmcodec.cli.work.{self.name}")
        return ctx.invoke(work.run, **ctx.params)
