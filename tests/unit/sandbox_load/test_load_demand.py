"""More requests than usual: of many people, or of a few programs."""

import pytest

from stanch.sandbox.shop.shop import Shop

from .load_world import Trial, well_shop

SHARES = (
    'topk(10, sum by (client) (rate(gateway_client_requests_total{service="checkout"}[1m])))'
    ' / scalar(sum(rate(http_requests_total{service="checkout"}[1m])))'
)
FAILED = (
    'sum(rate(http_requests_total{service="checkout",code="503"}[1m]))'
    ' / sum(rate(http_requests_total{service="checkout"}[1m]))'
)


def test_many_people_are_served_by_more_pods_and_by_nothing_else(long_shop: Shop) -> None:
    trial = Trial(long_shop, "traffic-spike")
    assert trial.first_alert() == ("HttpRequestRateHigh", "checkout")
    trial.wait(60)
    assert max(trial.numbers(SHARES).values()) < 0.1
    asked = trial.numbers("sum by (service) (rate(http_requests_total[1m]))")
    before = trial.numbers("sum by (service) (rate(http_requests_total[1m] offset 10m))")
    assert all(asked[name] > 1.25 * before[name] for name in asked)
    assert trial.number(FAILED) > 0.1
    for wrong in (trial.restart, trial.undo):
        wrong("checkout")
        trial.wait(90)
        assert not trial.verdict.well
        assert any(text.startswith("checkout") for text in trial.verdict.reasons)


def test_two_more_pods_are_enough_for_a_crowd(long_shop: Shop) -> None:
    trial = Trial(long_shop, "traffic-spike", seed=2)
    trial.wait(90)
    trial.scale("checkout", 6)
    trial.wait(120)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.verdict.unexpected == ()
    trial.scale("checkout", 3)
    remarks: list[str] = list(trial.verdict.unexpected)
    assert remarks == ["replicas changed: deployments/checkout from 4 to 3"]


def test_more_pods_bring_more_requests_in_a_storm(long_shop: Shop) -> None:
    trial = Trial(long_shop, "retry-storm")
    assert trial.first_alert() == ("HttpRequestRateHigh", "checkout")
    trial.wait(60)
    shares = sorted(trial.numbers(SHARES).items(), key=lambda pair: -pair[1])
    assert shares[0][1] > 0.2
    assert all(client.startswith("198.51.100.") for client, share in shares if share > 0.1)
    asked, failed = trial.number("sum(rate(http_requests_total[1m]))"), trial.number(FAILED)
    trial.scale("checkout", 8)
    trial.wait(120)
    assert trial.number("sum(rate(http_requests_total[1m]))") > 1.3 * asked
    assert trial.number(FAILED) > 0.8 * failed
    trial.restart("checkout")
    trial.wait(60)
    assert not trial.verdict.well
    assert trial.mend is not None
    trial.mend()
    trial.scale("checkout", 4)
    trial.wait(120)
    assert trial.verdict.well, trial.verdict.reasons
    assert trial.number(FAILED) < 0.01


@pytest.mark.parametrize("fault", ["traffic-spike", "retry-storm"])
def test_the_same_seed_gives_the_same_demand(fault: str) -> None:
    def told(seed: int) -> tuple[str, list[tuple[str, float]]]:
        trial = Trial(well_shop(history=30), fault, seed=seed)
        trial.wait(30)
        counted = trial.numbers("sum by (client) (gateway_client_requests_total)")
        return trial.injection.truth, sorted(counted.items())

    assert told(4) == told(4)
    assert len({str(told(seed)) for seed in (4, 5, 6)}) > 1


def test_nobody_stands_out_in_a_shop_that_is_well(shop: Shop) -> None:
    assert not shop.demand.storms
    found = shop.engine.instant(SHARES, shop.now)
    assert isinstance(found, list)
    assert 0 < max(one.value for one in found) < 0.1  # type: ignore[union-attr]
