"""Masks: no password of a statement goes further than the text that it was written in."""

import re
from functools import lru_cache
from typing import Final

from stanch.tools.operations.postgres import relations
from stanch.tools.operations.postgres.tree import Node, deparse, name, nodes, parse, unwrapped

MASK: Final = "***"
_SECRET_OPTION: Final = re.compile(
    r"pass|secret|token|credential|api_?key|access_?key", re.IGNORECASE
)
_SECRET_PART: Final = re.compile(
    r"(\b\w*pass(?:word|wd|phrase)?\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)|(://[^\s:/@]*:)[^\s@]+(?=@)",
    re.IGNORECASE,
)
_BODIES: Final = frozenset({"CreateFunctionStmt", "DoStmt"})
_IN_BODY: Final = re.compile(
    # Quotes that are doubled stand inside a text of the body.
    r"(\bpassword\s+)(?:('{2,})(?:(?!\2).)+\2|'(?:[^']|'')*')",
    re.IGNORECASE | re.DOTALL,
)
_MAY_HOLD: Final = re.compile(
    r"pass|secret|token|credential|key|conninfo|connection|://", re.IGNORECASE
)
"""What a statement with a password in it has somewhere in its text."""


@lru_cache(maxsize=1024)
def masked(statement: str) -> str:
    """Return `statement` with `***` for every password; unchanged when it has none.

    Raises:
        StatementError: it cannot be parsed.
    """
    if not _MAY_HOLD.search(statement):
        return statement
    tree = parse(statement)
    found = list(nodes(tree))
    changes = [_mask(node) for node in found]
    if name(tree) in _BODIES:
        changes += [_mask_body(node) for node in found if name(node) == "String"]
    changes += [_mask_row(node) for node in found if name(node) in {"InsertStmt", "UpdateStmt"}]
    return deparse(tree) if any(changes) else statement


def masked_text(text: str) -> str:
    """Return `text` with `***` for the passwords of the connection strings in it."""
    return _SECRET_PART.sub(lambda found: f"{found[1] or found[3]}{MASK}", text)


def _mask(node: Node) -> bool:
    kind = name(node)
    if kind == "DefElem" and _SECRET_OPTION.search(node.defname):
        value = unwrapped(node.arg)
        if name(value) == "String" and value.sval != MASK:
            value.sval = MASK
            return True
    if kind in {"CreateSubscriptionStmt", "AlterSubscriptionStmt"}:
        hidden = masked_text(node.conninfo)
        if hidden != node.conninfo:
            node.conninfo = hidden
            return True
    if kind == "VariableSetStmt" and relations.is_secret_setting(node.name):
        changed = [_mask_constant(unwrapped(one)) for one in node.args]
        return any(changed)
    if kind in {"CommentStmt", "SecLabelStmt"}:
        field = "comment" if kind == "CommentStmt" else "label"
        text = getattr(node, field)
        setattr(node, field, masked_text(text))
        return bool(text != getattr(node, field))
    return False


def _mask_row(node: Node) -> bool:
    """Mask what a row is given in columns for secrets, and connection strings in any."""
    columns = [_SECRET_OPTION.search(unwrapped(one).name) is not None for one in _columns(node)]
    if name(node) == "UpdateStmt":
        rows = [[unwrapped(unwrapped(one).val) for one in node.target_list]]
    else:
        lists = unwrapped(node.select_stmt)
        rows = [
            [unwrapped(one) for one in unwrapped(row).items]
            for row in getattr(lists, "values_lists", ())
        ]
    secret = [one for row in rows for one, hide in zip(row, columns, strict=False) if hide]
    changed = [_mask_constant(one) for one in secret]
    changed += [_mask_text(one) for row in rows for one in row]
    return any(changed)


def _columns(node: Node) -> Node:
    return node.target_list if name(node) == "UpdateStmt" else node.cols


def _mask_text(node: Node) -> bool:
    if name(node) != "A_Const" or not node.HasField("sval"):
        return False
    hidden = masked_text(node.sval.sval)
    changed: bool = hidden != node.sval.sval
    node.sval.sval = hidden
    return changed


def _mask_body(node: Node) -> bool:
    hidden = masked_text(_IN_BODY.sub(rf"\1'{MASK}'", node.sval))
    changed: bool = hidden != node.sval
    node.sval = hidden
    return changed


def _mask_constant(node: Node) -> bool:
    if name(node) != "A_Const" or (node.HasField("sval") and node.sval.sval == MASK):
        return False
    node.sval.sval = MASK
    return True
