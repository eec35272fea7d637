"""Reading: what one statement does, found by a walk over the whole of its tree.

Every node is of a kind that is listed here or in `statements`; a statement with any other
is refused. The effect is the worst of all that was found on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from stanch.tools.operations.base import Effect
from stanch.tools.operations.postgres import (
    calls,
    functions,
    loads,
    relations,
    statements,
    types,
)
from stanch.tools.operations.postgres.tree import (
    Node,
    StatementError,
    name,
    nodes,
    parse,
    strings,
    unwrapped,
)

_QUIET: Final = frozenset(
    """
    A_ArrayExpr A_Const A_Indices A_Star AccessPriv Alias ArrayExpr BitString
    BoolExpr Boolean BooleanTest CTECycleClause CTESearchClause CaseExpr CaseWhen CoalesceExpr
    CollateClause ColumnDef CommonTableExpr Constraint CreateOpClassItem CurrentOfExpr
    DefElem Float FunctionParameter GroupingFunc GroupingSet IndexElem InferClause Integer
    IntoClause JoinExpr JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor
    JsonArrayQueryConstructor JsonBehavior JsonExpr JsonFormat JsonFuncExpr JsonIsPredicate
    JsonKeyValue JsonObjectAgg JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning
    JsonScalarExpr JsonSerializeExpr JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr
    List MergeSupportFunc MergeWhenClause MinMaxExpr MultiAssignRef NamedArgExpr NullTest
    ObjectWithArgs OnConflictClause ParamRef PartitionBoundSpec PartitionCmd PartitionElem
    PartitionRangeDatum PartitionSpec PublicationObjSpec PublicationTable RangeFunction
    RangeSubselect RangeTableFunc RangeTableFuncCol ReplicaIdentityStmt ResTarget
    ReturningClause ReturningOption RoleSpec RowExpr SQLValueFunction SetToDefault StatsElem
    String TableLikeClause TriggerTransition VacuumRelation WindowDef WithClause XmlExpr
    XmlSerialize ATAlterConstraint AlterTableCmd
    """.split()  # noqa: SIM905 - a list of one name per line would be two pages
)
"""Nodes that do nothing by themselves."""

_QUERIES: Final = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_PLAN_OPTIONS: Final = frozenset(
    """
    analyze buffers costs format generic_plan memory serialize settings summary timing verbose
    wal
    """.split()  # noqa: SIM905 - as above
)
_OFF: Final = frozenset({"false", "off", "0", "f"})
_NOT_POSTGRES: Final = frozenset(
    """
    databases events grants index indexes keys plugins privileges processlist profiles
    replicas schemas slaves status tables triggers variables warnings errors engines
    """.split()  # noqa: SIM905 - as above
)
"""What SHOW names in MySQL and in no PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a statement does."""

    effect: Effect
    unbounded: bool
    """Whether it runs code of which nothing is known."""
    elsewhere: bool
    """Whether only another database than PostgreSQL can carry it out."""
    changing: frozenset[str]
    """The functions that change something, by name."""
    calls_only: bool
    """Whether nothing but those functions changes anything."""
    counted: frozenset[int]
    """The places $1, $2 ... whose numbers say how much work it is."""


@lru_cache(maxsize=1024)
def read(statement: str) -> Reading:
    """Return what the one statement does, at its worst.

    Raises:
        StatementError: it cannot be parsed, or does what stanch never asks for.
    """
    return read_tree(parse(statement))


def read_tree(top: Node) -> Reading:
    """Return what the statement with the tree `top` does, at its worst.

    Raises:
        StatementError: it does what stanch never asks for.
    """
    walk = _Walk()
    if name(top) == "ExplainStmt":
        walk.planned = not _analyzes(top)
        top = unwrapped(top.query)
    walk.queried = name(top) in _QUERIES | {"CopyStmt", "CreateTableAsStmt"}
    if name(top) == "VariableShowStmt":
        _show(walk, top)
    elif name(top) in statements.STORED:
        walk.changes(top)
    else:
        walk.over(top)
    return Reading(
        effect=walk.effect,
        unbounded=walk.unbounded,
        elsewhere=walk.elsewhere,
        changing=frozenset(walk.changing),
        calls_only=walk.calls_only,
        counted=frozenset(walk.counted),
    )


def _analyzes(explain: Node) -> bool:
    """Return whether EXPLAIN carries the statement out."""
    found = False
    for option in explain.options:
        one = option.def_elem
        if one.defname.lower() not in _PLAN_OPTIONS:
            raise StatementError(f"EXPLAIN has no option '{one.defname}'.", remedy="Leave it out.")
        if one.defname.lower() == "analyze":
            value = unwrapped(one.arg)
            text = str(value.ival) if name(value) == "Integer" else ""
            text = value.sval.lower() if name(value) == "String" else text
            # An option that is given twice counts as its worst.
            found = found or text not in _OFF - {"f"} or not one.HasField("arg")
    return found


def _show(walk: "_Walk", show: Node) -> None:
    setting = show.name.lower()
    if relations.is_secret_setting(setting):
        raise StatementError(f"'{setting}' can hold a password.", remedy="Leave it out.")
    walk.elsewhere = setting in _NOT_POSTGRES


@dataclass(slots=True)
class _Walk:
    effect: Effect = Effect.OBSERVE
    unbounded: bool = False
    elsewhere: bool = False
    changing: set[str] = field(default_factory=set)
    calls_only: bool = True
    counted: set[int] = field(default_factory=set)
    load: float = 1.0
    """How many rows or characters are asked for by numbers in the statement."""
    planned: bool = False
    """Whether the statement is only planned; what plans can call is not known."""
    queried: bool = True
    """Whether a type that is named is one that values are turned into."""

    def over(self, top: Node) -> None:
        found = list(nodes(top))
        for node in found:
            kind = name(node)
            if kind in _QUIET:
                continue
            seen = _SEEN.get(kind)
            if seen is not None:
                seen(self, node)
            else:
                self.changes(node)
        relations.check_guarded(found)
        calls.check_sleep(found)

    def changes(self, node: Node) -> None:
        does = statements.effect(node)
        if does is None:
            raise StatementError(
                f"It holds a {name(node)}, which stanch does not know.", remedy="Write it plainly."
            )
        if name(node) in statements.UNBOUNDED:
            self.unknown()
        self.calls_only = self.calls_only and does is Effect.OBSERVE
        self.worsen(does)

    def worsen(self, does: Effect) -> None:
        if not self.planned:
            self.effect = max(self.effect, does)

    def unknown(self) -> None:
        # Even planning calls functions that are declared immutable.
        self.effect = Effect.DESTRUCTIVE
        self.unbounded = True

    def select(self, node: Node) -> None:
        if node.HasField("into_clause"):
            self.calls_only = False
            self.worsen(Effect.MUTATE)

    def lock(self, _node: Node) -> None:
        self.calls_only = False
        self.worsen(Effect.MUTATE)

    def relation(self, node: Node) -> None:
        relations.check_relation(node)

    def call(self, node: Node) -> None:
        names = strings(node.funcname)
        does = functions.effect(names)
        if does is None:
            if functions.elsewhere(names):
                self.elsewhere = True
            else:
                self.unknown()
            return
        self.known(names[-1], does, [unwrapped(one) for one in node.args])

    def known(self, short: str, does: Effect, arguments: list[Node]) -> None:
        calls.check_arguments(short, arguments)
        if short in functions.COUNTED:
            self.count(short, arguments)
        if does > Effect.OBSERVE:
            self.changing.add(short)
            self.worsen(does)

    def count(self, short: str, arguments: list[Node]) -> None:
        numbers = [abs(number) for one in arguments for number in loads.numbers(one)]
        self.load *= max([1.0, *numbers])
        functions.check_numbers(short, (*numbers, loads.product(arguments)))
        functions.check_together(self.load)
        self.counted |= loads.numbered(arguments)

    def column(self, node: Node) -> None:
        # `a.f` is `f(a)` where `a` has no such column.
        names = strings(node.fields)
        if len(names) > 1:
            does = functions.effect_as_column(names[-1])
            if does is not None:
                self.attribute(names[-1], does)

    def fields(self, node: Node) -> None:
        held = unwrapped(node.arg)
        for item in node.indirection:
            one = unwrapped(item)
            if name(one) == "String":
                does = functions.effect_as_column(one.sval)
                if does is not None:
                    self.attribute(one.sval, does)
                elif not calls.answers_columns(held):
                    raise StatementError(
                        f"'(...).{one.sval}' may call the function {one.sval}.",
                        remedy="Read the whole value, without its field.",
                    )
            held = one

    def attribute(self, short: str, does: Effect) -> None:
        if short in functions.HELD_BACK:
            raise StatementError(
                f"'.{short}' calls {short}().", remedy=f"Write it as {short}(...)."
            )
        self.known(short, does, [])

    def operator(self, node: Node) -> None:
        names = strings(node.name)
        if not types.is_operator(names) and "BETWEEN" not in names[-1]:
            self.unknown()

    def sublink(self, node: Node) -> None:
        if node.oper_name and not types.is_operator(strings(node.oper_name)):
            self.unknown()

    def sort(self, node: Node) -> None:
        if node.use_op and not types.is_operator(strings(node.use_op)):
            self.unknown()

    def cast(self, node: Node) -> None:
        self.type(node.type_name, queried=True)

    def type(self, node: Node, *, queried: bool = False) -> None:
        names = strings(node.names)
        if not names or not (queried or self.queried) or types.is_type(names):
            return
        if names[-1].lower() in types.ELSEWHERE:
            self.elsewhere = True
        else:
            self.unknown()

    def sample(self, node: Node) -> None:
        names = strings(node.method)
        if names[-1] not in {"bernoulli", "system"} or names[:-1] not in {(), ("pg_catalog",)}:
            self.unknown()


_SEEN: Final[dict[str, Callable[[_Walk, Node], None]]] = {
    "A_Expr": _Walk.operator,
    "A_Indirection": _Walk.fields,
    "ColumnRef": _Walk.column,
    "FuncCall": _Walk.call,
    "LockingClause": _Walk.lock,
    "RangeTableSample": _Walk.sample,
    "RangeVar": _Walk.relation,
    "SelectStmt": _Walk.select,
    "SortBy": _Walk.sort,
    "SubLink": _Walk.sublink,
    "TypeCast": _Walk.cast,
    "TypeName": _Walk.type,
}
