"""What an object may contain: its fields and their types, from `fields.json`.

Every object that enters the store passes `decode`, which does what reading it into typed
structs does in the real server: unknown fields fall away and are reported, nulls and empty
lists are absent, quantities are written in one way, and a wrong type is an error.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from stanch.sandbox.cluster import quantities

# Custom resources: their fields are kept as they come, for no schema of the API has them.
CUSTOM = {
    "Application": {
        "apiVersion": "str",
        "kind": "str",
        "metadata": "V1ObjectMeta",
        "operation": "any",
        "spec": "any",
        "status": "any",
    },
}
# Fields that the server leaves out when they are zero, false or an empty string.
_UNSET_WHEN_ZERO = frozenset(
    (
        "availableReplicas",
        "fullyLabeledReplicas",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostPort",
        "initialDelaySeconds",
        "minReadySeconds",
        "nodePort",
        "paused",
        "publishNotReadyAddresses",
        "readOnly",
        "readyReplicas",
        "stdin",
        "stdinOnce",
        "tty",
        "unavailableReplicas",
        "unschedulable",
        "updatedReplicas",
    )
)


class WrongTypeError(ValueError):
    """A field holds a value of another JSON type than the API defines."""


@dataclass(slots=True)
class Decoded:
    """An object as the API understands it, and the paths of what it does not know."""

    value: dict[str, Any]
    unknown: list[str] = field(default_factory=list)


@cache
def types() -> dict[str, dict[str, str]]:
    """Return the fields of every type: name to a type word."""
    path = Path(__file__).with_name("fields.json")
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found | CUSTOM


def decode(kind: str, obj: dict[str, Any]) -> Decoded:
    """Read `obj` as the named kind; the result shares nothing with it.

    Raises:
        WrongTypeError: a field holds another type than the API defines.
    """
    unknown: list[str] = []
    value = _struct(kind, obj, path="", unknown=unknown)
    return Decoded(value, unknown)


def _struct(type_name: str, obj: Any, *, path: str, unknown: list[str]) -> dict[str, Any]:
    if not isinstance(obj, dict):
        raise _wrong(path, obj, "an object")
    fields = types()[type_name]
    result: dict[str, Any] = {}
    for key, value in obj.items():
        here = f"{path}.{key}" if path else key
        spec = fields.get(key)
        if spec is None:
            unknown.append(here)
            continue
        if value is None:
            continue
        read = _value(spec, value, path=here, unknown=unknown)
        if _worth_keeping(spec, key, value=read):
            result[key] = read
    return result


def _worth_keeping(spec: str, key: str, *, value: Any) -> bool:
    """Tell whether the server would write the field; empty lists and maps it leaves out."""
    return bool(value) or (spec[0] not in "[{" and key not in _UNSET_WHEN_ZERO)


def _value(spec: str, value: Any, *, path: str, unknown: list[str]) -> Any:
    if spec[0] == "[":
        if not isinstance(value, list):
            raise _wrong(path, value, "an array")
        inner = spec[1:-1]
        return [
            _value(inner, item, path=f"{path}[{index}]", unknown=unknown)
            for index, item in enumerate(value)
            if item is not None
        ]
    if spec[0] == "{":
        if not isinstance(value, dict):
            raise _wrong(path, value, "a map")
        inner = spec[1:-1]
        return {
            key: _value(inner, "" if item is None else item, path=f"{path}.{key}", unknown=unknown)
            for key, item in value.items()
        }
    if spec in types():
        return _struct(spec, value, path=path, unknown=unknown)
    return _scalar(spec, value, path=path)


def _scalar(spec: str, value: Any, *, path: str) -> Any:
    good: bool
    match spec:
        case "str":
            good = isinstance(value, str)
        case "int":
            good = isinstance(value, int) and not isinstance(value, bool)
        case "bool":
            good = isinstance(value, bool)
        case "float":
            good = isinstance(value, int | float) and not isinstance(value, bool)
        case "intstr":
            good = isinstance(value, int | str) and not isinstance(value, bool)
        case "quantity":
            return _quantity(value, path=path)
        case _:
            good = True
    if not good:
        raise _wrong(path, value, {"str": "string", "int": "int32", "bool": "bool"}.get(spec, spec))
    return value


def _quantity(value: Any, *, path: str) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _wrong(path, value, "resource.Quantity")
    try:
        return quantities.canonical(str(value))
    except ValueError as error:
        raise WrongTypeError(f"{path}: {error}") from error


def _wrong(path: str, value: Any, wanted: str) -> WrongTypeError:
    names = {dict: "object", list: "array", str: "string", bool: "bool", int: "number"}
    found = names.get(type(value), "number")
    return WrongTypeError(
        f"json: cannot unmarshal {found} into Go struct field {path} of type {wanted}"
    )
