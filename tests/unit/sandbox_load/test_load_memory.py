"""Leaks, hot loops and nodes without memory: what is seen, what cures, and what does not."""

import itertools

import pytest

from stanch.sandbox.cluster.eviction import THRESHOLD
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.shop.shop import Shop

from .load_world import Trial, well_shop

RATIO = (
    'max(container_memory_working_set_bytes{container="checkout"}'
    ' / container_spec_memory_limit_bytes{container="checkout"})'
)
THROTTLED = (
    'sum(rate(container_cpu_cfs_throttled_periods_total{container="checkout"}[1m]))'
    ' / sum(rate(container_cpu_cfs_periods_total{container="checkout"}[1m]))'
)
CORES = 'max(rate(container_cpu_usage_seconds_total{container="checkout"}[1m]))'
ASKED = 'sum(rate(http_requests_total{service="checkout"}[1m]))'
LATENCY = (
    'sum(rate(http_request_duration_seconds_sum{service="checkout"}[1m]))'
    ' / sum(rate(http_request_duration_seconds_count{service="checkout"}[1m]))'
)


def test_a_leak_climbs_to_the_limit_and_only_going_back_ends_it(shop: Shop) -> None:
    trial = Trial(shop, "oom-leak")
    climb = []
    for _ in range(10):
        trial.wait(10)
        climb.append(trial.number(RATIO))
    settled = climb[3:]
    assert all(later > earlier for earlier, later in itertools.pairwise(settled))
    assert settled[-1] - settled[0] > 0.15
    assert trial.first_alert() == ("KubeContainerOOMKilled", "checkout")
    codes = {
        status["lastState"]["terminated"]["exitCode"]
        for pod in shop.cluster.store.list("pods", NAMESPACE, labels={"app": "checkout"})
        for status in pod["status"]["containerStatuses"]
        if status["lastState"]
    }
    assert codes == {137}
    killed = trial.number("sum(kube_pod_container_status_restarts_total)")
    trial.restart("checkout")
    trial.wait(60)
    assert "checkout: its programs lose memory" in trial.verdict.reasons
    trial.wait(180)
    assert killed > 0
    assert trial.number("sum(kube_pod_container_status_restarts_total)") > 0
    trial.scale("checkout", 6)
    trial.wait(60)
    assert not trial.verdict.well
    trial.scale("checkout", 4)
    trial.change("checkout", lambda spec: _image(spec, "1.8.2"))
    trial.wait(120)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()
    assert trial.number(RATIO) < 0.7


def _image(spec: dict[str, object], version: str) -> None:
    template = spec["template"]
    assert isinstance(template, dict)
    container = template["spec"]["containers"][0]
    container["image"] = f"registry.local/shop/checkout:{version}"


def test_a_leak_in_another_service_is_told_of_that_service(shop: Shop) -> None:
    trial = Trial(shop, "oom-leak", service="catalog")
    assert trial.first_alert() == ("KubeContainerOOMKilled", "catalog")
    trial.undo("catalog")
    trial.wait(120)
    assert trial.verdict.well, trial.verdict.reasons


def test_a_hot_loop_uses_up_the_processors_while_as_much_is_asked_as_before(shop: Shop) -> None:
    asked, slow = shop.engine.instant(ASKED, shop.now), shop.engine.instant(LATENCY, shop.now)
    assert isinstance(asked, list)
    assert isinstance(slow, list)
    trial = Trial(shop, "cpu-hot-loop")
    assert trial.first_alert() == ("CPUThrottlingHigh", "checkout")
    trial.wait(60)
    assert trial.number(THROTTLED) > 0.5
    assert 0.9 < trial.number(CORES) <= 1.01
    assert abs(trial.number(ASKED) / asked[0].value - 1) < 0.25  # type: ignore[union-attr]
    assert trial.number(LATENCY) > 3 * slow[0].value  # type: ignore[union-attr]
    trial.restart("checkout")
    trial.wait(120)
    assert "4 pods want more processor time" in trial.verdict.reasons[0]


def test_going_back_ends_a_hot_loop_and_two_more_pods_do_not(shop: Shop) -> None:
    trial = Trial(shop, "cpu-hot-loop")
    trial.wait(60)
    trial.scale("checkout", 5)
    trial.wait(60)
    assert trial.number(THROTTLED) > 0.25
    trial.scale("checkout", 4)
    trial.undo("checkout")
    trial.wait(150)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()
    assert trial.number(THROTTLED) == 0
    assert not shop.alerts.firing()


def test_a_node_without_memory_gives_up_its_pods_and_nothing_done_to_them_helps(
    shop: Shop,
) -> None:
    trial = Trial(shop, "node-pressure")
    alert, deployment = trial.first_alert()
    assert alert == "KubePodEvicted"
    assert deployment in {"storefront", "checkout", "catalog", "payments"}
    trial.wait(60)
    [message] = {text.partition(".")[0] for text in trial.events("Evicted")}
    assert message == "The node was low on resource: memory"
    assert trial.numbers("sum by (reason) (kube_pod_status_reason)").keys() == {"Evicted"}
    reasons = trial.numbers("sum by (reason) (kube_pod_container_status_last_terminated_reason)")
    assert "OOMKilled" not in reasons
    pressed = trial.numbers(
        'sum by (node) (kube_node_status_condition{condition="MemoryPressure",status="true"}) > 0'
    )
    [node] = pressed
    assert trial.number(f'node_memory_MemAvailable_bytes{{node="{node}"}}') < THRESHOLD
    for wrong in (trial.restart, trial.undo):
        wrong("checkout")
        trial.wait(90)
        assert f"{node} has no memory left for pods" in trial.verdict.reasons
    assert all(
        pod["spec"]["nodeName"] != node
        for pod in shop.cluster.store.list("pods", NAMESPACE, labels={"app": "checkout"})
        if pod["status"]["phase"] == "Running"
    )


def test_a_node_that_has_memory_again_takes_pods_again(shop: Shop) -> None:
    trial = Trial(shop, "node-pressure")
    trial.first_alert()
    assert trial.mend is not None
    trial.mend()
    trial.wait(120)
    assert trial.verdict.well, trial.verdict.reasons
    assert not shop.alerts.firing()
    assert all("taints" not in node["spec"] for node in shop.cluster.store.list("nodes"))


@pytest.mark.parametrize("fault", ["oom-leak", "cpu-hot-loop", "node-pressure"])
def test_the_same_seed_gives_the_same_fault_of_memory(fault: str) -> None:
    def told(seed: int) -> tuple[str, str]:
        trial = Trial(well_shop(history=30), fault, seed=seed)
        trial.wait(60)
        return trial.injection.truth, str(trial.shop.cluster.store.list("pods", NAMESPACE))

    assert told(4) == told(4)
    assert len({told(seed)[0] for seed in range(4, 8)}) > 1
