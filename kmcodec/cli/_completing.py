"""What the shells' completion scripts ask for, answered through click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import STRING, Command, Context, Group, shell_completion
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
        command = self._command(args)
        if found or command is None:
            return found
        name, equals, value = incomplete.partition("=")
        if not incomplete.startswith("-"):
            name, value = args[-1], incomplete
        elif not equals:
            return found
        option = next((p for p in command.params if name in p.opts), None)
        if option is None or getattr(option, "is_flag", False):
            return [CompletionItem(value, "kmq" if args[0] in READ_KMQ else "file")]
        return [CompletionItem(value, "file")] if option.type is STRING else []

    def _command(self, args: list[str]) -> Command | None:
        """Return the command that the words call, or None where that is no file's place."""
        context = Context(self.cli, info_name=self.prog_name)
        command = self.cli.get_command(context, args[0]) if args else None  # type: ignore[attr-defined]
        return None if isinstance(command, Group) else command

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
