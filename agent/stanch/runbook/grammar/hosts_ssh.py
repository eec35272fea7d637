"""The grammar of ssh: where a command runs, and the command as the shell there reads it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.hosts_arguments import slot
from stanch.runbook.grammar.hosts_inner import HOST_KINDS, WrapperWords, marked, no_way
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word, rescan

_SSH_VALUES: Final = frozenset({"-p", "-l", "-o"})
_SSH_OPTIONS: Final = ("connecttimeout=", "batchmode=yes", "loglevel=", "serveraliveinterval=")
_SSH_SWITCHES: Final = frozenset({"-n", "-q", "-T", "-4", "-6", "-x", "-a", "-C", "-v"})


def ssh(program: str, given: tuple[Word, ...], around: Surroundings) -> Typed | None:
    """Return what `ssh` asks for: the command, marked with its host.

    Raises:
        RefusedError: it opens a session, or another way than the configured one.
    """
    words = WrapperWords(program, given)
    marks: dict[str, Any] = {}
    while (flag := words.flag()) is not None:
        name, rest = flag[:2], flag[2:]
        if name in _SSH_VALUES:
            value = (rest,) if rest else words.value(flag)
            if name == "-o":
                _ssh_option(words, slots.literal(value, "An option of ssh"))
            else:
                marks["port" if name == "-p" else "login"] = slot(value)
        elif flag not in _SSH_SWITCHES:
            words.refuse(flag, "opens another way, key or session")
    host, login = _destination(words.value("The host"))
    if login is not None:
        marks["login"] = login
    if not words.left:
        raise RefusedError(
            "RB029", "'ssh' without a command opens a shell.", remedy="Write ssh HOST COMMAND."
        )
    typed = around.read(_rescanned(words.left), replace(around, inside="host"))
    if typed.kind not in HOST_KINDS:
        return no_way(typed, program)
    return marked(typed, host=host, **marks)


def _ssh_option(words: WrapperWords, text: str) -> None:
    if not text.lower().replace(" ", "=").startswith(_SSH_OPTIONS):
        words.refuse(f"-o {text}", "is not an option that is allowed")


def _destination(word: Word) -> tuple[Any, Any]:
    pieces = slots.split(word, "@", most=1)
    if len(pieces) == 1:
        return slot(word), None
    return slot(pieces[1]), slot(pieces[0])


def _rescanned(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return `words` as the shell of the host reads them, joined by blanks."""
    line = rescan(tuple(words))
    if len(line.stages) != 1 or line.output is not None:
        raise RefusedError(
            "RB032",
            "A pipe stands inside the command of ssh.",
            remedy="Close the quotes before the pipe: ssh HOST 'COMMAND' | FILTER.",
        )
    return line.stages[0]
