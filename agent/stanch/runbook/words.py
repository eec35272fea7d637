"""Words: a strict reading of one command line.

It accepts the part of the shell's language in which nothing can happen but words, pipes
and redirects that discard, and refuses the rest by name. What it accepts means the same
to bash and to dash; a placeholder becomes an opaque part of its word before any quoting
is looked at.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.forbidden import refuse, refuse_at, refuse_hidden
from stanch.runbook.model import ParamRef
from stanch.runbook.pipeline import Word
from stanch.runbook.scanner import Scanner

__all__ = ["MOST_CHARACTERS", "CommandLine", "Word", "rescan", "scan", "scan_line"]

MOST_CHARACTERS: Final = 4096

_CAPTURE: Final = re.compile(
    r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<quote>\"?)\$\((?!\()"
)
_AFTER_CAPTURE: Final = re.compile(r"[ \t]*(?:(?<=[ \t])#.*)?[ \t\n]*\Z")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_OF_THE_SHELL: Final = re.compile(
    r"PATH|IFS|HOME|ENV|SHELL|SHELLOPTS|PWD|OLDPWD|OPTIND|OPTARG|PS[0-9]|CDPATH|UID|EUID|PPID"
    r"|KUBECONFIG|LC_.*|LANG|LD_.*|BASH.*|_"
)
_FIRST_REF: Final = 0xE000
_LAST_REF: Final = 0xF8FF


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """One command with the filters after its pipes, and the output that it is kept as."""

    stages: tuple[tuple[Word, ...], ...]
    """The words of each command of the pipeline; empty when there is nothing but a comment."""
    output: str | None = None
    """NAME of `NAME=$(command)`, as it is written."""


def scan(text: str, *, params: Collection[str] = ()) -> tuple[Word, ...]:
    """Split one plain command into words as a POSIX shell would, or refuse it.

    `params` are the declared parameters, by which `$POD_NAME` finds `pod-name`.

    Raises:
        RefusedError: the text holds anything but plain words; the message names it.
    """
    stages = _stages(text, params)
    if len(stages) > 1:
        refuse("A pipe leads into another command.", "Write one plain command.")
    return stages[0] if stages else ()


def scan_line(text: str, *, params: Collection[str] = ()) -> CommandLine:
    """Split a command line into the words of its pipeline, or refuse it.

    `NAME=$(command)`, with `export` before it or double quotes around it, is a line whose
    output is kept; it can stand in no other place.

    Raises:
        RefusedError: the text holds anything but plain commands, joined by pipes.
    """
    found = _CAPTURE.match(text)
    if found is None:
        return CommandLine(stages=_stages(text, params))
    _check_length(text)
    _check_name(found["name"])
    scanner = Scanner(text, params, at=found.end(), within=True)
    stages = scanner.stages()
    if not text.startswith(")", scanner.at):
        refuse("'$(' is not closed.", "Close it with a parenthesis on the same line.")
    after = scanner.at + 1
    if not text.startswith(found["quote"], after):
        refuse("A double quote is not closed.", 'Close it with ".')
    after += len(found["quote"])
    refuse_hidden(text[after:])
    if not _AFTER_CAPTURE.match(text, after):
        _unkept("Something follows the command whose output is kept.")
    if not stages:
        _unkept("The command whose output is kept is empty.")
    return CommandLine(stages=stages, output=found["name"])


def rescan(words: tuple[Word, ...]) -> CommandLine:
    """Split `words` once more, as the shell does that gets them joined by blanks.

    That is what `ssh HOST WORDS...` sends. A parameter in them stays one opaque part:
    its value is quoted by whoever sends it.

    Raises:
        RefusedError: that shell would do anything but run plain commands.
    """
    refs: dict[str, ParamRef] = {}
    text = ""
    for at, word in enumerate(words):
        text += " " if at else ""
        for part in word:
            if isinstance(part, ParamRef):
                sign = chr(_FIRST_REF + len(refs))
                refs[sign] = part
                text += sign
            else:
                text += _without_refs(part)
    if len(refs) > _LAST_REF - _FIRST_REF:
        refuse("The command has too many parameters.", "Write a shorter one.")
    _check_length(text)
    return CommandLine(stages=Scanner(text, (), refs=refs).stages())


def _stages(text: str, params: Collection[str]) -> tuple[tuple[Word, ...], ...]:
    _check_length(text)
    return Scanner(text, params).stages()


def _check_length(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        refuse(
            f"The command is longer than {MOST_CHARACTERS} characters.",
            "Write a shorter one; stanch runs no scripts.",
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or _OF_THE_SHELL.fullmatch(name):
        raise RefusedError(
            "RB039",
            f"'{name[:70]}' cannot name the output of a command.",
            remedy="Choose a name that no shell or program reads, of at most 63 characters.",
        )


def _unkept(message: str) -> NoReturn:
    raise RefusedError("RB039", message, remedy="Write NAME=$(command), and nothing else.")


def _without_refs(text: str) -> str:
    for at, here in enumerate(text):
        if _FIRST_REF <= ord(here) <= _LAST_REF:
            refuse_at(text, at)
    return text
