"""What the shells' completion scripts ask for, answered through click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import shell_completion
from click.shell_completion import CompletionItem

from kmcodec import desktop

if TYPE_CHECKING:
    Base = shell_completion.ShellComplete
else:
    Base = object

VARIABLE = "_KMCODEC_COMPLETE"  # as click names it after the program
READ_KMQ = ("decode", "info", "verify", "thumbnail")


class Completing(Base):
    """Completion with names of files wherever click knows nothing better.

    An answer is a line of type, value and help with tabs between them. The type is "plain", or
    tells the script to look for files: "file", "dir", or "kmq" for ``.kmq`` files and folders.
    """

    def source(self) -> str:
        """Return the shell's script."""
        return desktop.completion_script(self.name)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return what the word may become."""
        found: list[CompletionItem[Any]] = super().get_completions(args, incomplete)
        if found or not args or (incomplete.startswith("-") and "=" not in incomplete):
            return found
        reads = args[0] in READ_KMQ and not args[-1].startswith("-")
        return [
            CompletionItem(incomplete.partition("=")[2] or incomplete, "kmq" if reads else "file")
        ]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return an answer as a line."""
        text = " ".join((item.help or "").split())
        return f"{item.type}\t{item.value}\t{text}"


class Bash(Completing, shell_completion.BashComplete):
    """Answers to completion.bash."""


class Zsh(Completing, shell_completion.ZshComplete):
    """Answers to completion.zsh."""


class Fish(Completing, shell_completion.FishComplete):
    """Answers to completion.fish."""


def register() -> None:
    """Let click answer in the way of the package's own scripts."""
    for kind in (Bash, Zsh, Fish):
        shell_completion.add_completion_class(kind)
