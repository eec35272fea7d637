"""The grammar of SQL: a statement with placeholders becomes the template of a query.

What the statement does is told by `stanch.tools.operations.postgres`; this module finds
what each parameter in it can be, and the operation that the statement is.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import sql_foreign, sql_places, sql_shapes
from stanch.runbook.grammar.sql_places import MARK, Piece, Place
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import Slot
from stanch.tools.operations import Effect
from stanch.tools.operations.postgres.masks import masked
from stanch.tools.operations.postgres.reading import read
from stanch.tools.operations.postgres.tree import (
    Node,
    StatementError,
    name,
    nodes,
    parse,
    plain,
    strings,
    unwrapped,
)
from stanch.tools.operations.sql_intents import ends_sessions

_META: Final = "A backslash begins a command of psql."
_LISTING: Final = re.compile(
    r"\\(?:l|d|dt|di|dv|dm|ds|df|da|db|dn|dp|du|dg|dx|dy|dT|dD|dc|dC|do|dP|dRp|drds|ddp|z|sf|sv"
    r"|conninfo|encoding)S?\+?(?:\s+[A-Za-z0-9_.*$-]+)*"
)
"""Those of psql's commands that list what there is, and no secrets."""


def typed(text: str, declared: Collection[str], *, database: Slot = None) -> Typed:
    """Return what the statement `text` asks for; `<name>` in it are parameters.

    `declared` are the parameters; as a mapping to their `Param` it also tells their types.

    Raises:
        RefusedError: it is not one statement of PostgreSQL, or is outside the allow-lists.
    """
    try:
        statement = plain(text)
    except StatementError as error:
        raise _refused(error) from error
    if declared and statement != text:
        sql_places.check_comments(text, declared)
    if not statement:
        raise RefusedError("RB014", "The statement is empty.", remedy="Remove the block.")
    if statement.startswith("\\"):
        if _LISTING.fullmatch(statement):
            return _listing(statement)
        raise RefusedError("RB034", _META, remedy="Write the statement that it stands for.")
    found = [sql_places.declared(one, declared) for one in sql_places.places(statement, declared)]
    try:
        found, tree = _parsed(found, declared)
    except StatementError as error:
        other = sql_foreign.typed(statement, found) if error.syntax else None
        if other is None:
            raise _place_refused(found, error) or _refused(error) from error
        sql_foreign.check_dialect(text)
        return other
    sql_places.check_types(found, declared)
    made = _typed(found, tree, declared, database)
    if made.kind == "manual.read":
        sql_foreign.check_dialect(text)
    return made


def _listing(command: str) -> Typed:
    reason = "it is a command of psql, which stanch does not run"
    fields = {"program": "psql", "words": ["-c", command], "reason": reason}
    return Typed(kind="manual.read", fields=fields)


def _place_refused(found: list[Piece], error: StatementError) -> RefusedError | None:
    """Return why a parameter cannot stand where PostgreSQL stopped reading, if one does."""
    _, spans = sql_places.probe(found)
    for piece, (start, end) in zip(found, spans, strict=True):
        if isinstance(piece, Place) and error.at is not None and start <= error.at < end:
            return sql_places.stray(piece)
    return None


def _typed(found: list[Piece], tree: Node, declared: Collection[str], database: Slot) -> Typed:
    statement = sql_places.probe(found)[0]
    _check_marks(tree)
    try:
        reading = read(statement)
        hidden = masked(statement)
    except StatementError as error:
        raise _refused(error) from error
    if reading.elsewhere and reading.effect is Effect.OBSERVE:
        return sql_foreign.manual_read(found)
    values: list[Slot] = [
        one.slot for one in found if isinstance(one, Place) and one.use == "value"
    ]
    if reading.effect is not Effect.OBSERVE:
        _check_columns(tree)
        special = sql_shapes.special(tree, found, declared)
        if special is not None:
            special.fields["database"] = database
            return special
    kind = "sql.query" if reading.effect is Effect.OBSERVE else "intent.sql"
    if ends_sessions(reading):
        kind = "intent.sql_terminate_sessions"
    fields: dict[str, Any] = {"statement": sql_places.filled(hidden, found), "database": database}
    if values:
        fields["values"] = values
    return Typed(kind=kind, fields=fields)


def _parsed(found: list[Piece], params: Collection[str]) -> tuple[list[Piece], Node]:
    """Return the places as what each must be for the statement to parse, and its tree."""
    while True:
        text, spans = sql_places.probe(found)
        try:
            tree = parse(text)
        except StatementError as error:
            if not error.syntax or error.at is None or not _turn(found, spans, error.at):
                raise
            continue
        column = _column(tree)
        at = -1 if column is None else text.find(f"${column}")
        if not (_turn(found, spans, at, to="name") or _keep_in_text(found, tree, params)):
            return found, tree


def _turn(
    found: list[Piece], spans: list[tuple[int, int]], at: int, *, to: str | None = None
) -> bool:
    """Make of the place at a character what it can be instead; return whether it can."""
    for index, (start, end) in enumerate(spans):
        piece = found[index]
        if start <= at < end and isinstance(piece, Place):
            if piece.use != "value" or not piece.uses or to not in {None, piece.uses[0]}:
                return False
            found[index] = replace(piece, use=piece.uses[0], uses=piece.uses[1:])
            return True
    return False


def _keep_in_text(found: list[Piece], tree: Node, params: Collection[str]) -> bool:
    """Put texts back into a statement that takes no values; return whether there were any."""
    if name(tree) in _BINDABLE:
        return False
    turned = False
    for index, piece in enumerate(found):
        if isinstance(piece, Place) and piece.use == "value" and "text" in piece.uses:
            kept = replace(piece, use="text", uses=())
            if sql_places.is_narrow(kept, params):
                found[index] = kept
                turned = True
    return turned


def _column(tree: Node) -> int | None:
    """Return the number of a place where a value would say nothing: a column is meant."""
    places: list[Node] = []
    for node in nodes(tree):
        if name(node) == "SelectStmt":
            places += [unwrapped(one).val for one in node.target_list]
            places += [unwrapped(one).node for one in node.sort_clause]
            places += list(node.group_clause)
    held = [unwrapped(one) for one in places]
    return next((one.number for one in held if name(one) == "ParamRef"), None)


_BINDABLE: Final = frozenset(
    {
        "CreateTableAsStmt",
        "DeleteStmt",
        "ExplainStmt",
        "InsertStmt",
        "MergeStmt",
        "SelectStmt",
        "UpdateStmt",
    }
)
"""The statements to which PostgreSQL takes values beside the text."""

_NO_PARAMETER: Final = {
    "FuncCall": "funcname",
    "TypeName": "names",
    "A_Expr": "name",
    "CollateClause": "collname",
}


def _check_marks(tree: Node) -> None:
    """Make sure that no parameter names what decides the effect: a function, a type."""
    for node in nodes(tree):
        kind = name(node)
        texts = strings(getattr(node, _NO_PARAMETER[kind])) if kind in _NO_PARAMETER else ()
        if kind == "VariableSetStmt":
            texts = (node.name,)
        elif kind == "DefElem":
            texts = (node.defname,)
        elif kind in {"CreateExtensionStmt", "CreateFunctionStmt"}:
            texts = (node.SerializeToString().decode(errors="ignore"),)
        if any(MARK.search(text) for text in texts):
            raise RefusedError(
                "RB027",
                "A parameter names a function, a type or a setting.",
                remedy="Write that name out.",
            )


def _check_columns(tree: Node) -> None:
    """Make sure that a change calls no function by `value.<column>`: that names its effect."""
    for node in nodes(tree):
        texts = strings(node.fields) if name(node) == "ColumnRef" else ()
        if len(texts) > 1 and MARK.search(texts[-1]):
            raise RefusedError(
                "RB027",
                "A parameter behind a dot may name a function, in a statement that changes.",
                remedy="Write that name out, or leave out what stands before the dot.",
            )


def _refused(error: StatementError) -> RefusedError:
    return RefusedError(
        "RB033" if error.syntax else "RB034",
        error.message,
        remedy=error.remedy
        or ("Write one statement of PostgreSQL; a parameter is <name>." if error.syntax else ""),
    )
