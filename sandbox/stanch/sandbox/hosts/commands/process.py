"""ps, pgrep and pidof: the processes, in the columns of procps."""

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.columns import ALIASES, COLUMNS, Column, user
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.processes import Process

_LONG = {
    "--sort=": "k",
    "--no-headers": "bare",
    "--no-heading": "bare",
    "--pid=": "p",
    "--ppid=": "ppid",
    "--user=": "u",
    "--format=": "o",
    "--forest": "H",
    "--headers": "headers",
    "--cols=": "cols",
    "--columns=": "cols",
    "--width=": "cols",
}
_BSD = "user pid pcpu pmem vsz rss tname stat start_time bsdtime args"
_FULL = "uid_name pid ppid c stime tname time cmd"


def ps(argv: Sequence[str], see: Sight) -> Answer:
    """Answer ps, with options of both kinds."""
    words = [argv[0]]
    bsd = ""
    for at, word in enumerate(argv[1:], start=1):
        if at == 1 and re.fullmatch(r"[aAxuwefjlmT]+", word):
            bsd = word
        elif word in {"h", "H"}:
            words.append("--no-headers")
        else:
            words.append(word)
    options = parse(words, flags="aAcdefFHjlLMNsTwxyZ", valued="oOpquUCgGtk", long=_LONG)
    columns = _columns(options, bsd)
    found = _chosen(options, bsd, see)
    for name in reversed(options.every("k")):
        down, key = name.startswith("-"), name.lstrip("+-")
        column = _column(key)
        measure = column.key or column.show
        found.sort(key=partial(_measured, measure, see), reverse=down)
    rows = [_row([column.show(one, see) for _, column in columns], columns) for one in found]
    heads = [head for head, _ in columns]
    bare = "bare" in options or not any(heads)
    answer = lines(([] if bare else [_row(heads, columns, head=True)]) + rows)
    return Answer(answer.out, status=0 if found else 1)


def _column(name: str) -> Column:
    found = COLUMNS.get(ALIASES.get(name, name))
    if found is None:
        raise UsageError(
            f'error: unknown user-defined format specifier "{name}"\n\nUsage:\n ps [options]\n\n'
            " Try 'ps --help <simple|list|output|threads|misc|all>'\n"
            "  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\n"
            "For more details see ps(1)."
        )
    return found


def _measured(measure: Callable[[Process, Sight], float | str], see: Sight, one: Process) -> Any:
    return measure(one, see)


def _columns(options: Options, bsd: str) -> list[tuple[str, Column]]:
    if "o" in options:
        found = []
        for value in options.values["o"]:
            # What follows the first `=` is a heading, blanks and commas included.
            parts, equals, head = value.partition("=")
            named = [one for one in re.split(r"[ ,]+", parts) if one]
            found += [(_column(one).head, _column(one)) for one in named]
            if equals:
                found[-1] = (head, found[-1][1])
        return found
    if "u" in bsd:
        return [(COLUMNS[one].head, COLUMNS[one]) for one in _BSD.split()]
    if "f" in options or "F" in options:
        owner = Column("UID", 8, True, lambda one, _: user(one.user))
        rest = [COLUMNS[one] for one in _FULL.split()[1:]]
        return [(one.head, one) for one in (owner, *rest)]
    short = ("pid", "tname", "time", "args" if bsd else "comm")
    return [("CMD" if one == "comm" else COLUMNS[one].head, COLUMNS[one]) for one in short]


def _chosen(options: Options, bsd: str, see: Sight) -> list[Process]:
    every = sorted(see.machine.processes.values(), key=lambda one: one.pid)
    tests: list[Callable[[Process], bool]] = []
    pids = {
        one
        for name in ("p", "q")
        for text in options.values.get(name, ())
        for one in re.split(r"[ ,]+", text)
    } | {one for one in options.operands if one.isdigit()}
    if pids:
        tests.append(lambda one: str(one.pid) in pids)
    if "C" in options:
        tests.append(lambda one: one.name in options.every("C"))
    if "ppid" in options:
        tests.append(lambda one: str(one.parent) in options.every("ppid"))
    if {"u", "U"} & options.values.keys():
        users = options.every("u") + options.every("U")
        tests.append(lambda one: one.user in users)
    if {"e", "A", "a"} & options.values.keys() or "x" in bsd or "e" in bsd or "A" in bsd:
        return every
    return [one for one in every if any(test(one) for test in tests)]


def _row(cells: Sequence[str], columns: Sequence[tuple[str, Column]], *, head: bool = False) -> str:
    del head
    shown = []
    for at, (cell, (title, column)) in enumerate(zip(cells, columns, strict=True)):
        width = max(column.width, len(title))
        last = at == len(cells) - 1
        text = (
            cell
            if last and column.left
            else cell.ljust(width)
            if column.left
            else cell.rjust(width)
        )
        shown.append(text)
    return " ".join(shown)


def pgrep(argv: Sequence[str], see: Sight) -> Answer:
    """Answer pgrep: the ids of the processes whose name fits."""
    long = {
        "--list-name": "l",
        "--list-full": "a",
        "--full": "f",
        "--count": "c",
        "--newest": "n",
        "--oldest": "o",
        "--exact": "x",
        "--euid=": "u",
    }
    options = parse(argv, flags="acfilnovwxz", valued="uUPgstdr", long=long, status=2)
    pattern = re.compile(options.operands[0] if options.operands else "")
    found = [
        one
        for one in sorted(see.machine.processes.values(), key=lambda one: one.pid)
        if _fits(pattern, one.args if "f" in options else one.name, whole="x" in options)
        and ("u" not in options or one.user in options.every("u"))
    ]
    found = found[-1:] if "n" in options else found[:1] if "o" in options else found
    if "c" in options:
        return lines([str(len(found))], status=0 if found else 1)
    rows = [
        f"{one.pid} {one.args}"
        if "a" in options
        else f"{one.pid} {one.name}"
        if "l" in options
        else str(one.pid)
        for one in found
    ]
    return lines(rows, status=0 if found else 1)


def _fits(pattern: re.Pattern[str], text: str, *, whole: bool) -> bool:
    return (pattern.fullmatch(text) if whole else pattern.search(text)) is not None


def pidof(argv: Sequence[str], see: Sight) -> Answer:
    """Answer pidof: the ids of the processes of a program, the newest first."""
    options = parse(argv, flags="csxzq", valued="o")
    found = [one.pid for one in see.machine.processes.values() if one.name in options.operands]
    if not found:
        return Answer(status=1)
    return lines([" ".join(str(pid) for pid in sorted(found, reverse=True))])


def hundredths(seconds: float) -> str:
    """Return processor time as top shows it."""
    whole = math.floor(seconds)
    return f"{whole // 60}:{whole % 60:02d}.{int(seconds % 1 * 100):02d}"


COMMANDS = {"ps": ps, "pgrep": pgrep, "pidof": pidof}
