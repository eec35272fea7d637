"""The bodies of requests: JSON, YAML, and what kubectl insists on sending as protobuf."""

import json
from typing import Any

import yaml

from stanch.sandbox.cluster import protobuf
from stanch.sandbox.cluster.status import bad_request, unsupported_media

PROTOBUF = "application/vnd.kubernetes.protobuf"
_JSON = "application/json"
_YAML = ("application/yaml", "application/x-yaml")


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


def section(obj: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object that stands in the field `name` of a body; {} when there is none.

    Raises:
        ApiError: something else than an object stands there (400).
    """
    found = obj.get(name) or {}
    if not isinstance(found, dict):
        raise bad_request(f"json: cannot unmarshal Go struct field {name}: it is not an object")
    return found


def _protobuf(data: bytes) -> dict[str, Any]:
    try:
        return protobuf.read(data)
    except protobuf.UnknownFieldError as error:
        raise unsupported_media((_JSON, _YAML[0])) from error
    except ValueError as error:
        raise bad_request(f"the body is not a readable protobuf message: {error}") from error
