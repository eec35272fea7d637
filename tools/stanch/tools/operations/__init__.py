"""Operations: the closed list of what can be asked of the outside world."""

from typing import Annotated

from pydantic import Field

from stanch.tools.operations.argo import ArgoRollBack, RollBackApplication
from stanch.tools.operations.autoscaler_changes import (
    AutoscalerAct,
    CreateAutoscaler,
    DeleteAutoscaler,
)
from stanch.tools.operations.base import (
    BaseIntent,
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Frozen,
    digest_of,
)
from stanch.tools.operations.changes import (
    PauseRollout,
    RestartDeployment,
    RestartWorkload,
    RollBackDeployment,
    ScaleDeployment,
    ScaleWorkload,
    UndoRollout,
)
from stanch.tools.operations.config_restore import RestoreConfigMap
from stanch.tools.operations.evictions import EvictPod
from stanch.tools.operations.git import ReadCommits
from stanch.tools.operations.git_acts import DropBranch, GitAct, PrepareRevert, RevertCommit
from stanch.tools.operations.host import HostIntent, HostRead
from stanch.tools.operations.host_acts import HostAct, RestartUnit
from stanch.tools.operations.http import HttpIntent, HttpRead
from stanch.tools.operations.http_acts import HttpAct, SetWeight, SwitchFlag
from stanch.tools.operations.http_calls import LookAtCall, MakeCall
from stanch.tools.operations.kubernetes import (
    DescribeObject,
    InspectWorkload,
    ListEvents,
    ListObjects,
    ReadLogs,
    ReadObject,
    RolloutHistory,
    RolloutStatus,
    TopNodes,
    TopPods,
)
from stanch.tools.operations.kubernetes_evictable import InspectEvictions
from stanch.tools.operations.kubernetes_intents import KubernetesIntent
from stanch.tools.operations.kubernetes_reads import KubernetesRead
from stanch.tools.operations.kubernetes_sets import InspectSet
from stanch.tools.operations.kubernetes_waits import WorkloadRolloutStatus
from stanch.tools.operations.manual import ManualIntent, ManualRead
from stanch.tools.operations.manual_acts import DoByHand, GuideStep
from stanch.tools.operations.metrics import QueryMetrics, QueryMetricsRange
from stanch.tools.operations.object_patch import FieldChange, PatchObject
from stanch.tools.operations.secret_restore import (
    PutSecretBack,
    RestoreFromSecret,
    RestoreSecret,
)
from stanch.tools.operations.selectors import FieldRequirement, LabelRequirement
from stanch.tools.operations.sql import SqlIntent, SqlRead
from stanch.tools.operations.sql_index_acts import BuildIndex, DropIndex
from stanch.tools.operations.sql_limit_acts import SetConnectionLimit
from stanch.tools.operations.sql_session_acts import (
    CancelBackend,
    EndIdleSessions,
    TerminateBackend,
)
from stanch.tools.operations.workload_changes import RestartSet, RollBackSet, ScaleSet, SetChange

SqlAct = (
    CancelBackend | TerminateBackend | EndIdleSessions | BuildIndex | DropIndex | SetConnectionLimit
)
"""The changes of a PostgreSQL database."""
KubernetesChange = RollBackDeployment | RestartDeployment | ScaleDeployment | PauseRollout
"""The changes of a Deployment as a whole."""
WorkloadAct = SetChange | AutoscalerAct | EvictPod
"""The changes of what beside Deployments runs pods, and of the pods themselves."""
RestoreAct = ArgoRollBack | RestoreSecret | PutSecretBack
"""Changes that take a release or configuration back to a version that is named."""
RestoreIntent = RollBackApplication | RestoreConfigMap | RestoreFromSecret
MetricsRead = QueryMetrics | QueryMetricsRange

_HTTP = HttpRead | LookAtCall
_READ = KubernetesRead | MetricsRead | HostRead | SqlRead | _HTTP | ManualRead | ReadCommits
Read = Annotated[_READ, Field(discriminator="kind")]
"""Operations that only look; a client may be asked for them side by side."""

ChangeOperation = (
    KubernetesChange
    | WorkloadAct
    | PatchObject
    | SqlAct
    | HttpAct
    | MakeCall
    | HostAct
    | GitAct
    | DoByHand
    | RestoreAct
)
Change = Annotated[ChangeOperation, Field(discriminator="kind")]
"""Operations that change a target; each needs an approval of its own."""

Operation = Annotated[_READ | ChangeOperation, Field(discriminator="kind")]

WorkloadIntent = UndoRollout | RestartWorkload | ScaleWorkload
"""The intents about a Deployment that stanch knows how to make an exact change of."""

Intent = Annotated[
    WorkloadIntent
    | KubernetesIntent
    | HostIntent
    | SqlIntent
    | HttpIntent
    | ManualIntent
    | RevertCommit
    | GuideStep
    | RestoreIntent,
    Field(discriminator="kind"),
]
"""What a runbook asks for, before the target was looked at."""

__all__ = [
    "ArgoRollBack",
    "AutoscalerAct",
    "BaseIntent",
    "BaseOperation",
    "BuildIndex",
    "CancelBackend",
    "Change",
    "ChangeOperation",
    "CreateAutoscaler",
    "DeleteAutoscaler",
    "DescribeObject",
    "DnsLabel",
    "DnsSubdomain",
    "DoByHand",
    "DropBranch",
    "DropIndex",
    "Effect",
    "EndIdleSessions",
    "EvictPod",
    "FieldChange",
    "FieldRequirement",
    "Frozen",
    "GitAct",
    "GuideStep",
    "HostAct",
    "HostIntent",
    "HostRead",
    "HttpAct",
    "HttpIntent",
    "HttpRead",
    "InspectEvictions",
    "InspectSet",
    "InspectWorkload",
    "Intent",
    "KubernetesChange",
    "KubernetesIntent",
    "KubernetesRead",
    "LabelRequirement",
    "ListEvents",
    "ListObjects",
    "LookAtCall",
    "MakeCall",
    "ManualIntent",
    "ManualRead",
    "MetricsRead",
    "Operation",
    "PatchObject",
    "PauseRollout",
    "PrepareRevert",
    "PutSecretBack",
    "QueryMetrics",
    "QueryMetricsRange",
    "Read",
    "ReadCommits",
    "ReadLogs",
    "ReadObject",
    "RestartDeployment",
    "RestartSet",
    "RestartUnit",
    "RestartWorkload",
    "RestoreAct",
    "RestoreConfigMap",
    "RestoreFromSecret",
    "RestoreIntent",
    "RestoreSecret",
    "RevertCommit",
    "RollBackApplication",
    "RollBackDeployment",
    "RollBackSet",
    "RolloutHistory",
    "RolloutStatus",
    "ScaleDeployment",
    "ScaleSet",
    "ScaleWorkload",
    "SetChange",
    "SetConnectionLimit",
    "SetWeight",
    "SqlAct",
    "SqlIntent",
    "SqlRead",
    "SwitchFlag",
    "TerminateBackend",
    "TopNodes",
    "TopPods",
    "UndoRollout",
    "WorkloadAct",
    "WorkloadIntent",
    "WorkloadRolloutStatus",
    "digest_of",
]
