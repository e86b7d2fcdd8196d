"""The command line: ``kmcodec encode``, ``decode``, ``quantize``, ``segment`` and others.

This module imports little beside click, and each command imports what it needs when it runs, so
that ``kmcodec --help`` appears at once.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import warnings
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from kmcodec import __version__
from kmcodec.cli._say import prepare_streams, say
from kmcodec.errors import KmqError

COMMANDS = {
    "encode": "Compress pictures into .kmq files.",
    "decode": "Turn .kmq files back into pictures.",
    "info": "Show what .kmq files say of themselves.",
    "verify": "Decode .kmq files and say whether they are whole.",
    "quantize": "Reduce pictures to a palette: PNG, GIF, WebP, BMP or TIFF.",
    "compare": "Say how much pictures look like others: SSIMULACRA2, PSNR, bytes.",
    "view": "Make an HTML page that shows a .kmq file.",
    "segment": "Cluster a picture's pixels; pick clusters and cut them out.",
    "digits": "Cluster images of digits; draw the clusters and their centres.",
    "demo": "Compress two photographs and draw what it costs and saves.",
    "thumbnail": "Draw a small PNG of a .kmq file, as desktops ask for.",
    "desktop": "Make desktops and file(1) know .kmq files.",
    "completion": "Print a completion script for bash, zsh or fish.",
}

EPILOG = """\b
Exit codes:
    0  everything was done
    1  several inputs failed, for different reasons, or something unexpected did
    2  the command line was wrong, or does not fit an input
    3  an input is missing, unreadable or of another kind
    4  a .kmq file is damaged
    5  a .kmq file needs a newer version of kmcodec
    6  a picture is larger than the limits, or no file is as small as --max-bytes
    7  an output exists already (-f overwrites it) or cannot be written
   98  --skip-if-larger: no output would be smaller than its input
   99  the colours allowed do not reach the least quality or score: no file; or compare: too low
  130  interrupted
"""

EXIT_USAGE = 2
EXIT_OUTPUT = 7
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"kmcodec.cli.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Return the commands, and options of the group, that a word may become."""
        return [
            *(CompletionItem(n, help=COMMANDS[n]) for n in COMMANDS if n.startswith(incomplete)),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kmcodec")
def group() -> None:
    """Pictures as a codebook and a plane of indices found by K-means.

    An INPUT is a file, a folder (all files of the kind in it, at any depth), or - for standard
    input.
    """


def _leave(code: int) -> NoReturn:
    """End the process without waiting for work that nobody wants any more."""
    workers = [t for t in threading.enumerate() if t.name.startswith("kmcodec-job")]
    for worker in workers:
        worker.join(0.2)
    if any(worker.is_alive() for worker in workers):
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _one_line(message: Warning | str, *_: object, **__: object) -> str:
    """Return a warning as the command line shows it."""
    return f"kmcodec: {' '.join(str(message).split())}\n"


def main() -> NoReturn:
    """Run the command line; every error and every warning is one line on standard error."""
    prepare_streams()
    warnings.formatwarning = _one_line
    warnings.filterwarnings("ignore", "Image size .* exceeds limit")  # --max-pixels is the limit
    if "_KMCODEC_COMPLETE" in os.environ:  # a shell's completion script asks
        from kmcodec.cli import _completing  # noqa: PLC0415  (few runs need it)

        _completing.register()
    try:
        code = group.main(prog_name="kmcodec", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.ctx.get_help() if error.ctx else "", err=True)
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        name = context.command_path if context else "kmcodec"
        say(f"{name}: {' '.join(error.format_message().split())}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("kmcodec: interrupted", err=True)
        _leave(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(1)
    except KmqError as error:  # before there are jobs: an input that cannot be looked for
        from kmcodec.cli import _batch, _report  # noqa: PLC0415  (help needs no NumPy)

        say(f"kmcodec: {_report.shown(str(error))}", err=True)
        sys.exit(_batch.exit_code(error))
    except ImportError as error:
        say(f"kmcodec: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except OSError as error:  # a job tells its own; this is the reports' own way out
        say(f"kmcodec: cannot write standard output: {error.strerror}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(EXIT_OUTPUT)
    sys.exit(code if isinstance(code, int) else 0)
