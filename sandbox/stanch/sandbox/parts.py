"""The parts of the practice world, in the order in which they start, and what joins them."""

from collections.abc import Mapping
from typing import Any

from stanch.sandbox.shop.part import Part


def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put `more` into `into`: tables are joined, lists are appended, other values replaced."""
    for name, value in more.items():
        if isinstance(value, Mapping):
            merge(into.setdefault(name, {}), value)
        elif isinstance(value, list | tuple):
            into[name] = [*into.get(name, []), *value]
        else:
            into[name] = value


def build() -> tuple[Part, ...]:
    """Return the parts of a new practice world, in the order in which they start."""
    from stanch.sandbox.database.part import Database  # noqa: PLC0415 - heavy
    from stanch.sandbox.hosts.part import Hosts  # noqa: PLC0415 - heavy
    from stanch.sandbox.web import WebPart  # noqa: PLC0415 - heavy

    return (WebPart(), Hosts(), Database())
