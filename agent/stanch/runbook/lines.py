"""Lines: the command lines of a block, as a shell would take them.

A quote, a continuation, a pipe or an and-list at the end of a line goes on in the next
one; a here-document and a loop are one command to their ends, so that nothing inside
them is ever taken for a command of its own. Comments between commands are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from stanch.runbook.findings import RefusedError
from stanch.runbook.words import MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Line:
    """One command line, and how many lines below the top of its block it stands."""

    text: str
    offset: int


_HERE: Final = re.compile(r"<<-?[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([A-Za-z0-9_.-]+))")
_BEGIN: Final = re.compile(
    r"(?:(?:for|while|until|select|if|case)\b|\{[ \t]|[A-Za-z_][\w-]*[ \t]*\(\)|function[ \t])"
)
_OPENS: Final = re.compile(
    r"(?:^|[;&|({]|\b(?:do|then|else)\b)[ \t]*(?:for|while|until|select|if|case)\b|\{(?=[ \t]|$)"
)
_CLOSES: Final = re.compile(r"(?:^|[;&|)])[ \t]*(?:done|fi|esac|\})(?=[ \t;&|)<>]|$)")
_PROMPT: Final = re.compile(
    r"(?P<who>\[[^\]\n]{1,80}\][ ]?|[\w.-]{1,40}@[\w.-]{1,80}(?::[^\s$#]{1,80})?[ ]?)?"
    r"(?P<sign>[$#]) "
)
_QUOTED: Final = {"'": re.compile(r"[^']*"), '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)}


def command_lines(content: str, way: Literal["lines", "console"]) -> tuple[Line, ...]:
    """Return the command lines of a block.

    In a console block only the lines after a prompt are commands: `$ `, or `user@host$ `;
    a line that goes on does so in the next one, after `> ` if that is there.

    Raises:
        RefusedError: a console block has lines after `# `, which may be a root prompt or a
            comment.
    """
    lines = content.split("\n")
    return tuple(_console(lines) if way == "console" else _plain(lines))


def _plain(lines: list[str]) -> Iterator[Line]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or line.lstrip().startswith("#"):
            at += 1
            continue
        text, after = _whole(lines, at, line, prompt="")
        yield Line(text.strip(" \t\n"), at)
        at = after


def _console(lines: list[str]) -> Iterator[Line]:
    prompts = [_PROMPT.match(line) for line in lines]
    certain = any(found and (found["who"] or found["sign"] == "$") for found in prompts)
    at = 0
    while at < len(lines):
        found = prompts[at]
        if found is None or (certain and not found["who"] and found["sign"] == "#"):
            at += 1
            continue
        if not certain:
            raise RefusedError(
                "RB020",
                "'# ' may be the prompt of root or a comment.",
                remedy="Write the prompt '$ '; sudo says that root is needed.",
                line=at + 1,
            )
        text, after = _whole(lines, at, lines[at][found.end() :], prompt="> ")
        yield Line(text.strip(" \t\n"), at)
        at = after


def _whole(lines: list[str], at: int, first: str, *, prompt: str) -> tuple[str, int]:
    """Return the command that begins with `first`, and the line after it.

    A quote that is never closed goes nowhere: the line is left to be refused alone.
    """
    if _BEGIN.match(first.lstrip()):
        return _compound(lines, at, first)
    reader, after = _Reader(first), at + 1
    while (state := reader.state()) != "done":
        if state == "here":
            return _document(lines, after, reader.text)
        if after >= len(lines) or len(reader.text) > MOST_CHARACTERS:
            return (first, at + 1) if state == "quote" else (reader.text, after)
        reader.text += "\n" + lines[after].removeprefix(prompt)
        after += 1
    return reader.text, after


@dataclass(slots=True)
class _Reader:
    """Follows the quotes of a command while it grows line by line."""

    text: str
    at: int = 0
    quote: str = ""
    in_word: bool = False

    def state(self) -> Literal["done", "goes on", "quote", "here"]:
        """Return whether the text is a whole command, or what it waits for."""
        text, length = self.text, len(self.text)
        while self.at < length:
            here = self.quote or text[self.at]
            if here in _QUOTED:
                start = self.at if self.quote else self.at + 1
                found = _QUOTED[here].match(text, start)
                self.at = found.end() if found else length
                self.quote = "" if text[self.at : self.at + 1] == here else here
                if self.quote:
                    return "quote"
            elif here == "\\":
                if self.at + 1 >= length:
                    return "goes on"
                self.at += 1
            elif here == "#" and not self.in_word:
                end = text.find("\n", self.at)
                self.at = length if end < 0 else end
                continue
            elif here == "<" and _HERE.match(text, self.at):
                return "here"
            self.in_word = text[self.at : self.at + 1] not in set(" \t\n|&;()")
            self.at += 1
        return "goes on" if _joins(text) else "done"


def _joins(text: str) -> bool:
    """Return whether a pipe, an and-list or an or-list waits at the end."""
    last = text.rstrip(" \t\n").rpartition("\n")[2]
    return re.split(r"(?:^|[ \t])#", last)[0].rstrip(" \t").endswith(("|", "&&"))


def _document(lines: list[str], after: int, text: str) -> tuple[str, int]:
    """Return a here-document with its body; without its end it goes to the end of all."""
    for found in _HERE.finditer(text.rpartition("\n")[2]):
        end = found[1] or found[2] or found[3]
        while after < len(lines):
            text += "\n" + lines[after]
            after += 1
            if lines[after - 1].strip("\t ") == end:
                break
    return text, after


def _compound(lines: list[str], at: int, first: str) -> tuple[str, int]:
    """Return a loop, a condition or a function to the word that closes it."""
    text, depth, after = first, 0, at
    while after < len(lines):
        line = first if after == at else lines[after]
        text = line if after == at else f"{text}\n{line}"
        depth += len(_OPENS.findall(line)) - len(_CLOSES.findall(line))
        after += 1
        if depth <= 0 and _CLOSES.search(line):
            break
    return text, after
