"""What others do to databases, servers, hosts and repositories between approval and change."""

import contextlib
import threading
from dataclasses import replace
from typing import Any

import psycopg

from stanch.mitigation import Plan
from stanch.sandbox.web.edge import USUAL
from tests.contracts.http.test_http_calls import NETWORK
from tests.contracts.sql.sql_shop import wait_for
from tests.contracts.strategies.git_cases import Bad
from tests.contracts.strategies.host_cases import LOG, SERVICE, UNIT, Cut, OnHost, Rotated, Stopped
from tests.contracts.strategies.sql_cases import Busy, Held, Idle, InDatabase
from tests.contracts.strategies.strategy_runs import Drift, nothing
from tests.contracts.strategies.strategy_world import Drill, open_policy
from tests.contracts.strategies.web_cases import Called

LONG_AGO = "2026-01-01T00:00:00.000001+00:00"


def _drift(name: str, case: str, says: str, meddle: Any, **more: Any) -> Drift:
    return Drift(name=name, case=case, says=says, meddle=meddle, **more)


def _of_the_one_before(plan: Plan) -> Plan:
    """Return the plan as it was made of the session that had the number of the process before."""
    change = plan.operation.model_copy(update={"backend_start": LONG_AGO})
    return replace(plan, operation=change, observed={**plan.observed, "backend_start": LONG_AGO})


def _another_transaction(scene: Held) -> None:
    scene.session.execute("COMMIT")
    scene.session.execute("BEGIN")
    scene.session.execute("UPDATE orders SET note = 'more' WHERE id = 2")


def _another_statement(scene: Busy) -> None:
    """Have the session come to the next statement of the same transaction."""

    def cancelled() -> bool:
        return scene.session.info.transaction_status.name != "ACTIVE"

    scene.session.cancel_safe(timeout=5)
    wait_for(cancelled)
    scene.session.rollback()
    work = threading.Thread(target=_works, args=(scene,), daemon=True)
    work.start()
    wait_for(lambda: not cancelled())
    scene.stack.callback(work.join, 5)
    scene.stack.callback(scene.session.cancel_safe, timeout=5)


def _works(scene: Busy) -> None:
    with contextlib.suppress(psycopg.Error):
        scene.session.execute("SELECT pg_sleep(60)")


def _ended(scene: InDatabase, application: str) -> None:
    scene.shop.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"  # noqa: S608 - our word
        f" WHERE application_name = '{application}'"
    )


def _woke(scene: Idle) -> None:
    for one in scene.leaks:
        one.execute("SELECT 1")


def _table_anew(scene: InDatabase) -> None:
    scene.shop.run(
        "ALTER TABLE orders RENAME TO orders_old",
        "CREATE TABLE orders (LIKE orders_old)",
        "ALTER TABLE orders OWNER TO app",
    )
    scene.stack.callback(
        scene.shop.run, "DROP TABLE orders", "ALTER TABLE orders_old RENAME TO orders"
    )


def _unleash_anew(scene: Any) -> None:
    scene.keeper.flag["createdAt"] = "2026-11-21T11:00:00.000Z"


def _same_again(scene: Called) -> None:
    """Set a limit and take it away again: the value is as before, and its ETag is not."""
    edge = scene.world.part.edge
    scene.world.do(lambda: edge.limit(7.0))
    scene.world.do(lambda: edge.limit(USUAL))


def _log_anew(scene: Cut) -> None:
    tree = scene.machine.tree
    size = tree.files[LOG].size
    tree.remove(LOG, held=True)
    tree.add(LOG, size=size, at=0.0, user="shop", group="shop")


def _log_shorter(scene: Cut) -> None:
    scene.machine.tree.files[LOG].size -= 1


def _rotated(scene: Rotated) -> None:
    scene.machine.rotated[LOG] = scene.machine.shown


def _reused(scene: Stopped) -> None:
    scene.machine.processes[scene.process.pid].started += 1


def _service(scene: OnHost) -> Any:
    assert scene.machine.swarm is not None
    return scene.machine.swarm.services[SERVICE]


def _service_moved(scene: OnHost) -> None:
    _service(scene).version += 1


def _moved(scene: Bad) -> None:
    scene.repository.write("app.py", "print('three')\n", "Say three")


def _newer(drill: Drill) -> None:
    drill.approved(drill.made(2))


def _other_rules(drill: Drill) -> None:
    drill.rules.append(open_policy(groups={"crew": ("ann", "ben")}))


def _forbidden(drill: Drill) -> None:
    environment = drill.rules[-1].environments[0]
    drill.rules.append(
        drill.rules[-1].model_copy(
            update={"environments": (environment.model_copy(update={"allow": ()}),)}
        )
    )


DATABASE = (
    _drift("session: gone", "end a session", "gone", lambda one: _ended(one, "payments")),
    _drift(
        "session: another under the same pid",
        "end a session",
        "gone|backend_start",
        nothing,
        amend=_of_the_one_before,
    ),
    _drift("session: another transaction", "end a session", "xact_start", _another_transaction),
    _drift("session: another statement", "cancel a statement", "query_start", _another_statement),
    _drift("sessions: all woke up", "end idle sessions", ".", _woke),
    _drift("sessions: all gone", "end idle sessions", ".", lambda one: _ended(one, "leak")),
    _drift(
        "index: made meanwhile",
        "build an index",
        "index",
        lambda one: one.shop.run("CREATE INDEX tmp_idx ON orders (customer)"),
    ),
    _drift("table: made anew", "build an index", "table_oid", _table_anew),
    _drift(
        "index: dropped meanwhile",
        "drop an index",
        "index|gone",
        lambda one: one.shop.run("DROP INDEX tmp_idx"),
    ),
    _drift(
        "limit: changed meanwhile",
        "limit a role",
        "limit",
        lambda one: one.shop.run("ALTER ROLE app CONNECTION LIMIT 7"),
    ),
)
WEB = (
    _drift(
        "flag: switched meanwhile",
        "switch a flag of Unleash",
        "enabled",
        lambda one: one.keeper.flag["environments"][1].update(enabled=False),
    ),
    _drift("flag: made anew", "switch a flag of Unleash", "created_at", _unleash_anew),
    _drift(
        "flag: archived",
        "switch a flag of Unleash",
        "archived",
        lambda one: one.keeper.flag.update(archived=True),
    ),
    _drift(
        "flag: its version moved",
        "switch a flag of LaunchDarkly",
        "version",
        lambda one: one.keeper.production.update(version=62),
    ),
    _drift(
        "flag: deleted",
        "switch a flag of LaunchDarkly",
        "gone",
        lambda one: setattr(one.keeper, "gone", True),
    ),
    _drift(
        "weight: changed meanwhile",
        "set a weight",
        "weight",
        lambda one: one.keeper.server.update(weight=50),
    ),
    _drift(
        "weight: the server went to maintenance",
        "set a weight",
        "admin_state",
        lambda one: one.keeper.server.update(admin_state="maint"),
    ),
    _drift(
        "weight: it became the last that serves",
        "set a weight",
        "last server",
        lambda one: one.keeper.other.update(operational_state="down"),
    ),
    _drift(
        "limit of clients: set meanwhile",
        "limit the clients",
        "rate",
        lambda one: one.world.do(lambda: one.world.part.edge.limit(7.0)),
    ),
    _drift("limit of clients: another ETag", "limit the clients", "version", _same_again),
    _drift(
        "block: others block the same",
        "block a client",
        "present",
        lambda one: one.world.do(lambda: one.world.part.edge.block(NETWORK, "others")),
    ),
)
HOSTS = (
    _drift(
        "unit: restarted by others",
        "restart a unit",
        "invocation_id",
        lambda one: one.machine.restart(UNIT),
    ),
    _drift("unit: stopped", "restart a unit", "active_state", lambda one: one.machine.stop(UNIT)),
    _drift("process: another under the same pid", "stop a process", "start", _reused),
    _drift(
        "process: ended by itself",
        "stop a process",
        "gone",
        lambda one: one.machine.end(one.process),
    ),
    _drift("log: another file under its name", "cut a log", "inode", _log_anew),
    _drift("log: cut meanwhile", "cut a log", ".", _log_shorter),
    _drift("logs: rotated meanwhile", "rotate logs", "rotated|logs|last", _rotated),
    _drift("service: its version moved", "roll back a service", "version", _service_moved),
    _drift(
        "service: rolled back by others",
        "roll back a service",
        "version",
        lambda one: _service(one).roll_back(0.0),
    ),
)
REPOSITORY = (_drift("branch: moved", "revert a commit", "head", _moved),)
GATE = (
    Drift(name="a newer proposal", case="limit a role", says="newer", rules=_newer),
    Drift(name="other rules", case="limit a role", says="policy was changed", rules=_other_rules),
    Drift(name="rules that forbid it", case="limit a role", says="policy denies", rules=_forbidden),
)
DRIFTS = (*DATABASE, *WEB, *HOSTS, *REPOSITORY, *GATE)
