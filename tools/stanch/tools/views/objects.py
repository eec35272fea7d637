"""Objects of a cluster as text, in each format that kubectl has."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final

from stanch.tools.views import cells, columns, custom_columns, jsonpath, jsonpath_syntax
from stanch.tools.views.errors import ViewError
from stanch.tools.views.model import View
from stanch.tools.views.table import Table, moment

Thing = Mapping[str, Any]

_SHAPES: Final = (
    ("involvedObject", "Event"),
    ("subsets", "Endpoints"),
)
_SPECS: Final = (
    ("scaleTargetRef", "HorizontalPodAutoscaler"),
    ("clusterIP", "Service"),
    ("containers", "Pod"),
)
_SIZE: Final = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}))"
    r"(?P<unit>[KMGTPE]i|[numkMGTPE])?"
)
_POWERS: Final = {
    "": (10, 0),
    **{
        unit: (10, power)
        for unit, power in zip("numkMGTPE", (-9, -6, -3, *range(3, 19, 3)), strict=True)
    },
    **{f"{unit}i": (1024, power) for power, unit in enumerate("KMGTPE", start=1)},
}


def shown(things: Sequence[Thing], view: View, *, now: datetime, one: bool) -> str:
    """Return objects as text; `one` of them is not shown as a list of one.

    Raises:
        ViewError: an expression leads beyond what there is.
    """
    ordered = _ordered(things, view.sort_by)
    match view.format:
        case "table" | "wide":
            return tables(ordered, view, now=now)
        case "name":
            return "".join(f"{full_name(thing)}\n" for thing in ordered)
        case "json":
            bare = [_unmanaged(thing) for thing in ordered]
            return json.dumps(_root(bare, one=one), indent=4, ensure_ascii=False) + "\n"
        case "yaml":
            return _yaml(_root([_unmanaged(thing) for thing in ordered], one=one))
        case "jsonpath":
            template = jsonpath_syntax.parse(view.expression)
            return jsonpath.printed(template, _root(ordered, one=one))
        case "custom-columns":
            parsed = custom_columns.parse(view.expression)
            rows = custom_columns.rows(parsed, ordered)
            heads = tuple(head for head, _ in parsed)
            return Table(heads, tuple(map(tuple, rows))).text(headers=view.headers)


def _unmanaged(thing: Thing) -> Thing:
    """Return the object as kubectl prints it: who manages which field is left out."""
    metadata = thing.get("metadata")
    if not isinstance(metadata, Mapping) or "managedFields" not in metadata:
        return thing
    kept = {key: value for key, value in metadata.items() if key != "managedFields"}
    return {**thing, "metadata": kept}


def tables(things: Sequence[Thing], view: View, *, now: datetime) -> str:
    """Return a table for each kind of object, with names like pod/x when there are several."""
    kinds = list(dict.fromkeys(map(kind_of, things)))
    if not kinds:
        return ""
    made = []
    for kind in kinds:
        of_kind = [thing for thing in things if kind_of(thing) == kind]
        table = _table(kind, of_kind, view, now=now, prefixed=len(kinds) > 1)
        made.append(table.text(headers=view.headers))
    return "\n".join(made)


def kind_of(thing: Thing) -> str:
    """Return the kind of an object; of an item of a list, told by its shape."""
    if thing.get("kind"):
        return str(thing["kind"])
    for key, kind in _SHAPES:
        if key in thing:
            return kind
    return next((kind for key, kind in _SPECS if key in (thing.get("spec") or {})), "")


def full_name(thing: Thing) -> str:
    """Return the name of an object as kubectl takes it: pod/x, deployment.apps/x."""
    group, slash, _ = str(thing.get("apiVersion", "v1")).partition("/")
    kind = kind_of(thing).lower() + (f".{group}" if slash else "")
    return f"{kind}/{thing.get('metadata', {}).get('name', '')}"


def _table(
    kind: str, things: Sequence[Thing], view: View, *, now: datetime, prefixed: bool
) -> Table:
    plain, wide = columns.COLUMNS.get(kind, columns.PLAIN)
    chosen = [*plain, *(wide if view.format == "wide" else ())]
    spaces = {str(thing.get("metadata", {}).get("namespace", "")) for thing in things}
    everywhere = view.namespaces if view.namespaces is not None else len(spaces) > 1
    if everywhere and spaces != {""}:
        chosen.insert(0, ("NAMESPACE", cells.at("metadata", "namespace", missing="")))
    if view.labels:
        chosen.append(("LABELS", lambda one, _: cells.labels_text(one["metadata"].get("labels"))))
    if prefixed:
        chosen = [(head, _prefixed if head == "NAME" else cell) for head, cell in chosen]
    rows = tuple(tuple(cell(thing, now) for _, cell in chosen) for thing in things)
    return Table(tuple(head for head, _ in chosen), rows)


def _prefixed(thing: Thing, _: datetime) -> str:
    return full_name(thing)


def _root(things: Sequence[Thing], *, one: bool) -> Any:
    if one and len(things) == 1:
        return things[0]
    empty = {"resourceVersion": ""}
    return {"apiVersion": "v1", "items": list(things), "kind": "List", "metadata": empty}


def _yaml(value: Any) -> str:
    import yaml  # noqa: PLC0415 - only few answers are shown so

    return str(yaml.safe_dump(value, default_flow_style=False, allow_unicode=True))


def _ordered(things: Sequence[Thing], sort_by: str) -> list[Thing]:
    if not sort_by:
        return list(things)
    path = jsonpath_syntax.parse_path(sort_by)
    keyed = [(next(iter(jsonpath.values(path, thing)), None), thing) for thing in things]
    if keyed and all(key is None for key, _ in keyed):
        raise ViewError(f"no object has a value at {sort_by}", "Choose another path.")

    def by_key(a: tuple[Any, Thing], b: tuple[Any, Thing]) -> int:
        return _compared(a[0], b[0])

    return [thing for _, thing in sorted(keyed, key=cmp_to_key(by_key))]


def _compared(a: Any, b: Any) -> int:
    """Compare two sort keys; what is missing comes first, and times and sizes are in order."""
    if a is None or b is None:
        return (a is not None) - (b is not None)
    x, y = moment(a), moment(b)
    if x is not None and y is not None:
        return (x > y) - (x < y)
    sizes = _size(a), _size(b)
    if None not in sizes:
        a, b = sizes
    if type(a) is not type(b) and not (_number(a) and _number(b)):
        raise ViewError("the objects have values of several types to sort by")
    return int(a > b) - int(a < b)


def _size(value: Any) -> Decimal | None:
    """Return the number of a quantity such as 500m or 2Gi; None of anything else."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    base, power = _POWERS[found["unit"] or ""]
    return Decimal(found["number"]) * Decimal(base) ** Decimal(power)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
