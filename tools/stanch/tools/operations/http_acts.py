"""What can be changed through an HTTP server that stanch knows how to talk to.

A feature flag is switched in one environment (MIT-04, MIT-10), and the weight of one
backend of a load balancer is set (MIT-09). Both name the state that they start from. The
facts by which one knows that state are made here of what the servers answer, for whoever
plans a change and for whoever makes it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.reach import Reach, Size

EndpointName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$")]
FlagName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
EVALUATION: Final = '{"context": {}}'
"""The body that asks for the value of a flag for nobody in particular, by OFREP."""
_OFF: Final = frozenset({"", "0", "false", "no", "off", "none", "disabled"})
"""Texts that a flag evaluates to when what it guards is off."""


class SwitchFlag(BaseOperation):
    """Switch one feature flag on or off in one environment."""

    kind: Literal["http.switch_flag"] = "http.switch_flag"
    endpoint: EndpointName
    """The endpoint of the settings at which the flags are kept, or the host of its URL."""
    project: FlagName = "default"
    environment: FlagName
    flag: FlagName
    enabled: bool
    evaluated_by: EndpointName | None = None
    """The endpoint at which programs read it by OFREP, where a check may ask, too."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"http/{self.endpoint}/{self.project}/{self.environment}/{self.flag}"

    @property
    @override
    def subject(self) -> str:
        return f"flag {self.flag}"

    @property
    @override
    def reach(self) -> Reach:
        part = f"{self.project}/{self.environment}"
        return Reach(thing=f"flags/{self.flag}", endpoint=self.endpoint, part=part)

    @override
    def as_text(self) -> str:
        to = "on" if self.enabled else "off"
        return f"switch {to} the flag {self.flag} in {self.environment} ({self.endpoint})"


class SetWeight(BaseOperation):
    """Set the weight of one server behind a load balancer."""

    kind: Literal["http.set_weight"] = "http.set_weight"
    endpoint: EndpointName
    backend: FlagName
    server: FlagName
    weight: Annotated[int, Field(ge=0, le=256)]
    from_weight: Annotated[int, Field(ge=0, le=256)]

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"http/{self.endpoint}/{self.backend}/{self.server}"

    @property
    @override
    def subject(self) -> str:
        return self.server

    @property
    @override
    def reach(self) -> Reach:
        # It may be led back from nothing and down to nothing, so that no factor bounds it.
        size = Size(name="weight", before=None, after=self.weight)
        thing = f"servers/{self.server}"
        return Reach(thing=thing, endpoint=self.endpoint, part=self.backend, sizes=(size,))

    @override
    def as_text(self) -> str:
        return (
            f"set the weight of {self.server} in {self.backend} from {self.from_weight}"
            f" to {self.weight} ({self.endpoint})"
        )


HttpAct = SwitchFlag | SetWeight


def flag_facts(feature: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """Return what must still hold of a flag of Unleash when it is switched.

    {"missing": True} when it has no such environment. When it was last asked for changes
    all the time, and is left out.
    """
    found = _named(feature.get("environments"), environment)
    if found is None:
        return {"missing": True}
    return {
        "flag": feature.get("name"),
        "created_at": feature.get("createdAt"),
        "archived": bool(feature.get("archived", False)),
        "environment": environment,
        "enabled": bool(found.get("enabled", False)),
    }


def environment_facts(flag: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """Return what must still hold of a flag of LaunchDarkly when it is switched.

    {"missing": True} when it has no such environment. `off_serves` is what programs get
    while it is off, which can be anything; `version` counts the changes of the environment.
    """
    environments = flag.get("environments")
    found = environments.get(environment) if isinstance(environments, Mapping) else None
    if not isinstance(found, Mapping):
        return {"missing": True}
    return {
        "flag": flag.get("key"),
        "created_at": flag.get("creationDate"),
        "archived": bool(flag.get("archived", False)) or bool(found.get("archived", False)),
        "environment": environment,
        "enabled": bool(found.get("on", False)),
        "off_serves": _variation(flag, found.get("offVariation")),
        "version": found.get("version", found.get("_version")),
    }


def _variation(flag: Mapping[str, Any], index: object) -> str:
    """Return the value of a variation as JSON; a program's own default where there is none."""
    listed = flag.get("variations")
    if not isinstance(index, int) or not isinstance(listed, list) or not 0 <= index < len(listed):
        return "the default in the code"
    one = listed[index]
    return json.dumps(one.get("value") if isinstance(one, Mapping) else None, sort_keys=True)


def evaluation_facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an evaluation by OFREP says of a flag: {"flag", "enabled", "variant"}.

    A flag is on when it evaluates to anything but false, zero, an empty value, null, or a
    word such as `off`.
    """
    value = answer.get("value")
    off = isinstance(value, str) and value.strip().lower() in _OFF
    return {
        "flag": answer.get("key"),
        "enabled": bool(value) and not off,
        "variant": answer.get("variant"),
    }


def server_facts(server: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must still hold of a server behind a load balancer when its weight is set.

    Whether it is up changes by itself, and is left out.
    """
    return {
        "name": server.get("name"),
        "address": server.get("address"),
        "port": server.get("port"),
        "admin_state": server.get("admin_state"),
        "weight": server.get("weight"),
    }


def serves(server: Mapping[str, Any]) -> bool:
    """Say whether a server behind a load balancer takes new requests now."""
    return (
        server.get("admin_state") == "ready"
        and server.get("operational_state") == "up"
        and bool(server.get("weight"))
    )


def _named(items: object, name: str) -> Mapping[str, Any] | None:
    if not isinstance(items, Sequence) or isinstance(items, str):
        return None
    found = (one for one in items if isinstance(one, Mapping) and one.get("name") == name)
    return next(found, None)
