"""Ports and policies: refused or dropped, what shows of it, and what cures it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from stanch.sandbox.faults import UnknownFaultError, inject
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import open_shop
from tests.unit.sandbox_network.ways import (
    NOW,
    Broken,
    broken,
    change,
    events,
    log,
    numbers,
    restart,
    retarget,
    scale,
    undo,
)

PROBES = 'avg by (service) (avg_over_time(probe_success{service!=""}[1m]))'


def addresses(one: Broken, service: str) -> list[str]:
    found = one.shop.cluster.store.get("endpoints", NAMESPACE, service)
    return [a["ip"] for s in found.get("subsets", ()) for a in s.get("addresses", ())]


def test_a_wrong_target_port_is_refused_while_pods_and_endpoints_are_there() -> None:
    one = broken("port-mismatch")
    assert {"BlackboxProbeFailed", "ShopErrorRatioHigh"} <= one.firing()
    assert "KubeServiceNoEndpoints" not in one.firing()
    [probe] = one.labels("BlackboxProbeFailed")
    assert (probe["namespace"], probe["service"], probe["deployment"]) == (
        "shop",
        "payments",
        "payments",
    )
    assert len(addresses(one, "payments")) == 2
    assert all(pod.ready for pod in one.shop.pods())
    assert "connect: connection refused" in log(one.shop, "checkout")
    assert numbers(one.shop, PROBES) == {
        "storefront": 1,
        "checkout": 1,
        "catalog": 1,
        "payments": 0,
    }
    assert not one.verdict().well


def test_a_target_port_that_nobody_declares_leaves_no_endpoint() -> None:
    one = broken("port-mismatch", params={"variant": "name"})
    assert "KubeServiceNoEndpoints" in one.firing()
    assert addresses(one, "payments") == []
    assert all(pod.ready for pod in one.shop.pods())
    retarget(one.shop, "payments", "http")
    one.live(120)
    assert one.verdict().well
    assert len(addresses(one, "payments")) == 2


def test_the_right_port_cures_and_nothing_unexpected_was_changed() -> None:
    one = broken("port-mismatch")
    retarget(one.shop, "payments", 8080)
    one.live(120)
    verdict = one.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()
    one.live(120)
    assert one.firing() == set()


def test_neither_a_restart_nor_more_pods_nor_another_port_cure_a_wrong_target_port() -> None:
    one = broken("port-mismatch")
    acts: tuple[Callable[[], None], ...] = (
        lambda: restart(one.shop, "payments"),
        lambda: scale(one.shop, "payments", 4),
        lambda: undo(one.shop, "payments"),
        lambda: retarget(one.shop, "payments", 8888),
    )
    for act in acts:
        act()
        one.live(120)
        assert not one.verdict().well


def test_a_release_that_moved_its_port_is_cured_by_going_back() -> None:
    one = broken("port-release")
    assert "BlackboxProbeFailed" in one.firing()
    spoken = re.search(r"listening on :(\d+)", log(one.shop, "payments"))
    assert spoken is not None
    declared = one.shop.cluster.store.get("deployments", NAMESPACE, "payments")["spec"]["template"]
    port = declared["spec"]["containers"][0]["ports"][0]["containerPort"]
    assert int(spoken[1]) == port != 8080
    restart(one.shop, "payments")
    one.live(120)
    assert not one.verdict().well


def test_a_release_that_moved_its_port_is_well_after_undo() -> None:
    one = broken("port-release")
    undo(one.shop, "payments")
    one.live(150)
    verdict = one.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()


def test_a_readiness_check_at_the_wrong_port_keeps_new_pods_out_and_says_so() -> None:
    one = broken("port-mismatch", params={"variant": "readiness"})
    assert "KubeDeploymentReplicasMismatch" in one.firing()
    said = re.search(r'Readiness probe failed: Get "(http://[0-9.]+:\d+/ready)"', events(one.shop))
    assert said is not None
    assert ":8080" not in said[1]
    assert "ready: listening on :8080" in log(one.shop, "checkout")
    restart(one.shop, "checkout")
    one.live(150)
    assert not one.verdict().well
    undo(one.shop, "checkout")


def test_a_selector_that_finds_nothing_leaves_no_endpoint() -> None:
    one = broken("port-mismatch")
    retarget(one.shop, "payments", 8080)
    change(
        one.shop, "services", "payments", lambda s: s["spec"].update(selector={"app": "payment"})
    )
    one.live(150)
    assert "KubeServiceNoEndpoints" in one.firing()
    assert not one.verdict().well


def test_a_network_policy_drops_calls_while_the_endpoints_are_full() -> None:
    one = broken("network-policy")
    assert {"BlackboxProbeFailed", "ShopErrorRatioHigh"} <= one.firing()
    assert len(addresses(one, "payments")) == 2
    assert "i/o timeout" in log(one.shop, "checkout")
    assert "connection refused" not in log(one.shop, "checkout")
    timeouts = 'sum by (service) (rate(http_requests_total{code="504"}[1m]))'
    assert numbers(one.shop, timeouts)["checkout"] > 1


@pytest.mark.parametrize("seed", range(4))
def test_a_network_policy_is_cured_by_its_removal_or_by_naming_the_caller(seed: int) -> None:
    one = broken("network-policy", seed=seed, seconds=120)
    assert not one.verdict().well
    [policy] = one.shop.cluster.store.list("networkpolicies", NAMESPACE)
    ways: tuple[dict[str, Any], ...] = (
        {"podSelector": {"matchLabels": {"app": "checkout"}}},
        {"namespaceSelector": {}},
    )
    change(
        one.shop,
        "networkpolicies",
        policy["metadata"]["name"],
        lambda found: found["spec"]["ingress"][0]["from"].extend(
            [*ways, {"ipBlock": {"cidr": "10.0.0.0/16"}}]
        ),
    )
    one.live(120)
    assert one.verdict().well
    assert one.mend is not None
    one.mend()
    one.live(60)
    assert one.verdict().well


def test_neither_a_restart_nor_the_service_nor_going_back_cure_a_network_policy() -> None:
    one = broken("network-policy")
    restart(one.shop, "payments")
    one.live(120)
    assert not one.verdict().well
    undo(one.shop, "checkout")
    one.live(120)
    assert not one.verdict().well


@pytest.mark.parametrize(
    ("spec", "passes"),
    [
        ({"podSelector": {}, "ingress": [{}]}, True),
        ({"podSelector": {}, "policyTypes": ["Ingress"]}, False),
        ({"podSelector": {"matchLabels": {"app": "nobody"}}}, True),
        ({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}, True),
        ({"podSelector": {}, "ingress": [{"ports": [{"port": 9090}]}]}, False),
        ({"podSelector": {}, "ingress": [{"ports": [{"port": 8000, "endPort": 9000}]}]}, True),
        ({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}, False),
        ({"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}, False),
        ({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": []}]}, True),
    ],
)
def test_a_policy_lets_through_what_kubernetes_would(spec: dict[str, object], passes: bool) -> None:
    shop = open_shop(now=NOW, history=30)
    body = {"metadata": {"name": "one"}, "spec": spec}
    shop.cluster.store.create("networkpolicies", NAMESPACE, body)
    shop.advance(NOW + 10)
    lost = shop.traffic.unreached("checkout", "payments")
    assert lost == (0.0 if passes else 1.0)


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    shop = open_shop(now=NOW, history=30)
    with pytest.raises(UnknownFaultError, match="service, name, release, readiness"):
        inject(shop, "port-mismatch", params={"variant": "color"})
