"""Machines: a node that is lost, one that is cut off, a network that loses; and the registry."""

import pytest

from stanch.sandbox.faults import UnknownFaultError, inject
from stanch.sandbox.shop.services import NAMESPACE, SERVICES
from stanch.sandbox.shop.shop import open_shop
from tests.unit.sandbox_network.ways import (
    NOW,
    Broken,
    broken,
    cordon,
    events,
    log,
    move_pods,
    numbers,
    restart,
    scale,
    undo,
)

NODE = {"node": "node-2"}
UNHEALTHY = 'sum by (goldpinger_instance) (goldpinger_nodes_health_total{status="unhealthy"})'


def waiting(one: Broken) -> dict[str, set[str]]:
    """Return the images that pods wait for, by service."""
    found: dict[str, set[str]] = {}
    for pod in one.shop.cluster.store.list("pods", NAMESPACE):
        for status in pod["status"].get("containerStatuses", ()):
            if "ImagePull" in status["state"].get("waiting", {}).get("reason", ""):
                found.setdefault(pod["metadata"]["labels"]["app"], set()).add(status["image"])
    return found


def test_a_lost_machine_shows_in_its_node_and_takes_its_pods_out() -> None:
    one = broken("node-not-ready", params=NODE)
    assert {"KubeNodeNotReady", "KubeNodeUnreachable"} <= one.firing()
    assert [alert["node"] for alert in one.labels("KubeNodeNotReady")] == ["node-2"]
    condition = 'kube_node_status_condition{node="node-2",condition="Ready",status="unknown"}'
    assert numbers(one.shop, f"sum by (node) ({condition})") == {"node-2": 1}
    assert numbers(one.shop, 'up{job="kubelet",node="node-2"} == 0')
    assert "GoldpingerNodesUnhealthy" not in one.firing()
    up = numbers(one.shop, 'sum by (pod) (up{job="shop"})')
    there = [
        pod["metadata"]["name"]
        for pod in one.shop.cluster.store.list("pods", NAMESPACE)
        if pod["spec"]["nodeName"] == "node-2"
    ]
    assert there
    assert all(up[name] == 0 for name in there)


def test_calls_to_a_lost_machine_time_out_until_its_pods_are_taken_out() -> None:
    one = broken("node-not-ready", params=NODE, seconds=30)
    early = one.verdict().error_ratios
    assert max(early.values()) > 0.05
    assert "i/o timeout" in log(one.shop, "storefront")
    one.live(60)
    assert one.verdict().error_ratios["catalog"] < 0.01


def test_cordon_and_moving_the_pods_cures_a_lost_node() -> None:
    one = broken("node-not-ready", params=NODE)
    cordon(one.shop, "node-2")
    move_pods(one.shop, "node-2")
    one.live(150)
    verdict = one.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()


def test_neither_going_back_nor_more_pods_cure_a_lost_node() -> None:
    one = broken("node-not-ready", params=NODE, seconds=90)
    undo(one.shop, "checkout")
    scale(one.shop, "catalog", 5)
    one.live(120)
    verdict = one.verdict()
    assert not verdict.well
    assert any("node-2" in reason for reason in verdict.reasons)


def test_a_node_that_comes_and_goes_flaps_until_a_person_mends_it() -> None:
    one = broken("node-not-ready", params={**NODE, "variant": "flapping"}, seconds=600)
    assert "KubeNodeReadinessFlapping" in one.firing()
    assert one.shop.pending
    assert one.mend is not None
    one.mend()
    one.live(1200)
    assert one.verdict().well
    assert not one.shop.pending
    assert one.firing() == set()


def test_a_node_that_is_cut_off_is_ready_and_its_calls_time_out() -> None:
    one = broken("network-partition", params=NODE)
    assert "GoldpingerNodesUnhealthy" in one.firing()
    assert [alert["node"] for alert in one.labels("GoldpingerNodesUnhealthy")] == ["node-2"]
    assert "KubeNodeNotReady" not in one.firing()
    assert all(pod.ready for pod in one.shop.pods())
    assert numbers(one.shop, UNHEALTHY) == {"node-1": 1, "node-2": 2, "node-3": 1}
    assert "i/o timeout" in log(one.shop, "storefront")
    assert "lookup" not in log(one.shop, "storefront")
    by_node = (
        'sum by (node) (sum by (namespace, pod) (rate(http_requests_total{code="504"}[1m]))'
        " * on (namespace, pod) group_left (node) kube_pod_info)"
    )
    assert sum(numbers(one.shop, by_node).values()) > 1


def test_cordon_and_moving_the_pods_cures_a_node_that_is_cut_off() -> None:
    one = broken("network-partition", params=NODE)
    cordon(one.shop, "node-2")
    one.live(60)
    assert not one.verdict().well
    move_pods(one.shop, "node-2")
    one.live(120)
    verdict = one.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()


def test_without_cordon_some_moved_pods_come_back_and_nothing_is_well() -> None:
    one = broken("network-partition", params=NODE)
    restart(one.shop, "storefront")
    restart(one.shop, "checkout")
    one.live(150)
    assert not one.verdict().well
    undo(one.shop, "catalog")
    one.live(150)
    assert not one.verdict().well


def test_a_network_that_loses_shows_on_all_nodes_and_no_move_helps() -> None:
    one = broken("node-network")
    found = {alert["node"] for alert in one.labels("GoldpingerNodesUnhealthy")}
    assert found == {"node-1", "node-2", "node-3"}
    assert "KubeNodeNotReady" not in one.firing()
    cordon(one.shop, "node-1")
    move_pods(one.shop, "node-1")
    restart(one.shop, "storefront")
    one.live(120)
    assert not one.verdict().well
    assert one.mend is not None
    one.mend()
    one.live(120)
    assert not any("failed" in reason for reason in one.verdict().reasons)


@pytest.mark.parametrize("seed", range(3))
def test_a_registry_that_is_down_stops_several_workloads_and_old_images_too(seed: int) -> None:
    one = broken("registry-outage", seed=seed)
    assert {"KubePodImagePullBackOff", "ImageRegistryDown"} <= one.firing()
    held = waiting(one)
    assert len(held) >= 2
    running = {service.image(service.version) for service in SERVICES.values()}
    assert running & {image for images in held.values() for image in images}
    assert "checkout" in held
    said = [line for line in events(one.shop).splitlines() if line.startswith("Failed to pull")]
    assert said
    assert all("10.0.0.50" in line or "503 Service" in line for line in said)
    assert not any("code = NotFound" in line for line in said)
    assert numbers(one.shop, 'probe_success{instance=~"https://registry.local/.*"} == 0')


def test_going_back_does_not_cure_a_registry_outage_and_its_end_does() -> None:
    one = broken("registry-outage")
    undo(one.shop, "checkout")
    one.live(150)
    assert not one.verdict().well
    restart(one.shop, "storefront")
    one.live(150)
    assert not one.verdict().well
    assert one.mend is not None
    one.mend()
    one.live(180)
    assert not [r for r in one.verdict().reasons if "registry" not in r], one.verdict().reasons


def test_an_unknown_node_or_variant_is_refused() -> None:
    shop = open_shop(now=NOW, history=30)
    with pytest.raises(UnknownFaultError, match="node-1, node-2, node-3"):
        inject(shop, "network-partition", params={"node": "node-9"})
    with pytest.raises(UnknownFaultError, match="silent or flapping"):
        inject(shop, "node-not-ready", params={"variant": "asleep"})
