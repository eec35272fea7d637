"""Clients of other databases: told apart by closed lists, and left to people.

What they are given is never carried out by stanch; a password among their words is not
kept.
"""

import re
from collections.abc import Collection
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots, sql, sql_foreign
from stanch.runbook.grammar.sql_clients import Client, read
from stanch.runbook.grammar.sql_places import placeholder, slot
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.runbook.words import Word
from stanch.tools.operations.postgres.masks import MASK

PROGRAMS: Final = frozenset(
    {"mysql", "mariadb", "mongosh", "mongo", "mysqladmin", "mariadb-admin", "sqlite3"}
    | {"clickhouse-client"}
)
_REASON: Final = "stanch has no client for this database"

_MYSQL: Final = Client(
    program="mysql",
    valued={"D": "database", "e": "execute", "h": "host", "P": "port", "S": "socket", "u": "user"},
    switches={
        "A": "no-auto-rehash",
        "B": "batch",
        "E": "vertical",
        "N": "skip-column-names",
        "r": "raw",
        "s": "silent",
        "t": "table",
        "v": "verbose",
        "w": "wait",
    },
    attached={"p": "password"},
    long_valued=("default-character-set", "connect-timeout", "protocol", "ssl-mode"),
    long_switches=("force", "ssl", "skip-ssl"),
    refused={},
)
_GLUED: Final = re.compile(r"-[ABENrstvw]*p|--password=")
"""What begins a word that ends in a password."""
_ADMIN_READS: Final = frozenset(
    {"debug", "extended-status", "ping", "processlist", "status", "variables", "version"}
    - {"debug"}
)
_MONGO: Final = Client(
    program="mongosh",
    valued={"f": "file", "u": "username"},
    switches={},
    attached={"p": "password"},
    long_valued=("eval", "host", "port", "authenticationDatabase", "json"),
    long_switches=("quiet", "norc", "tls", "ssl", "tlsAllowInvalidCertificates"),
    refused={},
)
_MONGO_READ: Final = re.compile(
    r"""(?:(?:printjson|print|JSON\.stringify|EJSON\.stringify)\()?
    (?:rs\.(?:status|conf|config|hello|isMaster|printReplicationInfo|printSecondaryReplicationInfo
          |printSlaveReplicationInfo)\(\)
      |sh\.(?:status|getBalancerState|isBalancerRunning)\(\)
      |db(?:\.getSiblingDB\((?:'[\w-]+'|"[\w-]+")\))?\.(?:
          (?:serverStatus|stats|currentOp|hostInfo|version|getCollectionNames|getCollectionInfos
            |hello|isMaster|getReplicationInfo|printReplicationInfo|getMongo|getName)\(\)
        | (?:adminCommand|runCommand)\(
            (?:['"](?P<word>\w+)['"]|\{\s*['"]?(?P<key>\w+)['"]?\s*:\s*1\s*\})\)
        | \w+\.(?:stats|getIndexes|countDocuments|estimatedDocumentCount|count|totalSize|dataSize
            |storageSize|totalIndexSize)\(\))
    )(?:\.(?!constructor|prototype|__proto__)\w+(?![\w(])|\[[0-9]+\])*\)?;?""",
    re.VERBOSE,
)
_MONGO_COMMANDS: Final = frozenset(
    """
    buildInfo collStats connPoolStats connectionStatus dbStats getCmdLineOpts getLog hello
    hostInfo isMaster listCollections listCommands listDatabases ping replSetGetConfig
    replSetGetStatus serverStatus top whatsmyuri
    """.split()  # noqa: SIM905 - a list of one name per line would be a page
) - {"getLog"}


def typed(program: str, words: tuple[Word, ...], params: Collection[str]) -> Typed:
    """Return what the words after a client of another database ask for.

    Raises:
        RefusedError: they are outside the closed lists.
    """
    match program:
        case "mysql" | "mariadb":
            return _mysql(program, words, params)
        case "mysqladmin" | "mariadb-admin":
            return _mysqladmin(program, words)
        case "mongosh" | "mongo":
            return _mongo(program, words)
        case _:
            raise RefusedError(
                "RB038",
                f"stanch has no client for the program {program}.",
                remedy="Call the block ```text, for a person to run.",
            )


def looked(program: str, words: list[Any]) -> Typed:
    """Return a reading command for a person to run."""
    return Typed(kind="manual.read", fields={"program": program, "words": words, "reason": _REASON})


def changed(program: str, words: list[Any], *, worst: str, script: bool) -> Typed:
    """Return a changing command for a person to run."""
    fields = {
        "program": program,
        "words": words,
        "reason": _REASON,
        "worst": worst,
        "script": script,
    }
    return Typed(kind="intent.manual", fields=fields)


def session(program: str, words: tuple[Word, ...], shown: list[Any] | None = None) -> Typed:
    """Return a client that is given a script, or waits for whatever is typed."""
    found = changed(program, shown or shown_words(words), worst="destructive", script=True)
    found.fields["reason"] = "nobody can say what the session or the script does"
    return found


def _mysql(program: str, words: tuple[Word, ...], params: Collection[str]) -> Typed:
    given = read(_MYSQL, words)
    command = given.one("execute")
    if command is None:
        return session(program, words)
    text = "".join(part if isinstance(part, str) else placeholder(part.param) for part in command)
    sql_foreign.check_dialect(text)
    found = sql.typed(text, params)
    shown = shown_words(words)
    if found.kind in {"sql.query", "manual.read"}:
        return looked(program, shown)
    if found.kind == "intent.manual":
        return changed(program, shown, worst=found.fields["worst"], script=False)
    # PostgreSQL knows the statement; what MySQL does with it may be worse, never milder.
    return changed(program, shown, worst="destructive", script=False)


def _mysqladmin(program: str, words: tuple[Word, ...]) -> Typed:
    given = read(_MYSQL, words)
    verbs = [slots.shown(word) for word in given.operands]
    if not verbs:
        raise RefusedError("RB026", f"{program} is given no command.")
    if set(verbs) <= _ADMIN_READS:
        return looked(program, shown_words(words))
    if not {"password", "old-password"}.isdisjoint(verbs):
        hidden = shown_words(words, separate="(?:old-)?password|--password")
        return changed(program, hidden, worst="destructive", script=False)
    worst = "mutate" if set(verbs) <= {*_ADMIN_READS, "kill"} | _ADMIN_FLUSHES else "destructive"
    return changed(program, shown_words(words), worst=worst, script=False)


_ADMIN_FLUSHES: Final = frozenset(
    {"flush-hosts", "flush-privileges", "flush-tables", "flush-threads", "reload"}
)


def _mongo(program: str, words: tuple[Word, ...]) -> Typed:
    given = read(_MONGO, words)
    scripts = given.values("eval")
    files = given.has("file") or any(
        slots.shown(word).endswith((".js", ".mjs")) for word in given.operands
    )
    reads = scripts and not files and all(_only_reads(slots.shown(word)) for word in scripts)
    shown = shown_words(words, separate="-p|--password")
    return looked(program, shown) if reads else session(program, words, shown)


def _only_reads(script: str) -> bool:
    found = _MONGO_READ.fullmatch(script.strip())
    if found is None or script.count("(") != script.count(")"):
        return False
    command = found["word"] or found["key"]
    return command is None or command in _MONGO_COMMANDS


def shown_words(words: tuple[Word, ...], *, separate: str = "--password") -> list[Any]:
    """Return the words of a client without the passwords among them.

    `separate` matches a word whose next one is a password.
    """
    shown: list[Slot] = []
    hide = False
    for word in words:
        first = word[0] if isinstance(word[0], str) else ""
        glued = _GLUED.match(first)
        if hide or (glued is not None and (len(word) > 1 or glued.end() < len(first))):
            shown.append(MASK if glued is None or hide else f"{glued[0]}{MASK}")
            hide = False
        else:
            shown.append(_slot(word))
            hide = len(word) == 1 and re.fullmatch(separate, first) is not None
    return shown


def _slot(word: Word) -> Slot:
    return slot(tuple(sql_foreign.hidden(part) if isinstance(part, str) else part for part in word))
