"""Judging: what a call of a host program does, told by the tables and by nothing else.

The grammar of runbooks asks before it makes a template, and the models ask again for every
call that is made, by whomever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from stanch.tools.operations.base import Effect
from stanch.tools.operations.host_finals import (
    FINAL_PROGRAMS,
    Part,
    Role,
    depends_on_value,
    holds_secret,
    is_final,
    only_looks,
    sweeps,
)
from stanch.tools.operations.host_programs import load
from stanch.tools.operations.host_table import (
    ANY,
    NUMBER,
    Changing,
    Flags,
    Operand,
    Program,
    Reading,
)
from stanch.tools.operations.host_values import PATHS, fits

__all__ = ["FINAL_PROGRAMS", "Part", "Role"]

VERB_SECOND: Final = frozenset({"service", "rc-service", "jcmd"})
"""The programs whose verb stands behind the first operand."""
WORDS_AS_FLAGS: Final = frozenset(
    {"find", "openssl", "ip", "jmap", "jstack", "jstat", "jinfo", "nslookup", "lshw", "java"}
)
"""The programs that read `-abc` as one flag and not as three."""
_REMEDY: Final = "Ask for a bounded part of it, such as the last lines."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a change does."""

    effect: Effect
    unbounded: bool = False
    named: bool = True
    """Whether the verb has a line of its own, and is not just one that nobody knows."""


class HostError(ValueError):
    """A call is outside the tables; `code` is that of the finding in a runbook."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".rstrip())
        self.code = code
        self.message = message
        self.remedy = remedy


@cache
def table() -> Mapping[str, Program]:
    """Return every host program that is known."""
    return load()


def judge_reading(program: str, parts: Sequence[Part], *, bounded: bool) -> None:
    """Make sure that a call is one of the readings; `bounded` when a time limit ends it.

    Raises:
        HostError: it is none.
    """
    forms = _known(program)
    verb = _verb(program, forms, parts)
    if holds_secret(parts, reads=True):
        raise _secret()
    error = HostError("RB036", f"'{' '.join((program, *verb))}' is not a read.")
    if sweeps(program, parts):
        raise HostError("RB037", "It shows every file of the folder.", "Search for a longer word.")
    if program == "ps" and any(_glued_e(part) for part in parts):
        raise HostError("RB023", "ps would read the 'e' as a question for environments.")
    for reading in forms.readings.get(verb, ()):
        try:
            _match(reading, parts, forms.before, bounded=bounded)
        except HostError as one:
            error = one
        else:
            return
    raise error


def judge_change(program: str, parts: Sequence[Part]) -> Verdict:
    """Return the worst that a changing call does.

    Raises:
        HostError: the tables know no such change.
    """
    forms = _known(program)
    verb = _verb(program, forms, parts)
    if holds_secret(parts, reads=False):
        raise _secret()
    names = _names(parts)
    held, named = _held(forms, verb, parts, names)
    if not held:
        raise HostError("RB036", f"'{' '.join((program, *verb))}' is not a change that is known.")
    changing = [line for line in held if not line.refused]
    for line in held:
        if line.refused and (line.when or not changing):
            raise HostError("RB036", line.refused, _REMEDY)
    if only_looks(program, parts):
        raise HostError("RB036", "'find' would run a program.", "Use -ls, -printf, or grep -r.")
    if depends_on_value(program, parts):
        raise HostError("RB029", "What it does would depend on a parameter.", "Write it out.")
    if is_final(program, parts):
        return Verdict(effect=Effect.DESTRUCTIVE, named=named)
    return Verdict(
        effect=max(
            Effect.DESTRUCTIVE if _raised(line, names) else line.effect for line in changing
        ),
        unbounded=any(line.unbounded for line in changing),
        named=named,
    )


def _held(
    forms: Program, verb: tuple[str, ...], parts: Sequence[Part], names: frozenset[str]
) -> tuple[list[Changing], bool]:
    """Return the lines that hold, and whether the verb has one of its own."""
    if hides_verb(forms, parts):
        # Whichever verb it is in the end: the worst of them all.
        every = [line for lines in forms.changes.values() for line in lines if not line.refused]
        refused = [line for line in forms.changes.get(ANY, []) if line.refused and line.when]
        return every + [line for line in refused if _given(line.when, names)], False
    lines = forms.changes.get(verb, [])
    held = [line for line in lines if not line.when or _given(line.when, names)]
    if held:
        return held, True
    lines = forms.changes.get(ANY, [])
    return [line for line in lines if not line.when or _given(line.when, names)], False


def _names(parts: Sequence[Part]) -> frozenset[str]:
    """Return the flags; a value that looks like one is one, if its flag takes no value."""
    return frozenset(
        text
        for part in parts
        if part.role == "flag"
        for text in (part.text, part.value or "")
        if text.startswith(("-", "+"))
    )


def _glued_e(part: Part) -> bool:
    """Return whether `part` is a value that is written to its letter and holds an `e`.

    ps reads all letters of `-auxe` as its old options, when there is no user `xe`.
    """
    return part.role == "flag" and part.glue == "" and "e" in (part.value or "")


def _secret() -> HostError:
    return HostError("RB036", "A secret is written in it.", "Leave the secret out.")


def _known(program: str) -> Program:
    forms = table().get(program)
    if forms is None:
        raise HostError("RB021", f"'{program}' is not a host program that stanch knows.")
    return forms


def _verb(program: str, forms: Program, parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the verb, after making sure that the program would read the same."""
    said = tuple(part.text for part in parts if part.role == "verb")
    words = [part.text for part in parts if part.role != "flag"]
    if program in VERB_SECOND and words:
        firsts = {v[0] for v in forms.verbs}
        if words[0] not in firsts or (len(words) > 1 and words[1] in firsts):
            del words[0]
    if forms.verb(words) != said:
        raise HostError("RB026", f"'{program}' would take another word for its verb.")
    return said


def hides_verb(forms: Program, parts: Sequence[Part]) -> bool:
    """Return whether an unknown flag before the verb could take the verb for its value."""
    for part in parts:
        if part.role != "flag":
            return False
        if part.text in forms.before:
            kind = forms.before[part.text]
            takes = kind is not None and not kind.attached
            known = takes == (part.value is not None and part.glue == " ") or part.glue == "="
        else:
            known = part.value is not None and part.glue == "="
        if not known:
            return bool(forms.verbs)
    return False


def _given(flags: frozenset[str], names: frozenset[str]) -> bool:
    """Return whether one of `flags` is among `names`, shortened or in a bundle as well."""
    return not flags.isdisjoint(names) or any(
        _may_be(name, flag) for name in names for flag in flags
    )


def _may_be(name: str, flag: str) -> bool:
    if flag == "--":
        return False
    if flag.startswith("--"):
        return name.startswith(flag) or (len(name) > 3 and flag.startswith(name))
    return len(flag) == 2 and not name.startswith("--") and flag[1] in name[1:]


def _raised(line: Changing, names: frozenset[str]) -> bool:
    return bool(line.raising) and _given(line.raising, names)


def _match(reading: Reading, parts: Sequence[Part], before: Flags, *, bounded: bool) -> None:
    names: set[str] = set()
    operands = [part.text for part in parts if part.role == "operand"]
    if "-" in operands:
        raise HostError("RB026", "'-' is what is typed in, and nobody types.", "Name a file.")
    verbs = sum(part.role == "verb" for part in parts)
    for part in parts:
        if part.role == "flag":
            known = before if verbs and part.text in before else reading.flags
            names.add(_match_flag(known, part))
        verbs -= part.role == "verb"
    _match_operands(reading.operands, operands)
    _check_given(reading.needs, names, "It is no read as it stands.")
    if not bounded:
        _check_given(reading.until, names, "It has no bound.")


def _check_given(wanted: frozenset[str], names: set[str], complaint: str) -> None:
    if wanted and wanted.isdisjoint(names):
        raise HostError("RB029", complaint, f"Add one of: {', '.join(sorted(wanted))}.")


def _match_flag(flags: Flags, part: Part) -> str:
    name = part.text
    if name not in flags and name[1:].isdigit() and NUMBER in flags:
        name = NUMBER
    if name not in flags:
        known = ", ".join(sorted(flags)) or "none"
        raise HostError(
            "RB023", f"{part.text} is not a flag that is allowed.", f"Allowed: {known}."
        )
    value = flags[name]
    if value is None:
        if part.value is not None:
            raise HostError("RB023", f"{part.text} takes no value.")
        return name
    if part.value is None:
        if not value.attached:
            raise HostError("RB023", f"{part.text} has no value.")
    elif not fits(value.kind, part.value):
        raise _unfit(value.kind, part.value, code="RB028")
    return name


def _match_operands(wanted: Sequence[Operand], given: Sequence[str]) -> None:
    """Make sure that `given` fill the places of `wanted` in order."""
    if not wanted:
        if given:
            raise HostError("RB026", f"'{given[0]}' stands where nothing may.")
        return
    place, rest = wanted[0], wanted[1:]
    most = len(given) if place.many else min(1, len(given))
    fit = 0
    while fit < most and fits(place.kind, given[fit]):
        fit += 1
    error: HostError | None = None
    for taken in range(fit, place.least - 1, -1):
        try:
            _match_operands(rest, given[taken:])
        except HostError as one:
            error = error or one
        else:
            return
    if fit < most:
        raise _unfit(place.kind, given[fit])
    raise error or HostError("RB026", "An operand is missing.")


def _unfit(kind: str, text: str, *, code: str = "RB026") -> HostError:
    if kind in PATHS:
        return HostError(
            "RB037",
            f"'{text[:200]}' is not a path that may be read.",
            "Write an absolute path without '..' and patterns, such as one under /var/log.",
        )
    return HostError(code, f"'{text[:200]}' cannot stand there.", f"A {kind} is wanted.")
