"""Kubernetes objects that kubectl sends as protobuf, read field by field.

kubectl writes what it makes from its own options (`create namespace`, `create deployment`,
`autoscale`) in protobuf, without asking whether the server would take JSON. What is sent
beyond the known fields is refused, so that nothing of it is lost in silence.
"""

import base64
from collections.abc import Iterator
from typing import Any, TypeAlias

from stanch.sandbox.cluster.protobuf_shapes import SHAPES, TYPE, Each, Field, Scalar, Shape

MAGIC = b"k8s\x00"
_Value: TypeAlias = bytes | int
_VARINT, _SIZED = 0, 2
_FIXED = {1: 8, 5: 4}


class UnknownFieldError(Exception):
    """The message holds something that is not among the known fields."""


def read(data: bytes) -> dict[str, Any]:
    """Return the object in an enveloped message, as it would be in JSON.

    Raises:
        UnknownFieldError: it is of another kind, or says more than is known of its kind.
        ValueError: it is not a readable message.
    """
    if not data.startswith(MAGIC):
        raise ValueError("it does not start with the mark of the format")
    try:
        envelope = dict(_fields(data[len(MAGIC) :]))
        head = _message(_sized(envelope[1]), TYPE)
        shape = SHAPES.get((head["apiVersion"], head["kind"]))
        if shape is None:
            raise UnknownFieldError(head["kind"])
        return {**head, **_message(_sized(envelope.get(2, b"")), shape)}
    except (KeyError, IndexError) as error:
        raise ValueError(f"{error} is missing") from error


def _message(data: bytes, shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        field = shape.get(number)
        if field is None:
            if not _is_blank(value):
                raise UnknownFieldError(str(number))
            continue
        _put(found, field, value)
    return found


def _put(found: dict[str, Any], field: Field, value: _Value) -> None:
    name, what = field
    match what:
        case "texts":
            found.setdefault(name, []).append(_sized(value).decode())
        case "map" | "data":
            key, held = _pair(value)
            text = held.decode() if what == "map" else base64.b64encode(held).decode()
            found.setdefault(name, {})[key] = text
        case Each(shape):
            found.setdefault(name, []).append(_message(_sized(value), shape))
        case dict():
            if inner := _message(_sized(value), what):
                found[name] = inner
        case _:
            if value or what == "count":
                found[name] = _scalar(what, value)


def _scalar(what: Scalar, value: _Value) -> str | int | bool:
    if what == "text":
        return _sized(value).decode()
    if not isinstance(value, int):
        raise ValueError("a text or a message stands where a number is expected")  # noqa: TRY004
    return bool(value) if what == "flag" else value


def _pair(value: _Value) -> tuple[str, bytes]:
    pair = dict(_fields(_sized(value)))
    return _sized(pair[1]).decode(), _sized(pair.get(2, b""))


def _sized(value: _Value) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a text or a message is expected")  # noqa: TRY004
    return value


def _is_blank(value: _Value) -> bool:
    """Tell whether a field says nothing: Go sends also those that were never set."""
    if not value:
        return True
    if isinstance(value, int):
        return False
    try:
        return all(_is_blank(inner) for _, inner in _fields(value))
    except (ValueError, IndexError, KeyError):
        return False


def _fields(data: bytes) -> Iterator[tuple[int, _Value]]:
    """Yield number and value of the fields of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if wire == _SIZED:
            size, at = _varint(data, at)
        elif wire in _FIXED:
            size = _FIXED[wire]
        else:
            raise ValueError(f"there is no wire type {wire}")
        if at + size > len(data):
            raise ValueError("it ends too early")
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number, which may be negative, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value - (1 << 64) if value >> 63 else value, at
