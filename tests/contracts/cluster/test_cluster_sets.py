"""Stateful sets and daemon sets: their pods, their revisions, and how a rollout gets stuck."""

import pytest

from tests.contracts.cluster.kube_api import STRATEGIC_PATCH, Json
from tests.contracts.cluster.kube_objects import OK, apps, core, new_image
from tests.contracts.cluster.kube_shop import Shop

pytestmark = pytest.mark.cluster

NEXT = "registry.local/web:v2-ok"
SICK = "registry.local/web:v2-notready"
HASH = "controller-revision-hash"


@pytest.fixture(params=["statefulsets", "daemonsets"])
def plural(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def make(shop: Shop, plural: str, image: str = OK, **spec: object) -> Json:
    labels = {"app": shop.name}
    container = {"name": "main", "image": image}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    kind = {"statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}[plural]
    body: Json = {"selector": {"matchLabels": labels}, "template": template}
    if plural == "statefulsets":
        body |= {"serviceName": shop.name, "replicas": 2}
    metadata = {"name": shop.name, "labels": labels}
    whole = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": {**body, **spec}}
    shop.create(apps(plural), whole)
    return settled(shop, plural)


def settled(shop: Shop, plural: str) -> Json:
    return shop.api.wait(apps(plural, shop.name), is_settled)


def is_settled(found: Json) -> bool:
    status, spec = found.get("status", {}), found["spec"]
    if not has_seen(found):
        return False
    if "replicas" in spec:
        counts = (status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
        return counts == (spec["replicas"],) * 2
    wanted = status.get("desiredNumberScheduled", 0)
    counts = (status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0))
    return wanted > 0 and counts == (wanted, wanted)


def has_seen(found: Json) -> bool:
    """Tell whether the status is of this spec: until then its counts are of the one before."""
    seen: int = found.get("status", {}).get("observedGeneration", 0)
    generation: int = found["metadata"]["generation"]
    return seen >= generation


def set_image(shop: Shop, plural: str, image: str) -> None:
    shop.api.patch(apps(plural, shop.name), new_image(image), STRATEGIC_PATCH)


def revisions(shop: Shop) -> list[Json]:
    found: list[Json] = shop.api.get(apps("controllerrevisions"), labelSelector=f"app={shop.name}")[
        "items"
    ]
    return sorted(found, key=lambda one: int(one["revision"]))


def images(shop: Shop) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in shop.pods()}


def test_a_revision_is_a_patch_of_the_template_and_its_pods_bear_its_hash(
    shop: Shop, plural: str
) -> None:
    made = make(shop, plural)
    [revision] = revisions(shop)
    template = revision["data"]["spec"]["template"]
    assert template["$patch"] == "replace"
    held = {key: value for key, value in template.items() if key != "$patch"}
    assert without_nulls(held) == without_nulls(made["spec"]["template"])
    [owner] = revision["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (made["metadata"]["uid"], True)
    marks = {pod["metadata"]["labels"][HASH] for pod in shop.pods()}
    if plural == "statefulsets":
        name = revision["metadata"]["name"]
        assert marks == {name, made["status"]["updateRevision"]}
        assert made["status"]["currentRevision"] == name
    else:
        assert marks == {revision["metadata"]["labels"][HASH]}


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def test_going_back_gives_the_revision_of_then_a_new_number(shop: Shop, plural: str) -> None:
    make(shop, plural)
    [first] = revisions(shop)
    set_image(shop, plural, NEXT)
    settled(shop, plural)
    assert [one["revision"] for one in revisions(shop)] == [1, 2]
    set_image(shop, plural, OK)
    settled(shop, plural)
    found = revisions(shop)
    assert [one["revision"] for one in found] == [2, 3]
    assert found[1]["metadata"]["uid"] == first["metadata"]["uid"]
    assert found[1]["data"] == first["data"]
    assert images(shop) == {OK}


def test_pods_of_a_stateful_set_are_numbered_and_replaced_from_the_last(shop: Shop) -> None:
    make(shop, "statefulsets")
    names = {pod["metadata"]["name"] for pod in shop.pods()}
    assert names == {f"{shop.name}-0", f"{shop.name}-1"}
    set_image(shop, "statefulsets", SICK)
    shop.api.wait(
        core("pods", f"{shop.name}-1"), lambda found: image_of(found) == SICK and is_running(found)
    )
    first = shop.api.get(core("pods", f"{shop.name}-0"))
    assert image_of(first) == OK


def image_of(pod: Json) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def is_running(pod: Json) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Running")


def test_a_stuck_rollout_stays_stuck_with_the_old_template_until_the_pod_is_deleted(
    shop: Shop,
) -> None:
    make(shop, "statefulsets")
    set_image(shop, "statefulsets", SICK)
    last = core("pods", f"{shop.name}-1")
    shop.api.wait(last, lambda found: image_of(found) == SICK and is_running(found))
    set_image(shop, "statefulsets", OK)
    path = apps("statefulsets", shop.name)
    shop.api.wait(path, has_seen)
    uid = shop.api.get(last)["metadata"]["uid"]
    assert shop.api.get(last)["metadata"]["uid"] == uid
    assert image_of(shop.api.get(last)) == SICK
    shop.api.delete(last, {"gracePeriodSeconds": 0})
    settled(shop, "statefulsets")
    assert images(shop) == {OK}


def test_a_daemon_set_replaces_a_pod_that_is_not_available_at_once(shop: Shop) -> None:
    made = make(shop, "daemonsets")
    wanted = made["status"]["desiredNumberScheduled"]
    assert len(shop.pods()) == wanted
    set_image(shop, "daemonsets", SICK)
    shop.api.wait(
        apps("daemonsets", shop.name),
        lambda found: has_seen(found) and found["status"].get("updatedNumberScheduled", 0) == 1,
    )
    set_image(shop, "daemonsets", OK)
    settled(shop, "daemonsets")
    assert images(shop) == {OK}


def test_on_delete_only_a_deleted_pod_gets_the_new_template(shop: Shop, plural: str) -> None:
    make(shop, plural, updateStrategy={"type": "OnDelete"})
    before = {pod["metadata"]["uid"] for pod in shop.pods()}
    set_image(shop, plural, NEXT)
    path = apps(plural, shop.name)
    shop.api.wait(path, has_seen)
    assert {pod["metadata"]["uid"] for pod in shop.pods()} == before
    assert images(shop) == {OK}


def test_the_fixed_parts_of_a_stateful_set_are_refused(shop: Shop) -> None:
    make(shop, "statefulsets")
    status = shop.api.refused(
        "PATCH",
        apps("statefulsets", shop.name),
        422,
        body={"spec": {"serviceName": "other"}},
        kind=STRATEGIC_PATCH,
    )
    assert "updates to statefulset spec" in status["message"]


def test_kubectl_gets_the_columns_of_a_set(shop: Shop, plural: str) -> None:
    make(shop, plural)
    table = shop.api.table(apps(plural, shop.name))
    columns = [one["name"] for one in table["columnDefinitions"] if not one["priority"]]
    [row] = table["rows"]
    cells = dict(
        zip([one["name"] for one in table["columnDefinitions"]], row["cells"], strict=True)
    )
    if plural == "statefulsets":
        assert columns == ["Name", "Ready", "Age"]
        assert cells["Ready"] == "2/2"
    else:
        assert columns == [
            *("Name", "Desired", "Current", "Ready", "Up-to-date", "Available"),
            *("Node Selector", "Age"),
        ]
        assert cells["Desired"] == cells["Available"]
