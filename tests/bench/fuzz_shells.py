"""What real shells make of a command line: the words of each of its commands.

Every program is a shell function that writes down its name and its arguments; nothing
else can be found on the path, the environment is empty, and the folder holds files that a
pattern would match.
"""

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import ParamRef
from stanch.runbook.words import CommandLine, Word, rescan, scan_line
from tests.bench.fuzz_strings import PROGRAMS

Argv: TypeAlias = tuple[str, ...]

SHELLS: Final = ("bash", "dash")
FILLED: Final = "%filled"
"""What stands for every parameter; it cannot become a part of the name before it."""

_ANGLE: Final = re.compile(
    r"<[A-Za-z](?:[A-Za-z0-9_-]*|[A-Za-z0-9_]*(?:[-, ./]{1,2}[A-Za-z0-9_]+)*)>"
)
_FUNCTION: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}")
_BUILT_IN: Final = frozenset(
    {
        *("alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "eval"),
        *("exec", "exit", "export", "fg", "jobs", "kill", "local", "mapfile", "mark", "printf"),
        *("read", "readonly", "return", "set", "shift", "source", "trap", "typeset", "ulimit"),
        *("umask", "unalias", "unset", "wait"),
    }
)
_SPECIAL: Final = frozenset(
    {"_", "__line", "IFS", "PATH", "UID", "EUID", "PPID", "RANDOM", "SECONDS"}
)
_MARK: Final = "mark"
_FILES: Final = ("a", "b", "x", "-n", "ab", "pods", "shop")


@dataclass(frozen=True, slots=True)
class Asked:
    """An accepted text as it is put to a shell, and the words that it must come to."""

    text: str
    shown: str
    commands: tuple[Argv, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A text that a shell reads in another way than the scanner."""

    shell: str
    text: str
    expected: tuple[Argv, ...]
    found: tuple[Argv, ...] | None
    """None when the shell gave up."""


def asked(text: str) -> list[Asked]:
    """Return what is to be asked of `text`; and of its words, as a remote shell gets them.

    Nothing is asked where quotes end inside of `<name>`: it is text, and would be filled.

    Raises:
        RefusedError: the scanner refuses `text`.
    """
    line = scan_line(text)
    if not _literals(line) <= Counter(_ANGLE.findall(text)):
        return []
    found = [Asked(text, _ANGLE.sub(FILLED, text), _commands(line))]
    if len(line.stages) == 1 and line.output is None:
        words = line.stages[0]
        try:
            again = rescan(words)
        except RefusedError:
            return found
        joined = " ".join(_argv(words))
        found.append(Asked(text, joined, _commands(again)))
    return found


def can_be_asked(one: Asked) -> bool:
    """Return whether its programs differ and can be functions of a shell."""
    names = {found[1] or found[2] for found in placeholders.DOLLAR.finditer(one.text)}
    programs = [argv[0] for argv in one.commands]
    return (
        len(set(programs)) == len(programs)
        and not names & _SPECIAL
        and all(_FUNCTION.fullmatch(name) and name not in _BUILT_IN for name in programs)
    )


def differences(lines: Sequence[Asked], folder: Path) -> list[Difference]:
    """Return all lines that bash or dash reads in another way; a batch of a few hundred."""
    for name in _FILES:
        (folder / name).touch()
    found: list[Difference] = []
    for shell in SHELLS:
        start = 0
        while start < len(lines):
            answers = _answers(shell, lines[start:], folder)
            for one, answer in zip(lines[start:], answers, strict=False):
                if answer != tuple(sorted(one.commands)):
                    found.append(Difference(shell, one.text, one.commands, answer))
            start += len(answers)
            if start < len(lines):
                found.append(Difference(shell, lines[start].text, lines[start].commands, None))
                start += 1
    return found


def _answers(shell: str, lines: Sequence[Asked], folder: Path) -> list[tuple[Argv, ...]]:
    """Return the commands of each line, up to the one that ended the shell."""
    path = shutil.which(shell)
    assert path is not None, f"{shell} is needed to prove that the scanner agrees with it"
    programs = sorted({*PROGRAMS, *(argv[0] for one in lines for argv in one.commands)})
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [path, "-c", _script(lines, programs, Path(scratch))],
            cwd=folder,
            env={"PATH": "/nonexistent", "LC_ALL": "C.UTF-8", "HOME": "/home/somebody"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        ended = len(_records(Path(scratch) / _MARK))
        found: list[list[Argv]] = [[] for _ in lines]
        for program in programs:
            for at, arguments in _records(Path(scratch) / program):
                found[at].append((program, *arguments))
    return [tuple(sorted(one)) for one in found[:ended]]


def _script(lines: Sequence[Asked], programs: Sequence[str], scratch: Path) -> str:
    # A file for each program: those of one pipeline write at the same time.
    script = "".join(
        f'{name}() {{ printf \'%s\\0\' "$__line" "$#" "$@" >>\'{scratch / name}\'; }}\n'
        for name in (*programs, _MARK)
    )
    for at, one in enumerate(lines):
        names = {found[1] or found[2] for found in placeholders.DOLLAR.finditer(one.text)}
        script += "".join(f"{name}={FILLED}\n" for name in sorted(names))
        script += f"__line={at}\n{one.shown}\n{_MARK}\n"
    return script


def _records(path: Path) -> list[tuple[int, list[str]]]:
    """Return the number of the line and the arguments of each call of a program."""
    if not path.exists():
        return []
    fields = path.read_bytes().decode(errors="surrogateescape").split("\0")[:-1]
    records: list[tuple[int, list[str]]] = []
    at = 0
    while at < len(fields):
        end = at + 2 + int(fields[at + 1])
        records.append((int(fields[at]), fields[at + 2 : end]))
        at = end
    return records


def _literals(line: CommandLine) -> Counter[str]:
    """Return what looks like a placeholder in the words of `line`, with the real ones."""
    parts = [part for stage in line.stages for word in stage for part in word]
    found = Counter(one for part in parts if isinstance(part, str) for one in _ANGLE.findall(part))
    # `$NAME` and `<NAME>` are the same to the words; only what is in angles can be confused.
    for part in parts:
        if isinstance(part, ParamRef) and f"<{part.param}>" in found:
            found[f"<{part.param}>"] += 1
    return found


def _commands(line: CommandLine) -> tuple[Argv, ...]:
    return tuple(_argv(words) for words in line.stages)


def _argv(words: tuple[Word, ...]) -> Argv:
    return tuple(
        "".join(FILLED if isinstance(part, ParamRef) else _ANGLE.sub(FILLED, part) for part in word)
        for word in words
    )
