"""What most commands need: the settings, and the store of the home."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from stanch.clock import Clock
    from stanch.settings import Settings
    from stanch.store import Store

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON for scripts.")


@dataclass(frozen=True, slots=True)
class Session:
    """One command's settings, store and clock."""

    settings: "Settings"
    store: "Store"
    clock: "Clock"


@contextmanager
def session(settings: "Settings | None" = None) -> Iterator[Session]:
    """Open the store of the home for the time of one command."""
    from stanch.clock import Clock
    from stanch.settings import read
    from stanch.store import Store

    settings = settings or read()
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    store = Store(settings.home, audit_key=key)
    try:
        yield Session(settings, store, Clock(settings.clock))
    finally:
        store.close()


def print_json(value: Any) -> None:
    """Print `value` as JSON, one document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
