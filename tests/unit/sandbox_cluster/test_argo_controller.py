"""The small Argo CD of the practice cluster syncs, heals and rolls back as a real one does."""

import json
from typing import Any

import pytest

from stanch.sandbox.cluster.engine import Cluster

SHOP = "shop"


def manifests(image: str) -> str:
    labels = {"app": "web"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }
    return json.dumps([deployment])


class Scene:
    """A cluster with a repository of two revisions, and an application that tracks main."""

    def __init__(self, automated: Any = None) -> None:
        self.cluster = Cluster(now=1_767_000_000.0)
        self.store = self.cluster.store
        self.store.create("namespaces", "", {"metadata": {"name": SHOP}})
        data = {"main": "r1", "r1": manifests("web:v1"), "r2": manifests("web:v2")}
        self.store.create("configmaps", SHOP, {"metadata": {"name": "repository"}, "data": data})
        policy = {} if automated is None else {"syncPolicy": {"automated": automated}}
        source = {"repoURL": f"configmap://{SHOP}/repository", "targetRevision": "main"}
        spec = {"source": source, "destination": {"namespace": SHOP}, **policy}
        self.store.create(
            "applications", SHOP, {"metadata": {"name": "web"}, "spec": spec, "status": {}}
        )
        self.after(10)

    def after(self, seconds: float) -> None:
        self.cluster.advance(self.cluster.now + seconds)

    @property
    def app(self) -> dict[str, Any]:
        return self.store.get("applications", SHOP, "web")

    @property
    def image(self) -> str:
        found = self.store.find("deployments", SHOP, "web")
        return "" if found is None else found["spec"]["template"]["spec"]["containers"][0]["image"]

    def push(self, revision: str) -> None:
        self.store.patch_merge("configmaps", SHOP, "repository", {"data": {"main": revision}})

    def sync(self, revision: str) -> None:
        operation = {"operation": {"sync": {"revision": revision}}}
        self.store.patch_merge("applications", SHOP, "web", operation)


def test_without_automated_sync_it_waits_to_be_asked() -> None:
    scene = Scene()
    assert scene.image == ""
    assert scene.app["status"]["sync"] == {"status": "OutOfSync", "revision": "r1"}
    scene.sync("main")
    scene.after(1)
    assert scene.image == "web:v1"
    assert "operation" not in scene.app
    assert scene.app["status"]["operationState"]["phase"] == "Succeeded"
    assert [one["revision"] for one in scene.app["status"]["history"]] == ["r1"]
    assert scene.app["status"]["sync"]["status"] == "Synced"


def test_automated_sync_follows_a_push_and_heals_only_when_told_to() -> None:
    scene = Scene({})
    assert scene.image == "web:v1"
    scene.push("r2")
    scene.after(10)
    assert scene.image == "web:v2"
    assert [one["id"] for one in scene.app["status"]["history"]] == [0, 1]
    scene.store.patch_merge("deployments", SHOP, "web", _image("web:v9"))
    scene.after(60)
    assert (scene.image, scene.app["status"]["sync"]["status"]) == ("web:v9", "OutOfSync")


def _image(image: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}


def test_self_heal_puts_a_direct_change_back_within_seconds() -> None:
    scene = Scene({"selfHeal": True})
    scene.store.patch_merge("deployments", SHOP, "web", _image("web:v9"))
    scene.after(1)
    assert scene.image == "web:v9"
    scene.after(10)
    assert scene.image == "web:v1"


def test_a_rollback_stays_only_when_automated_sync_is_off() -> None:
    scene = Scene({"selfHeal": True})
    scene.push("r2")
    scene.after(10)
    scene.sync("r1")
    scene.after(20)
    assert scene.image == "web:v2", "automated sync deploys the newest again"
    scene.store.patch_merge(
        "applications",
        SHOP,
        "web",
        {"spec": {"syncPolicy": {"automated": None}}, "operation": {"sync": {"revision": "r1"}}},
    )
    scene.after(60)
    assert scene.image == "web:v1"
    assert scene.app["status"]["sync"] == {"status": "OutOfSync", "revision": "r2"}


@pytest.mark.parametrize("revision", ["r9", "nonsense"])
def test_a_revision_that_is_not_there_fails_and_changes_nothing(revision: str) -> None:
    scene = Scene({})
    scene.sync(revision)
    scene.after(20)
    assert scene.image == "web:v1"
    assert len(scene.app["status"]["history"]) == 1


def test_an_application_of_another_source_is_left_alone() -> None:
    scene = Scene()
    scene.store.patch_merge(
        "applications", SHOP, "web", {"spec": {"source": {"repoURL": "https://git.local/x.git"}}}
    )
    scene.sync("r1")
    scene.after(60)
    assert scene.app["operation"] == {"sync": {"revision": "r1"}}
    assert scene.image == ""
