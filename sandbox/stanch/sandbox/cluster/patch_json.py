"""JSON Patch (RFC 6902) and JSON merge patch (RFC 7396) on plain JSON values.

Both return a new value and leave the old one as it was; parts that did not change are shared.
"""

from typing import Any


class PatchError(ValueError):
    """The patch cannot be read as a patch."""


class PatchConflictError(ValueError):
    """The patch does not fit the document: a path is missing or a test failed."""


def merge(document: Any, patch: Any) -> Any:
    """Return `document` with a JSON merge patch applied: null removes, objects merge."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def apply(document: Any, operations: Any) -> Any:
    """Return `document` with the operations of a JSON Patch applied in order.

    Raises:
        PatchError: the patch is malformed.
        PatchConflictError: it does not fit the document.
    """
    if not isinstance(operations, list):
        raise PatchError("a JSON patch is a list of operations")
    for operation in operations:
        document = _operate(document, operation)
    return document


def _operate(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict):
        raise PatchError("every operation of a JSON patch is an object")
    op, path = operation.get("op"), _pointer(operation.get("path"))
    match op:
        case "add":
            return _add(document, path, value=_given(operation))
        case "remove":
            return _remove(document, path)
        case "replace":
            _look_up(document, path)
            return _set(document, path, value=_given(operation))
        case "move" | "copy":
            source = _pointer(operation.get("from"))
            if op == "move" and path[: len(source)] == source and path != source:
                raise PatchConflictError("a value cannot be moved into itself")
            value = _look_up(document, source)
            rest = _remove(document, source) if op == "move" else document
            return _add(rest, path, value=value)
        case "test":
            if not _same(_look_up(document, path), _given(operation)):
                raise PatchConflictError(f"testing value {operation['path']} failed")
            return document
        case _:
            raise PatchConflictError(f"unexpected operation: {op}")


def _given(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"operation {operation['op']} needs a value")
    return operation["value"]


def _same(left: Any, right: Any) -> bool:
    """Compare as JSON does: true is not 1, and 1.0 is 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


def _pointer(text: Any) -> list[str]:
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"not a JSON pointer: {text!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _index(items: list[Any], key: str, *, end: int) -> int:
    if not key.isdecimal() or (len(key) > 1 and key[0] == "0") or int(key) >= end:
        raise PatchConflictError(f"no index {key} in a list of {len(items)}")
    return int(key)


def _child(document: Any, key: str) -> Any:
    if isinstance(document, list):
        return document[_index(document, key, end=len(document))]
    if not isinstance(document, dict) or key not in document:
        raise PatchConflictError(f"missing path: {key}")
    return document[key]


def _look_up(document: Any, path: list[str]) -> Any:
    for key in path:
        document = _child(document, key)
    return document


def _set(document: Any, path: list[str], *, value: Any) -> Any:
    if not path:
        return value
    changed = _set(_child(document, path[0]), path[1:], value=value)
    return _with(document, path[0], value=changed)


def _with(document: Any, key: str, *, value: Any) -> Any:
    if isinstance(document, list):
        index = _index(document, key, end=len(document))
        return [*document[:index], value, *document[index + 1 :]]
    return {**document, key: value}


def _add(document: Any, path: list[str], *, value: Any) -> Any:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if rest:
        return _with(document, key, value=_add(_child(document, key), rest, value=value))
    if isinstance(document, list):
        end = len(document)
        index = end if key == "-" else _index(document, key, end=end + 1)
        return [*document[:index], value, *document[index:]]
    if not isinstance(document, dict):
        raise PatchConflictError(f"nothing can be added at {key}")
    return {**document, key: value}


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        raise PatchConflictError("the whole document cannot be removed")
    key, rest = path[0], path[1:]
    child = _child(document, key)
    if rest:
        return _with(document, key, value=_remove(child, rest))
    if isinstance(document, list):
        index = int(key)
        return [*document[:index], *document[index + 1 :]]
    return {name: value for name, value in document.items() if name != key}
