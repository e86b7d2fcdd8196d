"""What the shells' completion scripts ask for, answered through click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import shell_completion

from kmcodec import desktop

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Base = shell_completion.ShellComplete
else:
    Base = object


class Completing(Base):
    """Completion through the package's own scripts.

    An answer is a line of type, value and help with tabs between them. The type is "plain", or
    tells the script to look for files: "file", "dir", or "kmq" for ``.kmq`` files and folders.
    """

    def source(self) -> str:
        """Return the shell's script."""
        return desktop.completion_script(self.name)

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return an answer as a line."""
        text = " ".join((item.help or "").split())
        return f"{item.type}\t{item.value}\t{text}"


class Bash(Completing, shell_completion.BashComplete):
    """Answers to completion.bash."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that; bash parts them at "=", too."""
        args, incomplete = super().get_completion_args()
        if incomplete == "=":
            incomplete = ""
        elif args and args[-1] == "=":
            args.pop()
        return args, incomplete


class Zsh(Completing, shell_completion.ZshComplete):
    """Answers to completion.zsh."""


class Fish(Completing, shell_completion.FishComplete):
    """Answers to completion.fish."""


def register() -> None:
    """Let click answer in the way of the package's own scripts."""
    for kind in (Bash, Zsh, Fish):
        shell_completion.add_completion_class(kind)
