"""Feature flags: a request that switches one becomes an exact change (MIT-04, MIT-10).

What a runbook asks for is the request of the service's own interface, as one would type it
(DF-18): `POST /api/admin/projects/P/features/F/environments/E/off` of Unleash, or a
semantic patch `turnFlagOff` of LaunchDarkly. The look is the flag itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from stanch.mitigation.flags_asked import Asked, asked_of
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HttpIntent, HttpRead, Read, SwitchFlag
from stanch.tools.operations.http_acts import environment_facts, flag_facts

_VERSION = "version"


class Flags:
    """Switches one flag on or off; the way back is the other way."""

    intents = (HttpIntent,)

    def looks(self, intent: HttpIntent) -> Mapping[str, Read]:
        """Return the look at the flag, or at all flags of its project.

        Raises:
            CannotPlanError: the request is not one that switches a flag.
        """
        asked = asked_of(intent)
        try:
            return {"target": _read(intent, asked.place, asked)}
        except ValidationError:
            # A flag may be called like an act; then the list of all of them has it, too.
            return {"target": _read(intent, asked.place.rpartition("/")[0], asked)}

    def plan(self, intent: HttpIntent, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact switch of the flag as it was seen.

        Raises:
            CannotPlanError: it is not there, is archived, or is as wanted already.
        """
        del now
        asked = asked_of(intent)
        flag, environment, to = asked.flag, asked.environment, asked.to
        feature = _feature(seen["target"], asked)
        facts = _facts(feature, asked)
        told = seen["target"].get("endpoint") or {}
        place = {
            # Under one name, whatever the runbook calls it: policy, lock and rate go by it.
            "endpoint": told.get("name") or _place(intent),
            "project": asked.project,
            "environment": environment,
            "flag": flag,
            "evaluated_by": told.get("evaluated_by"),
        }
        back = "off" if to == "on" else "on"
        switch = (told.get("kill_switches") or {}).get(flag)
        return Plan(
            title=_title(asked, switch),
            operation=SwitchFlag(**place, enabled=to == "on"),
            observed=facts,
            inverse=SwitchFlag(**place, enabled=to != "on"),
            inverse_note=f"switches the flag {back} again",
            touches=(
                *_lost(asked, switch),
                *_served(asked, facts),
                f"whatever asks for the flag {flag} in {environment}, at its next fetch of flags",
                "no pod is restarted, and no other flag and no other environment is changed",
            ),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the flag after the change, without a version of the service."""
        kept = {name: value for name, value in after.items() if name != _VERSION}
        return {**kept, "enabled": change.enabled}


def _facts(feature: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Return the facts about a flag that can be switched as asked."""
    flag, environment = asked.flag, asked.environment
    known = flag_facts if asked.service == "unleash" else environment_facts
    facts = known(feature, environment)
    if facts.get("missing"):
        raise CannotPlanError(f"the flag {flag} has no environment {environment}")
    if facts["archived"]:
        raise CannotPlanError(f"the flag {flag} is archived; programs do not see it any more")
    if facts["enabled"] is (asked.to == "on"):
        raise CannotPlanError(f"the flag {flag} is {asked.to} in {environment} already")
    return facts


def _title(asked: Asked, switch: Mapping[str, Any] | None) -> str:
    deed = f"witch {asked.to} the flag {asked.flag} in {asked.environment}"
    if switch is None:
        return f"S{deed}"
    thrown = switch["thrown"] == asked.to
    return f"{'Throw' if thrown else 'Reset'} the kill switch {asked.flag}: s{deed}"


def _lost(asked: Asked, switch: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return what throwing a kill switch costs, whichever way it is thrown."""
    if switch is None:
        return ()
    if switch["thrown"] == asked.to:
        return (f"the kill switch {asked.flag} is thrown; what is lost: {switch['loses']}",)
    return (f"the kill switch {asked.flag} is reset; what comes back: {switch['loses']}",)


def _served(asked: Asked, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what programs get while the flag is off, where its service says it."""
    if "off_serves" not in facts:
        return ()
    while_off = "from now on" if asked.to == "off" else "until now"
    return (f"programs get {facts['off_serves']} {while_off}: that is what it serves when off",)


def _place(intent: HttpIntent) -> str:
    if intent.port is not None:
        raise CannotPlanError(
            f"the server {intent.host} is named with a port; name it as it stands under [endpoints]"
        )
    return intent.endpoint or intent.host


def _read(intent: HttpIntent, path: str, asked: Asked) -> HttpRead:
    query = (("env", asked.environment),) if asked.service == "launchdarkly" else ()
    return HttpRead(
        scheme=intent.scheme,
        host=intent.host,
        port=intent.port,
        endpoint=intent.endpoint,
        path=path,
        query=query,
        credential=intent.credential,
    )


def _feature(data: Mapping[str, Any], asked: Asked) -> Mapping[str, Any]:
    if data.get("tls_error"):
        raise CannotPlanError(f"the flags could not be looked at: {data['tls_error']}")
    body, status = data.get("json"), data.get("status_code")
    if status == 404:
        raise CannotPlanError(f"there is no flag {asked.flag}")
    if status != 200 or not isinstance(body, Mapping):
        raise CannotPlanError(f"the flags could not be looked at: the server answered {status}")
    many, name = asked.listed
    listed = body.get(many)
    if not isinstance(listed, list):
        return body
    for one in listed:
        if isinstance(one, Mapping) and one.get(name) == asked.flag:
            return one
    raise CannotPlanError(f"there is no flag {asked.flag}")
