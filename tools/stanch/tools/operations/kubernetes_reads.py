"""All reads of a cluster, as one union."""

from stanch.tools.operations.argo import ReadApplication
from stanch.tools.operations.config_restore import InspectConfigMap
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
from stanch.tools.operations.kubernetes_evictable import InspectEvictions
from stanch.tools.operations.kubernetes_server import (
    CanI,
    ListApiResources,
    ListApiVersions,
    ReadVersion,
    WhoAmI,
)
from stanch.tools.operations.kubernetes_sets import InspectSet
from stanch.tools.operations.kubernetes_several import DescribeSeveral, ListSeveral, ReadSeveral
from stanch.tools.operations.kubernetes_waits import (
    WaitFor,
    WorkloadRolloutHistory,
    WorkloadRolloutStatus,
)
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.secret_restore import InspectSecrets

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
    | InspectOwner
    | InspectSet
    | InspectEvictions
    | ReadApplication
    | InspectSecrets
    | InspectConfigMap
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
