"""Changes of one test's deployment, as a person would have them proposed."""

from stanch.tools.operations import (
    PauseRollout,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)
from stanch.tools.operations.workload import images, revision, template_digest
from tests.contracts.clients.client_targets import NAMESPACE, Corner


def scale(corner: Corner, replicas: int) -> ScaleDeployment:
    found = corner.get()
    return ScaleDeployment(
        namespace=NAMESPACE,
        name=corner.name,
        uid=found["metadata"]["uid"],
        replicas=replicas,
        from_replicas=found["spec"]["replicas"],
    )


def restart(corner: Corner, at: str = "2026-11-21T03:14:15Z") -> RestartDeployment:
    uid = corner.get()["metadata"]["uid"]
    return RestartDeployment(namespace=NAMESPACE, name=corner.name, uid=uid, restarted_at=at)


def paused(corner: Corner, *, on: bool) -> PauseRollout:
    uid = corner.get()["metadata"]["uid"]
    return PauseRollout(namespace=NAMESPACE, name=corner.name, uid=uid, paused=on)


def roll_back(corner: Corner, to: int = 1) -> RollBackDeployment:
    [replica_set] = [item for item in corner.list("replicasets") if revision(item) == to]
    template = replica_set["spec"]["template"]
    return RollBackDeployment(
        namespace=NAMESPACE,
        name=corner.name,
        uid=corner.get()["metadata"]["uid"],
        replica_set=replica_set["metadata"]["name"],
        replica_set_uid=replica_set["metadata"]["uid"],
        revision=to,
        template_digest=template_digest(template),
        images=images(template),
    )
