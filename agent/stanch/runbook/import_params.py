"""The parameters that an imported document needs: what type fits where each one stands.

A type is not guessed from the name alone: the commands that hold the parameter are read
again with it, and the first type that all of them take is proposed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.import_blocks import Taken, read_all
from stanch.runbook.import_guess import plain
from stanch.runbook.model import Param, ParamType

_GENERAL: Final[tuple[ParamType, ...]] = (
    *("label-value", "hostname", "dns-subdomain", "dns-label", "integer", "duration"),
    *("quantity", "sql-identifier", "path", "sql-value"),
)
"""The widest first: a place refuses what is too wide for it."""
_HINTS: Final[tuple[tuple[re.Pattern[str], tuple[ParamType, ...]], ...]] = (
    (re.compile(r"(^|-)(ns|namespace|project)$"), ("dns-label",)),
    (re.compile(r"(^|-)node(-name)?$"), ("dns-subdomain", "hostname")),
    (re.compile(r"(^|-)(pid|port|lines|tail|replicas|count|limit|n)$"), ("integer",)),
    (re.compile(r"(^|-)(since|window|duration|timeout|age)$"), ("duration",)),
    (re.compile(r"(^|-)(host|hostname|server|address|ip|endpoint|domain)$"), ("hostname",)),
    (re.compile(r"(^|-)(file|path|dir|directory|folder|mountpoint|mount-point)$"), ("path",)),
    (re.compile(r"(^|-)(table|column|schema|index|database|db|role)$"), ("sql-identifier",)),
)
_LABELS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(rf"(my-|the-)?({names})(-name)?"), label)
    for names, label in (
        ("namespace|ns|project", "namespace"),
        ("pod", "pod"),
        ("deployment|deploy", "deployment"),
        ("statefulset|sts", "statefulset"),
        ("daemonset|ds", "daemonset"),
        ("service|svc", "service"),
        ("node", "node"),
        ("container", "container"),
        ("job", "job_name"),
        ("cronjob", "cronjob"),
        ("pvc|persistentvolumeclaim", "persistentvolumeclaim"),
        ("pv|persistentvolume", "persistentvolume"),
        ("hpa|horizontalpodautoscaler", "horizontalpodautoscaler"),
        ("instance", "instance"),
        ("mountpoint|mount-point", "mountpoint"),
        ("device", "device"),
    )
)
"""Which label of an alert usually holds what a parameter of such a name asks for."""
_SAID: Final = re.compile(r"(?:the )?(?:value of )?(?:the )?(\w+) label (?:from|of) (?:the )?alert")
_MOST_READ: Final = 20_000
"""So many lines are read again; a document that asks for more keeps the rest as text."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def declared(name: str) -> str | None:
    """Return the name under which a placeholder is declared; None when it can have none."""
    named = plain(name)
    return named if _NAME.fullmatch(named) else None


def propose(blocks: Sequence[Taken], *, told: Mapping[str, str]) -> dict[str, Param]:
    """Return a declaration for every placeholder of `blocks`.

    `told` holds what the document itself says of a variable, by its name.
    """
    outputs = {name for block in blocks for name in block.outputs}
    found: dict[str, Param] = {}
    left = _MOST_READ
    holding: dict[str, list[Taken]] = {}
    for block in blocks:
        for written in dict.fromkeys(block.names):
            holding.setdefault(written, []).append(block)
    for used in dict.fromkeys(name for block in blocks for name in block.names):
        name = declared(used)
        if name is None or name in outputs or name in found:
            continue
        holders = holding[used] + (holding.get(name, []) if name != used else [])
        kind, left = _fitting(name, holders, left)
        if kind is not None:
            found[name] = _param(name, kind, told)
    return found


def _param(name: str, kind: ParamType, told: Mapping[str, str]) -> Param:
    said = next((text for key, text in told.items() if declared(key) == name), "")
    label = (match := _SAID.fullmatch(said.strip("<>").lower())) and match[1]
    label = label or next((one for pattern, one in _LABELS if pattern.fullmatch(name)), None)
    spoken = _SAID.fullmatch(name.replace("-", " "))
    label = spoken[1] if spoken else label
    given: dict[str, object] = {"type": kind, "from": f"labels.{label}" if label else None}
    if kind == "path":
        given["under"] = "/var/log" if "log" in name else "/var"
    elif said and not label and not said.startswith("<") and " " not in said:
        given["default"] = said
    return Param.model_validate(given)


def _fitting(name: str, holders: Sequence[Taken], left: int) -> tuple[ParamType | None, int]:
    """Return the first type that all `holders` take, and how many lines are left to read."""
    cost = sum(block.form.content.count("\n") + 1 for block in holders)
    for kind in dict.fromkeys((*_hinted(name), *_GENERAL)):
        left -= cost
        if left < 0:
            break
        param = Param(type=kind, under="/var/log" if kind == "path" else None)
        if all(_takes(block, {name: param}) for block in holders):
            return kind, left
    return None, left


def _hinted(name: str) -> Iterator[ParamType]:
    for pattern, kinds in _HINTS:
        if pattern.search(name):
            yield from kinds


def _takes(block: Taken, params: Mapping[str, Param]) -> bool:
    try:
        read_all(block.form, params)
    except RefusedError:
        return False
    return True
