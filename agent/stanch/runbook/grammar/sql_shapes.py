"""Shapes: changing statements that are operations of their own, found in their trees."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError

from stanch.runbook.grammar import sql_places
from stanch.runbook.grammar.sql_places import MARK, Piece, Place
from stanch.runbook.grammar.typed import Typed
from stanch.runbook.model import ParamRef
from stanch.tools.operations.postgres.tree import (
    Node,
    StatementError,
    deparse,
    name,
    strings,
    unwrapped,
)
from stanch.tools.operations.sql_intents import (
    CancelQuery,
    CreateIndexConcurrently,
    DropIndexConcurrently,
    RefreshMaterializedView,
    ReloadConfiguration,
    ResetSetting,
    SetSetting,
    TerminateSession,
    index_start,
)

_ON_ONE: Final = {
    "pg_terminate_backend": TerminateSession,
    "pg_cancel_backend": CancelQuery,
}


def special(tree: Node, found: list[Piece], params: Collection[str]) -> Typed | None:
    """Return the operation of its own that the statement is; None when it is none."""
    made = _of_call(tree, found, params) or _of_statement(tree)
    if made is None:
        return None
    model, fields = made
    # A name that the narrower model does not take leaves the statement what it is.
    with suppress(ValidationError):
        model.model_validate({key: _sampled(value) for key, value in fields.items()})
        kind = model.model_fields["kind"].default
        return Typed(kind=kind, fields={key: _slot(one, found) for key, one in fields.items()})
    return None


def _slot(value: object, found: list[Piece]) -> Any:
    return sql_places.filled(value, found) if isinstance(value, str) else value


def _sampled(value: object) -> object:
    if isinstance(value, ParamRef):
        return 7
    return MARK.sub("a", value) if isinstance(value, str) else value


def _of_call(
    tree: Node, found: list[Piece], params: Collection[str]
) -> tuple[type[Any], dict[str, Any]] | None:
    call = _only_call(tree)
    if call is None:
        return None
    *schema, short = strings(call.funcname)
    if schema not in ([], ["pg_catalog"]):
        return None
    if short == "pg_reload_conf" and not call.args:
        return ReloadConfiguration, {}
    if short not in _ON_ONE or len(call.args) != 1:
        return None
    pid = _pid(unwrapped(call.args[0]), found, params)
    return None if pid is None else (_ON_ONE[short], {"pid": pid})


def _only_call(tree: Node) -> Node | None:
    """Return the call of `SELECT call(...)` with nothing else in it."""
    if name(tree) != "SelectStmt" or len(tree.target_list) != 1:
        return None
    fields = {field.name for field, _ in tree.ListFields()}
    if fields - {"target_list", "limit_option", "op", "group_distinct"}:
        return None
    call = unwrapped(unwrapped(tree.target_list[0]).val)
    if (
        name(call) != "FuncCall"
        or any(call.HasField(one) for one in ("agg_filter", "over"))
        or call.agg_order
        or call.agg_distinct
        or call.func_variadic
    ):
        return None
    return call


def _pid(node: Node, found: list[Piece], params: Collection[str]) -> int | ParamRef | None:
    if name(node) == "A_Const" and node.HasField("ival"):
        number: int = node.ival.ival
        return number if number > 0 else None
    if name(node) != "ParamRef":
        return None
    values = [one for one in found if isinstance(one, Place) and one.use == "value"]
    whole = values[node.number - 1].whole if 0 < node.number <= len(values) else None
    param = params.get(whole) if isinstance(params, Mapping) and whole is not None else None
    if whole is not None and param is not None and param.type == "integer":
        return ParamRef(param=whole)
    return None


def _of_statement(tree: Node) -> tuple[type[Any], dict[str, Any]] | None:
    match name(tree):
        case "AlterSystemStmt":
            return _setting(tree.setstmt)
        case "RefreshMatViewStmt" if not tree.skip_data:
            fields = _table(tree.relation, "view")
            return RefreshMaterializedView, fields | {"concurrently": tree.concurrent}
        case "IndexStmt" if tree.concurrent and tree.idxname:
            return _create_index(tree)
        case "DropStmt" if tree.concurrent and len(tree.objects) == 1 and _restricts(tree):
            return _drop_index(tree)
        case _:
            return None


def _restricts(drop: Node) -> bool:
    kinds = drop.DESCRIPTOR.fields_by_name["behavior"].enum_type.values_by_number
    found: bool = kinds[drop.behavior].name == "DROP_RESTRICT"
    return found


def _setting(node: Node) -> tuple[type[Any], dict[str, Any]] | None:
    kinds = node.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number
    kind = kinds[node.kind].name
    if kind in {"VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT"}:
        return ResetSetting, {"setting": node.name or None}
    if kind != "VAR_SET_VALUE" or len(node.args) != 1:
        return None
    value = _constant(unwrapped(node.args[0]))
    return None if value is None else (SetSetting, {"setting": node.name, "value": value})


def _constant(node: Node) -> str | None:
    if name(node) != "A_Const":
        return None
    match node.WhichOneof("val"):
        case "sval":
            return str(node.sval.sval)
        case "ival":
            return str(node.ival.ival)
        case "fval":
            return str(node.fval.fval)
        case _:
            return None


def _table(relation: Node, key: str) -> dict[str, Any]:
    fields: dict[str, Any] = {key: relation.relname}
    if relation.schemaname:
        fields["schema_name"] = relation.schemaname
    return fields


def _create_index(tree: Node) -> tuple[type[Any], dict[str, Any]] | None:
    try:
        written = deparse(tree)
    except StatementError:
        return None
    fields = {
        "index": tree.idxname,
        **_table(tree.relation, "table"),
        "unique": tree.unique,
        "if_not_exists": tree.if_not_exists,
    }
    table, on, definition = written.partition(" USING ")
    start = index_start("", "", unique=tree.unique, if_not_exists=tree.if_not_exists)
    if not on or not table.startswith(start.split(" ON ")[0].rstrip()) or tree.relation.catalogname:
        return None
    fields["definition"] = f"USING {definition}"
    return CreateIndexConcurrently, fields


def _drop_index(tree: Node) -> tuple[type[Any], dict[str, Any]] | None:
    names = strings(unwrapped(tree.objects[0]).items)
    if len(names) > 2:
        return None
    fields: dict[str, Any] = {"index": names[-1], "if_exists": tree.missing_ok}
    if len(names) == 2:
        fields["schema_name"] = names[0]
    return DropIndexConcurrently, fields
