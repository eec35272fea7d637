"""The ways to read a block of a plain document as commands that stanch takes.

People write prompts, outputs, variables and sessions into their blocks. Each way says in
a sentence what it changes; nothing of a block is lost, what is no command stays as text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stanch.runbook.grammar.registry import built_in

_PROMPT: Final = re.compile(r"(\s*)([$#%]|\[[\w@. ~-]+\][$#])\s+(\S.*)")
_ASSIGNED: Final = re.compile(
    r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(?:'([^'$`]*)'|\"([^\"$`]*)\"|(<[^<>]*>)|([\w./:-]+))\s*"
)
_INNER: Final = re.compile(r"\$\(([^()`]*(?:\([^()`]*\)[^()`]*)*)\)|`([^`]*)`")
_NODE: Final = r"(?:node|no|nodes)/(?P<node>[^\s\"']+)"
_SESSION: Final = re.compile(
    rf"(?:oc|kubectl|k)\s+(?:-n\s+\S+\s+)?debug\s+(?:-n\s+\S+\s+)?(?:-it\s+)?\"?{_NODE}\"?\s*"
    r"|ssh\s+(?P<host>[^\s-][^\s]*)\s*"
)
"""A line that only opens a session on a host, where the lines after it are typed."""


_FOLLOW: Final = re.compile(r" (?:-f|-F|--follow)(?= |$)")
_FOLLOWED: Final = (
    (re.compile(r"(?:sudo )?journalctl\b"), " -n 200", re.compile(r" (?:-n|--lines)\b")),
    (re.compile(r"(?:sudo )?tail\b"), " -n 200", re.compile(r" (?:-n|--lines|-\d)")),
    (re.compile(r"(?:kubectl|oc|k)\b[^|]*? logs\b"), " --tail=200", re.compile(r" --tail\b")),
)
"""The programs that follow a log, how its last lines are asked for, and whether they were."""
_LEAVES: Final = frozenset({"exit", "logout"})
_MOUNTED: Final = re.compile(r"(?<=[\s\"'])/host/([$<]?)")
"""Where a debugging pod sees the files of its node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to read a block."""

    language: str
    content: str
    note: str = ""
    """What is different from the document; empty when nothing is."""
    rest: str = ""
    """What is no command, for a block of text after it."""


def forms(language: str, content: str) -> Iterator[Form]:
    """Yield the ways to read the shell block `content`, the most faithful first."""
    prompted = any(match and match[2] != "#" for match in map(_PROMPT.match, content.split("\n")))
    if prompted:
        yield Form(
            language="console",
            content=content,
            note="" if language == "console" else "it is called console, because it has prompts",
        )
    elif language == "console":
        yield Form(
            language="sh", content=content, note="it is called sh, because it has no prompts"
        )
    else:
        yield Form(language="sh", content=content)
    commands, rest = _parted(content, prompted=prompted)
    if not commands:
        return
    notes = ["its commands stand apart from what they print"] if rest.strip() else []
    yield _form(commands, notes, rest)
    spoken = _in_sessions(commands, notes)
    spoken = _without_assignments(_with_outputs(spoken, notes), notes)
    spoken = [_bounded(line, notes) for line in spoken]
    if spoken and spoken != commands:
        yield _form(spoken, notes, rest)


def is_command(line: str) -> bool:
    """Say whether `line` begins with a program that stanch knows, or `sudo`."""
    words = line.split()
    while words and re.fullmatch(r"sudo|[A-Za-z_]\w*=\S*", words[0]):
        words = words[1:]
    return bool(words) and words[0].rpartition("/")[2] in built_in()


def only_leaves(content: str) -> bool:
    """Say whether all that a block does is to end sessions that a reader has opened."""
    lines = [_bare(line) for line in content.split("\n") if line.strip()]
    return bool(lines) and set(lines) <= _LEAVES


def assigned(content: str) -> dict[str, str]:
    """Return what the lines of a block give to variables, when it only describes a value."""
    found = {}
    for line in content.split("\n"):
        match = _ASSIGNED.fullmatch(_bare(line))
        value = match and (match[2] or match[3] or match[4] or match[5])
        if match and value:
            found[match[1]] = value
    return found


def _form(commands: list[str], notes: list[str], rest: str) -> Form:
    return Form(language="sh", content="\n".join(commands) + "\n", note="; ".join(notes), rest=rest)


def _bare(line: str) -> str:
    match = _PROMPT.fullmatch(line)
    return (match[3] if match else line).strip()


def _parted(content: str, *, prompted: bool) -> tuple[list[str], str]:
    """Part a block into its command lines and what stands between them."""
    commands: list[str] = []
    rest: list[str] = []
    goes_on = False
    over = False
    for line in content.rstrip("\n").split("\n"):
        match = _PROMPT.fullmatch(line)
        root = bool(match and match[2] == "#" and is_command(match[3]))
        if goes_on:
            commands[-1] += "\n" + line.removeprefix("> ")
        elif (match and match[2] != "#" and prompted) or (prompted and root):
            commands.append(_bare(line))
        elif prompted or over:
            rest.append(line)
        elif not line.strip() or line.lstrip().startswith("#"):
            # Without prompts, what a command prints begins after a blank line.
            over = over or bool(commands and not line.strip())
        else:
            commands.append(line.strip())
            goes_on = line.endswith("\\")
            continue
        goes_on = (goes_on and line.endswith("\\")) or bool(
            prompted and match and line.endswith("\\")
        )
    if not prompted and any(is_command(line) for line in rest):
        return [], ""
    return commands, "\n".join(rest).strip("\n")


def _in_sessions(commands: list[str], notes: list[str]) -> list[str]:
    """Write `oc debug node/N` and the lines after it as commands for that host."""
    found: list[str] = []
    host: str | None = None
    for line in commands:
        match = _SESSION.fullmatch(line)
        if match:
            host = match["node"] or match["host"]
            continue
        if host is None:
            found.append(line)
        elif line.strip() not in _LEAVES | {"chroot /host", "sudo -i", "sudo su -"}:
            found.append(f"ssh {host} {_MOUNTED.sub(_unmounted, line)}")
    if host is not None:
        notes.append("the session on the host is written as ssh commands")
    return found


def _bounded(line: str, notes: list[str]) -> str:
    """Write a log that is followed without end as its last lines."""
    head, pipe, tail = line.partition(" | ")
    for program, last, asked in _FOLLOWED:
        found = program.match(head)
        kept = _FOLLOW.sub("", head)
        if found and kept != head:
            notes.append("a log that is followed without end is written as its last lines")
            at = found.end()
            return (kept if asked.search(kept) else kept[:at] + last + kept[at:]) + pipe + tail
    return line


def _unmounted(found: re.Match[str]) -> str:
    return found[1] or "/"


def _with_outputs(commands: list[str], notes: list[str]) -> list[str]:
    """Write a command inside another as an output of its own: NAME=$(command)."""
    found: list[str] = []
    count = 0
    for line in commands:
        inner = list(_INNER.finditer(line))
        if len(inner) != 1 or _ASSIGNED.match(line) or re.match(r"\w+=[\"']?(\$\(|`)", line):
            found.append(line)
            continue
        count += 1
        name = f"FOUND_{count}"
        found += [
            f"{name}=$({(inner[0][1] or inner[0][2]).strip()})",
            line[: inner[0].start()] + f"${name}" + line[inner[0].end() :],
        ]
        notes.append(f"the inner command is the output {name}, used in the next line")
    return found


def _without_assignments(commands: list[str], notes: list[str]) -> list[str]:
    """Leave out the lines that only say what a variable stands for: it is a parameter."""
    found = []
    for line in commands:
        match = _ASSIGNED.fullmatch(line)
        if match:
            notes.append(f"{match[1]} is a parameter")
        else:
            found.append(line)
    return found
