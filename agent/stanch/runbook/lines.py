"""Lines: the command lines of a block, continuations joined, comments and output left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Line:
    """One command line, and how many lines below the top of its block it stands."""

    text: str
    offset: int


def command_lines(content: str, way: Literal["lines", "console"]) -> tuple[Line, ...]:
    """Return the command lines of a block.

    In a console block only the lines after the prompt `$ ` are commands; a line that ends
    with a backslash goes on in the next one, after `> ` if that is there.
    """
    lines = enumerate(content.split("\n"))
    return tuple(_console(lines) if way == "console" else _plain(lines))


def _plain(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    for offset, line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            yield Line(_continued(line, lines, prompt="").strip(" \t"), offset)


def _console(lines: Iterator[tuple[int, str]]) -> Iterator[Line]:
    for offset, line in lines:
        if line.startswith("$ "):
            yield Line(_continued(line[2:], lines, prompt="> ").strip(" \t"), offset)


def _continued(line: str, lines: Iterator[tuple[int, str]], *, prompt: str) -> str:
    """Return `line` with the lines that it goes on in; the scanner joins them."""
    while _goes_on(line):
        follower = next(lines, None)
        if follower is None:
            break
        line += "\n" + follower[1].removeprefix(prompt)
    return line


def _goes_on(line: str) -> bool:
    slashes = len(line) - len(line.rstrip("\\"))
    return slashes % 2 == 1
