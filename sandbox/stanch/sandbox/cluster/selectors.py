"""Label and field selectors: from the text of a query or the selector of an object to a test."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from stanch.sandbox.cluster.status import ApiError, bad_request

Labels: TypeAlias = Mapping[str, str]
Test: TypeAlias = Callable[[dict[str, Any]], bool]
LabelTest: TypeAlias = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?"
_VALUE = r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?"
_SET = re.compile(rf"(?P<key>{_KEY})\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(rf"(?P<key>{_KEY})\s*(?P<sign>==|!=|=)\s*(?P<value>{_VALUE})")
_ORDER = re.compile(rf"(?P<key>{_KEY})\s*(?P<sign>[<>])\s*(?P<value>-?\d+)")
_EXISTS = re.compile(rf"(?P<no>!?)\s*(?P<key>{_KEY})")
_COMMA_OUTSIDE = re.compile(r",(?![^()]*\))")


def label_test(text: str) -> LabelTest:
    """Return the test that the label selector `text` of a query stands for.

    Raises:
        ApiError: the selector cannot be read (400).
    """
    if not text.strip():
        return lambda _: True
    tests = [_requirement(part.strip(), text) for part in _COMMA_OUTSIDE.split(text)]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(part: str, whole: str) -> LabelTest:
    if match := _SET.fullmatch(part):
        values = {value.strip() for value in match["values"].split(",")}
        if all(re.fullmatch(_VALUE, value) for value in values):
            return _one_of(match["key"], values, wanted=match["word"] == "in")
    elif match := _EQUAL.fullmatch(part):
        return _one_of(match["key"], {match["value"]}, wanted=match["sign"] != "!=")
    elif match := _ORDER.fullmatch(part):
        return _ordered(match["key"], match["sign"], bound=int(match["value"]))
    elif match := _EXISTS.fullmatch(part):
        return _exists(match["key"], wanted=not match["no"])
    raise bad_request(
        f'unable to parse requirement: found {part!r} in "{whole}", expected: key=value, '
        "key!=value, key in (a,b), key notin (a,b), key or !key"
    )


def _one_of(key: str, values: set[str], *, wanted: bool) -> LabelTest:
    if wanted:
        return lambda labels: labels.get(key) in values
    return lambda labels: key not in labels or labels[key] not in values


def _exists(key: str, *, wanted: bool) -> LabelTest:
    return lambda labels: (key in labels) == wanted


def _ordered(key: str, sign: str, *, bound: int) -> LabelTest:
    def test(labels: Labels) -> bool:
        value = labels.get(key, "")
        if not re.fullmatch(r"-?\d+", value):
            return False
        return int(value) > bound if sign == ">" else int(value) < bound

    return test


def object_selector(selector: Mapping[str, Any] | None) -> LabelTest:
    """Return the test of a selector with matchLabels and matchExpressions; an empty one fits all.

    A missing selector fits nothing, as the controllers read it.
    """
    if selector is None:
        return lambda _: False
    tests: list[LabelTest] = [
        _one_of(key, {value}, wanted=True)
        for key, value in (selector.get("matchLabels") or {}).items()
    ]
    for item in selector.get("matchExpressions") or ():
        key, operator = item["key"], item["operator"]
        values = set(item.get("values") or ())
        if operator in {"In", "NotIn"}:
            tests.append(_one_of(key, values, wanted=operator == "In"))
        else:
            tests.append(_exists(key, wanted=operator == "Exists"))
    return lambda labels: all(test(labels) for test in tests)


def broken_expressions(selector: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return field, reason word and sentence of what is wrong with a selector's expressions."""
    found = []
    for index, item in enumerate((selector or {}).get("matchExpressions") or ()):
        here, operator = f"matchExpressions[{index}]", item.get("operator", "")
        if operator not in {"In", "NotIn", "Exists", "DoesNotExist"}:
            why = f'Invalid value: "{operator}": not a valid selector operator'
            found.append((f"{here}.operator", "FieldValueInvalid", why))
        elif operator in {"In", "NotIn"} and not item.get("values"):
            why = "Required value: must be specified when `operator` is 'In' or 'NotIn'"
            found.append((f"{here}.values", "FieldValueRequired", why))
        elif operator in {"Exists", "DoesNotExist"} and item.get("values"):
            why = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            found.append((f"{here}.values", "FieldValueForbidden", why))
        if not item.get("key"):
            why = 'Invalid value: "": name part must be non-empty'
            found.append((f"{here}.key", "FieldValueInvalid", why))
    return found


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """Write a selector of an object as a query would."""
    if not selector:
        return ""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for item in selector.get("matchExpressions") or ():
        key, values = item["key"], ",".join(item.get("values") or ())
        match item["operator"]:
            case "In":
                parts.append(f"{key} in ({values})")
            case "NotIn":
                parts.append(f"{key} notin ({values})")
            case "Exists":
                parts.append(key)
            case _:
                parts.append(f"!{key}")
    return ",".join(parts)


_COMMON_FIELDS = ("metadata.name", "metadata.namespace")
_FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "replicasets": ("status.replicas",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
}


def field_test(plural: str, text: str) -> Test:
    """Return the test that the field selector `text` stands for.

    Raises:
        ApiError: it cannot be read, or names a field that cannot be selected by (400).
    """
    if not text.strip():
        return lambda _: True
    tests = [_field_requirement(plural, part.strip()) for part in text.split(",") if part.strip()]
    return lambda obj: all(test(obj) for test in tests)


def _field_requirement(plural: str, part: str) -> Test:
    match = re.fullmatch(r"(?P<path>[^=!]+?)\s*(?P<sign>==|!=|=)\s*(?P<value>.*)", part)
    if match is None:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path, value, wanted = match["path"], match["value"], match["sign"] != "!="
    if path not in _COMMON_FIELDS + _FIELDS.get(plural, ()):
        raise _unknown_field(path)
    keys = path.split(".")

    def test(obj: dict[str, Any]) -> bool:
        found: Any = obj
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict):
            found = found.get("component")
        return (_text(found) == value) == wanted

    return test


def _text(found: Any) -> str:
    if found is None:
        return ""
    return str(found).lower() if isinstance(found, bool) else str(found)


def _unknown_field(path: str) -> ApiError:
    return bad_request(f"field label not supported: {path}")
