"""Attributes: what the line that opens a block says about it.

Two notations are read: `{name=pods role=devops}`, and the JSON of Runme, `{"name":"pods"}`.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, cast, get_args

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.slots import seconds
from stanch.runbook.model import CheckName, Undo
from stanch.tools.operations import Effect
from stanch.tools.operations.manual_acts import Purpose

LANGUAGES: Final[dict[str, Literal["lines", "console", "promql", "sql"]]] = {
    **dict.fromkeys(("", "sh", "bash", "shell"), "lines"),
    **dict.fromkeys(
        ("console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal"),
        "console",
    ),
    "promql": "promql",
    **dict.fromkeys(("sql", "pgsql", "postgresql", "psql"), "sql"),
}
"""The languages that are executed, and how their blocks are read; others are prose."""
GUIDED: Final = "manual"
"""The language of a block that a person carries out, as a part of the plan."""

_PAIR: Final = r"[a-z]+=(?:[A-Za-z0-9][A-Za-z0-9_.,-]*|<[A-Za-z][A-Za-z0-9_-]*>)"
_PAIRS = re.compile(rf"{_PAIR}(?: {_PAIR})*")
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,54}[a-z0-9])?")
_PARAM: Final = re.compile(r"<[A-Za-z][A-Za-z0-9_-]*>")
_PLACE: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,252}}|{_PARAM.pattern}")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_PRESENTATION: Final = frozenset({"id", "interactive", "terminalRows", "mimeType", "category"})
"""What Runme keeps for its own screen; it changes nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What a block says of itself; None where it says nothing."""

    name: str | None = None
    role: Literal["devops", "db"] | None = None
    verify: tuple[CheckName, ...] | None = None
    undo: Undo | None = None
    soak: int | None = None
    deadline: int | None = None
    then: str | None = None
    effect: Effect | None = None
    database: str | None = None
    range: int | None = None
    step: int | None = None
    purpose: Purpose | None = None
    worst: Literal["mutate", "destructive"] | None = None
    before: tuple[str, ...] | None = None
    namespace: str | None = None
    host: str | None = None
    endpoint: str | None = None


def read_info(info: str) -> tuple[str, Attributes]:
    """Return the language and the attributes of the info string of a fence.

    Raises:
        RefusedError: an attribute cannot be read, is unknown, or stands on a block that
            is not executed.
    """
    head, brace, rest = info.partition("{")
    words = head.split()
    language = words[0].lower() if words else ""
    if language not in LANGUAGES and language != GUIDED:
        if brace and len(words) == 1:
            raise RefusedError(
                "RB012",
                f"A block in '{language}' is not executed, but it carries attributes.",
                remedy=f"Leave them out, or use one of: {', '.join(filter(None, LANGUAGES))}.",
            )
        return language, Attributes()
    if len(words) > 1 or (brace and head.lower() != f"{language} "):
        _unreadable(info)
    if not brace:
        return language, Attributes()
    # Markdown decodes escapes and entities here, so that the reader may see something else.
    if not language or "\\" in info or "&" in info:
        _unreadable(info)
    return language, _checked(_pairs(brace + rest, info), language)


def _pairs(rest: str, info: str) -> dict[str, str]:
    if not rest.endswith("}"):
        _unreadable(info)
    inside = rest[1:-1]
    if inside.lstrip().startswith('"'):
        return _from_json(rest, info)
    if not _PAIRS.fullmatch(inside):
        _unreadable(info)
    return _unique([cast("tuple[str, str]", tuple(pair.split("="))) for pair in inside.split(" ")])


def _from_json(rest: str, info: str) -> dict[str, str]:
    try:
        pairs = json.loads(rest, object_pairs_hook=list)
    except (ValueError, RecursionError):
        _unreadable(info)
    texts = [(key, str(value)) for key, value in pairs if isinstance(value, str | int)]
    if len(texts) != len(pairs):
        _unreadable(info)
    return {key: value for key, value in _unique(texts).items() if key not in _PRESENTATION}


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _wrong("An attribute is given twice.", "Keep one of them.")
    return found


def _checked(pairs: Mapping[str, str], language: str) -> Attributes:
    known = _READERS.keys() - _ELSEWHERE
    if language == GUIDED:
        known |= _OF_PEOPLE
    else:
        known |= {"promql": {"range", "step"}, "sql": {"database"}}.get(LANGUAGES[language], set())
    values: dict[str, Any] = {}
    for key, value in pairs.items():
        if key not in known:
            _wrong(f"'{key}' is not an attribute here.", f"Known: {', '.join(sorted(known))}.")
        reader = _place if language == GUIDED and key == "database" else _READERS[key]
        values[key] = reader(key, value)
    if "step" in values and "range" not in values:
        _wrong("'step' has no meaning without 'range'.", "Add range=30m, or remove it.")
    return Attributes(**values)


def _one_of(allowed: Collection[str]) -> Callable[[str, str], str]:
    def read(key: str, value: str) -> str:
        if value not in allowed:
            _wrong(f"{key} cannot be '{value}'.", f"It may be: {', '.join(allowed)}.")
        return value

    return read


def _name(_: str, value: str) -> str:
    if not _NAME.fullmatch(value):
        _wrong(f"'{value}' is not a name.", "Use lower-case letters, digits and '-', at most 56.")
    return value


def _checks(key: str, value: str) -> tuple[str, ...]:
    checks = tuple(_one_of(get_args(CheckName))(key, one) for one in value.split(","))
    if len(set(checks)) != len(checks):
        _wrong("A check is named twice.", "Keep one of them.")
    return checks


def _between(least: int, most: int) -> Callable[[str, str], int]:
    def read(key: str, value: str) -> int:
        try:
            found = seconds(value, key)
        except RefusedError as error:
            _wrong(error.message, error.remedy)
        if not least <= found <= most:
            _wrong(f"{key} cannot be {value}.", f"It may be from {least}s to {most}s.")
        return found

    return read


def _signs(key: str, value: str) -> tuple[str, ...]:
    signs = tuple(_name(key, one) for one in value.split(","))
    if len(set(signs)) != len(signs):
        _wrong("A sign is named twice.", "Keep one of them.")
    return signs


def _place(key: str, value: str) -> str:
    if not _PLACE.fullmatch(value):
        _wrong(f"'{value}' is not the name of a {key}.", "Write its name, or <parameter>.")
    return value


def _database(_: str, value: str) -> str:
    if not _DATABASE.fullmatch(value):
        _wrong(f"'{value}' is not the name of a database.", "Use letters, digits, '_' and '-'.")
    return value


def _effect(key: str, value: str) -> Effect:
    return Effect[_one_of([effect.word for effect in Effect])(key, value).upper()]


_OF_PEOPLE: Final = frozenset(
    {"purpose", "worst", "before", "namespace", "database", "host", "endpoint"}
)
_ELSEWHERE: Final = _OF_PEOPLE | {"range", "step"}
"""What only queries have, and what only blocks have that a person carries out."""
_READERS: Final[dict[str, Callable[[str, str], object]]] = {
    "name": _name,
    "role": _one_of(("devops", "db")),
    "verify": _checks,
    "undo": _one_of(get_args(Undo)),
    "soak": _between(1, 3600),
    "deadline": _between(2, 86400),
    "then": _name,
    "effect": _effect,
    "database": _database,
    "range": _between(60, 7 * 86400),
    "step": _between(1, 3600),
    "purpose": _one_of(get_args(Purpose)),
    "worst": _one_of(("mutate", "destructive")),
    "before": _signs,
    "namespace": _place,
    "host": _place,
    "endpoint": _place,
}


def _wrong(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB011", message, remedy=remedy)


def _unreadable(info: str) -> NoReturn:
    raise RefusedError(
        "RB010",
        f"The attributes cannot be read: '{info}'.",
        remedy="Write the language, one space, and {key=value key=value}, one space between.",
    )
