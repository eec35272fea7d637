"""Releases: code that crashes, a called service's release, a value changed in place."""

import pytest

from stanch.sandbox.faults import FAULTS, UnknownFaultError, inject
from stanch.sandbox.shop.services import NAMESPACE, SERVICES
from stanch.sandbox.shop.shop import open_shop
from tests.unit.sandbox_network.ways import (
    NOW,
    broken,
    change,
    log,
    numbers,
    restart,
    scale,
    undo,
)

WAYS = (
    *("port-mismatch", "port-release", "network-policy", "dns-failure", "dns-record"),
    *("dns-overload", "node-not-ready", "network-partition", "node-network", "registry-outage"),
    *("crashing-release", "dependency-release", "config-in-place"),
)
RATIO = (
    'sum by (version) (increase(http_requests_total{{service="{0}",code=~"5.."}}[25s]))'
    ' / sum by (version) (increase(http_requests_total{{service="{0}"}}[25s]))'
)


@pytest.mark.parametrize("seed", range(3))
def test_a_release_whose_code_ends_it_leaves_a_trace_and_no_word_of_configuration(
    seed: int,
) -> None:
    one = broken("crashing-release", seed=seed)
    assert {"KubePodCrashLooping", "ShopErrorRatioHigh"} <= one.firing()
    said = log(one.shop, "checkout")
    assert "panic: " in said
    assert "goroutine 1 [running]:\n" in said
    assert "invalid configuration" not in said
    ended = [
        status["lastState"]["terminated"]
        for pod in one.shop.cluster.store.list("pods", NAMESPACE)
        for status in pod["status"]["containerStatuses"]
        if status["lastState"]
    ]
    assert {end["exitCode"] for end in ended} == {1}
    restart(one.shop, "checkout")
    one.live(120)
    assert not one.verdict().well


def test_going_back_cures_a_crashing_release_and_more_memory_does_not() -> None:
    one = broken("crashing-release")
    sizes = {"limits": {"memory": "2Gi"}, "requests": {"memory": "512Mi"}}
    change(
        one.shop,
        "deployments",
        "checkout",
        lambda found: found["spec"]["template"]["spec"]["containers"][0].update(resources=sizes),
    )
    one.live(120)
    assert not one.verdict().well
    two = broken("crashing-release")
    undo(two.shop, "checkout")
    two.live(120)
    verdict = two.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()


def test_a_bad_release_of_a_called_service_fails_both_versions_of_its_caller() -> None:
    one = broken("dependency-release", seconds=50)
    of_caller = numbers(one.shop, RATIO.format("checkout"))
    assert len(of_caller) == 2
    assert min(of_caller.values()) > 0.1
    of_callee = numbers(one.shop, RATIO.format("payments"))
    assert of_callee.pop("3.2.0", 0.0) < 0.02
    assert min(of_callee.values()) > 0.4
    one.live(90)
    [victim] = one.labels("ShopErrorRatioHigh")
    [cause] = one.labels("ShopServiceErrorRatioHigh")
    assert (victim["deployment"], cause["deployment"]) == ("checkout", "payments")
    assert "payments: /charge failed" in log(one.shop, "checkout")


def test_only_the_called_services_release_is_to_be_undone() -> None:
    one = broken("dependency-release")
    undo(one.shop, "checkout")
    restart(one.shop, "payments")
    one.live(120)
    verdict = one.verdict()
    assert not verdict.well
    assert any("checkout" in change for change in verdict.unexpected)
    two = broken("dependency-release")
    undo(two.shop, "payments")
    two.live(120)
    assert two.verdict().well
    assert two.verdict().unexpected == ()


def test_a_value_changed_in_place_is_dated_and_not_cured_by_going_back() -> None:
    one = broken("config-in-place")
    assert "KubePodCrashLooping" in one.firing()
    found = one.shop.cluster.store.get("configmaps", NAMESPACE, "checkout-config-1")["metadata"]
    [entry] = found["managedFields"]
    assert entry["manager"] == "kubectl-edit"
    assert entry["time"] > found["creationTimestamp"]
    undo(one.shop, "checkout")
    one.live(150)
    assert not one.verdict().well
    scale(one.shop, "checkout", 6)
    one.live(90)
    assert not one.verdict().well


@pytest.mark.parametrize("seed", range(3))
def test_the_earlier_value_cures_what_was_changed_in_place(seed: int) -> None:
    one = broken("config-in-place", seed=seed)
    good = dict(SERVICES["checkout"].config)
    change(one.shop, "configmaps", "checkout-config-1", lambda found: found.update(data=good))
    one.live(180)
    verdict = one.verdict()
    assert verdict.well, verdict.reasons
    assert verdict.unexpected == ()


def test_service_route_and_share_of_a_bad_release_can_be_chosen() -> None:
    params = {"service": "catalog", "route": "/items", "share": "0.9"}
    one = broken("bad-release", params=params, seconds=120)
    by_route = (
        'sum by (route) (rate(http_requests_total{service="catalog",code="500"}[1m]))'
        ' / sum by (route) (rate(http_requests_total{service="catalog"}[1m]))'
    )
    ratios = numbers(one.shop, by_route)
    assert ratios["/items"] > 0.7
    assert ratios["/search"] < 0.02
    assert ("deployments", "catalog") in one.injection.may_change


@pytest.mark.parametrize(
    ("fault", "params", "says"),
    [
        ("bad-release", {"service": "shipping"}, "no service 'shipping'"),
        ("bad-release", {"route": "/nowhere"}, "no route '/nowhere'"),
        ("bad-release", {"share": "2"}, "above 0 and up to 1"),
        ("bad-release", {"share": "half"}, "above 0 and up to 1"),
        ("config-error", {"variant": "old"}, "new or in-place"),
        ("bad-image", {"colour": "red"}, "no parameter 'colour'"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(
    fault: str, params: dict[str, str], says: str
) -> None:
    with pytest.raises(UnknownFaultError, match=says):
        inject(open_shop(now=NOW, history=30), fault, params=params)


def test_the_same_seeds_give_the_same_world() -> None:
    def world(seed: int) -> tuple[list[str], dict[str, float], list[str]]:
        shop = open_shop(now=NOW, seed=1, history=30)
        truths = []
        for fault in WAYS:
            truths.append(inject(shop, fault, seed=seed)[0].truth)
            shop.advance(shop.now + 20)
        pods = [pod["metadata"]["name"] for pod in shop.cluster.store.list("pods")]
        return truths, numbers(shop, "sum by (code) (http_requests_total)"), pods

    assert world(5) == world(5)
    assert world(5)[0] != world(6)[0]


def test_every_fault_says_what_it_looks_like_and_how_it_is_put_right() -> None:
    shop = open_shop(now=NOW, history=30)
    for fault in WAYS:
        injection, mend = inject(shop, fault, seed=2)
        assert FAULTS[fault].look_alike in FAULTS
        assert injection.truth
        assert injection.may_change or mend is not None
