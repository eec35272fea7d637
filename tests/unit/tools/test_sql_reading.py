import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.operations import Effect
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.postgres.tree import StatementError, pieces, plain

READS = (
    "SELECT pg_size_pretty(pg_total_relation_size('public.orders'))",
    "SELECT pid FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0",
    "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots",
    "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 9) TABLE t",
    "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY d) OVER w FROM t WINDOW w AS ()",
    "SELECT * FROM json_to_record('{}') AS x(a int)",
    "SELECT * FROM t TABLESAMPLE system (1)",
    "SELECT * FROM pg_ls_waldir()",
    "SELECT $q$; DROP TABLE users; $q$",
    'SELECT "delete" FROM updates WHERE deleted = false',
    "SELECT subname, subenabled FROM pg_subscription",
    "EXPLAIN (ANALYZE off) UPDATE t SET a = 1",
    "EXPLAIN SELECT pg_terminate_backend(1)",
    "COPY (SELECT 1) TO STDOUT WITH CSV HEADER",
    "SHOW max_connections",
    "SELECT current_setting('max_connections')::int",
    "SELECT pg_sleep(0.5)",
    "SELECT trim(both ' ' from a), overlay(a placing 'x' from 1), position('x' in a) FROM t",
    "SELECT a FROM t WHERE a LIKE 'x!_%' ESCAPE '!' OR a SIMILAR TO 'x' ESCAPE '!'",
    "SELECT extract(epoch from now()), (now(), now()) OVERLAPS (now(), now()), a IS NORMALIZED",
    "SELECT jsonb_extract_path_text(a, 'b'), starts_with(b, 'x'), int4range(1, 2) @> 1 FROM t",
    "SELECT 1 OPERATOR(pg_catalog.+) 2",
)
MUTATES = (
    "SELECT pg_reload_conf()",
    "SELECT * FROM t, LATERAL pg_reload_conf() x",
    "SELECT 1 ORDER BY pg_catalog.pg_reload_conf()",
    "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity",
    "SELECT 1 FROM t WHERE EXISTS (SELECT nextval('s'))",
    "VALUES (pg_advisory_lock(1))",
    "EXPLAIN (ANALYZE, BUFFERS) SELECT pg_switch_wal()",
    "SELECT * FROM t FOR SHARE SKIP LOCKED",
    "SELECT 1 INTO newer",
    "COPY t FROM STDIN",
    "ALTER TABLE t ADD COLUMN a int",
    "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
    "VACUUM FULL t",
    "SET LOCAL work_mem = '1GB'",
    "REVOKE ALL ON t FROM u",
    "CREATE VIEW v AS SELECT pg_terminate_backend(1)",
)
DESTROYS = (
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "COPY (DELETE FROM t RETURNING *) TO STDOUT",
    "EXPLAIN (ANALYZE false, ANALYZE true) DELETE FROM t",
    "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b",
    "ALTER TABLE t ALTER COLUMN a TYPE int",
    "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1",
    "CREATE OR REPLACE VIEW v AS SELECT 1",
    "SELECT pg_stat_reset_shared('bgwriter')",
    "SELECT * FROM pg_logical_slot_get_changes('s', NULL, NULL)",
    "SELECT pg_promote()",
    "ROLLBACK PREPARED 'x'",
    "RESET MASTER",
)
UNKNOWN = (
    "SELECT cleanup()",
    "SELECT public.lower('x')",
    'SELECT "LOWER"(x) FROM t',
    "SELECT * FROM cleanup()",
    "SELECT 1 OPERATOR(public.+) 2",
    "SELECT 1 === ANY (SELECT 2)",
    "SELECT a FROM t ORDER BY a USING ===",
    "SELECT 'x'::my_type",
    "SELECT CAST('x' AS evil.text)",
    "SELECT * FROM json_to_record('{}') AS x(a my_domain)",
    "SELECT * FROM t TABLESAMPLE mine (1)",
    "SELECT xmlelement(name a, cleanup())",
    "EXPLAIN SELECT cleanup()",
    "DO $$ BEGIN END $$",
    "CALL cleanup()",
    "LOAD 'mine'",
)
REFUSED = (
    "SELECT 1; SELECT 2",
    "",
    "SELECT FROM WHERE",
    "SELECT * FROM pg_authid",
    "TABLE pg_catalog.pg_shadow",
    "COPY pg_authid TO STDOUT",
    "SELECT * FROM pg_subscription",
    "SELECT (s).subconninfo FROM pg_subscription s",
    "SELECT s FROM pg_subscription s",
    "SELECT c FROM pg_subscription AS s(a, b, c)",
    "SHOW primary_conninfo",
    "SELECT current_setting('PRIMARY_CONNINFO')",
    "SELECT current_setting(name) FROM pg_settings",
    "SELECT setting FROM pg_settings WHERE name = 'primary_conninfo'",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT query_to_xml('delete from t', true, true, '')",
    "SELECT * FROM dblink('host=x', 'select 1') AS t(a int)",
    "SELECT pg_sleep(5)",
    "SELECT pg_sleep('100')",
    "SELECT pg_sleep(x) FROM t",
    "SELECT generate_series(1, 1000000000000)",
    "COPY t TO PROGRAM 'sh'",
    "COPY t TO '/tmp/x'",
    "BEGIN",
    "EXECUTE p",
    "DECLARE c CURSOR FOR SELECT 1",
    "SET ROLE postgres",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "EXPLAIN (UNHEARD_OF) SELECT 1",
    "SELECT " + "NOT " * 900 + "true",
    "SELECT " + "+".join(["1"] * 900),
)


@pytest.mark.parametrize("statement", READS)
def test_what_only_reads_observes(statement: str) -> None:
    reading = read(statement)
    assert (reading.effect, reading.unbounded) == (Effect.OBSERVE, False)


@pytest.mark.parametrize("statement", MUTATES)
def test_what_can_be_put_back_mutates(statement: str) -> None:
    assert read(statement).effect is Effect.MUTATE


@pytest.mark.parametrize("statement", DESTROYS)
def test_what_is_lost_is_destructive(statement: str) -> None:
    reading = read(statement)
    assert (reading.effect, reading.unbounded) == (Effect.DESTRUCTIVE, False)


@pytest.mark.parametrize("statement", UNKNOWN)
def test_code_that_somebody_wrote_is_destructive_and_unbounded(statement: str) -> None:
    reading = read(statement)
    assert (reading.effect, reading.unbounded) == (Effect.DESTRUCTIVE, True)


@pytest.mark.parametrize("statement", REFUSED)
def test_what_is_never_asked_for_is_refused(statement: str) -> None:
    with pytest.raises(StatementError):
        read(statement)


def test_functions_of_other_databases_are_told_apart_from_unknown_ones() -> None:
    assert read("SELECT date_format(a, '%Y') FROM t").elsewhere
    assert not read("SELECT to_char(a, 'YYYY') FROM t").elsewhere


def test_comments_and_the_last_semicolon_are_left_out() -> None:
    text = "-- why\nSELECT 1 /* DROP /* nested */ x; */, '--' ;"
    assert plain(text) == "SELECT 1  , '--'"
    assert read(plain(text)).effect is Effect.OBSERVE


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
        "SELECT '\\'; DELETE FROM t; --'",
        'SELECT "\\"; x"',
        "SELECT 'x\u02bc OR 1=1'",
        "SELECT \u2018x\u2019",
        "SELECT 'x\u200b'",
        "SELECT '\uff07'",
        "SELECT 1 -- \u202e",
        "SELECT 1\rDROP",
    ],
)
def test_text_that_two_readers_take_for_different_things_is_refused(text: str) -> None:
    with pytest.raises(StatementError):
        plain(text)


@pytest.mark.parametrize(
    "text", ["SELECT 'größe', 'naïve'", r"SELECT regexp_replace(a, '\s+', E'it\'s')"]
)
def test_honest_letters_and_backslashes_are_kept(text: str) -> None:
    assert plain(text) == text


@given(st.text(alphabet="ab'\"$-/*;\\E\n ", max_size=40))
def test_pieces_are_the_whole_text_in_order(text: str) -> None:
    assert "".join(piece for _, piece in pieces(text)) == text


@given(st.text(alphabet="ab'\"$-/*;E\n ", max_size=30))
def test_a_quoted_text_is_one_piece_and_reads(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert [kind for kind, _ in pieces(quoted)] == ["string"]
    assert read(f"SELECT {quoted}").effect is Effect.OBSERVE


def test_the_parser_is_loaded_by_the_first_statement_only() -> None:
    code = (
        "import sys; import stanch.tools.operations; assert 'postgast' not in sys.modules;"
        "from stanch.tools.operations.postgres.reading import read; read('SELECT 1');"
        "assert 'postgast' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
