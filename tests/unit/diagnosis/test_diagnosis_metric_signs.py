import pytest

from stanch.diagnosis import metrics

from . import diagnosis_samples as make
from .diagnosis_samples import sign, view


@pytest.mark.parametrize(
    ("values", "raised", "healthy"),
    [
        ([0.001] * 60, False, True),
        ([0.001] * 40 + [0.3] * 20, True, False),
        ([0.001] * 40 + [0.3] * 12 + [0.001] * 8, False, False),
        ([0.3] * 60, True, False),
        (["NaN"] * 60, None, None),
    ],
)
def test_a_ratio_is_healthy_only_when_it_was_so_all_around_the_alert(
    *, values: list[float | str], raised: bool | None, healthy: bool | None
) -> None:
    seen = view(make.ratio(*values))
    assert sign("error-ratio-raised", seen).holds is raised
    assert sign("error-ratio-healthy", seen).holds is healthy


def test_the_ratio_of_another_service_is_not_taken_for_ours() -> None:
    seen = view(make.ratio(*[0.4] * 30, service="payments"))
    assert sign("error-ratio-raised", seen).holds is None


@pytest.mark.parametrize(
    ("bad", "holds"), [({"/pay": 0.4}, True), ({"/pay": 0.4, "/quote": 0.2}, False), ({}, False)]
)
def test_errors_on_one_route_need_another_route_that_is_well(
    *, bad: dict[str, float], holds: bool
) -> None:
    rates = {}
    for route in ("/pay", "/quote"):
        rates[route, "200"] = [10 * (1 - bad.get(route, 0))] * 3
        rates[route, "502"] = [10 * bad.get(route, 0.0005)] * 3
    assert sign("errors-on-one-route", view(make.counted("route", rates))).holds is holds


@pytest.mark.parametrize(("last", "holds"), [(40.0, False), (80.0, True)])
def test_traffic_is_raised_by_half_or_more(*, last: float, holds: bool) -> None:
    rates = {("1", "200"): [36.0] * 30 + [last] * 5}
    assert sign("traffic-raised", view(make.counted("version", rates))).holds is holds


@pytest.mark.parametrize(
    ("name", "value", "holds"), [("checkout", 0.95, True), ("catalog", 0.95, None)]
)
def test_memory_near_the_limit_counts_for_our_pods_only(
    *, name: str, value: float, holds: bool | None
) -> None:
    metric = {"pod": f"{name}-222222-aaaaa", "container": name}
    expression = "container_memory_working_set_bytes / container_spec_memory_limit_bytes"
    rows = [{"metric": metric, "values": [[make.NOW.timestamp(), str(value)]]}]
    assert sign("usage-near-limit", view(make.measured(expression, rows))).holds is holds


@pytest.mark.parametrize(
    "step", ["error-ratio", "bad-image.error-ratio", "kubernetes/bad-image#error-ratio", "impact"]
)
def test_the_error_ratio_is_found_under_whatever_runbook_it_was_asked(step: str) -> None:
    assert sign("error-ratio-raised", view(make.ratio(*[0.4] * 9, step=step))).holds is True
    assert sign("error-ratio-raised", view(make.ratio(*[0.4] * 9, step="other"))).holds is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("1m", 60), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("", 0), ("m", 0), ("5 m", 0)],
)
def test_durations_are_read_as_prometheus_writes_them(said: str, seconds: float) -> None:
    assert metrics.seconds(said) == seconds
