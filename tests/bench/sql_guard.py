"""How deep the guard of SQL is: each attack against every layer that should stop it.

`python -m tests.bench.sql_guard [--kind wheel|debian] [--misses]`. Every statement is first
read by the parser. Then it is sent to a real PostgreSQL through the client as if the parser
had let it pass, and what stops it there is counted; afterwards the server must be as it was.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from pydantic import ValidationError

from stanch.tools.errors import ToolError
from stanch.tools.operations.sql import QuerySql
from tests.bench.commands_rows import corpora, read_rows
from tests.bench.figures import machine, table
from tests.bench.sql_guard_attacks import ATTACKS, HONEST, UNKNOWABLE
from tests.contracts.sql.sql_shop import APP_PASSWORD, Shop, furnish
from tests.services import postgres
from tests.services.postgres import Kind

_CANARY = Path("/tmp/stanch-guard-canary")
_LAYERS = (
    ("insert multiple commands", "one statement"),
    ("ended the transaction", "one transaction"),
    ("DECLARE CURSOR", "cursor"),
    ("COPY is not run", "cursor"),
    ("(42601)", "cursor"),
    ("permission denied", "role"),
    ("(42501)", "role"),
    ("(25006)", "read-only"),
    ("read-only", "read-only"),
    ("statement timeout", "time"),
    ("lock timeout", "time"),
    ("no whole answer", "time"),
    ("too large to be taken", "size"),
    ("refused the statement", "server"),
    ("broke off", "server"),
)
ROLLED_BACK = "rolled back"
"""It ran, and ended with its transaction."""
_UNKNOWABLE = "what no parser can know"
_TRAP = (
    "CREATE EXTENSION IF NOT EXISTS dblink",
    "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
    "CREATE SEQUENCE numbers",
    "GRANT ALL ON SEQUENCE numbers TO stanch_diagnose",
    "GRANT ALL ON orders, other TO stanch_diagnose",
    "CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM orders",
    "SELECT lo_create(4242)",
    "CREATE SCHEMA trap",
    "GRANT ALL ON SCHEMA trap TO PUBLIC",
    (
        "CREATE FUNCTION trap.purge() RETURNS int LANGUAGE plpgsql SECURITY DEFINER"
        " AS $$ BEGIN DELETE FROM public.orders; RETURN 1; END $$"
    ),
    "CREATE FUNCTION trap.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT trap.purge()'",
    "CREATE OPERATOR trap.@+@ (FUNCTION = trap.add, LEFTARG = int, RIGHTARG = int)",
    "CREATE VIEW trap.poisoned AS SELECT trap.purge()",
    "CREATE DOMAIN trap.mood AS text CHECK (trap.purge() = 1)",
    "CREATE PROCEDURE trap.wipe() LANGUAGE sql AS 'DELETE FROM public.orders'",
    "GRANT SELECT ON trap.poisoned TO PUBLIC",
)
_STATE = """
SELECT (SELECT count(*) || ':' || sum(hashtext(o::text)) FROM orders o),
       (SELECT count(*) FROM other),
       (SELECT last_value || ':' || is_called FROM numbers),
       (SELECT string_agg(relname::text, ',' ORDER BY relname) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace),
       (SELECT string_agg(rolname || rolsuper::text, ',' ORDER BY rolname) FROM pg_roles),
       (SELECT string_agg(roleid || ':' || member, ',' ORDER BY roleid, member)
          FROM pg_auth_members),
       (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_largeobject_metadata),
       (SELECT count(*) FROM pg_largeobject),
       (SELECT count(*) FROM pg_replication_slots),
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
       (SELECT string_agg(name || setting, ',' ORDER BY name) FROM pg_file_settings),
       (SELECT string_agg(extname::text, ',' ORDER BY extname) FROM pg_extension),
       (SELECT count(*) FROM pg_proc),
       (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
       (SELECT stats_reset FROM pg_stat_bgwriter),
       (SELECT pg_conf_load_time()),
       obj_description('orders'::regclass)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """How one attack was stopped."""

    group: str
    statement: str
    parser: bool
    """Whether the parser refused it."""
    below: str
    """The layer that stopped it without the parser."""
    effect: str
    """What it changed after all; nothing when empty."""


class Guarded:
    """A furnished server with everything that the attacks aim at."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.run(*_TRAP)
        self.bystander = shop.app("bystander")
        self.listener = shop.app("listener")
        self.listener.execute("LISTEN guard")
        self._owner = shop.server.connect(dbname="shop")
        self._before = self._state()
        self.client = shop.client(statement_seconds=0.2, seconds=1.5, lock_seconds=0.1)

    def close(self) -> None:
        """End the sessions that watch."""
        self._owner.close()

    def statements(self) -> Iterator[tuple[str, str]]:
        """Yield every attack with its class, those of the corpora at the end."""
        given = {
            "{port}": str(self.shop.server.port),
            "{secret}": APP_PASSWORD,
            "{pid}": str(self.bystander.info.backend_pid),
        }
        for group, attacks in ATTACKS.items():
            for attack in attacks:
                for name, value in given.items():
                    attack = attack.replace(name, value)  # noqa: PLW2901 - filled in step by step
                yield group, attack
        yield from (("corpora", one) for one in of_corpora())

    def attack(self, group: str, statement: str) -> Held:
        """Send one statement by all ways, and see what it met and what it left."""
        before = self._before
        below = self._below(statement)
        after = self._before = self._state()
        changed = [str(new) for old, new in zip(before, after, strict=True) if old != new]
        changed += [note.payload for note in self.listener.notifies(timeout=0, stop_after=9)]
        return Held(
            group=group,
            statement=statement,
            parser=not passes(statement),
            below=below,
            effect="; ".join(changed)[:200],
        )

    def _below(self, statement: str) -> str:
        # As if the parser had found nothing: the model is made without its validators.
        unread = QuerySql.model_construct(database="shop", statement=statement, values=())
        try:
            self.client.observe(unread)
        except ToolError as error:
            said = str(error)
            return next((layer for mark, layer in _LAYERS if mark in said), said)
        return ROLLED_BACK

    def _state(self) -> tuple[Any, ...]:
        alive = []
        for session in (self.bystander, self.listener):
            try:
                alive.append(session.execute("SELECT pg_backend_pid()").fetchone())
            except psycopg.Error:
                alive.append(None)
        state = self._owner.execute(_STATE).fetchone() or ()
        return (*state, *alive, _CANARY.exists())


def passes(statement: str) -> bool:
    """Return whether the parser takes a statement for a reading one."""
    try:
        QuerySql(database="shop", statement=statement)
    except ValidationError:
        return False
    return True


def of_corpora() -> Iterator[str]:
    """Yield the statements of the corpora that are not to be taken for reading ones."""
    folder = corpora()
    if folder is None:
        return
    for row in read_rows(folder / "commands.jsonl"):
        if row.kind == "sql" and row.effect != "observe" and not _is_command(row.text):
            yield row.text


def _is_command(text: str) -> bool:
    """Whether it is a line for a shell or for psql rather than a statement for a server."""
    words = ("psql", "gitlab-psql", "sudo", "mysql", "\\")
    return text.startswith(words) or text.split(maxsplit=1)[0].endswith("psql")


@contextmanager
def guarded(kind: Kind) -> Iterator[Guarded]:
    """Have a furnished server with everything that the attacks aim at."""
    with (
        tempfile.TemporaryDirectory(prefix="stanch-guard-") as folder,
        postgres.running(kind, Path(folder)) as server,
    ):
        furnish(server)
        shop = Shop(server)
        try:
            target = Guarded(shop)
            yield target
            target.close()
        finally:
            shop.close()
            _CANARY.unlink(missing_ok=True)


def tally(every: Iterable[Held]) -> list[tuple[str, ...]]:
    """Return the rows of the table: per class, how many, and what stopped them."""
    groups: dict[str, list[Held]] = {}
    for one in every:
        groups.setdefault(one.group, []).append(one)
    rows: list[tuple[str, ...]] = []
    for group, held in groups.items():
        below = Counter(one.below for one in held)
        layers = ", ".join(f"{layer} {count}" for layer, count in below.most_common())
        parser, effects = sum(one.parser for one in held), sum(bool(one.effect) for one in held)
        rows.append((group, str(len(held)), str(parser), layers, str(effects)))
    return rows


@click.command()
@click.option("--kind", type=click.Choice(postgres.KINDS), default="wheel")
@click.option("--misses", is_flag=True, help="List what the parser let pass, and what had effect.")
def main(*, kind: Kind, misses: bool) -> None:
    """Attack a real PostgreSQL, and print what stopped each class of attack."""
    with guarded(kind) as target:
        held = [target.attack(*one) for one in target.statements()]
        held += [target.attack(_UNKNOWABLE, one) for one in UNKNOWABLE]
        refused = [one for one in HONEST if not passes(one)]
        failed = [one for one in HONEST if target.attack("honest", one).below != ROLLED_BACK]
        version = target.shop.run("SHOW server_version")[0][0]
    print(f"PostgreSQL {version}, {machine()}\n")
    head = ("class", "attacks", "stopped by the parser", "without the parser, by", "had effect")
    print(table(head, tally(held)))
    print(f"\nhonest diagnostics: {len(HONEST)}, refused {len(refused)}, failed {len(failed)}")
    for one in held if misses else ():
        if one.effect or not one.parser:
            print(f"- {one.statement!r}: {one.below} {one.effect}")
    for text in (*refused, *failed):
        print(f"- honest, and stopped: {text!r}")
    passed = [one for one in held if not one.parser and one.group != _UNKNOWABLE]
    if refused or failed or passed or any(one.effect for one in held):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
