"""Calls: what the arguments of a call, and its place, make of what the function does."""

import math
from typing import Final

from stanch.tools.operations.postgres import functions, loads, pure, relations
from stanch.tools.operations.postgres.tree import Node, StatementError, name, strings

_ROWS: Final = frozenset(
    {"CommonTableExpr", "DeleteStmt", "MergeStmt", "RangeFunction", "RangeVar", "UpdateStmt"}
)
"""What may call what stands beside it for many rows."""


def check_arguments(short: str, arguments: list[Node]) -> None:
    """Make sure that a function is given nothing by which it does more than its name says.

    Raises:
        StatementError: it may be.
    """
    if short == "pg_sleep":
        if [name(one) for one in arguments] != ["A_Const"]:
            raise StatementError("pg_sleep() is given no plain number.", remedy="Leave it out.")
        functions.check_numbers(short, tuple(loads.numbers(arguments[0])) or (math.inf,))
    if short in {"current_setting", "set_config"}:
        setting = _text(arguments[0]) if arguments else None
        if setting is None or relations.is_secret_setting(setting):
            raise StatementError(
                f"{short}() may reach a setting that holds a password.",
                remedy="Name the setting in the statement.",
            )
        if short == "set_config" and setting.lower() in {
            "role",
            "session_authorization",
            "transaction_read_only",
            "default_transaction_read_only",
        }:
            raise StatementError(
                "It changes who the session is, or what it may write.", remedy="Leave it out."
            )


def _text(node: Node) -> str | None:
    if name(node) != "A_Const" or not node.HasField("sval"):
        return None
    found: str = node.sval.sval
    return found


def answers_columns(node: Node) -> bool:
    """Return whether a value is one whose fields are columns, and not calls."""
    if name(node) != "FuncCall":
        return name(node) == "RowExpr"
    names = strings(node.funcname)
    return names[-1] in pure.ROWS and names[:-1] in {(), ("pg_catalog",)}


def check_sleep(found: list[Node]) -> None:
    """Make sure that a statement that sleeps does so once.

    Raises:
        StatementError: it may sleep again and again.
    """
    slept = [
        node for node in found if name(node) == "FuncCall" and "pg_sleep" in strings(node.funcname)
    ]
    repeats = any(name(node) in _ROWS or getattr(node, "from_clause", ()) for node in found)
    if len(slept) > 1 or (slept and repeats):
        raise StatementError(
            "pg_sleep() may be called for each of many rows.", remedy="Write it by itself."
        )
