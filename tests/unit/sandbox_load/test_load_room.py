"""No room: an autoscaler at its limit, a full quota, releases too large, nodes full."""

import re
from typing import Any

import pytest

from stanch.sandbox.faults import UnknownFaultError, inject
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import Shop

from .load_world import Trial, well_shop

HPA = "horizontalpodautoscalers"


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a condition of an object."""
    found: dict[str, Any] = next(c for c in obj["status"]["conditions"] if c["type"] == kind)
    return found


def replicas(shop: Shop) -> int:
    """Return how many pods checkout asks for."""
    found = shop.cluster.store.get("deployments", NAMESPACE, "checkout")
    return int(found["spec"]["replicas"])


def test_an_autoscaler_at_its_limit_takes_a_scaling_by_hand_back(shop: Shop) -> None:
    trial = Trial(shop, "hpa-limit")
    assert trial.first_alert() == ("KubeHpaMaxedOut", "checkout")
    trial.wait(60)
    limited = condition(shop.cluster.store.get(HPA, NAMESPACE, "checkout"), "ScalingLimited")
    assert (limited["status"], limited["reason"]) == ("True", "TooManyReplicas")
    metric = "kube_horizontalpodautoscaler_status_current_replicas"
    assert trial.numbers(f"sum by (horizontalpodautoscaler) ({metric})") == {"checkout": 5}
    assert not trial.verdict.well
    trial.scale("checkout", 8)
    trial.wait(30)
    assert replicas(shop) == 5
    trial.restart("checkout")
    trial.wait(90)
    assert not trial.verdict.well


def test_an_autoscaler_with_a_higher_limit_gives_what_is_needed(shop: Shop) -> None:
    trial = Trial(shop, "hpa-limit", seed=1)
    trial.first_alert()
    trial.patch(HPA, "checkout", {"maxReplicas": 10})
    trial.wait(180)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()
    assert 6 <= replicas(shop) <= 9
    found = shop.cluster.store.get(HPA, NAMESPACE, "checkout")
    assert condition(found, "ScalingLimited")["reason"] == "DesiredWithinRange"
    assert "KubeHpaMaxedOut" not in {rule.name for rule, _ in shop.alerts.firing()}


def test_a_full_quota_refuses_pods_in_the_words_of_the_api_server(shop: Shop) -> None:
    trial = Trial(shop, "quota-exceeded")
    assert trial.first_alert() == ("KubeQuotaExceeded", "checkout")
    message = trial.events("FailedCreate")[0]
    assert message.startswith('Error creating: pods "checkout-')
    hard = shop.cluster.store.get("resourcequotas", NAMESPACE, "shop-quota")["spec"]["hard"]["pods"]
    assert message.endswith(
        f"is forbidden: exceeded quota: shop-quota, requested: pods=1, used: pods={hard},"
        f" limited: pods={hard}"
    )
    deployment = shop.cluster.store.get("deployments", NAMESPACE, "checkout")
    assert condition(deployment, "ReplicaFailure")["reason"] == "FailedCreate"
    for wrong in (trial.restart, lambda name: trial.scale(name, 12)):
        wrong("checkout")
        trial.wait(90)
        assert not trial.verdict.well


def test_a_higher_quota_lets_the_pods_be_made_within_the_minute(shop: Shop) -> None:
    trial = Trial(shop, "quota-exceeded", seed=1)
    trial.first_alert()
    trial.patch("resourcequotas", "shop-quota", {"hard": {"pods": "20"}})
    trial.wait(60)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()
    used = trial.numbers('sum by (resource) (kube_resourcequota{type="used",resource="pods"})')
    assert used == {"pods": 16}
    deployment = shop.cluster.store.get("deployments", NAMESPACE, "checkout")
    assert "ReplicaFailure" not in {c["type"] for c in deployment["status"]["conditions"]}


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("cpu", "3 Insufficient cpu"),
        ("memory", "3 Insufficient memory"),
        ("anti-affinity", "node(s) didn't match pod anti-affinity rules"),
    ],
)
def test_a_release_that_fits_nowhere_waits_until_it_is_taken_back(
    shop: Shop, why: str, words: str
) -> None:
    trial = Trial(shop, "unschedulable", why=why)
    assert trial.first_alert() == ("KubePodUnschedulable", "checkout")
    assert any(
        text.startswith("0/3 nodes are available: ") and words in text
        for text in trial.events("FailedScheduling")
    )
    assert trial.number("sum(kube_pod_status_unschedulable)") > 0
    trial.restart("checkout")
    trial.wait(60)
    assert not trial.verdict.well
    trial.scale("checkout", 6)
    trial.wait(60)
    assert not trial.verdict.well
    trial.scale("checkout", 4)
    store = shop.cluster.store
    [first] = [
        one["spec"]["template"]
        for one in store.list("replicasets", NAMESPACE, labels={"app": "checkout"})
        if one["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.8.2")
    ]
    labels = {"labels": {"app": "checkout"}}
    metadata = {**first["metadata"], **labels}
    trial.change("checkout", lambda spec: spec.update(template={**first, "metadata": metadata}))
    trial.wait(90)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()


def test_full_nodes_are_cured_by_those_who_fill_them_alone(shop: Shop) -> None:
    trial = Trial(shop, "nodes-full")
    assert trial.first_alert() == ("KubePodUnschedulable", "checkout")
    asked = (
        'sum(kube_pod_container_resource_requests{resource="cpu"})'
        ' / sum(kube_node_status_allocatable{resource="cpu"})'
    )
    assert trial.number(asked) > 0.9
    by_space = trial.numbers(
        'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu"})'
    )
    assert max(by_space, key=lambda name: by_space[name]) == "batch"
    for wrong in (trial.restart, lambda name: trial.scale(name, 12)):
        wrong("checkout")
        trial.wait(60)
        assert not trial.verdict.well
    trial.scale("checkout", 8)
    assert trial.mend is not None
    trial.mend()
    trial.wait(90)
    assert trial.verdict.well, trial.verdict.reasons


@pytest.mark.parametrize("fault", ["hpa-limit", "quota-exceeded", "unschedulable", "nodes-full"])
def test_the_same_seed_gives_the_same_lack_of_room(fault: str) -> None:
    def told(seed: int) -> tuple[str, str]:
        trial = Trial(well_shop(history=30), fault, seed=seed)
        trial.wait(30)
        return trial.injection.truth, str(trial.shop.cluster.store.list("pods", NAMESPACE))

    assert told(4) == told(4)


def test_nothing_tells_which_fault_of_load_is_on(shop: Shop) -> None:
    for fault in ("oom-leak", "cpu-hot-loop", "quota-exceeded", "hpa-limit", "unschedulable"):
        trial = Trial(shop, fault, seed=1)
        trial.wait(10)
    words = r"\b(fault|inject\w*|sandbox|leak\w*|hot.?loop|practice)\b"
    for kind in ("deployments", "replicasets", "pods", "events", "resourcequotas", HPA):
        text = str(shop.cluster.store.list(kind, NAMESPACE)).lower()
        assert not re.findall(words, text)


def test_a_fault_of_load_refuses_a_parameter_that_it_does_not_have(shop: Shop) -> None:
    with pytest.raises(UnknownFaultError, match="it has: times"):
        inject(shop, "traffic-spike", params={"factor": "3"})
