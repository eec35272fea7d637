"""One exact change of each family, for tests that need every kind of target."""

from stanch.tools.operations import (
    BuildIndex,
    CancelBackend,
    ChangeOperation,
    DropIndex,
    EndIdleSessions,
    FieldChange,
    PatchObject,
    RestartDeployment,
    RestartUnit,
    ScaleDeployment,
    SetConnectionLimit,
    SetWeight,
    SwitchFlag,
    TerminateBackend,
)
from stanch.tools.operations.sql_session_acts import IdleSession
from tests.unit.incident_samples import roll_back

SESSION = {
    "database": "shop",
    "pid": 4711,
    "backend_start": "2026-11-01T12:00:00.000001+00:00",
    "xact_start": None,
}
INDEX = {"database": "shop", "schema_name": "public", "table": "t", "table_oid": 9, "index": "i"}
DEPLOYMENT = {"namespace": "shop", "name": "checkout", "uid": "u-0"}
ACTS: dict[str, ChangeOperation] = {
    "roll back": roll_back(),
    "restart": RestartDeployment.model_validate(
        {**DEPLOYMENT, "restarted_at": "2026-11-01T12:00:00Z"}
    ),
    "scale": ScaleDeployment.model_validate({**DEPLOYMENT, "replicas": 6, "from_replicas": 4}),
    "end idle": EndIdleSessions(
        database="shop",
        sessions=(
            IdleSession.model_validate(
                {
                    **{name: SESSION[name] for name in ("pid", "backend_start", "xact_start")},
                    "state_change": SESSION["backend_start"],
                }
            ),
        ),
    ),
    "limit": SetConnectionLimit(
        database="shop", of="role", name="app", oid=7, limit=9, from_limit=-1
    ),
    "cancel": CancelBackend.model_validate(SESSION),
    "terminate": TerminateBackend.model_validate(SESSION),
    "build": BuildIndex.model_validate({**INDEX, "columns": ("a",)}),
    "drop": DropIndex.model_validate(INDEX),
    "flag": SwitchFlag(endpoint="flags", environment="production", flag="f", enabled=False),
    "weight": SetWeight(endpoint="lb", backend="b", server="s", weight=0, from_weight=100),
    "unit": RestartUnit(host="edge-1", unit="nginx.service", invocation=""),
    "patch": PatchObject(
        resource="services",
        namespace="shop",
        name="checkout",
        uid="u-1",
        changes=(FieldChange(path="/spec/ports/0/targetPort", before=1, after=2),),
    ),
    "node": PatchObject(
        resource="nodes",
        name="node-1",
        uid="u-2",
        changes=(FieldChange(path="/spec/unschedulable", after=True),),
    ),
}
