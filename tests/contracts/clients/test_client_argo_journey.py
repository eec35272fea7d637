"""A release that Argo CD brought is taken back through Argo CD, and stays back (MIT-02, DF-15)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import (
    ArgoRollBack,
    Intent,
    KubernetesRead,
    RollBackApplication,
    UndoRollout,
)
from tests.contracts.clients.argo_scene import AUTOMATED, ROOT
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target, deployment

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GOOD, BAD = "registry.local/web:v1", "registry.local/web:v2"


class Release:
    """An application that Argo CD keeps by a repository in which a bad release was pushed."""

    def __init__(self, corner: Corner) -> None:
        self.corner = corner
        self.path = f"{ROOT}/namespaces/{NAMESPACE}/applications/{corner.name}"
        self.repository = f"{corner.name}-repository"
        data = {"main": "r1"} | {
            revision: json.dumps([self._manifest(image)])
            for revision, image in (("r1", GOOD), ("r2", BAD))
        }
        corner.create("configmaps", {"metadata": {"name": self.repository}, "data": data})
        source = {"repoURL": f"configmap://{NAMESPACE}/{self.repository}", "targetRevision": "main"}
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": corner.name, "namespace": NAMESPACE},
            "spec": {
                "source": source,
                "destination": {"namespace": NAMESPACE},
                "syncPolicy": {"automated": AUTOMATED},
            },
        }
        answer = corner.admin.post(self.path.rpartition("/")[0], json=body)
        assert answer.is_success, answer.text
        corner._made += [self.path, corner.path("deployments", corner.name)]
        corner._made.reverse()
        self.becomes(GOOD)
        corner.patch({"data": {"main": "r2"}}, "configmaps", self.repository)
        self.becomes(BAD)

    def _manifest(self, image: str) -> Json:
        return {**deployment(self.corner.name, image, replicas=1), "kind": "Deployment"}

    def image(self) -> str:
        answer = self.corner.admin.get(self.corner.path("deployments", self.corner.name)).json()
        containers = answer.get("spec", {}).get("template", {}).get("spec", {}).get("containers")
        return str(containers[0]["image"]) if containers else ""

    def becomes(self, image: str) -> None:
        self.corner.until(self.image, lambda found: found == image, 40)

    def app(self) -> Json:
        found: Json = self.corner.admin.get(self.path).json()
        return found


@pytest.fixture
def release(target: Target, corner: Corner) -> Iterator[Release]:
    if target.name != "practice":
        pytest.skip("no controller of Argo CD runs on that cluster")
    yield Release(corner)
    # The application goes first, or it would heal what is deleted after it.
    corner.delete(f"{ROOT}/namespaces/{NAMESPACE}/applications/{corner.name}")


def planned(client: KubernetesClient, intent: Intent) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for name, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[name] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def test_the_release_goes_back_and_comes_again_only_with_the_inverse(
    client: KubernetesClient, corner: Corner, release: Release
) -> None:
    with pytest.raises(CannotPlanError, match=f"`argocd app rollback {corner.name}"):
        planned(client, UndoRollout(namespace=NAMESPACE, name=corner.name))

    made = planned(client, RollBackApplication(name=corner.name))
    change, back, hands = made.operation, made.inverse, client.applications
    assert isinstance(change, ArgoRollBack)
    assert isinstance(back, ArgoRollBack)
    strategy = strategy_for(RollBackApplication(name=corner.name))
    assert strategy is not None
    expected = strategy.foretold(change, hands.preview(change, key="k").after)
    hands.apply(change, key="k", observed=made.observed)
    release.becomes(GOOD)
    corner.until(release.app, lambda found: "operation" not in found)
    assert release.app()["status"]["sync"] == {"status": "OutOfSync", "revision": "r2"}

    now = hands.look(back)
    assert {name: now[name] for name in expected} == expected
    hands.apply(back, key="k:inverse", observed=now)
    release.becomes(BAD)
    assert release.app()["spec"]["syncPolicy"]["automated"] == AUTOMATED
