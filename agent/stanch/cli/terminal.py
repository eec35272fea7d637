"""The terminal of a command: is a person there, and how lines are laid out for them.

In a terminal a long line goes on below its own text; in a pipe every line stays whole, for
grep and for logs.
"""

import sys
from typing import TYPE_CHECKING

from stanch.cli.plain import one_line, plain

if TYPE_CHECKING:
    from rich.console import Console

LABEL = 11
"""Columns of the words at the left edge."""
_FOLDED = 4


def person() -> bool:
    """Say whether a person can be asked here. Standard input may be closed altogether."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def tolerate() -> None:
    """Let a terminal that lacks a character show its code, where it would end the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def speaks_unicode() -> bool:
    """Say whether standard output can show every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return encoding.lower().replace("_", "-").startswith("utf")


def hang(console: "Console", head: str, text: str, style: str = "") -> None:
    """Print `head`, and beside it `text` on one line, or on as many as the terminal needs."""
    from rich.text import Text

    head, body = plain(head), Text(one_line(text), style)
    if not console.is_terminal or " " not in body.plain:
        # A single word, such as a path, is left to the terminal, so that it can be copied.
        console.print(Text(head).append_text(body), soft_wrap=True)
        return
    indent = len(head)
    if indent * 3 > console.width * 2:
        console.print(Text(one_line(head), style), soft_wrap=True)
        head, indent = " " * _FOLDED, _FOLDED
    for number, line in enumerate(body.wrap(console, max(console.width - indent, 8))):
        line.rstrip()
        before = Text(head if number == 0 else " " * indent, style)
        console.print(before.append_text(line), soft_wrap=True)


def labelled(console: "Console", label: str, text: str, style: str = "") -> None:
    """Print `text` beside a word at the left edge."""
    hang(console, f"{label:<{LABEL}}", text, style)


def row(head: str, text: str) -> None:
    """Print one row of a list to standard output: `head`, and beside it `text`."""
    from rich.console import Console

    hang(Console(), head, text)
