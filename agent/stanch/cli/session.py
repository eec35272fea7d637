"""What most commands need: the settings, and the store of the home."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.terminal import speaks_unicode

if TYPE_CHECKING:
    from stanch.approvals import Identity
    from stanch.clock import Clock
    from stanch.settings import Settings
    from stanch.store import Store

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON for scripts.")


@dataclass(frozen=True)
class Session:
    """One command's settings, store and clock."""

    settings: "Settings"
    store: "Store"

    @cached_property
    def clock(self) -> "Clock":
        """The clock, opened when it is first asked for.

        Who only reads what was recorded needs none: the clock of a rehearsal goes away
        with the rehearsal.
        """
        from stanch.clock import Clock

        return Clock(self.settings.clock)


@contextmanager
def session(settings: "Settings | None" = None) -> Iterator[Session]:
    """Open the store of the home for the time of one command."""
    from stanch.settings import read
    from stanch.store import Store

    settings = settings or read()
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    store = Store(settings.home, audit_key=key, url=settings.store_url)
    try:
        yield Session(settings, store)
    finally:
        store.close()


def identity(here: Session, how: str | None = None) -> "Identity":
    """Return who gives this command: the holder of STANCH_TOKEN, or the system's own user.

    `how` says by which command of the user the answer is given, where it is not typed.

    Raises:
        ApprovalError: the token does not count; the user is not taken in its place.
    """
    from stanch.approvals import Identity, OperatingSystem, TokenAuthority

    token = here.settings.token
    if token is not None:
        return TokenAuthority(here.store, here.clock).identify(token.get_secret_value())
    found = OperatingSystem(here.settings.user).identify()
    return Identity(found.name, how) if how else found


def print_json(value: Any) -> None:
    """Print `value` as JSON, one document, readable in any encoding."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not speaks_unicode(), default=str))
