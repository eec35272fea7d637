"""Rendering: data of an outcome becomes the text that its program would have printed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from stanch.tools.views import answers, describe, objects
from stanch.tools.views.errors import ViewError
from stanch.tools.views.model import View

_LISTS: Final = frozenset(
    {"kubernetes.list", "kubernetes.list_several", "kubernetes.read_several", "kubernetes.events"}
)

_MISSHAPEN: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def render(kind: str, data: Mapping[str, Any], view: View, *, now: datetime) -> str:
    """Return the answer `data` of an operation of `kind` as text, in the format of `view`.

    Ages are counted up to `now`, the moment of the answer.

    Raises:
        ViewError: the answer cannot be shown so, or has not the shape that its kind has.
    """
    try:
        return _rendered(kind, data, view, now)
    except ViewError:
        raise
    except RecursionError as error:
        raise ViewError(f"the answer of {kind} is nested too deeply") from error
    except _MISSHAPEN as error:
        # A server may answer anything; that must not end the look at the other targets.
        raise ViewError(f"the answer of {kind} has not the expected shape") from error


def _rendered(kind: str, data: Mapping[str, Any], view: View, now: datetime) -> str:
    if kind in _LISTS:
        return objects.shown(list(data.get("items", [])), view, now=now, one=False)
    if kind == "kubernetes.read":
        return objects.shown([data["object"]], view, now=now, one=True)
    if view.format in {"json", "yaml", "jsonpath"}:
        return objects.shown([data], view, now=now, one=True)
    if view.format not in {"table", "wide"}:
        raise ViewError(f"an answer of {kind} has no {view.format}", "Leave out -o.")
    return _printed(kind, data, view, now)


def _printed(kind: str, data: Mapping[str, Any], view: View, now: datetime) -> str:  # noqa: C901, PLR0911, PLR0912 - a dispatch
    match kind:
        case "kubernetes.describe":
            return describe.described(data, now)
        case "kubernetes.describe_several":
            return "\n\n".join(describe.described(one, now) for one in data.get("items", []))
        case "kubernetes.logs":
            return answers.logs(data)
        case "kubernetes.rollout_history":
            return answers.rollout_history(data)
        case "kubernetes.rollout_status":
            return answers.rollout_status(data)
        case "kubernetes.top_pods":
            return answers.top_pods(data, headers=view.headers)
        case "kubernetes.top_nodes":
            return answers.top_nodes(data, headers=view.headers)
        case "kubernetes.can_i" if "allowed" in data:
            return "yes\n" if data["allowed"] else "no\n"
        case "kubernetes.api_versions":
            return "".join(f"{version}\n" for version in data.get("items", []))
        case "metrics.query" | "metrics.query_range":
            return answers.metrics(data)
        case "sql.query":
            return answers.rows(data, headers=view.headers)
        case "http.read":
            return str(data.get("body", ""))
        case _ if "stdout" in data or "hosts" in data:
            return answers.host(data)
        case _:
            return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
