"""Causes that the practice production does not inject, weighed as an alert would have it."""

from stanch.diagnosis.signs import read_signs
from stanch.diagnosis.weigh import weigh
from stanch.incident import Evidence, Hypothesis
from stanch.runbook.match import match

from . import diagnosis_samples as make
from .diagnosis_samples import Json, shipped, view

CALM = [0.001] * 20
KILLED = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": make.ago(1)}
ENDED = {"reason": "Error", "exitCode": 2, "finishedAt": make.ago(1)}
MEMORY = "container_memory_working_set_bytes / container_spec_memory_limit_bytes"
RELEASED = make.history(make.revision(2, 6), make.revision(1, 6000))
UNCHANGED = make.history(make.revision(2, 6000), make.revision(1, 9000))


def weighed(alert: str, *pieces: Evidence, **params: str) -> tuple[Hypothesis, ...]:
    found = match(shipped(), {"alertname": alert})
    specs = {key: one for m in found for key, one in m.runbook.hypotheses.items()}
    return weigh(specs, read_signs(view(*pieces, **params)))


def leading(ranked: tuple[Hypothesis, ...]) -> list[str]:
    return [one.id for one in ranked if one.state == "leading"]


def sick(number: int, ended: Json, name: str = "aaaaa") -> Json:
    status = make.waiting("CrashLoopBackOff", restarts=4, ended=ended)
    return make.pod(number, name, ready=False, containerStatuses=[status])


def memory(share: float) -> Evidence:
    metric = {"pod": "checkout-222222-aaaaa", "container": "checkout"}
    values = [[make.NOW.timestamp() - 15 * n, str(share)] for n in range(9)]
    return make.measured(MEMORY, [{"metric": metric, "values": values}])


def test_code_that_crashes_at_its_start_is_a_bad_release() -> None:
    ranked = weighed(
        "KubePodCrashLooping",
        make.listed("pods", sick(2, ENDED), make.pod(1, "bbbbb")),
        make.listed("deployments", make.deployment(available=1)),
        make.logs("level=info msg=starting", "panic: runtime error: index out of range"),
        make.ratio(*CALM),
        RELEASED,
    )
    assert leading(ranked) == ["bad-release"]
    assert {one.id for one in ranked if one.state == "rejected"} == {
        "config-error",
        "config-in-place",
        "leak",
        "limit-lowered",
        "release-needs-more",
        "memory-outgrown",
        "false-alarm",
    }


def test_a_release_that_needs_more_memory_under_the_same_limit_is_told_apart() -> None:
    pods = make.listed("pods", sick(2, KILLED), make.pod(1, "bbbbb"))
    ranked = weighed("KubeContainerOOMKilled", pods, RELEASED, memory(0.99))
    assert leading(ranked) == ["release-needs-more"]
    assert ranked[0].mitigations == ("undo-rollout",)


def test_memory_that_grew_without_a_release_is_not_rolled_back() -> None:
    pods = make.listed("pods", sick(2, KILLED), sick(2, KILLED, "bbbbb"))
    ranked = weighed("KubeContainerOOMKilled", pods, UNCHANGED, memory(0.99))
    assert leading(ranked) == ["memory-outgrown"]
    assert ranked[0].mitigations == ("scale-out", "restart-workload")


def test_while_the_revisions_are_unread_no_cause_of_a_memory_kill_leads() -> None:
    pods = make.listed("pods", sick(2, KILLED), make.pod(1, "bbbbb"))
    ranked = weighed("KubeContainerOOMKilled", pods, memory(0.99))
    assert leading(ranked) == []
    assert {one.state for one in ranked} == {"possible"}


def wedged_dependency(*history: Evidence) -> tuple[Evidence, ...]:
    upstream = make.template(env=[{"name": "PAY", "value": "http://payments:8080"}])
    rates = {("payments", "200"): [3.0] * 3, ("payments", "503"): [7.0] * 3}
    exhausted = "level=error msg='pool exhausted: 20/20 connections in use'"
    return (
        make.ratio(*[0.001] * 60, *[0.4] * 20),
        make.counted("service", rates),
        make.listed("deployments", make.deployment(template=upstream), make.deployment("payments")),
        make.logs(*["level=error msg='payments: POST /charge failed'"] * 20),
        make.logs(*[exhausted] * 20, pod_name="payments-1-2", name="payments"),
        make.listed("pods", make.pod(2), make.pod(2, "bbbbb")),
        *history,
    )


def test_a_release_that_was_complete_before_the_dependency_failed_is_cleared() -> None:
    rates = {
        ("2", "200"): [-1.0] * 20 + [36.0] * 40 + [20.0] * 20,
        ("2", "502"): [-1.0] * 20 + [0.02] * 40 + [16.0] * 20,
        ("1", "200"): [36.0] * 20 + [0.0] * 60,
        ("1", "502"): [0.02] * 20 + [0.0] * 60,
    }
    released = make.history(make.revision(2, 15), make.revision(1, 6000))
    pieces = wedged_dependency(released, make.counted("version", rates))
    ranked = weighed("ShopErrorRatioHigh", *pieces, dependency="payments")
    assert leading(ranked) == ["dependency-exhausted"]
    release = next(one for one in ranked if one.id == "bad-release")
    assert release.state == "rejected"
    assert "new-version-was-well" in {sign.name for sign in release.opposing}


def test_a_dependency_that_was_itself_just_released_is_not_simply_restarted() -> None:
    new = make.history(make.revision(2, 6), make.revision(1, 6000), name="payments")
    before = weighed("ShopErrorRatioHigh", *wedged_dependency(UNCHANGED), dependency="payments")
    after = weighed("ShopErrorRatioHigh", *wedged_dependency(UNCHANGED, new), dependency="payments")
    score = {one.id: one.score for one in before}["dependency-exhausted"]
    assert {one.id: one.score for one in after}["dependency-exhausted"] == score / 2


def test_errors_without_a_release_or_a_failing_dependency_have_no_leading_cause() -> None:
    ranked = weighed(
        "ShopErrorRatioHigh",
        make.ratio(*CALM, *[0.3] * 20),
        make.listed("deployments", make.deployment()),
        make.listed("pods", make.pod(2), make.pod(2, "bbbbb")),
        make.logs(*["level=error msg='disk is full'"] * 20),
        UNCHANGED,
    )
    assert leading(ranked) == []


def test_an_alert_after_the_trouble_is_over_is_no_false_alarm() -> None:
    ranked = weighed(
        "ShopErrorRatioHigh",
        make.ratio(*CALM, *[0.3] * 14, *[0.001] * 6),
        make.listed("deployments", make.deployment()),
        make.listed("pods", make.pod(2), make.pod(2, "bbbbb")),
        UNCHANGED,
    )
    assert leading(ranked) == []
    assert next(one for one in ranked if one.id == "false-alarm").state == "rejected"
