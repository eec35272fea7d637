from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.calls import calls
from stanch.diagnosis.findings import FINDINGS, failing_dependency, find
from stanch.diagnosis.signs import read_signs
from stanch.incident import Evidence

from . import diagnosis_samples as make
from .diagnosis_samples import view

FAILED = "level=error msg='payments: POST /charge failed: upstream answered 5xx'"


def env(**values: str) -> dict[str, Any]:
    return make.template(env=[{"name": name, "value": value} for name, value in values.items()])


def world(*, payments: int = 2, **caller: str) -> Evidence:
    return make.listed(
        "deployments",
        make.deployment(template=env(**caller)),
        make.deployment("payments", available=payments, template=env(LEDGER="http://ledger:80")),
        make.deployment("catalog", template=env()),
        make.deployment("ledger", template=env()),
    )


def errors(**ratios: float) -> Evidence:
    rows = {}
    for name, ratio in ratios.items():
        rows[name, "200"] = [10 * (1 - ratio)] * 3
        rows[name, "503"] = [10 * ratio] * 3
    return make.counted("service", rows)


@pytest.mark.parametrize(
    ("value", "called"),
    [
        ("http://payments.shop.svc:8080", ["payments"]),
        ("http://payments.shop.svc.cluster.local/x", ["payments"]),
        ("http://payments:8080", ["payments"]),
        ("grpc://user:secret@payments:50051", ["payments"]),
        ("payments:8080", ["payments"]),
        ("http://payments.other.svc:8080", []),
        ("http://payments.example.com", []),
        ("postgresql://payments-db:5432/payments", []),
        ("payments", []),
        ("http://checkout:8080", []),
        ("", []),
    ],
)
def test_a_called_service_is_a_host_in_this_namespace_that_was_seen(
    value: str, called: list[str]
) -> None:
    found = calls(view(world(UPSTREAM=value)), "checkout")
    assert found is not None
    assert [one.service for one in found.callees] == called


def test_a_config_map_names_services_too_and_an_unread_one_leaves_the_list_open() -> None:
    made = make.template(
        envFrom=[{"configMapRef": {"name": "checkout-config"}}],
        env=[{"name": "CATALOG", "valueFrom": {"configMapKeyRef": {"name": "more", "key": "url"}}}],
    )
    deployments = make.listed(
        "deployments",
        make.deployment(template=made),
        make.deployment("payments"),
        make.deployment("catalog"),
    )
    maps = make.listed(
        "configmaps",
        {"metadata": {"name": "checkout-config"}, "data": {"PAY": "http://payments:80"}},
        {"metadata": {"name": "more"}, "data": {"url": "http://catalog:80", "x": "http://x"}},
    )
    unread = calls(view(deployments), "checkout")
    assert unread is not None
    assert (unread.callees, unread.complete) == ((), False)
    read = calls(view(deployments, maps), "checkout")
    assert read is not None
    assert ([one.service for one in read.callees], read.complete) == (["catalog", "payments"], True)
    assert read.callees[1].evidence == ("E-001", "E-002")


def test_a_service_leads_to_the_deployment_that_its_selector_fits() -> None:
    tagged = make.template()
    tagged["metadata"]["labels"] = {"app": "pay", "tier": "back"}
    pieces = (
        make.listed(
            "deployments",
            make.deployment(template=env(PAY="http://payments:80")),
            make.deployment("payments-v2", template=tagged),
        ),
        make.listed(
            "services", {"metadata": {"name": "payments"}, "spec": {"selector": {"app": "pay"}}}
        ),
        errors(payments=0.5),
    )
    found = failing_dependency(view(*pieces))
    assert found is not None
    assert found.value == "payments-v2"
    signs = read_signs(view(*pieces, dependency="payments-v2"))
    assert signs["dependency-errors"].holds is True


def test_the_called_service_with_raised_errors_stands_out() -> None:
    seen = view(
        world(PAY="http://payments:80", CAT="http://catalog:80"),
        errors(payments=0.7, catalog=0.001),
    )
    found = failing_dependency(seen)
    assert found is not None
    assert (found.name, found.value) == ("failing-dependency", "payments")
    assert found.because == "checkout calls payments (PAY), and it fails 70.0% of its own requests."
    assert found.evidence == ("E-001", "E-002")


def test_a_called_service_without_its_replicas_stands_out() -> None:
    found = failing_dependency(view(world(payments=0, PAY="http://payments:80")))
    assert found is not None
    assert "0 of its 2 replicas" in found.because


def test_a_called_service_that_most_failed_calls_name_stands_out() -> None:
    deployments = world(PAY="http://payments:80", CAT="http://catalog:80")
    named = failing_dependency(view(deployments, make.logs(*[FAILED] * 9)))
    assert named is not None
    assert named.value == "payments"
    talk = make.logs(*["level=error msg='payments is the cause, restart payments'"] * 9)
    assert failing_dependency(view(deployments, talk)) is None
    assert failing_dependency(view(deployments, make.logs(*[FAILED] * 3))) is None


def test_a_service_that_is_not_called_is_never_named_whatever_the_log_says() -> None:
    text = FAILED.replace("payments", "ledger")
    assert (
        failing_dependency(view(world(PAY="http://payments:80"), make.logs(*[text] * 50))) is None
    )


def test_the_chain_of_calls_is_followed_to_its_failing_end() -> None:
    seen = view(world(PAY="http://payments:80"), errors(payments=0.4, ledger=0.5))
    found = failing_dependency(seen)
    assert found is not None
    assert found.value == "ledger"


def test_services_that_call_each_other_are_no_endless_chain() -> None:
    deployments = make.listed(
        "deployments",
        make.deployment(template=env(PAY="http://payments:80")),
        make.deployment("payments", template=env(BACK="http://checkout:80")),
    )
    found = failing_dependency(view(deployments, errors(payments=0.4, checkout=0.4)))
    assert found is not None
    assert found.value == "payments"


def test_of_two_that_fail_alike_none_stands_out() -> None:
    seen = view(
        world(PAY="http://payments:80", CAT="http://catalog:80"), errors(payments=0.4, catalog=0.4)
    )
    assert failing_dependency(seen) is None


def test_when_all_called_services_are_well_the_signs_say_so() -> None:
    seen = view(world(PAY="http://payments:80"), errors(payments=0.001))
    assert failing_dependency(seen) is None
    signs = read_signs(seen)
    for name in ("dependency-errors", "dependency-exhausted-logged", "dependency-pods-fail"):
        assert signs[name].holds is False, name
    assert read_signs(view(world(PAY="http://payments:80")))["dependency-errors"].holds is None


def test_a_workload_that_calls_nothing_has_no_failing_dependency() -> None:
    assert read_signs(view(world(PORT="8080")))["dependency-errors"].holds is False


def test_the_named_dependency_is_read_by_its_own_evidence() -> None:
    log = make.logs(
        *["level=error msg='pool exhausted: 20/20 connections in use'"] * 5,
        pod_name="payments-333333-aaaaa",
        name="payments",
    )
    history = make.history(make.revision(2, 30), make.revision(1, 999), name="payments")
    pieces = (log, history, errors(payments=0.2), world(payments=1, PAY="http://payments:80"))
    signs = read_signs(view(*pieces, dependency="payments"))
    assert signs["dependency-exhausted-logged"].holds is True
    assert signs["dependency-rolled-out-recently"].holds is True
    assert signs["dependency-pods-fail"].holds is True
    assert signs["exhausted-logged"].holds is None, "that is the log of another workload"


def test_two_more_replicas_are_counted_from_what_is_asked_for_now() -> None:
    deployments = make.listed("deployments", make.deployment(replicas=4, available=1))
    [found] = [one for one in find(view(deployments)) if one.name == "two-more-replicas"]
    assert found.value == "6"
    assert FINDINGS["two-more-replicas"](view()) is None


def autoscaler(most: int, runs: int | None, *used: float, target: str = "checkout") -> Evidence:
    def cpu(**told: dict[str, Any]) -> dict[str, Any]:
        return {"type": "Resource", "resource": {"name": "cpu", **told}}

    status: dict[str, Any] = {} if runs is None else {"currentReplicas": runs}
    status["currentMetrics"] = [cpu(current={"averageUtilization": one}) for one in used]
    spec = {
        "maxReplicas": most,
        "scaleTargetRef": {"kind": "Deployment", "name": target},
        "metrics": [cpu(target={"type": "Utilization", "averageUtilization": 50})],
    }
    named = {"name": f"{target}-scaler", "namespace": "shop"}
    return make.listed(
        "horizontalpodautoscalers", {"metadata": named, "spec": spec, "status": status}
    )


@pytest.mark.parametrize(
    ("most", "used", "raised"),
    [
        (4, (), "6"),
        (4, (50,), "6"),
        (4, (55,), "8"),
        (4, (400,), "8"),
        (1, (60,), "2"),
        (5, (48, 52), "9"),
        (10, (55, 48), "17"),
    ],
)
def test_a_maximum_is_raised_by_what_the_load_asks_for_within_bounds(
    most: int, used: tuple[float, ...], raised: str
) -> None:
    found = FINDINGS["raised-maximum"](view(autoscaler(most, most, *used)))
    assert found is not None
    assert (found.value, found.evidence) == (raised, ("E-001",))
    assert f"may run {most}" in found.because


@given(most=st.integers(1, 500), used=st.integers(0, 100_000))
def test_a_raised_maximum_is_half_as_much_again_to_twice_as_much(most: int, used: int) -> None:
    found = FINDINGS["raised-maximum"](view(autoscaler(most, most, used)))
    assert found is not None
    assert most * 1.5 <= int(found.value) <= most * 2


def test_an_autoscaler_with_room_or_of_another_workload_is_given_no_maximum() -> None:
    raised = FINDINGS["raised-maximum"]
    assert raised(view()) is None
    assert raised(view(autoscaler(4, 3, 400))) is None
    assert raised(view(autoscaler(4, None))) is None
    assert raised(view(autoscaler(4, 4, target="payments"))) is None
    named = raised(view(autoscaler(4, 4, target="payments"), autoscaler="payments-scaler"))
    assert named is not None
    assert named.value == "6"


def quota(name: str = "pods", **told: str) -> dict[str, Any]:
    status = {"hard": {"pods": told["hard"]}, "used": {"pods": told["used"]}} if told else {}
    return {"metadata": {"name": name, "namespace": "shop"}, "status": status}


def asking(name: str, wanted: int, there: int) -> dict[str, Any]:
    made = make.deployment(name, replicas=wanted)
    return {**made, "status": {"replicas": there}}


def test_a_quota_is_raised_by_the_pods_that_are_missing_and_a_surge() -> None:
    seen = view(
        make.listed("resourcequotas", quota(hard="8", used="8")),
        make.listed("deployments", asking("checkout", 7, 4), asking("payments", 4, 4)),
    )
    found = FINDINGS["raised-quota"](seen)
    assert found is not None
    assert found.value == "15", "8 that are there, 3 that are missing, and 4 for a rollout"
    assert found.evidence == ("E-001", "E-002")
    assert "allows 8 pods, 8 are there, 3 are missing" in found.because


@given(used=st.integers(0, 300), wanted=st.integers(0, 300), there=st.integers(0, 300))
def test_a_raised_quota_has_room_for_every_pod_that_is_asked_for(
    used: int, wanted: int, there: int
) -> None:
    seen = view(
        make.listed("resourcequotas", quota(hard=str(used), used=str(used))),
        make.listed("deployments", asking("checkout", wanted, there)),
    )
    found = FINDINGS["raised-quota"](seen)
    assert found is not None
    assert int(found.value) > used + max(0, wanted - there)


def test_a_quota_with_room_or_without_a_name_among_several_is_not_raised() -> None:
    raised = FINDINGS["raised-quota"]
    assert raised(view()) is None
    assert raised(view(make.listed("resourcequotas", quota(hard="9", used="8")))) is None
    assert raised(view(make.listed("resourcequotas", quota()))) is None
    two = make.listed(
        "resourcequotas", quota("one", hard="8", used="8"), quota("two", hard="9", used="9")
    )
    assert raised(view(two)) is None
    named = raised(view(two, quota="two"))
    assert named is not None
    assert named.value == "10"
