"""The grammar of database clients: what `psql -c` is given is read as SQL.

Only PostgreSQL is carried out. The clients of MySQL and MongoDB are understood where a
closed list tells what they do (see `sql_manual`), and left to people.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots, sql, sql_manual
from stanch.runbook.grammar.sql_clients import Client, Given, read
from stanch.runbook.grammar.sql_places import placeholder
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.model import ParamRef, Slot
from stanch.runbook.words import Word

_PSQL: Final = Client(
    program="psql",
    valued={
        "c": "command",
        "d": "dbname",
        "F": "field-separator",
        "f": "file",
        "h": "host",
        "L": "log-file",
        "o": "output",
        "P": "pset",
        "p": "port",
        "R": "record-separator",
        "T": "table-attr",
        "U": "username",
        "v": "set",
    },
    switches={
        "1": "single-transaction",
        "a": "echo-all",
        "A": "no-align",
        "b": "echo-errors",
        "e": "echo-queries",
        "E": "echo-hidden",
        "H": "html",
        "l": "list",
        "n": "no-readline",
        "q": "quiet",
        "s": "single-step",
        "S": "single-line",
        "t": "tuples-only",
        "V": "version",
        "w": "no-password",
        "W": "password",
        "x": "expanded",
        "X": "no-psqlrc",
        "z": "field-separator-zero",
        "0": "record-separator-zero",
        "?": "help",
    },
    attached={},
    long_valued=("variable",),
    long_switches=("csv",),
    refused={
        "log-file": "it writes a file",
        "output": "it writes a file",
        "single-step": "it asks before each statement",
        "variable": "write -v",
    },
)
_DATABASES: Final = (
    "SELECT datname, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding"
    " FROM pg_database ORDER BY datname"
)
_URI: Final = re.compile(
    r"postgres(?:ql)?://(?:(?P<login>[A-Za-z0-9_.-]+)@)?(?P<host>[A-Za-z0-9_.-]*)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:/(?P<database>[A-Za-z_][A-Za-z0-9_.$-]*))?"
)
_LOOKS: Final = frozenset({"help", "list", "version"})
_RUNS: Final = frozenset({"command", "file"})
_MANUAL: Final = frozenset({"intent.manual", "manual.read"})


class _Grammar:
    programs: Collection[str] = frozenset({"psql", "gitlab-psql", *sql_manual.PROGRAMS})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        """Return what the words after a database client ask for.

        Raises:
            RefusedError: they are outside the grammar.
        """
        if program in sql_manual.PROGRAMS:
            return sql_manual.typed(program, words, around.params)
        given = read(_PSQL, words)
        if _LOOKS & given.names and _RUNS & given.names:
            raise RefusedError(
                "RB023",
                "A flag makes psql list something and leave, so that nothing else is done.",
                remedy="Write -l, or the statement, by itself.",
            )
        if given.has("version") or given.has("help"):
            return sql_manual.looked("psql", ["--version"])
        where = _where(given)
        if given.has("list"):
            return Typed(kind="sql.query", fields={"statement": _DATABASES, **where})
        command = given.one("command")
        if command is None or given.has("file"):
            # A script, or a session in which anything can be typed.
            return sql_manual.session(program, words)
        found = sql.typed(_written(command), around.params, database=where.pop("database", None))
        if found.kind in _MANUAL:
            found.fields.update(program="psql", words=sql_manual.shown_words(words))
        else:
            found.fields.update(where)
        # Only so has NAME=$(psql -A -t ...) a line to keep.
        bare = found.kind == "sql.query" and given.has("tuples-only")
        return replace(found, view={"headers": False}) if bare else found


def _where(given: Given) -> dict[str, Any]:
    """Return the fields that say where a statement is meant to run."""
    operands = list(given.operands)
    named = given.one("dbname") or (operands.pop(0) if operands else None)
    found: dict[str, Any] = {} if named is None else _database(named)
    login = given.one("username") or (operands.pop(0) if operands else None)
    if operands:
        raise RefusedError(
            "RB026", f"'{slots.shown(operands[0])}' is one word too many.", remedy="Leave it out."
        )
    host, port = given.one("host"), given.one("port")
    if host is not None:
        found["host"] = slots.whole(host, "The host")
    if port is not None:
        found["port"] = slots.number(port, "The port")
    if login is not None:
        found["login"] = slots.whole(login, "The user")
    return found


def _database(word: Word) -> dict[str, Slot]:
    value = slots.whole(word, "The database") if len(word) == 1 else slots.shown(word)
    if isinstance(value, ParamRef) or not any(one in value for one in "=/"):
        return {"database": value}
    uri = _URI.fullmatch(value)
    if uri is None:
        raise RefusedError(
            "RB026",
            "The connection is a text, in which a password may stand.",
            remedy="Name the database with -d; stanch has the credentials in its settings.",
        )
    named: dict[str, Slot] = {key: one for key, one in uri.groupdict().items() if one}
    return named | ({"port": int(uri["port"])} if uri["port"] else {})


def _written(word: Word) -> str:
    """Return the statement in a word, with its parameters as they are written in SQL.

    Raises:
        RefusedError: it holds what looks like a parameter and was quoted not to be one.
    """
    for part in word:
        if isinstance(part, str) and placeholders.DOLLAR.search(part):
            raise RefusedError(
                "RB027",
                "A '$' before a name is escaped or in single quotes, so that no shell fills it in.",
                remedy="Write a parameter as <name>, and a text in single quotes.",
            )
    return "".join(part if isinstance(part, str) else placeholder(part.param) for part in word)


GRAMMAR = _Grammar()
