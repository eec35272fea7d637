"""SQL of other databases: understood where one word tells the worst, and left to people.

PostgreSQL's grammar cannot read these statements, so nothing but their first words is
trusted: a changing word counts as the worst that it does in any dialect, and what only
reads must match a closed list as a whole.
"""

import re
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import sql_places
from stanch.runbook.grammar.sql_places import Piece, Place
from stanch.runbook.grammar.typed import Typed
from stanch.tools.operations import Effect
from stanch.tools.operations.postgres import functions
from stanch.tools.operations.postgres.masks import MASK, masked_text
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.postgres.tree import StatementError, pieces

_REASON: Final = "stanch speaks PostgreSQL only"

_SHOW: Final = re.compile(
    r"""(?:EXPLAIN\s+)?SHOW\s+(?:(?:FULL|EXTENDED|GLOBAL|SESSION|OPEN|ALL)\s+)*(?:
        BINARY\s+LOGS?(?:\s+STATUS)?|BINLOG\s+EVENTS|CATALOGS|CHARACTER\s+SET|COLLATION|COLUMNS
      | CREATE\s+(?:DATABASE|EVENT|FUNCTION|PROCEDURE|SCHEMA|TABLE|TRIGGER|VIEW)
      | DATABASES|ENGINE\s+\w+\s+(?:STATUS|MUTEX|LOGS)|(?:STORAGE\s+)?ENGINES|ERRORS|EVENTS
      | FIELDS|FUNCTIONS?(?:\s+STATUS)?|GRANTS|INDEX(?:ES)?|KEYS|MASTER\s+(?:LOGS|STATUS)
      | PARTITIONS|PLUGINS|PRIVILEGES|PROCEDURE\s+STATUS|PROCESSLIST|PROFILES
      | RELAYLOG\s+EVENTS|REPLICAS?(?:\s+STATUS)?|SCHEMAS|SLAVES?\s+STATUS|STATS|STATUS
      | TABLES?(?:\s+STATUS)?|TBLPROPERTIES|TRIGGERS|VARIABLES|VIEWS|WARNINGS
    )(?:\s+[^()\\;#]*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_DESCRIBE: Final = re.compile(
    r"(?:DESC|DESCRIBE|EXPLAIN)\s+(?:(?:EXTENDED|FORMATTED)\s+)?[\w.`\"<>$-]+", re.IGNORECASE
)
_BACKQUOTED: Final = re.compile(r"`([^`\"\\]+)`")
_LIMIT: Final = re.compile(r"\bLIMIT\s+([0-9]+)\s*,\s*([0-9]+)", re.IGNORECASE)
_INTO: Final = re.compile(r"\bINTO\b", re.IGNORECASE)
_PASSWORD: Final = re.compile(
    r"""(\b(?:
        IDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?
      | \w*PASSWORD\s*(?:FOR\s+\S+\s*=\s*(?:PASSWORD\s*\(\s*)?|=\s*|\(\s*)?
      | REPLACE\s+
    ))(['"])(?:\2\2|\\.|(?!\2).)*\2""",
    re.VERBOSE | re.IGNORECASE,
)

_OF_SCRIPTS: Final = re.compile(
    r"""((?:\bpwd['"]?\s*:
          |\.(?:auth|changeUserPassword)\(\s*(?:"[^"]*"|'[^']*')\s*,)\s*)
        (?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""",
    re.VERBOSE,
)
"""Passwords in what mongosh is given."""

_MUTATE: Final = re.compile(
    r"""(?:
        CREATE\s+(?:(?:EXTERNAL|TEMPORARY|UNIQUE|FULLTEXT)\s+)?
          (?:DATABASE|INDEX|KEYSPACE|ROLE|SCHEMA|TABLE|USER)\b
      | ALTER\s+USER\b | GRANT\b | REVOKE\b | FLUSH\b(?!.*STAT(?:US|ISTICS)\b) | KILL\b
      | RENAME\b | SET\s+PASSWORD\b
      | SET\s+(?:GLOBAL|PERSIST|@@GLOBAL|@@PERSIST)\b
      | (?:START|STOP)\s+(?:SLAVE|REPLICA|ALL|GROUP_REPLICATION)\b
      | (?:ANALYZE|OPTIMIZE|CHECK)\s | MSCK\s+REPAIR\b | (?:LOCK|UNLOCK)\s+TABLES?\b
      | INSERT\s+(?:IGNORE\s+)?INTO\b
      | (?:DISABLE|ENABLE|PAUSE|RECONNECT|RELOAD|RESUME|SUSPEND)(?:\s+[\w<>$"-]+)?\s*\Z
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_LOSING: Final = re.compile(
    r"\b(?:SELECT|UPDATE|OVERWRITE|REPLACE|DELETE|DROP|TRUNCATE|CALL|EXEC|EXECUTE|SYSTEM)\b",
    re.IGNORECASE,
)
"""Words by which a statement does more than its first word says."""
_PRIVILEGES: Final = re.compile(r"\s*(?:GRANT|REVOKE)\b", re.IGNORECASE)
_DESTRUCTIVE: Final = re.compile(
    r"""(?:ALTER|CHANGE|FLUSH|CREATE\s+OR\s+REPLACE\s+TABLE|DELETE|DROP|INSERT|MERGE|PURGE|REPAIR
        |REPLACE|RESET|TRUNCATE|UPDATE)\s | SHUTDOWN\b""",
    re.VERBOSE | re.IGNORECASE,
)
_VALUES: Final = re.compile(
    r"^\s*INSERT\b.*?(?:\bVALUES?\b|\bSET\b)|^\s*(?:SET|KILL)\b", re.IGNORECASE | re.DOTALL
)
_CALLED: Final = re.compile(r"([A-Za-z_][\w.$]*)\s*\(")
_PROGRAMS: Final = re.compile(
    r"\b(?:OUTFILE|DUMPFILE|INFILE|LOAD_FILE|SYS_EXEC|SYS_EVAL|XP_CMDSHELL)\b", re.IGNORECASE
)
_CODE: Final = re.compile(
    r"(?:CREATE|ALTER)\s+(?:[\w@`'=%]+\s+){0,6}?(?:EVENT|FUNCTION|PROCEDURE|TRIGGER|SERVER)\b",
    re.IGNORECASE,
)


def typed(statement: str, found: list[Piece]) -> Typed | None:
    """Return what a statement is that PostgreSQL cannot read; None when nobody can say.

    Raises:
        RefusedError: it reaches files or programs of the server.
    """
    text = statement.removesuffix("\\G").rstrip().removesuffix(";").rstrip()
    if len(text) < len(statement):
        shown = sql_places.probe(found)[0]
        found = [*found[:-1], str(found[-1]).rstrip()[:-2].rstrip(" ;")] if shown else found
    if _PROGRAMS.search(text):
        raise RefusedError(
            "RB034", "It reaches files or programs of the server.", remedy="Leave it out."
        )
    if not _one_statement(text):
        return None
    if _SHOW.fullmatch(text) and not _INTO.search(text):
        return manual_read(found)
    if _DESCRIBE.fullmatch(text) or _reads(found):
        return manual_read(found)
    worst = _worst(text)
    if worst is None:
        return None
    return Typed(
        kind="intent.manual",
        fields={
            "program": "sql",
            "words": _words(found),
            "reason": _REASON,
            "worst": worst,
        },
    )


def manual_read(found: list[Piece]) -> Typed:
    """Return a reading statement of another database, for a person to run."""
    return Typed(
        kind="manual.read",
        fields={"program": "sql", "words": _words(found), "reason": _REASON},
    )


def _one_statement(text: str) -> bool:
    """Return whether no dialect can take the text for more than one statement."""
    code = "".join(piece for kind, piece in pieces(text) if kind == "code")
    return ";" not in text and "#" not in code and "\\g" not in code.lower()


def _reads(found: list[Piece]) -> bool:
    """Return whether it only reads, once its names and limits are written as PostgreSQL does."""
    text = sql_places.probe(found)[0]
    if "\\" in text or '"' in text.replace('"\ue000', "").replace('\ue001"', ""):
        return False
    text = _LIMIT.sub(r"LIMIT \2 OFFSET \1", _BACKQUOTED.sub(r'"\1"', text))
    try:
        reading = read(text)
    except StatementError:
        return False
    return reading.effect is Effect.OBSERVE


def _worst(text: str) -> str | None:
    if _CODE.match(text):
        return None
    if _MUTATE.match(text):
        lost = (_LOSING.search(text) or _calls(text)) and not _PRIVILEGES.match(text)
        return "destructive" if lost else "mutate"
    return "destructive" if _DESTRUCTIVE.match(text) else None


def _calls(text: str) -> bool:
    """Return whether the values of a changing statement come from functions that nobody knows."""
    code = "".join(piece if kind == "code" else " " for kind, piece in pieces(text))
    values = _VALUES.search(code)
    names = _CALLED.findall(code[values.end() :]) if values else ()
    return not all(_is_known(one.lower()) for one in names)


def _is_known(function: str) -> bool:
    try:
        return functions.elsewhere((function,)) or functions.effect((function,)) is Effect.OBSERVE
    except StatementError:
        return False


def check_dialect(text: str) -> None:
    """Refuse what MySQL reads as something else than PostgreSQL does.

    Raises:
        RefusedError: it holds such a piece.
    """
    for kind, piece in pieces(text):
        if (
            kind in {"dollar", "escape"}
            or (kind == "code" and "#" in piece)
            or (kind == "comment" and (not re.match(r"--\s|--$|/\*", piece)))
            or (kind == "comment" and piece.count("/*") > 1)
        ):
            raise RefusedError(
                "RB034",
                f"MySQL and PostgreSQL read {piece[:20]!r} in different ways.",
                remedy="Write the statement without it.",
            )


def hidden(text: str) -> str:
    """Return a statement with `***` for the passwords in it."""
    return _OF_SCRIPTS.sub(rf"\1'{MASK}'", _PASSWORD.sub(rf"\1\2{MASK}\2", masked_text(text)))


def _quoted(place: Place, text: str) -> str:
    if place.use == "name":
        return f'"{text}"'
    return f"'{text}'" if "text" in {place.use, *place.uses} else text


def _words(found: list[Piece]) -> list[Any]:
    """Return the statement as the one word of a command, without what is secret in it."""
    text = "".join(
        piece if isinstance(piece, str) else _quoted(piece, f"\ue000{index}\ue001")
        for index, piece in enumerate(found)
    )
    return [sql_places.filled(hidden(text), found)]
