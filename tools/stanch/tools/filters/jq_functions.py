"""The functions of jq that may be called: a closed list, none of which can loop or look out."""

import base64
import math
from collections.abc import Callable
from itertools import groupby
from typing import Any, Final

from stanch.tools.filters.errors import FilterError, ProgramError
from stanch.tools.filters.jq_values import (
    MOST_CHARACTERS,
    JqError,
    add,
    dumped,
    kind,
    normal,
    order,
    short,
    split,
    text,
    truth,
)
from stanch.tools.filters.json_text import read_json
from stanch.tools.filters.regex import Pattern, compiled, found_in

Pure = Callable[..., Any]
"""A function of the input and of one value for each argument."""


def _length(value: Any) -> Any:
    if isinstance(value, bool):
        raise JqError("boolean has no length")
    if isinstance(value, (int, float)):
        return abs(value)
    return 0 if value is None else len(value)


def _keys(value: Any) -> Any:
    if isinstance(value, list):
        return list(range(len(value)))
    return sorted(_of(value, dict, "keys"))


def _of(value: Any, wanted: type, what: str) -> Any:
    if not isinstance(value, wanted):
        raise JqError(f"{kind(value)} has no {what}")
    return value


def list_of(value: Any) -> list[Any]:
    """Return `value` if it is an array."""
    return list(_of(value, list, "order"))


def object_of(value: Any) -> dict[str, Any]:
    """Return `value` if it is an object."""
    return dict(_of(value, dict, "entries"))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise JqError(f"{kind(value)} is not a text")
    return value


def _number(value: Any) -> Any:
    if kind(value) != "number":
        raise JqError(f"{kind(value)} is not a number")
    return value


def _to_number(value: Any) -> Any:
    if kind(value) == "number":
        return value
    try:
        found = read_json(_text(value).strip())
    except FilterError as error:
        raise JqError(f"'{str(value)[:40]}' is not a number") from error
    return _number(found)


def entries_joined(value: Any) -> Any:
    """Return the object that entries of keys and values make."""
    made = {}
    for entry in _of(value, list, "entries"):
        of = entry if isinstance(entry, dict) else {"key": entry}
        keys = (of.get(k) for k in ("key", "k", "name", "Name", "Key", "K"))
        key = next((found for found in keys if found is not None), None)
        held = next((of[k] for k in ("value", "v", "Value", "V") if k in of), None)
        made[key if isinstance(key, str) else text(key)] = held
    return made


def _has(value: Any, key: Any) -> bool:
    if isinstance(value, dict):
        return _text(key) in value
    return bool(0 <= _number(key) < len(_of(value, list, "items")))


def _contains(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return all(key in a and _inside(a[key], held) for key, held in b.items())
    if isinstance(a, list) and isinstance(b, list):
        return all(any(_inside(x, y) for x in a) for y in b)
    if isinstance(a, str) and isinstance(b, str):
        return b in a
    if not _same_kind(a, b):
        raise JqError(f"{kind(a)} and {kind(b)} cannot be compared by contains")
    return order(a) == order(b)


def _inside(a: Any, b: Any) -> bool:
    return _same_kind(a, b) and _contains(a, b)


def _same_kind(a: Any, b: Any) -> bool:
    return kind(a) == kind(b)


def _sum(value: Any) -> Any:
    found = None
    size = 0
    for item in items_of(value):
        size += len(item) if isinstance(item, (str, list)) else 1
        if size > 1_000_000:
            raise FilterError("jq: a sum grows too long")
        found = add(found, item)
    return found


def items_of(value: Any) -> list[Any]:
    """Return the values of an array or object."""
    return list(value.values()) if isinstance(value, dict) else list(_of(value, list, "items"))


def _join(value: Any, separator: Any) -> str:
    parts = []
    for item in _of(value, list, "items"):
        if isinstance(item, (list, dict)):
            raise JqError(f"{kind(item)} cannot be joined")
        parts.append("" if item is None else text(item))
    return short(_text(separator).join(parts))


def _trimmed(value: Any, edge: Any, *, front: bool) -> Any:
    if not isinstance(value, str) or not isinstance(edge, str):
        return value
    return value.removeprefix(edge) if front else value.removesuffix(edge)


def _search(pattern: Any, flags: str | None = None) -> Pattern:
    letters = "" if flags is None else _text(flags)
    if set(letters) - set("gilnpsx"):
        raise JqError(f"the flags '{letters}' are not known")
    if set(letters) - set("gi"):
        raise FilterError(f"jq: the flags '{letters}' are not known here")
    try:
        regex = compiled(_text(pattern), ignore_case="i" in letters, longest=False)
    except ProgramError as error:
        raise FilterError(f"jq: {error}") from error
    return regex


def _test(value: Any, pattern: Any, flags: str | None = None) -> bool:
    found = _search(pattern, flags).search(_text(value))
    return found is not None


def _capture(value: Any, pattern: Any, flags: str | None = None) -> Any:
    regex = _search(pattern, flags)
    found = regex.search(_text(value))
    if found is None:
        raise NothingError
    return {name: found[at] for name, at in regex.groupindex.items()}


def _replaced(value: Any, pattern: Any, by: Any, flags: Any = None, *, count: int) -> str:
    regex, new = _search(pattern, flags), _text(by)
    pieces: list[str] = []
    at = length = 0
    for done, found in enumerate(found_in(regex, _text(value)), 1):
        pieces += [value[at : found.start()], new]
        at, length = found.end(), length + len(new)
        if length > MOST_CHARACTERS:
            raise FilterError("jq: a text grows too long")
        if done == count:
            break
    return short("".join([*pieces, value[at:]]))


def _flat(value: Any, depth: Any = 1000) -> list[Any]:
    if depth < 0:
        raise JqError("a depth cannot be negative")
    found: list[Any] = []
    for item in _of(value, list, "items"):
        found += _flat(item, depth - 1) if isinstance(item, list) and depth > 0 else [item]
    return found


def _decoded(value: Any) -> str:
    data = text(value).split("=")[0]
    try:
        found = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
        return found.decode("utf-8", "replace")
    except ValueError as error:
        raise JqError("this is not base64") from error


def _row(value: Any, quote: Callable[[str], str], between: str, nothing: str = "") -> str:
    cells = []
    for item in _of(value, list, "cells"):
        if isinstance(item, (list, dict)):
            raise JqError(f"{kind(item)} cannot be a cell")
        cells.append(
            nothing if item is None else quote(item) if isinstance(item, str) else text(item)
        )
    return between.join(cells)


def _in_tsv(cell: str) -> str:
    escapes = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return "".join(escapes.get(character, character) for character in cell)


class NothingError(Exception):
    """A function has no output for this input."""


FORMATS: Final[dict[str, Callable[[Any], str]]] = {
    "@text": text,
    "@json": dumped,
    "@tsv": lambda value: _row(value, _in_tsv, "\t"),
    "@csv": lambda value: _row(value, lambda cell: '"' + cell.replace('"', '""') + '"', ","),
    "@base64": lambda value: base64.b64encode(text(value).encode()).decode(),
    "@base64d": _decoded,
    "@sh": lambda value: _row(
        value if isinstance(value, list) else [value], _in_shell, " ", nothing="null"
    ),
}


def _in_shell(cell: str) -> str:
    return "'" + cell.replace("'", "'\\''") + "'"


PURE: Final[dict[tuple[str, int], Pure]] = {
    ("length", 0): _length,
    ("utf8bytelength", 0): lambda v: len(_text(v).encode()),
    ("keys", 0): _keys,
    ("keys_unsorted", 0): lambda v: list(v) if isinstance(v, dict) else _keys(v),
    ("to_entries", 0): lambda v: [
        {"key": key, "value": held} for key, held in _of(v, dict, "entries").items()
    ],
    ("from_entries", 0): entries_joined,
    ("has", 1): _has,
    ("in", 1): lambda v, held: _has(held, v),
    ("contains", 1): _contains,
    ("inside", 1): lambda v, whole: _contains(whole, v),
    ("add", 0): _sum,
    ("any", 0): lambda v: any(map(truth, items_of(v))),
    ("all", 0): lambda v: all(map(truth, items_of(v))),
    ("join", 1): _join,
    ("split", 1): lambda v, by: split(_text(v), _text(by)),
    ("ascii_downcase", 0): lambda v: "".join(c.lower() if c.isascii() else c for c in _text(v)),
    ("ascii_upcase", 0): lambda v: "".join(c.upper() if c.isascii() else c for c in _text(v)),
    ("ltrimstr", 1): lambda v, edge: _trimmed(v, edge, front=True),
    ("rtrimstr", 1): lambda v, edge: _trimmed(v, edge, front=False),
    ("startswith", 1): lambda v, edge: _text(v).startswith(_text(edge)),
    ("endswith", 1): lambda v, edge: _text(v).endswith(_text(edge)),
    ("test", 1): _test,
    ("test", 2): _test,
    ("capture", 1): _capture,
    ("capture", 2): _capture,
    ("sub", 2): lambda v, p, by: _replaced(v, p, by, count=1),
    ("gsub", 2): lambda v, p, by: _replaced(v, p, by, count=0),
    ("gsub", 3): lambda v, p, by, flags: _replaced(v, p, by, flags, count=0),
    ("type", 0): kind,
    ("tostring", 0): text,
    ("tonumber", 0): _to_number,
    ("tojson", 0): dumped,
    ("fromjson", 0): lambda v: _from_json(_text(v)),
    ("not", 0): lambda v: not truth(v),
    ("sort", 0): lambda v: sorted(_of(v, list, "order"), key=order),
    ("unique", 0): lambda v: [
        next(run) for _, run in groupby(sorted(_of(v, list, "order"), key=order), key=order)
    ],
    ("min", 0): lambda v: min(_of(v, list, "order"), key=order, default=None),
    ("max", 0): lambda v: max(reversed(_of(v, list, "order")), key=order, default=None),
    ("reverse", 0): lambda v: [] if v is None else v[::-1] if isinstance(v, str) else _back(v),
    ("first", 0): lambda v: None if v is None else (_of(v, list, "items") or [None])[0],
    ("last", 0): lambda v: None if v is None else (_of(v, list, "items") or [None])[-1],
    ("flatten", 0): _flat,
    ("flatten", 1): lambda v, depth: _flat(v, _number(depth)),
    ("floor", 0): lambda v: math.floor(_number(v)),
    ("ceil", 0): lambda v: math.ceil(_number(v)),
    ("round", 0): lambda v: int(math.copysign(math.floor(abs(_number(v)) + 0.5), v)),
    ("abs", 0): lambda v: normal(abs(_number(v))),
}


def _back(value: Any) -> list[Any]:
    return list(reversed(_of(value, list, "order")))


def _from_json(source: str) -> Any:
    try:
        return read_json(source)
    except FilterError as error:
        raise JqError(str(error)) from error
