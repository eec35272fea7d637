"""One test's own corner of the namespace `shop`: what it makes bears its name and goes again."""

import uuid
from typing import Any

from tests.contracts.cluster.kube_api import STRATEGIC_PATCH, Api, Json
from tests.contracts.cluster.kube_objects import (
    OK,
    apps,
    core,
    deployment,
    new_image,
    pod,
    ready,
    rolled_out,
)
from tests.contracts.cluster.kube_targets import Cluster

NAMESPACE = "shop"


class Shop:
    """Creates objects for one test under a name that no other test has."""

    def __init__(self, cluster: Cluster) -> None:
        """Choose the name."""
        self.cluster = cluster
        self.api: Api = cluster.api()
        self.name = f"t-{uuid.uuid4().hex[:8]}"
        self._made: list[str] = []

    @property
    def deployment(self) -> str:
        """The path of this test's Deployment."""
        return apps("deployments", self.name)

    @property
    def pod(self) -> str:
        """The path of this test's own Pod."""
        return core("pods", self.name)

    def create(self, collection: str, body: Json) -> Json:
        """Create `body`, to be deleted when the test ends."""
        made = self.api.create(collection, body)
        self.forget_later(f"{collection}/{made['metadata']['name']}")
        return made

    def forget_later(self, path: str) -> None:
        """Delete `path` when the test ends, if it is still there."""
        self._made.append(path)

    def deploy(self, image: str = OK, *, replicas: int = 1, **spec: Any) -> Json:
        """Create this test's Deployment and return it as it is once rolled out."""
        self.start_deploy(image, replicas=replicas, **spec)
        return self.settled()

    def start_deploy(self, image: str = OK, *, replicas: int = 1, **spec: Any) -> Json:
        """Create this test's Deployment and do not wait for it."""
        body = deployment(self.name, image, replicas=replicas, **spec)
        return self.create(apps("deployments"), body)

    def settled(self) -> Json:
        """Wait until this test's Deployment is rolled out."""
        return self.api.wait(self.deployment, rolled_out)

    def set_image(self, image: str) -> Json:
        """Ask for another image."""
        return self.api.patch(self.deployment, new_image(image), STRATEGIC_PATCH)

    def run(self, image: str = OK, **spec: Any) -> Json:
        """Create this test's Pod and return it once it is Ready."""
        self.start_run(image, **spec)
        return self.api.wait(self.pod, ready)

    def start_run(self, image: str = OK, **spec: Any) -> Json:
        """Create this test's Pod and do not wait for it."""
        return self.create(core("pods"), pod(self.name, image, **spec))

    def pods(self) -> list[Json]:
        """Return the Pods that bear this test's name, without those that are going."""
        found = self.api.get(core("pods"), labelSelector=f"app={self.name}")["items"]
        return [item for item in found if "deletionTimestamp" not in item["metadata"]]

    def wait_pods(self, count: int) -> list[Json]:
        """Wait until `count` Pods that are not going are Ready, and return them.

        A Deployment's status lags: for a moment it still counts a pod that has just gone.
        """

        def there(found: Json) -> bool:
            staying = [one for one in found["items"] if "deletionTimestamp" not in one["metadata"]]
            return len(staying) == count and all(map(ready, staying))

        self.api.wait(f"{core('pods')}?labelSelector=app%3D{self.name}", there)
        return self.pods()

    def replica_sets(self) -> list[Json]:
        """Return this test's ReplicaSets by revision, the oldest first."""
        found = self.api.get(apps("replicasets"), labelSelector=f"app={self.name}")["items"]
        return sorted(found, key=revision)

    def clean(self) -> None:
        """Delete what this test made."""
        for path in reversed(self._made):
            options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
            answer = self.api.send("DELETE", path, body=options)
            assert answer.is_success or answer.status_code == 404, answer.text


def revision(found: Json) -> int:
    """Return the rollout revision that a Deployment or a ReplicaSet bears."""
    return int(found["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
