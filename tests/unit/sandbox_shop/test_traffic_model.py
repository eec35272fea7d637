"""The traffic model: answers follow from the pods that run."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.shop.images import Defect, Image, stocked
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import CHECKOUT, SERVICES
from stanch.sandbox.shop.traffic import Answers, Traffic


def pod(service: str, number: int, version: str = "") -> PodView:
    known = SERVICES[service]
    version = version or known.version
    return PodView(
        name=f"{service}-abc-{number}",
        uid=f"{service}-{number}-{version}",
        service=service,
        image=known.image(version),
        version=version,
        restarts=0,
        running_since=0.0,
        ready=True,
    )


def healthy() -> list[PodView]:
    return [pod(one.name, n) for one in SERVICES.values() for n in range(one.replicas)]


def traffic(seed: int = 1) -> Traffic:
    return Traffic(stocked(), random.Random(seed))


def run(model: Traffic, pods: list[PodView], *, ticks: int, start: float = 0.0) -> list[Answers]:
    answers: list[Answers] = []
    for index in range(ticks):
        answers = model.tick(pods, start + 5.0 * (index + 1), seconds=5.0)
    return answers


def failing(answers: list[Answers], service: str, route: str = "", version: str = "") -> float:
    chosen = [
        one
        for one in answers
        if one.pod.service == service
        and route in {"", one.route.path}
        and version in {"", one.pod.version}
    ]
    failed = math.fsum(
        one.requests * outcome.share
        for one in chosen
        for outcome in one.outcomes
        if outcome.status >= 500
    )
    return failed / math.fsum(one.requests for one in chosen)


def test_when_all_is_well_one_request_in_a_thousand_fails() -> None:
    model = traffic()
    run(model, healthy(), ticks=200)
    for name in ("catalog", "payments"):
        assert model.error_ratio(name, since=0) == pytest.approx(0.001, rel=0.01)
    for name in ("storefront", "checkout"):
        assert 0.001 <= model.error_ratio(name, since=0) < 0.003


def test_a_defect_hits_only_its_route_and_its_version() -> None:
    model = traffic()
    defect = Defect("/pay", 0.5, 500, "boom")
    model.registry.publish(Image("checkout", "1.9.0", 185, (defect,)))
    pods = [one for one in healthy() if one.service != "checkout"]
    pods += [pod("checkout", n, "1.9.0" if n < 2 else "1.8.2") for n in range(4)]
    answers = run(model, pods, ticks=3)
    assert failing(answers, "checkout", "/pay", "1.9.0") == pytest.approx(0.5, abs=0.01)
    assert failing(answers, "checkout", "/pay", "1.8.2") < 0.01
    assert failing(answers, "checkout", "/quote") < 0.01
    assert failing(answers, "storefront", "/checkout") == pytest.approx(0.25, abs=0.02)
    assert failing(answers, "storefront", "/cart") < 0.01


def test_a_wedged_dependency_fails_in_its_callers_whatever_their_version() -> None:
    model, pods = traffic(), healthy()
    pods[3] = pod("checkout", 0, "1.8.1")
    model.wedge("payments", pods, message="pool exhausted")
    answers = run(model, pods, ticks=3)
    old = failing(answers, "checkout", "/pay", "1.8.1")
    new = failing(answers, "checkout", "/pay", "1.8.2")
    assert old > 0.6
    assert old == pytest.approx(new, abs=0.01)
    assert failing(answers, "checkout", "/quote") < 0.01
    assert failing(answers, "storefront", "/products") < 0.01


def test_programs_that_start_after_the_wedge_are_well() -> None:
    model, pods = traffic(), healthy()
    model.wedge("payments", pods, message="pool exhausted")
    run(model, pods, ticks=3)
    fresh = [replace(one, restarts=1) if one.service == "payments" else one for one in pods]
    assert failing(run(model, fresh, ticks=1), "checkout") < 0.01


def test_too_few_pods_first_answer_slowly_and_then_shed() -> None:
    model, pods = traffic(), healthy()
    few = [one for one in pods if one.service != "checkout" or one.uid < "checkout-2"]
    first = run(model, few, ticks=1)
    assert failing(first, "checkout") < 0.01
    answers = run(model, few, ticks=20, start=5.0)
    assert 0.1 < failing(answers, "checkout") < 0.35
    [quote] = [one for one in answers if one.pod.uid == few[3].uid and one.route.path == "/quote"]
    assert quote.outcomes[-1].median_seconds > 4
    assert failing(run(model, pods, ticks=6, start=200.0), "checkout") < 0.01


def test_without_ready_pods_every_request_fails() -> None:
    model = traffic()
    pods = [replace(one, ready=one.service != "payments") for one in healthy()]
    answers = run(model, pods, ticks=6)
    assert not [one for one in answers if one.pod.service == "payments"]
    assert model.error_ratio("payments", since=0) == 1
    assert failing(answers, "checkout", "/pay") > 0.99


@given(ready=st.lists(st.booleans(), min_size=12, max_size=12), seed=st.integers(0, 99))
def test_the_shares_of_the_outcomes_are_a_whole(ready: list[bool], seed: int) -> None:
    model = traffic(seed)
    pods = [replace(one, ready=is_ready) for one, is_ready in zip(healthy(), ready, strict=True)]
    for one in run(model, pods, ticks=4):
        assert one.pod.ready
        assert one.requests >= 0
        assert math.fsum(outcome.share for outcome in one.outcomes) == pytest.approx(1)
        assert all(0 <= outcome.share <= 1 for outcome in one.outcomes)


def test_the_same_seed_gives_the_same_traffic() -> None:
    def rates(seed: int) -> list[float]:
        return [one.requests for one in run(traffic(seed), healthy(), ticks=5)]

    assert rates(4) == rates(4)
    assert rates(4) != rates(5)


def test_the_shop_has_room_to_lose_a_pod_but_not_two_of_checkout() -> None:
    rate = sum(CHECKOUT.outside_rate * route.share for route in CHECKOUT.routes) + 5
    assert 2 * CHECKOUT.pod_capacity < rate * 0.93
    assert 3 * CHECKOUT.pod_capacity > rate * 1.1
