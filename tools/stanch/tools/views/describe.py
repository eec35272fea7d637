"""`kubectl describe` as text: names and values in lines, nested by blanks, events last."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from stanch.tools.views.table import Table, since

_HIDDEN = frozenset({"managedFields", "uid", "resourceVersion", "generation", "selfLink"})


def described(data: Mapping[str, Any], now: datetime) -> str:
    """Return one object with its events as text."""
    thing = data.get("object", {})
    lines = [*_head(thing), *_body(thing)]
    for head, things in (("Pods", data.get("pods")), ("ReplicaSets", data.get("replicasets"))):
        names = ", ".join(str(one.get("metadata", {}).get("name")) for one in things or [])
        if names:
            lines.append(_line(head, names))
    return "\n".join(lines) + "\n" + _events(list(data.get("events") or []), now)


def _head(thing: Mapping[str, Any]) -> Iterator[str]:
    metadata = thing.get("metadata", {})
    yield _line("Name", metadata.get("name", ""))
    if metadata.get("namespace"):
        yield _line("Namespace", metadata["namespace"])
    for head, key, mark in (("Labels", "labels", "="), ("Annotations", "annotations", ": ")):
        pairs = [
            f"{name}{mark}{value}" for name, value in sorted((metadata.get(key) or {}).items())
        ]
        yield _line(head, pairs[0] if pairs else "<none>")
        yield from (" " * 20 + pair for pair in pairs[1:])
    yield _line("CreationTimestamp", metadata.get("creationTimestamp", ""))
    if metadata.get("deletionTimestamp"):
        yield _line("Status", f"Terminating (since {metadata['deletionTimestamp']})")
    owners = [f"{o.get('kind')}/{o.get('name')}" for o in metadata.get("ownerReferences") or []]
    if owners:
        yield _line("Controlled By", ", ".join(owners))


def _body(thing: Mapping[str, Any]) -> Iterator[str]:
    spec = thing.get("spec") or {}
    if thing.get("kind") == "Node":
        taints = [
            f"{t.get('key')}{'=' + t['value'] if t.get('value') else ''}:{t.get('effect')}"
            for t in spec.get("taints") or []
        ]
        yield _line("Taints", taints[0] if taints else "<none>")
        yield from (" " * 20 + taint for taint in taints[1:])
        yield _line("Unschedulable", str(bool(spec.get("unschedulable"))).lower())
    for key, value in thing.items():
        if key not in {"metadata", "apiVersion", "kind"}:
            yield from _nested(key, value, 0)


def _nested(key: str, value: Any, depth: int) -> Iterator[str]:
    blanks, head = "  " * depth, _words(key)
    if isinstance(value, Mapping):
        yield f"{blanks}{head}:" + ("" if value else "  <none>")
        for name, inner in value.items():
            if name not in _HIDDEN:
                yield from _nested(str(name), inner, depth + 1)
    elif isinstance(value, list):
        yield f"{blanks}{head}:" + ("" if value else "  <none>")
        for item in value:
            if isinstance(item, Mapping):
                for name, inner in item.items():
                    yield from _nested(str(name), inner, depth + 1)
            else:
                yield f"{blanks}  {_plain(item)}"
    else:
        yield f"{blanks}{head}:  {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    return "<none>" if value is None else str(value)


def _words(key: str) -> str:
    if "/" in key or "." in key or "-" in key:
        return key
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", key)
    return words[:1].upper() + words[1:]


def _line(head: str, value: object) -> str:
    return f"{head + ':':<19} {value}"


def _events(events: list[Mapping[str, Any]], now: datetime) -> str:
    if not events:
        return "Events:             <none>\n"
    rows = []
    for event in events:
        source = event.get("reportingComponent") or event.get("source", {}).get("component", "")
        seen = since(event.get("lastTimestamp") or event.get("eventTime"), now)
        count = int((event.get("series") or {}).get("count") or event.get("count") or 1)
        if count > 1 and event.get("firstTimestamp"):
            seen += f" (x{count} over {since(event['firstTimestamp'], now)})"
        message = str(event.get("message", "")).strip().replace("\n", " ")
        rows.append((str(event.get("type")), str(event.get("reason")), seen, str(source), message))
    table = Table(("Type", "Reason", "Age", "From", "Message"), tuple(rows)).text()
    return "Events:\n" + "".join(f"  {line}\n" for line in table.splitlines())
