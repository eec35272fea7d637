"""Operations: the closed list of what can be asked of the outside world."""

from typing import Annotated

from pydantic import Field

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
    RestartDeployment,
    RestartWorkload,
    RollBackDeployment,
    ScaleDeployment,
    ScaleWorkload,
    UndoRollout,
)
from stanch.tools.operations.host import HostIntent, HostRead
from stanch.tools.operations.http import HttpIntent, HttpRead
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
from stanch.tools.operations.kubernetes_intents import KubernetesIntent
from stanch.tools.operations.kubernetes_reads import KubernetesRead
from stanch.tools.operations.manual import ManualIntent, ManualRead
from stanch.tools.operations.metrics import QueryMetrics, QueryMetricsRange
from stanch.tools.operations.selectors import FieldRequirement, LabelRequirement
from stanch.tools.operations.sql import SqlIntent, SqlRead

KubernetesChange = RollBackDeployment | RestartDeployment | ScaleDeployment
MetricsRead = QueryMetrics | QueryMetricsRange

_READ = KubernetesRead | MetricsRead | HostRead | SqlRead | HttpRead | ManualRead
Read = Annotated[_READ, Field(discriminator="kind")]
"""Operations that only look; a client may be asked for them side by side."""

Change = Annotated[KubernetesChange, Field(discriminator="kind")]
"""Operations that change a target; each needs an approval of its own."""

Operation = Annotated[_READ | KubernetesChange, Field(discriminator="kind")]

WorkloadIntent = UndoRollout | RestartWorkload | ScaleWorkload
"""The intents that stanch knows how to make an exact change of."""

Intent = Annotated[
    WorkloadIntent | KubernetesIntent | HostIntent | SqlIntent | HttpIntent | ManualIntent,
    Field(discriminator="kind"),
]
"""What a runbook asks for, before the target was looked at."""

__all__ = [
    "BaseIntent",
    "BaseOperation",
    "Change",
    "DescribeObject",
    "DnsLabel",
    "DnsSubdomain",
    "Effect",
    "FieldRequirement",
    "Frozen",
    "HostIntent",
    "HostRead",
    "HttpIntent",
    "HttpRead",
    "InspectWorkload",
    "Intent",
    "KubernetesChange",
    "KubernetesIntent",
    "KubernetesRead",
    "LabelRequirement",
    "ListEvents",
    "ListObjects",
    "ManualIntent",
    "ManualRead",
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
    "SqlIntent",
    "SqlRead",
    "TopNodes",
    "TopPods",
    "UndoRollout",
    "WorkloadIntent",
    "digest_of",
]
