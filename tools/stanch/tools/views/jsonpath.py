"""Evaluating jsonpath templates on objects, and printing what they lead to, as kubectl does."""

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from stanch.tools.views.errors import ViewError
from stanch.tools.views.jsonpath_nodes import (
    Deep,
    Everything,
    Field,
    Filter,
    Literal_,
    Path,
    Range,
    Show,
    Slice,
    Step,
    Template,
    Text,
    Union,
)

_MOST_CHARACTERS: Final = 8 * 1024 * 1024
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_IN_JSON: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def printed(template: Template, root: Any) -> str:
    """Return what `template` prints of `root`.

    Raises:
        ViewError: an index is out of range, or values cannot be compared.
    """
    pieces: list[str] = []
    length = 0
    for piece in _pieces(template, root):
        length += len(piece)
        if length > _MOST_CHARACTERS:
            raise ViewError("the jsonpath prints too much", "Choose fewer values.")
        pieces.append(piece)
    return "".join(pieces)


def values(path: Path, root: Any) -> list[Any]:
    """Return the values that `path` leads to from `root`; a missing key leads nowhere.

    Raises:
        ViewError: an index is out of range, or values cannot be compared.
    """
    found = [root]
    for step in path:
        found = list(_step(step, found))
        if len(found) > 200_000:
            raise ViewError("the jsonpath leads to too many values", "Choose fewer.")
    return found


def plain(value: Any) -> str:
    """Return one value as kubectl prints it: text as it is, objects and lists as JSON."""
    if isinstance(value, (Mapping, list, tuple)):
        text = json.dumps(_whole(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.translate(_IN_JSON)
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """Return a number with the fewest digits that say it, as Go prints it."""
    exact = Decimal(repr(value))
    if -4 <= exact.adjusted() < 6:
        return repr(value).removesuffix(".0")
    mantissa, _, exponent = f"{exact.normalize():e}".partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].zfill(2)}"


def _whole(value: Any) -> Any:
    """Return a value with its whole numbers as such, for JSON has no other mark of them."""
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(inner) for inner in value]
    return (
        int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e21
        else value
    )


def _pieces(template: Template, root: Any) -> Iterator[str]:
    for node in template:
        match node:
            case Text(text=text):
                yield text
            case Show(path):
                yield " ".join(map(plain, values(path, root)))
            case Range(path, body):
                for item in values(path, root):
                    yield from _pieces(body, item)


def _step(step: Step, found: Iterable[Any]) -> Iterator[Any]:
    if isinstance(step, Union):
        held = list(found)
        for way in step.ways:
            at = held
            for inner in way:
                at = list(_step(inner, at))
            yield from at
        return
    for value in found:
        yield from _one(step, value)


def _one(step: Step, value: Any) -> Iterator[Any]:
    match step:
        case Field(name):
            if isinstance(value, Mapping) and name in value:
                yield value[name]
        case Everything():
            if isinstance(value, str):
                raise ViewError("a text has no values of its own", "Leave out .* behind it.")
            yield from _children(value)
        case Deep(name):
            for inner in _below(value):
                if isinstance(inner, Mapping) and name in inner:
                    yield inner[name]
        case Slice():
            yield from _sliced(step, value)
        case Filter():
            yield from _filtered(step, value)
        case _:
            raise AssertionError(step)


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple)):
        yield from value


def _below(value: Any) -> Iterator[Any]:
    """Yield `value` and all objects and lists below it, from the top down."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed([one for one in _children(here) if list(_children(one))]))


def _sliced(step: Slice, value: Any) -> Iterator[Any]:
    if value is None:
        return
    if not isinstance(value, (list, tuple)):
        raise ViewError(f"{_kind(value)} is not a list and has no items")
    length = len(value)
    start = step.start or 0
    start = start + length if start < 0 else start
    if step.single:
        if not 0 <= start < length:
            raise ViewError(f"array index out of bounds: index {step.start}, length {length}")
        yield value[start]
        return
    end = length if step.end is None else step.end
    end = end + length if end < 0 else end
    if start == end:
        return
    if not (0 <= start < length and 0 <= end <= length and start < end):
        raise ViewError(f"array index out of bounds: {start}:{end}, length {length}")
    yield from value[start : end : step.step]


def _filtered(step: Filter, value: Any) -> Iterator[Any]:
    if not isinstance(value, (list, tuple)):
        raise ViewError(f"{_kind(value)} is not a list and cannot be filtered")
    for item in value:
        left = values(step.left, item)
        if step.operator is None:
            if left:
                yield item
            continue
        right = [step.right.value] if isinstance(step.right, Literal_) else values(step.right, item)
        if not left or not right:
            continue
        if len(left) > 1 or len(right) > 1:
            raise ViewError("a filter compares several values at a time")
        if _compared(step.operator, left[0], right[0]):
            yield item


def _compared(sign: str, left: Any, right: Any) -> bool:
    if _type(left) != _type(right) or (isinstance(left, bool) and sign not in {"==", "!="}):
        raise ViewError(f"{_kind(left)} and {_kind(right)} cannot be compared with {sign}")
    return _COMPARE[sign](left, right)


def _type(value: Any) -> object:
    if isinstance(value, (Mapping, list, tuple)) or value is None:
        return object()
    return type(value)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
    return "nothing" if value is None else names.get(type(value), "a number")
