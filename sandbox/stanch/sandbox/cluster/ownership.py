"""managedFields: which client last wrote which field, as the server keeps it for its users.

Only what clients write through the API is tracked; the controllers of the practice cluster
leave no entry.
"""

import re
from typing import Any, TypeAlias

from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.patch_strategic import merge_key
from stanch.sandbox.cluster.schema import types
from stanch.sandbox.cluster.times import stamp

Fields: TypeAlias = dict[str, Any]

_OWN = ("labels", "annotations", "finalizers", "ownerReferences")


def manager_name(given: str, agent: str) -> str:
    """Return the name of the manager: the one given, else the first word of the user agent."""
    return given or re.split(r"[/ ]", agent, maxsplit=1)[0] or "unknown"


def claimed(
    kind: Kind,
    new: dict[str, Any],
    *,
    old: dict[str, Any] | None,
    manager: str,
    part: str,
    now: float,
) -> dict[str, Any]:
    """Return `new` with the fields that differ from `old` claimed for `manager`."""
    before = _tree(kind.kind, _visible(old)) if old else {}
    after = _tree(kind.kind, _visible(new))
    changed = _changed(before, after)
    entries = list((old or new)["metadata"].get("managedFields", ()))
    if not changed:
        return new
    mine: Fields = {}
    kept = []
    for entry in entries:
        same = (entry["manager"], entry.get("subresource", "")) == (manager, part)
        fields = entry["fieldsV1"] if same else _without(entry["fieldsV1"], changed)
        fields = _common(fields, after)
        if same:
            mine = fields
        elif fields:
            kept.append({**entry, "fieldsV1": fields})
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": kind.api_version,
        "time": stamp(now),
        "fieldsType": "FieldsV1",
        "fieldsV1": _union(mine, _common(changed, after)),
    }
    if part:
        entry["subresource"] = part
    if entry["fieldsV1"]:
        kept.append(entry)
    return {**new, "metadata": {**new["metadata"], "managedFields": kept}}


def _visible(obj: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: obj["metadata"][key] for key in _OWN if key in obj["metadata"]}
    rest = {key: value for key, value in obj.items() if key not in {"apiVersion", "kind"}}
    return {**rest, "metadata": metadata}


class _Leaf(dict[str, Any]):
    """A field without fields of its own; `value` is compared, and is not written."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _tree(type_name: str, value: dict[str, Any]) -> Fields:
    fields = types().get(type_name, {})
    return {
        f"f:{key}": _branch(type_name, key, value=item, spec=fields.get(key, "any"))
        for key, item in value.items()
    }


def _branch(type_name: str, field: str, *, value: Any, spec: str) -> Fields:
    if isinstance(value, dict) and value:
        return _tree(spec if spec in types() else "", value)
    key = merge_key(type_name, field)
    if isinstance(value, list) and key:
        items = {}
        for item in value:
            name = f'k:{{"{key}":{_quoted(item.get(key))}}}'
            items[name] = {".": _Leaf(None), **_tree(spec[1:-1], item)}
        return items
    return _Leaf(value)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _changed(before: Fields, after: Fields) -> Fields:
    """Return the fields that came, went or changed."""
    found: Fields = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if isinstance(old, _Leaf) and isinstance(new, _Leaf):
            if old.value != new.value:
                found[key] = {}
        elif old is None or new is None or isinstance(old, _Leaf) or isinstance(new, _Leaf):
            found[key] = _plain(old if new is None else new)
        elif inner := _changed(old, new):
            found[key] = inner
    return found


def _plain(fields: Fields | None) -> Fields:
    return {key: _plain(value) for key, value in (fields or {}).items()}


def _without(fields: Fields, gone: Fields) -> Fields:
    left = {}
    for key, inner in fields.items():
        if key not in gone:
            left[key] = inner
        elif inner and (rest := _without(inner, gone[key])):
            left[key] = rest
    return left


def _common(fields: Fields, present: Fields) -> Fields:
    kept = {}
    for key, inner in fields.items():
        if key in present:
            rest = _common(inner, present[key])
            if rest or not inner:
                kept[key] = rest
    return kept


def _union(left: Fields, right: Fields) -> Fields:
    both = dict(left)
    for key, inner in right.items():
        both[key] = _union(both.get(key, {}), inner)
    return both
