"""What a session takes with it is read from a real PostgreSQL before it is ended (INV-18)."""

from stanch.mitigation.preserve import lost, reads_before
from stanch.tools.clients.sql import SqlClient
from stanch.tools.operations import TerminateBackend
from stanch.tools.operations.sql_looks import session_look
from tests.contracts.sql.sql_shop import Shop


def test_the_statement_and_the_locks_of_a_session_are_saved_before_it_is_ended(
    shop: Shop, client: SqlClient
) -> None:
    holder = shop.holder()
    pid = holder.info.backend_pid
    [row] = client.observe(session_look("shop", pid)).data["rows"]
    change = TerminateBackend(
        database="shop",
        pid=pid,
        backend_start=row["backend_start"],
        xact_start=row["xact_start"],
    )
    reads = reads_before(change)
    assert set(reads) == {"sessions", "locks"}
    saved = {name: client.observe(read) for name, read in reads.items()}  # type: ignore[arg-type]
    [session] = saved["sessions"].data["rows"]
    assert session["pid"] == pid
    assert "orders" in session["query"]
    modes = {(one["relation"], one["mode"]) for one in saved["locks"].data["rows"]}
    assert ("orders", "RowExclusiveLock") in modes
    for name, outcome in saved.items():
        assert lost(reads[name], outcome.data, "ok", outcome.text) == ""
