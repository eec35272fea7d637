"""Who keeps an object is found on clusters with Flux, several Argo CDs or few rights (DF-15)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.requests import NotFoundError
from stanch.tools.operations.owner import InspectOwner
from tests.contracts.clients.scripted_api import ScriptedApi, good, refused, scripted

Cluster = tuple[ScriptedApi, KubernetesClient]
WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
ARGO = "/apis/argoproj.io/v1alpha1"
EVERYWHERE = f"{ARGO}/applications"
TRACKED = {"argocd.argoproj.io/tracking-id": "web:apps/Deployment:shop/web"}
KUSTOMIZE, HELM = "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"
FORBIDDEN = refused(403, "Forbidden", "User cannot list applications at the cluster scope")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with scripted(tmp_path) as both:
        yield both


def deploy(api: ScriptedApi, **metadata: Any) -> None:
    named = {"name": "web", "namespace": "shop", "uid": "u1"}
    thing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**named, **metadata}}
    api.objects[WEB] = thing


def look(client: KubernetesClient, resource: str = "deployments") -> dict[str, Any]:
    read = InspectOwner(resource=resource, namespace="shop", name="web")
    return client.observe(read).data


def serve(api: ScriptedApi, group: str, version: str, plural: str, kind: str) -> None:
    """Have the cluster list a custom resource as one that it serves."""
    one = {"groupVersion": f"{group}/{version}", "version": version}
    api.objects["/api"] = {"versions": ["v1"]}
    api.objects["/apis"] = {"groups": [{"name": group, "versions": [one], "preferredVersion": one}]}
    row = {"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind}
    api.objects[f"/apis/{group}/{version}"] = {"resources": [row]}


@pytest.mark.parametrize(
    ("group", "version", "plural", "kind"),
    [
        (KUSTOMIZE, "v1", "kustomizations", "Kustomization"),
        (KUSTOMIZE, "v1beta2", "kustomizations", "Kustomization"),
        (HELM, "v2", "helmreleases", "HelmRelease"),
    ],
)
@pytest.mark.parametrize(("said", "where"), [("flux-system", "flux-system"), ("", "shop")])
def test_what_flux_keeps_is_told_with_its_policy_and_none_of_its_values(
    cluster: Cluster, group: str, version: str, plural: str, kind: str, said: str, where: str
) -> None:
    api, client = cluster
    deploy(api, labels={f"{group}/name": "apps", **({f"{group}/namespace": said} if said else {})})
    serve(api, group, version, plural, kind)
    policy = {"interval": "10m", "suspend": True, "sourceRef": {"kind": "GitRepository"}}
    hidden = {"values": {"password": "s3cr3t"}, "postBuild": {"substitute": {"token": "s3cr3t"}}}
    api.objects[f"/apis/{group}/{version}/namespaces/{where}/{plural}/apps"] = {
        "apiVersion": f"{group}/{version}",
        "kind": kind,
        "metadata": {"name": "apps", "namespace": where},
        "spec": {**policy, **hidden},
    }
    keeper = look(client)["keeper"]
    assert (keeper["kind"], keeper["apiVersion"]) == (kind, f"{group}/{version}")
    assert keeper["metadata"]["namespace"] == where
    assert keeper["spec"] == policy


@pytest.mark.parametrize("writer", ["argocd-controller", "kustomize-controller", "helm-controller"])
def test_a_keeper_known_only_by_what_it_wrote_leaves_the_question_open(
    cluster: Cluster, writer: str
) -> None:
    api, client = cluster
    deploy(api, managedFields=[{"manager": writer, "operation": "Apply"}])
    found = look(client)
    assert found["unread"] == "The object does not name what it is kept by."
    assert found["object"]["metadata"]["managers"] == [writer]


def app(namespace: str, *resources: str) -> dict[str, Any]:
    listed = [{"kind": "Deployment", "namespace": "shop", "name": name} for name in resources]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"project": namespace},
        "status": {"resources": listed} if listed else None,
    }


def test_of_applications_of_one_name_the_one_that_lists_the_object_keeps_it(
    cluster: Cluster,
) -> None:
    api, client = cluster
    deploy(api, annotations=TRACKED)
    items = [app("argocd"), app("team-a", "api"), app("team-b", "api", "web")]
    api.objects[EVERYWHERE] = {"items": items}
    assert look(client)["keeper"]["spec"] == {"project": "team-b"}
    assert any("fieldSelector=metadata.name%3Dweb" in one.path for one in api.seen)


@pytest.mark.parametrize("resources", [(), ("api",), ("web",)])
def test_applications_that_cannot_be_told_apart_leave_the_question_open(
    cluster: Cluster, resources: tuple[str, ...]
) -> None:
    api, client = cluster
    deploy(api, annotations=TRACKED)
    api.objects[EVERYWHERE] = {"items": [app("team-b", *resources), app("team-a", *resources)]}
    unread = look(client)["unread"]
    assert "in several namespaces (team-a, team-b)" in unread
    assert "--app-namespace" in unread


def test_who_may_not_list_everywhere_asks_the_usual_namespace(cluster: Cluster) -> None:
    api, client = cluster
    deploy(api, annotations=TRACKED)
    api.instead["GET", EVERYWHERE] = [FORBIDDEN]
    api.objects[f"{ARGO}/namespaces/argocd/applications/web"] = app("argocd")
    assert look(client)["keeper"]["metadata"]["namespace"] == "argocd"


def test_an_application_that_is_not_in_the_usual_namespace_either_is_not_known(
    cluster: Cluster,
) -> None:
    api, client = cluster
    deploy(api, annotations=TRACKED)
    api.instead["GET", EVERYWHERE] = [FORBIDDEN]
    assert "has no applications web in namespace argocd" in look(client)["unread"]


def autoscaler_at(version: str) -> str:
    return f"/apis/autoscaling/{version}/namespaces/shop/horizontalpodautoscalers/web"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_owner_of_an_autoscaler_is_read_in_the_version_that_is_served(
    cluster: Cluster, version: str
) -> None:
    api, client = cluster
    metadata = {"name": "web", "annotations": {"meta.helm.sh/release-name": "shop"}}
    api.objects[autoscaler_at(version)] = {"metadata": metadata, "spec": {}}
    found = look(client, "horizontalpodautoscalers")
    assert found["object"]["metadata"]["annotations"] == metadata["annotations"]
    assert set(found) == {"object"}, "a release of Helm is no object that keeps others"


@pytest.mark.parametrize("resource", ["horizontalpodautoscalers", "deployments"])
def test_an_object_that_is_not_there_has_no_owner_to_tell_of(
    cluster: Cluster, resource: str
) -> None:
    api, client = cluster
    with pytest.raises(NotFoundError, match=f"has no {resource} web in namespace shop"):
        look(client, resource)
    asked = [one.path for one in api.seen]
    tried = [autoscaler_at("v2"), autoscaler_at("v1")]
    assert asked == (tried if resource == "horizontalpodautoscalers" else [WEB])


def test_an_empty_page_of_applications_is_none_of_that_name(cluster: Cluster) -> None:
    api, client = cluster
    deploy(api, annotations=TRACKED)
    api.instead["GET", EVERYWHERE] = [good({"items": None})]
    assert "no application web of Argo CD" in look(client)["unread"]
