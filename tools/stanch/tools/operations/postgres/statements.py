"""Statements: the worst that each kind of changing statement does."""

from typing import Final

from stanch.tools.operations.base import Effect
from stanch.tools.operations.postgres.tree import Node, StatementError, name

_MUTATE: Final = frozenset(
    """
    AlterCollationStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt AlterDatabaseStmt
    AlterDefaultPrivilegesStmt AlterEventTrigStmt AlterExtensionContentsStmt AlterFdwStmt
    AlterForeignServerStmt AlterFunctionStmt AlterObjectDependsStmt AlterObjectSchemaStmt
    AlterOwnerStmt AlterPolicyStmt AlterPublicationStmt AlterRoleSetStmt AlterRoleStmt
    AlterSeqStmt AlterStatsStmt AlterTSDictionaryStmt AlterTableMoveAllStmt
    AlterTableSpaceOptionsStmt AlterUserMappingStmt CheckPointStmt ClusterStmt CommentStmt
    CompositeTypeStmt CreateAmStmt CreateCastStmt CreateConversionStmt CreateDomainStmt
    CreateEnumStmt CreateEventTrigStmt CreateExtensionStmt CreateFdwStmt CreateForeignServerStmt
    CreateForeignTableStmt CreateFunctionStmt CreateOpClassStmt CreateOpFamilyStmt
    CreatePLangStmt CreatePolicyStmt CreatePublicationStmt CreateRangeStmt CreateRoleStmt
    CreateSchemaStmt CreateSeqStmt CreateStatsStmt CreateStmt CreateSubscriptionStmt
    CreateTableAsStmt CreateTableSpaceStmt CreateTransformStmt CreateTrigStmt
    CreateUserMappingStmt CreatedbStmt DefineStmt DiscardStmt GrantRoleStmt GrantStmt
    ImportForeignSchemaStmt IndexStmt InsertStmt ListenStmt LockStmt NotifyStmt
    RefreshMatViewStmt ReindexStmt RenameStmt RuleStmt SecLabelStmt UnlistenStmt VacuumStmt
    ViewStmt
    """.split()  # noqa: SIM905 - a list of one name per line would be two pages
)
_DESTRUCTIVE: Final = frozenset(
    """
    AlterExtensionStmt AlterOpFamilyStmt AlterOperatorStmt AlterTSConfigurationStmt
    AlterTypeStmt DeleteStmt DropOwnedStmt DropRoleStmt DropStmt DropSubscriptionStmt
    DropTableSpaceStmt DropUserMappingStmt DropdbStmt MergeStmt ReassignOwnedStmt TruncateStmt
    UpdateStmt
    """.split()  # noqa: SIM905 - as above
)
UNBOUNDED: Final = frozenset({"CallStmt", "DoStmt", "LoadStmt"})
"""Statements that run code of which nothing is known."""

STORED: Final = frozenset(
    {
        "CreateFunctionStmt",
        "CreatePolicyStmt",
        "AlterPolicyStmt",
        "CreateTrigStmt",
        "RuleStmt",
        "ViewStmt",
    }
)
"""Statements whose inner statements are kept for later, and not carried out now."""

_SESSION: Final = frozenset(
    {
        "ClosePortalStmt",
        "ConstraintsSetStmt",
        "DeallocateStmt",
        "DeclareCursorStmt",
        "ExecuteStmt",
        "FetchStmt",
        "PrepareStmt",
        "TransactionStmt",
    }
)
"""Statements that mean something only within one session."""

_TABLE_CHANGES: Final = frozenset(
    """
    AddColumn AddConstraint AddIdentity AddIndex AddIndexConstraint AddInherit AddOf
    AlterConstraint AttachPartition ChangeOwner ClusterOn ColumnDefault DetachPartition
    DetachPartitionFinalize DisableRowSecurity DisableRule DisableTrig DisableTrigAll
    DisableTrigUser DropCluster DropInherit DropNotNull DropOf EnableAlwaysRule
    EnableAlwaysTrig EnableReplicaRule EnableReplicaTrig EnableRowSecurity EnableRule EnableTrig
    EnableTrigAll EnableTrigUser ForceRowSecurity NoForceRowSecurity ReplicaIdentity
    ResetOptions ResetRelOptions SetCompression SetIdentity SetLogged SetNotNull SetOptions
    SetRelOptions SetStatistics SetStorage SetTableSpace ValidateConstraint
    """.split()  # noqa: SIM905 - as above
)
"""What ALTER TABLE does that can be put back; all else loses a column, a type, a rule."""

_ROLE_SETTINGS: Final = frozenset({"role", "session_authorization", "is_superuser"})
_FOREIGN_RESETS: Final = frozenset({"master", "slave", "replica", "binary", "query", "persist"})
"""What RESET names in MySQL; there it throws logs away."""


def effect(node: Node) -> Effect | None:
    """Return the worst that the statement does by its kind; None for what is no change.

    Raises:
        StatementError: it is one that is never carried out.
    """
    kind = name(node)
    if kind in _SESSION:
        return _session(node, kind)
    if kind in UNBOUNDED or kind in _DESTRUCTIVE:
        return Effect.DESTRUCTIVE
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(node)
    if kind not in _MUTATE:
        return None
    lost = getattr(node, "replace", False) or getattr(node, "or_replace", False)
    return Effect.DESTRUCTIVE if lost is True else Effect.MUTATE


def _session(node: Node, kind: str) -> Effect:
    if kind == "TransactionStmt" and _enum(node, "kind") in {
        "TRANS_STMT_COMMIT_PREPARED",
        "TRANS_STMT_ROLLBACK_PREPARED",
    }:
        return Effect.DESTRUCTIVE
    raise StatementError(
        "It means something only within one session, and stanch keeps none.",
        remedy="Write the one statement that matters.",
    )


def _alter_system(node: Node) -> Effect:
    # What all settings were is known to nobody afterwards.
    everything = _enum(node.setstmt, "kind") == "VAR_RESET_ALL"
    return Effect.DESTRUCTIVE if everything else Effect.MUTATE


def _alter_table(node: Node) -> Effect:
    changes = {
        _enum(one.alter_table_cmd, "subtype").removeprefix("AT_")
        if one.HasField("alter_table_cmd")
        else ""
        for one in node.cmds
    }
    return Effect.MUTATE if changes <= _TABLE_CHANGES else Effect.DESTRUCTIVE


def _alter_enum(node: Node) -> Effect:
    # A value that was added cannot be taken away again.
    return Effect.MUTATE if node.old_val else Effect.DESTRUCTIVE


def _alter_domain(node: Node) -> Effect:
    return Effect.DESTRUCTIVE if node.subtype == "X" else Effect.MUTATE


def _alter_subscription(node: Node) -> Effect:
    skips = _enum(node, "kind") == "ALTER_SUBSCRIPTION_SKIP"
    return Effect.DESTRUCTIVE if skips else Effect.MUTATE


def _insert(node: Node) -> Effect:
    overwrites = _enum(node.on_conflict_clause, "action") == "ONCONFLICT_UPDATE"
    return Effect.DESTRUCTIVE if overwrites else Effect.MUTATE


def _set(node: Node) -> Effect:
    setting = node.name.lower()
    if setting in _ROLE_SETTINGS or _enum(node, "kind") == "VAR_SET_MULTI":
        raise StatementError(
            "It changes who the session is, or what it may write.", remedy="Leave it out."
        )
    lost = _enum(node, "kind") == "VAR_RESET" and setting in _FOREIGN_RESETS
    return Effect.DESTRUCTIVE if lost else Effect.MUTATE


def _copy(node: Node) -> Effect:
    if node.is_program or node.filename:
        raise StatementError(
            "COPY reaches programs or files of the server.", remedy="Write COPY ... TO STDOUT."
        )
    return Effect.MUTATE if node.is_from else Effect.OBSERVE


_SPECIAL: Final = {
    "AlterDomainStmt": _alter_domain,
    "AlterEnumStmt": _alter_enum,
    "AlterSubscriptionStmt": _alter_subscription,
    "AlterSystemStmt": _alter_system,
    "AlterTableStmt": _alter_table,
    "CopyStmt": _copy,
    "InsertStmt": _insert,
    "VariableSetStmt": _set,
}


def _enum(node: Node, field: str) -> str:
    described = node.DESCRIPTOR.fields_by_name[field].enum_type
    found: str = described.values_by_number[getattr(node, field)].name
    return found
