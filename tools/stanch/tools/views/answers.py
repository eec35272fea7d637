"""The text of answers that are no objects: usage, rollouts, logs, metrics, rows, hosts."""

from collections.abc import Mapping
from typing import Any

from stanch.tools.views.table import Table

Data = Mapping[str, Any]


def logs(data: Data) -> str:
    """Return the lines of all streams, one stream after the other."""
    return "".join(
        f"{line['text']}\n" for stream in data.get("streams", []) for line in stream["lines"]
    )


def rollout_history(data: Data) -> str:
    """Return the revisions, the oldest first, as kubectl lists them."""
    name = data.get("deployment", {}).get("metadata", {}).get("name", "")
    revisions = sorted(data.get("revisions", []), key=lambda one: int(one["revision"]))
    lines = [f"{one['revision']!s:<10}{one.get('change_cause') or '<none>'}\n" for one in revisions]
    return f"deployment.apps/{name} \nREVISION  CHANGE-CAUSE\n{''.join(lines)}\n"


def rollout_status(data: Data) -> str:
    """Return the one line about a rollout."""
    return f"{data.get('message', '')}\n"


def top_pods(data: Data, *, headers: bool) -> str:
    """Return what pods use, in thousandths of a core and in mebibytes."""
    items = list(data.get("items", []))
    everywhere = any("namespace" in item for item in items)
    heads = (*(("NAMESPACE",) if everywhere else ()), "NAME", "CPU(cores)", "MEMORY(bytes)")
    rows = [
        (
            *((str(item.get("namespace", "")),) if everywhere else ()),
            str(item["pod"]),
            _cores(sum(c.get("cpu_cores") or 0 for c in item["containers"])),
            _mebibytes(sum(c.get("memory_bytes") or 0 for c in item["containers"])),
        )
        for item in items
    ]
    return Table(heads, tuple(rows)).text(headers=headers)


def top_nodes(data: Data, *, headers: bool) -> str:
    """Return what nodes use; how much of it they have is not in the answer."""
    rows = [
        (
            str(one["node"]),
            _cores(one.get("cpu_cores") or 0),
            _mebibytes(one.get("memory_bytes") or 0),
        )
        for one in data.get("items", [])
    ]
    return Table(("NAME", "CPU(cores)", "MEMORY(bytes)"), tuple(rows)).text(headers=headers)


def metrics(data: Data) -> str:
    """Return one line for each series: its labels and its value, or its last value."""
    lines = []
    for series in data.get("result", []):
        labels = dict(series.get("metric") or {})
        name = labels.pop("__name__", "")
        inner = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        value = series.get("value") or (series.get("values") or [[0, ""]])[-1]
        lines.append(f"{name}{{{inner}}} {value[1]}\n")
    return "".join(lines)


def rows(data: Data, *, headers: bool) -> str:
    """Return rows as psql prints them: aligned with heads, or divided by | without them."""
    names = [str(name) for name in data.get("columns", [])]
    cells = [[_sql(row.get(name)) for name in names] for row in data.get("rows", [])]
    if not headers:
        return "".join("|".join(row) + "\n" for row in cells)
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [" | ".join(name.center(width) for name, width in zip(names, widths, strict=True))]
    lines += [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    rule = "-+-".join("-" * width for width in widths)
    count = f"({len(cells)} row{'' if len(cells) == 1 else 's'})"
    body = "".join(f" {line.rstrip()}\n" for line in lines[1:])
    return f" {lines[0]}\n-{rule}-\n{body}{count}\n\n"


def host(data: Data) -> str:
    """Return what a program printed; of several hosts, each line with its host before it."""
    if "hosts" not in data:
        return str(data.get("stdout", ""))
    return "".join(
        f"{name}: {line}\n"
        for name, answer in data["hosts"].items()
        for line in str(answer.get("stdout", "")).splitlines()
    )


def _cores(cores: float) -> str:
    return f"{round(cores * 1000)}m"


def _mebibytes(size: float) -> str:
    return f"{int(size) // (1024 * 1024)}Mi"


def _sql(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
