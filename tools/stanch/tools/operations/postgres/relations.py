"""Names that hold secrets: catalogs, columns and settings that are never read."""

from collections.abc import Iterable
from typing import Final

from stanch.tools.operations.postgres import functions
from stanch.tools.operations.postgres.tree import Node, StatementError, name, strings

_SECRET: Final = frozenset(
    {
        "pg_authid",
        "pg_shadow",
        "pg_user_mapping",
        "pg_user_mappings",
        "pg_largeobject",
        "pg_hba_file_rules",
        "pg_file_settings",
        "user_mapping_options",
        "decrypted_secrets",
        "pg_dist_authinfo",
        "pg_dist_poolinfo",
    }
)
"""Catalogs and views with passwords, or with what anybody may have stored."""

_SECRET_SCHEMAS: Final = frozenset({"mysql", "pgsodium", "vault"})
_OPEN_IN_SCHEMA: Final = frozenset({"slow_log", "general_log", "innodb_table_stats"})

_GUARDED: Final = {"pg_subscription": "subconninfo"}
"""Catalogs of which one column holds a secret."""

_SETTINGS: Final = frozenset(
    {
        "primary_conninfo",
        "ssl_passphrase_command",
        "ldapbindpasswd",
        "pgaudit.key",
        "session_authorization_password",
    }
)


_WORDS: Final = (
    *("passwd", "secret", "token", "conninfo", "passphrase", "credential"),
    *("api_key", "apikey", "access_key", "private_key"),
)


def is_secret_setting(setting: str) -> bool:
    """Return whether the setting can hold a password."""
    lower = setting.lower()
    return lower in _SETTINGS or lower.endswith("password") or any(one in lower for one in _WORDS)


def check_relation(node: Node) -> None:
    """Make sure that the table or view of a RangeVar is not one that holds secrets.

    Raises:
        StatementError: it is.
    """
    relation, schema = node.relname.lower(), node.schemaname.lower()
    if relation in _SECRET or (schema in _SECRET_SCHEMAS and relation not in _OPEN_IN_SCHEMA):
        raise _secret(relation)


def check_guarded(found: Iterable[Node]) -> None:
    """Make sure that no secret column or row of a table is read, by name or with all others.

    Raises:
        StatementError: one is, or may be.
    """
    held = list(found)
    ranges = [node for node in held if name(node) == "RangeVar"]
    if any(node.relname.lower() == "pg_settings" for node in ranges) or any(
        name(node) == "FuncCall" and "pg_show_all_settings" in strings(node.funcname)
        for node in held
    ):
        for text in (node.sval for node in held if name(node) == "String"):
            if is_secret_setting(text):
                raise _secret(text)
    guarded = [node for node in ranges if node.relname.lower() in _GUARDED]
    if not guarded:
        return
    whole_rows = {node.relname for node in guarded} | {node.alias.aliasname for node in guarded}
    for node in held:
        texts = strings(node.fields) if name(node) == "ColumnRef" else ()
        if name(node) == "A_Indirection":
            texts = strings(node.indirection)
        elif name(node) == "CopyStmt" and node.HasField("relation"):
            texts = strings(node.attlist) or ("*",)
        secret = {*_GUARDED.values(), "*"} & {text.lower() for text in texts}
        if (
            secret
            or (name(node) == "A_Star")
            or (len(texts) == 1 and texts[0] in whole_rows)
            or (len(texts) > 1 and _takes_rows(texts[-1]))
            or (name(node) == "Alias" and node.colnames)
        ):
            raise _secret(f"{guarded[0].relname}.{_GUARDED[guarded[0].relname.lower()]}")


def _takes_rows(column: str) -> bool:
    """Return whether `row.column` may be the call of a function with the whole row."""
    return column != "oid" and functions.effect_as_column(column) is not None


def _secret(what: str) -> StatementError:
    return StatementError(
        f"'{what}' holds secrets.", remedy="Read the columns or views that hold none."
    )
