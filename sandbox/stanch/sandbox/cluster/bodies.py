"""The bodies of requests: JSON, YAML, and the few messages that kubectl sends as protobuf.

kubectl writes a new Namespace and a SelfSubjectAccessReview in protobuf, without asking
whether the server would take JSON; so these two are read field by field.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from stanch.sandbox.cluster.status import bad_request, unsupported_media

PROTOBUF = "application/vnd.kubernetes.protobuf"
_JSON = "application/json"
_YAML = ("application/yaml", "application/x-yaml")
_MAGIC = b"k8s\x00"

Shape: TypeAlias = dict[int, tuple[str, Any]]
# Number of a field -> its name, and what it is: "text", "map" or the shape of a message.
_METADATA: Shape = {1: ("name", "text"), 11: ("labels", "map"), 12: ("annotations", "map")}
_RESOURCE: Shape = {
    1: ("namespace", "text"),
    2: ("verb", "text"),
    3: ("group", "text"),
    4: ("version", "text"),
    5: ("resource", "text"),
    6: ("subresource", "text"),
    7: ("name", "text"),
}
_PATH: Shape = {1: ("path", "text"), 2: ("verb", "text")}
_REVIEW: Shape = {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", _PATH)}
_SHAPES: dict[str, Shape] = {
    "Namespace": {1: ("metadata", _METADATA)},
    "SelfSubjectReview": {},
    "SelfSubjectAccessReview": {2: ("spec", _REVIEW)},
}
_TYPE: Shape = {1: ("apiVersion", "text"), 2: ("kind", "text")}


def read(data: bytes, content_type: str) -> dict[str, Any]:
    """Return the object in the body of a request; {} when there is none.

    Raises:
        ApiError: it cannot be read (400) or its format is not known (415).
    """
    media = content_type.partition(";")[0].strip()
    if not data:
        return {}
    if media == PROTOBUF:
        return _protobuf(data)
    if media and media not in {_JSON, *_YAML}:
        raise unsupported_media((_JSON, _YAML[0], PROTOBUF))
    try:
        found = yaml.safe_load(data) if media in _YAML else json.loads(data)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error
    if not isinstance(found, dict):
        raise bad_request("couldn't get version/kind; the body is not an object")
    return found


def _protobuf(data: bytes) -> dict[str, Any]:
    if not data.startswith(_MAGIC):
        raise bad_request("the body does not start with the mark of the protobuf format")
    try:
        envelope = dict(_fields(data[len(_MAGIC) :]))
        head = _message(envelope[1], _TYPE)
        shape = _SHAPES.get(head["kind"])
        if shape is None:
            raise unsupported_media((_JSON, _YAML[0]))
        return {**head, **_message(envelope.get(2, b""), shape)}
    except (ValueError, KeyError, IndexError) as error:
        raise bad_request(f"the body is not a readable protobuf message: {error}") from error


def _message(data: bytes, shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        name, what = shape.get(number, ("", None))
        if what == "text" and value:
            found[name] = value.decode()
        elif what == "map":
            pair = dict(_fields(value))
            found.setdefault(name, {})[pair[1].decode()] = pair.get(2, b"").decode()
        elif isinstance(what, dict):
            found[name] = _message(value, what)
    return found


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of the length-delimited fields; others are passed over."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            _, at = _varint(data, at)
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("it ends too early")
            yield tag >> 3, data[at : at + size]
            at += size
        else:
            at += {1: 8, 5: 4}[wire]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
