"""Requests that switch a flag: which flag of which environment, in which service's words."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from stanch.mitigation.strategy import CannotPlanError
from stanch.tools.operations import HttpIntent

_UNLEASH = re.compile(r"/api/admin/projects/([^/]+)/features/([^/]+)/environments/([^/]+)/(on|off)")
_LAUNCHDARKLY = re.compile(r"/api/v2/flags/([^/]+)/([^/]+)")
_TURNS: dict[Any, Literal["on", "off"]] = {"turnFlagOn": "on", "turnFlagOff": "off"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks a service of flags for."""

    service: Literal["unleash", "launchdarkly"]
    project: str
    flag: str
    environment: str
    to: Literal["on", "off"]

    @property
    def place(self) -> str:
        """The path of the flag itself."""
        if self.service == "unleash":
            return f"/api/admin/projects/{self.project}/features/{self.flag}"
        return f"/api/v2/flags/{self.project}/{self.flag}"

    @property
    def listed(self) -> tuple[str, str]:
        """What a list of flags and the name of each are called."""
        return ("features", "name") if self.service == "unleash" else ("items", "key")


def switches_flag(intent: HttpIntent) -> bool:
    """Say whether a request switches a flag of Unleash or of LaunchDarkly."""
    if intent.method == "POST":
        return _UNLEASH.fullmatch(intent.path) is not None
    return (
        intent.method == "PATCH"
        and _LAUNCHDARKLY.fullmatch(intent.path) is not None
        and "launchdarkly.semanticpatch" in _content_type(intent)
    )


def asked_of(intent: HttpIntent) -> Asked:
    """Return which flag the request switches, and which way.

    Raises:
        CannotPlanError: it does more than that, or something else.
    """
    if not switches_flag(intent):
        raise CannotPlanError(f"`{intent.as_text()}` does not switch a flag")
    if "%" in intent.path:
        raise CannotPlanError("a name in the path is escaped, and no flag is called like that")
    return _of_unleash(intent) if intent.method == "POST" else _of_launchdarkly(intent)


def _of_unleash(intent: HttpIntent) -> Asked:
    if intent.query or intent.form or (intent.body or "").strip() not in {"", "{}"}:
        raise CannotPlanError("a request that switches a flag has no query and no body")
    found = _UNLEASH.fullmatch(intent.path)
    if found is None:
        raise AssertionError(intent.path)
    project, flag, environment, to = found.groups()
    way: Literal["on", "off"] = "on" if to == "on" else "off"
    return Asked(service="unleash", project=project, flag=flag, environment=environment, to=way)


def _of_launchdarkly(intent: HttpIntent) -> Asked:
    found = _LAUNCHDARKLY.fullmatch(intent.path)
    if found is None:
        raise AssertionError(intent.path)
    if intent.query or intent.form:
        # ignoreConflicts=true would override what others have planned.
        raise CannotPlanError("a request that switches a flag has no query and no form")
    body = _object(intent.body)
    turns = body.get("instructions")
    if not body.keys() <= {"environmentKey", "comment", "instructions"}:
        raise CannotPlanError("its body asks for more than to switch the flag")
    way = _way(turns)
    environment = body.get("environmentKey")
    if not isinstance(environment, str) or not _NAME.fullmatch(environment):
        raise CannotPlanError("its body names no environmentKey")
    return Asked(
        service="launchdarkly", project=found[1], flag=found[2], environment=environment, to=way
    )


def _object(text: str | None) -> dict[str, Any]:
    try:
        body = json.loads(text or "")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise CannotPlanError("its body is no semantic patch")
    return body


def _way(turns: object) -> Literal["on", "off"]:
    one = turns[0] if isinstance(turns, list) and len(turns) == 1 else None
    kind = one.get("kind") if isinstance(one, dict) else None
    if not isinstance(one, dict) or one.keys() != {"kind"} or kind not in _TURNS:
        raise CannotPlanError("its one instruction is to be turnFlagOn or turnFlagOff")
    return _TURNS[kind]


def _content_type(intent: HttpIntent) -> str:
    return next((value for name, value in intent.headers if name.lower() == "content-type"), "")
