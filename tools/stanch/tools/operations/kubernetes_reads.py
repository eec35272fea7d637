"""All reads of a cluster, as one union."""

from stanch.tools.operations.exec import ExecRead
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
from stanch.tools.operations.kubernetes_server import (
    CanI,
    ListApiResources,
    ListApiVersions,
    ReadVersion,
    WhoAmI,
)
from stanch.tools.operations.kubernetes_several import DescribeSeveral, ListSeveral, ReadSeveral
from stanch.tools.operations.kubernetes_waits import (
    WaitFor,
    WorkloadRolloutHistory,
    WorkloadRolloutStatus,
)

FurtherRead = (
    ListSeveral
    | ReadSeveral
    | DescribeSeveral
    | WorkloadRolloutStatus
    | WorkloadRolloutHistory
    | WaitFor
    | CanI
    | WhoAmI
    | ListApiResources
    | ListApiVersions
    | ReadVersion
    | ExecRead
)
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
    | FurtherRead
)
