"""Settings as the text of a TOML file (https://toml.io/en/v1.0.0)."""

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(values: Mapping[str, Any]) -> str:
    """Return `values` as TOML: plain values first, then a table for each mapping."""
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    lines = [f"{_key(name)} = {_value(value)}\n" for name, value in plain.items()]
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines.append(_table((name,), value))
    return "".join(lines)


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    text = ""
    if plain or not tables:
        text = f"\n[{'.'.join(_key(part) for part in path)}]\n"
        text += "".join(f"{_key(name)} = {_value(value)}\n" for name, value in plain.items())
    return text + "".join(_table((*path, name), value) for name, value in tables.items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    # A JSON string, number or truth value is one of TOML too, once DEL is escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
