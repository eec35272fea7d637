"""Weights: a request to a load balancer that sets one becomes an exact change (MIT-09).

What a runbook asks for is the request of HAProxy's Data Plane API, as one would type it:
`PUT /v3/services/haproxy/runtime/backends/B/servers/S` with the weight in its body. The
look is the whole backend, because the last server that serves is not taken out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HttpIntent, HttpRead, Read, SetWeight
from stanch.tools.operations.http_acts import server_facts, serves

_SERVER = re.compile(r"/v3/services/haproxy/runtime/backends/([^/]+)/servers/([^/]+)")
_MOST = 256


def sets_weight(intent: HttpIntent) -> bool:
    """Say whether a request changes a server behind a load balancer."""
    return intent.method == "PUT" and _SERVER.fullmatch(intent.path) is not None


class Weights:
    """Sets the weight of one server; the way back is the weight that it had."""

    intents = (HttpIntent,)

    def looks(self, intent: HttpIntent) -> Mapping[str, Read]:
        """Return the look at all servers of the backend.

        Raises:
            CannotPlanError: the request is not one that sets a weight.
        """
        backend, _, _ = _named(intent)
        path = f"/v3/services/haproxy/runtime/backends/{backend}/servers"
        try:
            target = HttpRead(
                scheme=intent.scheme,
                host=intent.host,
                port=intent.port,
                endpoint=intent.endpoint,
                path=path,
                credential=intent.credential,
            )
        except ValidationError as error:
            # A backend may be called like an act, and then a look at it is no known read.
            raise CannotPlanError(
                f"the backend {backend} is not looked at: {_why(error)}"
            ) from error
        return {"target": target}

    def plan(self, intent: HttpIntent, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change of the weight as it was seen.

        Raises:
            CannotPlanError: the server is not there, has that weight already, or is the
                last one that serves.
        """
        del now
        backend, name, weight = _named(intent)
        servers = _servers(seen["target"])
        mine = next((one for one in servers if one.get("name") == name), None)
        if mine is None:
            raise CannotPlanError(f"the backend {backend} has no server {name}")
        facts = server_facts(mine)
        before = facts["weight"]
        if not isinstance(before, int) or not 0 <= before <= _MOST:
            raise CannotPlanError(f"the load balancer does not say the weight of {name}")
        if before == weight:
            raise CannotPlanError(f"the weight of {name} is {weight} already")
        others = [one for one in servers if one is not mine and serves(one)]
        if weight == 0 and not others:
            raise CannotPlanError(f"{name} is the last server of {backend} that serves")
        # Under one name, whatever the runbook calls it: policy, lock and rate go by it.
        known = (seen["target"].get("endpoint") or {}).get("name")
        place = {"endpoint": known or _place(intent), "backend": backend, "server": name}
        return Plan(
            title=f"Set the weight of {name} in {backend} from {before} to {weight}",
            operation=SetWeight(**place, weight=weight, from_weight=before),
            observed=facts,
            inverse=SetWeight(**place, weight=before, from_weight=weight),
            inverse_note=f"sets the weight to {before} again",
            touches=_touches(backend, name, before, weight=weight, others=others),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the server after the change."""
        return {**after, "weight": change.weight}


def _why(error: ValidationError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ")


def _named(intent: HttpIntent) -> tuple[str, str, int]:
    found = _SERVER.fullmatch(intent.path)
    if found is None or intent.method != "PUT" or "%" in intent.path:
        raise CannotPlanError(f"`{intent.as_text()}` does not set a weight of a load balancer")
    try:
        body = json.loads(intent.body or "")
    except ValueError:
        body = None
    weight = body.get("weight") if isinstance(body, dict) else None
    if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= _MOST:
        raise CannotPlanError(f"its body names no weight between 0 and {_MOST}")
    if set(body) != {"weight"}:
        raise CannotPlanError("its body changes more than the weight")
    return found[1], found[2], weight


def _place(intent: HttpIntent) -> str:
    if intent.port is not None:
        raise CannotPlanError(
            f"the server {intent.host} is named with a port; name it as it stands under [endpoints]"
        )
    return intent.endpoint or intent.host


def _servers(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if data.get("tls_error"):
        raise CannotPlanError(f"the load balancer could not be looked at: {data['tls_error']}")
    listed, status = data.get("json"), data.get("status_code")
    if status == 404:
        raise CannotPlanError("the load balancer has no such backend")
    if status != 200 or not isinstance(listed, list):
        raise CannotPlanError(f"the load balancer could not be looked at: it answered {status}")
    return [one for one in listed if isinstance(one, Mapping)]


def _touches(
    backend: str,
    name: str,
    before: int,
    *,
    weight: int,
    others: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    rest = sum(int(one["weight"]) for one in others)
    old, new = (share / (share + rest) if share + rest else 0.0 for share in (before, weight))
    names = ", ".join(sorted(str(one["name"]) for one in others)) or "none"
    return (
        f"{name} gets {new:.0%} of the new requests to {backend}, where it got {old:.0%}",
        f"the others that serve take the rest: {names}",
        "requests that are under way end where they are",
    )
