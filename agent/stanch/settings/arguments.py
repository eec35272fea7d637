"""The arguments of configured calls: each has a type, and nothing else fits its place.

A value comes from a runbook, an alert or a person, and may hold anything. What a type
takes is one number within bounds, one of a list of words, one name, or one network that is
neither one's own nor too wide.
"""

import re
from ipaddress import (
    IPv4Network,
    IPv6Network,
    ip_network,
)
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Value: TypeAlias = int | str
_Network: TypeAlias = IPv4Network | IPv6Network

_NEVER: Final[tuple[_Network, ...]] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
        *("::/127", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)
"""One's own networks, and those that are no single client's."""
_DECIMAL: Final = re.compile(r"0|-?[1-9][0-9]{0,14}")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IntegerArgument(_Table):
    """A whole number within bounds."""

    type: Literal["integer"]
    least: int
    most: int

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"least {self.least} is more than most {self.most}")
        return self

    def taken(self, value: object) -> Value:
        """Return `value` as a number.

        Raises:
            ValueError: it is none, or is out of bounds.
        """
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            value = int(value)
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if number is None:
            raise ValueError(f"{value!r} is not a whole number")
        if not self.least <= number <= self.most:
            raise ValueError(f"{number} is not between {self.least} and {self.most}")
        return number


class ChoiceArgument(_Table):
    """One of a list of words."""

    type: Literal["choice"]
    values: Annotated[tuple[str, ...], Field(min_length=1)]

    def taken(self, value: object) -> Value:
        """Return `value` as the word it is.

        Raises:
            ValueError: it is not in the list.
        """
        if not isinstance(value, str) or value not in self.values:
            raise ValueError(f"{value!r} is not one of {', '.join(self.values)}")
        return value


class NameArgument(_Table):
    """A name, such as that of a route, of a rule or of a tenant."""

    type: Literal["name"]
    pattern: str = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"
    """The regular expression that the whole name fits."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return pattern

    def taken(self, value: object) -> Value:
        """Return `value` as the name it is.

        Raises:
            ValueError: it does not fit the pattern, or leads somewhere else.
        """
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise ValueError(f"{value!r} does not fit {self.pattern}")
        if value in {"", ".", ".."} or not value.isprintable() or len(value) > 253:
            raise ValueError(f"{value!r} is no name")
        return value


class NetworkArgument(_Table):
    """The address of a client, or the network around it."""

    type: Literal["network"]
    widest_v4: Annotated[int, Field(ge=8, le=32)] = 24
    """The shortest prefix that may be named: /24 has 256 addresses."""
    widest_v6: Annotated[int, Field(ge=24, le=128)] = 56
    never: tuple[str, ...] = ()
    """More networks of which no address may be named: offices, probes, other clouds of ours."""
    written: Literal["network", "address"] = "network"
    """How the server wants it: with a prefix always, or as a single address without one."""

    @field_validator("never")
    @classmethod
    def _networks(cls, never: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(one)) for one in never)

    def taken(self, value: object) -> Value:
        """Return `value` in the one way that a network is written.

        Raises:
            ValueError: it is none, is too wide, or holds addresses that are never a client's.
        """
        network = _network(value)
        widest = self.widest_v4 if network.version == 4 else self.widest_v6
        if self.written == "address":
            widest = network.max_prefixlen
        if network.prefixlen < widest:
            raise ValueError(f"{network} is wider than /{widest}")
        for never in (*_NEVER, *(ip_network(one) for one in self.never)):
            if network.version == never.version and network.overlaps(never):
                raise ValueError(f"{network} holds addresses of {never}, which is never named")
        return str(network.network_address) if self.written == "address" else str(network)


def _network(value: object) -> _Network:
    if not isinstance(value, str) or "%" in value:
        raise ValueError(f"{value!r} is neither an address nor a network")
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is neither an address nor a network: {error}") from None


ArgumentSettings = Annotated[
    IntegerArgument | ChoiceArgument | NameArgument | NetworkArgument,
    Field(discriminator="type"),
]
