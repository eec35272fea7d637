"""Operations: the closed list of what can be asked of the outside world."""

from typing import Annotated

from pydantic import Field

from stanch.tools.operations.base import (
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Frozen,
    digest_of,
)
from stanch.tools.operations.changes import (
    RestartDeployment,
    RestartWorkload,
    RollBackDeployment,
    ScaleDeployment,
    ScaleWorkload,
    UndoRollout,
)
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
from stanch.tools.operations.metrics import QueryMetrics, QueryMetricsRange
from stanch.tools.operations.selectors import FieldRequirement, LabelRequirement

KubernetesRead = (
    ListObjects
    | ReadObject
    | DescribeObject
    | ReadLogs
    | ListEvents
    | RolloutHistory
    | RolloutStatus
    | TopPods
    | TopNodes
    | InspectWorkload
)
KubernetesChange = RollBackDeployment | RestartDeployment | ScaleDeployment
MetricsRead = QueryMetrics | QueryMetricsRange

Read = Annotated[KubernetesRead | MetricsRead, Field(discriminator="kind")]
"""Operations that only look; a client may be asked for them side by side."""

Change = Annotated[KubernetesChange, Field(discriminator="kind")]
"""Operations that change a target; each needs an approval of its own."""

Operation = Annotated[KubernetesRead | MetricsRead | KubernetesChange, Field(discriminator="kind")]

Intent = Annotated[UndoRollout | RestartWorkload | ScaleWorkload, Field(discriminator="kind")]
"""What a runbook asks for, before the target was looked at."""

__all__ = [
    "BaseOperation",
    "Change",
    "DescribeObject",
    "DnsLabel",
    "DnsSubdomain",
    "Effect",
    "FieldRequirement",
    "Frozen",
    "InspectWorkload",
    "Intent",
    "KubernetesChange",
    "KubernetesRead",
    "LabelRequirement",
    "ListEvents",
    "ListObjects",
    "MetricsRead",
    "Operation",
    "QueryMetrics",
    "QueryMetricsRange",
    "Read",
    "ReadLogs",
    "ReadObject",
    "RestartDeployment",
    "RestartWorkload",
    "RollBackDeployment",
    "RolloutHistory",
    "RolloutStatus",
    "ScaleDeployment",
    "ScaleWorkload",
    "TopNodes",
    "TopPods",
    "UndoRollout",
    "digest_of",
]
