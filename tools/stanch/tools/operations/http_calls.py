"""Calls of HTTP servers that the settings define: limit the requests, block an address.

What a runbook asks for is a request, as one would type it. A look finds the call in the
settings that this request is, and reads what it changes (`LookAtCall`); of both an exact
call is made (`MakeCall`). Neither has a URL or a body that could be chosen: they follow
from the definition and from arguments that have types (MIT-14, MIT-15, DF-18).
"""

import json
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.settings.arguments import Value
from stanch.settings.calls import CallName, CallSettings
from stanch.tools.operations.base import BaseOperation, Effect, digest_of
from stanch.tools.operations.http import HttpRead, Method
from stanch.tools.operations.http_acts import EndpointName
from stanch.tools.operations.http_secrets import carries_credential, looks_like_credential
from stanch.tools.operations.http_text import curl_text
from stanch.tools.operations.reach import Reach, Size

_Fact = Annotated[str, Field(max_length=63)]
_MOST_FACTS = 8000
VERSION = "version"
"""The fact that no call can foretell: the ETag of what is read."""


class LookAtCall(HttpRead):
    """Find the configured call that a request is, and read what it changes.

    `path` is the one of that request, which itself is not sent; what is read stands in the
    settings. Data {"endpoint": str | null, "call": name or null, "why": str,
    "definition": the call's table, "inverses": {name: table}, "arguments": {name: value},
    "facts": {...}}; `call` is null where the request is no configured call, and `why` says so.
    """

    kind: Literal["http.call_state"] = "http.call_state"  # type: ignore[assignment]  # another read
    asked_method: Method
    asked_body: Annotated[str, Field(max_length=20_000)] | None = None

    @model_validator(mode="after")
    def _check_that_it_reads(self) -> Self:
        """Take the path as it is: it is compared with the settings, and never sent."""
        return self

    @override
    def as_text(self) -> str:
        asked = curl_text(
            method=self.asked_method, url=self.url, options=(), body=self.asked_body, form=()
        )
        return f"look at what this would change: {asked}"


class MakeCall(BaseOperation):
    """Send one request that the settings define, with arguments in its places.

    The request is written out, so that what a person approves is what is sent; the client
    makes it anew of the settings, and refuses when the two differ.
    """

    kind: Literal["http.call"] = "http.call"
    endpoint: EndpointName
    call: CallName
    does: Annotated[str, Field(max_length=400)]
    arguments: tuple[tuple[CallName, Value], ...] = ()
    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, Field(pattern=r"^/", max_length=2000)]
    body: Annotated[str, Field(max_length=20_000)] | None = None
    place: Annotated[str, Field(pattern=r"^/", max_length=2000)]
    """The path that is read before and after it."""
    before: dict[_Fact, Any]
    after: dict[_Fact, Any]
    definition: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The digest of the call's table in the settings."""
    undone_by: CallName | None = None
    """The call that takes it back; without one nothing does."""

    @model_validator(mode="after")
    def _check_that_it_tells_no_secret(self) -> Self:
        facts = json.dumps([self.before, self.after], ensure_ascii=False)
        if len(facts) > _MOST_FACTS:
            raise ValueError("what it reads is too much to be shown: name the values that it sets")
        texts = (self.path, self.place, self.body or "", facts)
        if any(looks_like_credential(text) for text in texts) or _tells(self.body, facts):
            raise ValueError("its text holds a credential, which is only named")
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE if self.undone_by is None else Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"http/{self.endpoint}{self.place}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.endpoint}{self.place}"

    @property
    @override
    def reach(self) -> Reach:
        sizes = tuple(self._size(name, value) for name, value in self.arguments)
        return Reach(
            thing=f"calls/{self.call}",
            endpoint=self.endpoint,
            sizes=tuple(size for size in sizes if size is not None),
        )

    def _size(self, name: str, value: Value) -> Size | None:
        # By which factor it may change is nothing that a policy knows of a number whose
        # meaning only the settings tell: they bound the argument itself.
        if isinstance(value, int):
            return Size(name=name, before=None, after=value)
        try:
            addresses = ip_network(value).num_addresses
        except ValueError:
            return None
        return Size(name="addresses", before=None, after=addresses)

    @override
    def as_text(self) -> str:
        url = f"{{{self.endpoint}}}{self.path}"
        return curl_text(method=self.method, url=url, options=(), body=self.body, form=())


def _tells(*texts: str | None) -> bool:
    """Say whether a field of JSON is called like a credential and has a text in it."""
    rest: list[Any] = [json.loads(text) for text in texts if text is not None]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            rest += one
        elif isinstance(one, dict):
            if any(carries_credential(key) and isinstance(one[key], str) for key in one):
                return True
            rest += one.values()
    return False


def definition_of(call: CallSettings) -> str:
    """Return the digest of a call's table, by which a change of the settings is seen."""
    return digest_of(call.model_dump(mode="json"))


def foretold(change: MakeCall, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return `facts` as they are after the call, without the version that nobody can foretell."""
    return {**{name: one for name, one in facts.items() if name != VERSION}, **change.after}
