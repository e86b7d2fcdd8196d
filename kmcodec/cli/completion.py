"""``kmcodec completion``: scripts that make shells complete kmcodec's commands and options."""

from __future__ import annotations

import click

from kmcodec import desktop
from kmcodec.cli._say import say


@click.command("completion")
@click.argument("shell", type=click.Choice(desktop.SHELLS))
def command(shell: str) -> None:
    """Print the script that completes kmcodec's commands, options and files.

    \b
    bash: kmcodec completion bash > ~/.local/share/bash-completion/completions/kmcodec
    zsh:  kmcodec completion zsh > DIR/_kmcodec      (DIR is a folder in $fpath)
    fish: kmcodec completion fish > ~/.config/fish/completions/kmcodec.fish
    """  # noqa: D301  (click's own mark against wrapping)
    say(desktop.completion_script(shell), nl=False)
