"""Who keeps an object is read on a real target, and what cannot be read is said (DF-15)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.mitigation.owners import owner_of
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import InspectWorkload, ScaleWorkload
from stanch.tools.operations.owner import InspectOwner
from tests.contracts.clients.argo_scene import AUTOMATED, Application, application
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Target

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GROUP = "kustomize.toolkit.fluxcd.io"
FLUX = {f"{GROUP}/name": "apps", f"{GROUP}/namespace": NAMESPACE}
__all__ = ["application"]


def look(client: KubernetesClient, corner: Corner) -> dict[str, Any]:
    read = InspectOwner(resource="deployments", namespace=NAMESPACE, name=corner.name)
    return client.observe(read).data


def scaled(client: KubernetesClient, corner: Corner) -> Plan:
    intent = ScaleWorkload(namespace=NAMESPACE, name=corner.name, replicas=2)
    strategy = strategy_for(intent)
    assert strategy is not None
    target = client.observe(InspectWorkload(namespace=NAMESPACE, name=corner.name)).data
    return strategy.plan(intent, {"target": target, "owner": look(client, corner)}, now=NOW)


def deploy(corner: Corner, **metadata: Any) -> None:
    labels = {"app": corner.name, **metadata.pop("labels", {})}
    corner.deploy(metadata={"labels": labels, **metadata})


def tracked(name: str, corner: Corner) -> dict[str, str]:
    return {"argocd.argoproj.io/tracking-id": f"{name}:apps/Deployment:shop/{corner.name}"}


def test_what_nobody_keeps_has_no_keeper_and_is_planned(
    client: KubernetesClient, corner: Corner
) -> None:
    deploy(corner)
    found = look(client, corner)
    assert set(found) == {"object"}
    assert scaled(client, corner).operation


def test_no_value_of_an_object_comes_with_its_owner(
    client: KubernetesClient, corner: Corner
) -> None:
    secret = "s3cr3t-annotation"
    deploy(corner, annotations={"password": secret, "meta.helm.sh/release-name": "web"})
    found = look(client, corner)
    assert secret not in str(found)
    assert owner_of(found["object"], found).who == "the Helm release web"
    assert any("helm rollback web REVISION" in said for said in scaled(client, corner).touches)


def test_the_application_is_found_in_its_namespace_and_says_whether_it_heals(
    client: KubernetesClient, corner: Corner, application: Application
) -> None:
    application.create(AUTOMATED)
    deploy(corner, annotations=tracked(f"{NAMESPACE}_{application.name}", corner))
    keeper = look(client, corner)["keeper"]
    assert (keeper["kind"], keeper["metadata"]["namespace"]) == ("Application", NAMESPACE)
    assert "source" not in keeper["spec"], "parameters of a source may hold secrets"
    with pytest.raises(CannotPlanError, match="within seconds"):
        scaled(client, corner)


def test_an_application_without_a_namespace_is_looked_for_everywhere(
    client: KubernetesClient, corner: Corner, application: Application
) -> None:
    application.create()
    deploy(corner, annotations=tracked(application.name, corner))
    assert look(client, corner)["keeper"]["metadata"]["name"] == application.name
    assert any("its next sync" in said for said in scaled(client, corner).touches)


@pytest.mark.usefixtures("application")
def test_an_application_that_is_not_there_leaves_the_question_open(
    client: KubernetesClient, corner: Corner
) -> None:
    deploy(corner, annotations=tracked("gone", corner))
    assert "no application gone" in look(client, corner)["unread"]
    with pytest.raises(CannotPlanError, match=r"is not known .There is no application gone"):
        scaled(client, corner)


def _serve_kustomizations(target: Target, corner: Corner) -> bool:
    """Have a real cluster serve Kustomizations; say whether this one does."""
    if target.name != "real":
        return False
    keep = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": keep}}
    names = {"plural": "kustomizations", "singular": "kustomization", "kind": "Kustomization"}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"kustomizations.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    answer = corner.admin.post(path, json=body)
    assert answer.is_success or answer.status_code == 409, answer.text
    listed = f"/apis/{GROUP}/v1/namespaces/{NAMESPACE}/kustomizations"
    corner.until(lambda: corner.admin.get(listed).status_code, lambda code: code == 200)
    return True


def test_a_kustomization_of_flux_is_read_where_it_is_served(
    client: KubernetesClient, corner: Corner, target: Target
) -> None:
    deploy(corner, labels=FLUX)
    if not _serve_kustomizations(target, corner):
        assert "serves no resource" in look(client, corner)["unread"]
        with pytest.raises(CannotPlanError, match="is not known"):
            scaled(client, corner)
        return
    path = f"/apis/{GROUP}/v1/namespaces/{NAMESPACE}/kustomizations"
    body = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps"},
        "spec": {"interval": "10m", "postBuild": {"substitute": {"token": "s3cr3t"}}},
    }
    assert corner.admin.post(path, json=body).is_success
    try:
        assert "s3cr3t" not in str(look(client, corner))
        with pytest.raises(CannotPlanError, match="within 10m"):
            scaled(client, corner)
    finally:
        corner.delete(f"{path}/apps")
