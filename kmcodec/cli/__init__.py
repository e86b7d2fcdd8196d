"""The command line: ``kmcodec encode``, ``decode``, ``quantize``, ``segment`` and others."""

from kmcodec.cli.command_line import COMMANDS, EPILOG, group, main

__all__ = ["COMMANDS", "EPILOG", "group", "main"]
