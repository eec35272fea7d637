"""Load balancers: the weight of one server at run time (HAProxy's Data Plane API, version 3)."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from stanch.tools.clients.http.dialect import Shown
from stanch.tools.clients.http.sending import Message
from stanch.tools.operations.http_acts import SetWeight, server_facts, serves


class Balancer:
    """Speaks the Data Plane API."""

    cannot = ""

    def question(self, change: SetWeight) -> Message:
        """Return the request for the server as it is at run time."""
        return Message(method="GET", target=_server(change))

    def found(self, change: SetWeight, shown: Shown) -> dict[str, Any]:
        """Return the facts of the server."""
        del change
        return {"missing": True} if shown.status == 404 else server_facts(shown.body)

    def order(self, change: SetWeight, shown: Shown, key: str) -> Message:
        """Return the request that sets the weight, bound to the version that was shown, if any."""
        del key
        headers = shown.headers
        version = headers.get("configuration-version", "")
        query = f"?version={version}" if version.isascii() and version.isdigit() else ""
        bound = {"if-match": headers["etag"]} if "etag" in headers else {}
        return Message(
            method="PUT",
            target=_server(change) + query,
            headers=bound,
            body=json.dumps({**shown.body, "weight": change.weight}).encode(),
        )

    def wanted(self, change: SetWeight, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts with the weight set."""
        return {**facts, "weight": change.weight}

    def unfit(self, change: SetWeight, facts: Mapping[str, Any]) -> str | None:
        """Return why the weight cannot be set: it is not the one that the change starts from."""
        if facts.get("weight") != change.from_weight:
            return (
                f"The weight of {change.server} is {facts.get('weight')}, "
                f"and not {change.from_weight}."
            )
        return None

    def barred(self, change: SetWeight, ask: Callable[[Message], Any]) -> str | None:
        """Return why the server cannot be taken out: no other of its backend serves now."""
        if change.weight:
            return None
        listed = ask(Message(method="GET", target=_servers(change)))
        if not isinstance(listed, list):
            return f"Which other servers of {change.backend} serve is not told."
        others = (one for one in listed if isinstance(one, Mapping))
        if any(serves(one) for one in others if one.get("name") != change.server):
            return None
        return f"{change.server} is the last server of {change.backend} that serves."


def _servers(change: SetWeight) -> str:
    return f"/v3/services/haproxy/runtime/backends/{quote(change.backend, safe='')}/servers"


def _server(change: SetWeight) -> str:
    return f"{_servers(change)}/{quote(change.server, safe='')}"
