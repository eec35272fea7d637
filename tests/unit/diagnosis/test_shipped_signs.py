"""The own signs of the shipped runbooks hold on what programs and servers really answer."""

from typing import Any, TypeAlias

import pytest

from stanch.runbook import cel

from .diagnosis_samples import shipped

Answer: TypeAlias = dict[str, Any]
BOOKS = {book.name: book for book in shipped()}
HEAD = "    PID  PPID USER     %CPU %MEM ELAPSED COMMAND"
OOM = "queue.service: A process of this unit has been killed by the OOM killer."


def lines(*texts: str) -> Answer:
    return {"lines": list(texts)}


def scaler(reason: str) -> Answer:
    condition = {"type": "ScalingLimited", "status": "True", "reason": reason}
    return {"object": {"status": {"conditions": [condition]}}}


def clients(*shares: float) -> Answer:
    return {"result": [{"metric": {"client": "a"}, "value": [0, str(one)]} for one in shares]}


def value(name: str, sign: str, **steps: Answer) -> object:
    spec = BOOKS[name].signs[sign]
    answers = {step: steps[step.replace("-", "_")] for step in spec.needs}
    return cel.compute(spec.cel, {"steps": answers, "params": {}, "alert": {}})


@pytest.mark.parametrize(
    ("process", "holds"),
    [
        ("   1234     1 app       100  0.1     300 queue", True),
        ("   1234     1 app       350  0.1     300 queue", True),
        ("   1234     1 app      85.2  0.1     300 queue", True),
        ("   1234     1 app       8.5  0.1     300 queue", False),
        ("   1234     1 app       0.0  0.1   99999 queue", False),
    ],
)
def test_a_process_is_seen_to_dominate_as_ps_prints_its_share(process: str, holds: bool) -> None:
    seen = lines(HEAD, process)
    assert value("linux/high-cpu", "one-process-dominates", busiest=seen) is holds


@pytest.mark.parametrize(
    ("active", "journal", "sign"),
    [
        ("failed (Result: exit-code)", "", "unit-failed"),
        ("failed (Result: oom-kill)", "", "killed-by-kernel"),
        ("activating (auto-restart) (Result: signal)", OOM, "killed-by-kernel"),
        ("failed (Result: start-limit-hit)", "", "unit-restarts-again-and-again"),
        ("inactive (dead)", "", "unit-is-inactive"),
        ("active (running)", "", "unit-runs"),
    ],
)
def test_a_unit_is_told_by_what_systemctl_says(active: str, journal: str, sign: str) -> None:
    status = lines("queue.service - The queue", f"     Active: {active} since Fri")
    answers = {"status": status, "journal": lines(journal)}
    assert value("linux/service-down", sign, **answers) is True
    if sign != "unit-runs":
        assert value("linux/service-down", "unit-runs", **answers) is False


def test_a_unit_that_fails_without_memory_trouble_was_not_killed_for_it() -> None:
    status = lines("     Active: failed (Result: exit-code) since Fri")
    seen = value("linux/service-down", "killed-by-kernel", status=status, journal=lines())
    assert seen is False


def test_how_a_unit_ended_is_read_from_its_status_too_for_the_journal_may_reach_less_far() -> None:
    name = "linux/service-down"
    failed = "     Active: failed (Result: exit-code) since Fri 2026-11-20 03:02:11 UTC; 2 days ago"
    refused = 'nginx[475]: nginx: [emerg] unknown directive "proxy" in /etc/nginx/nginx.conf:19'
    ended = "systemd[1]: nginx.service: Failed with result 'exit-code'."
    status, nothing = lines(failed, refused, ended), lines("-- No entries --")
    assert value(name, "configuration-refused", status=status, journal=nothing) is True
    assert value(name, "end-is-told", status=status, journal=nothing) is True
    assert value(name, "end-is-told", status=lines(failed), journal=nothing) is False
    assert BOOKS[name].signs["end-is-told"].needed
    assert "end-is-told" in BOOKS[name].hypotheses["crashed"].supporting


def test_an_autoscaler_at_its_lower_limit_is_not_limited() -> None:
    name, sign = "kubernetes/autoscaler-limit", "scaling-limited"
    assert value(name, sign, autoscaler=scaler("TooManyReplicas")) is True
    assert value(name, sign, autoscaler=scaler("TooFewReplicas")) is False


def test_clients_are_few_or_many_by_their_shares_and_unknown_without_any() -> None:
    name = "kubernetes/traffic-spike"
    assert value(name, "few-clients", by_client=clients(0.6, 0.1)) is True
    assert value(name, "few-clients", by_client=clients(0.05, 0.04)) is False
    assert value(name, "many-clients", by_client=clients(0.05, 0.04)) is True
    for sign in ("few-clients", "many-clients"):
        with pytest.raises(cel.ExpressionError):
            value(name, sign, by_client=clients())
