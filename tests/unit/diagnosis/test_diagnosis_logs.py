import pytest

from stanch.diagnosis.logs import Failure, lines, names
from stanch.diagnosis.signs import read_signs

from . import diagnosis_samples as make
from .diagnosis_samples import view


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("level=error msg=x", "error"),
        ("ts=2026-11-21T00:00:00Z level=info msg=ok", "info"),
        ('{"time":"2026-11-21","level":"fatal","msg":"x"}', "fatal"),
        ('{"severity": "CRITICAL", "message": "x"}', "critical"),
        ("2026-11-21 10:00:00,123 ERROR something broke", "error"),
        ("[WARN] careful", "warn"),
        ("panic: runtime error: index out of range", "panic"),
        ("Traceback (most recent call last):", "panic"),
        ("GET /pay 200", ""),
        ('level=info msg="they said level=error"', "info"),
    ],
)
def test_the_level_of_a_line_is_what_the_program_says(line: str, level: str) -> None:
    rows = [{"at": make.ago(1), "text": line}]
    stream = {"pod": "checkout-222222-aaaaa", "lines": rows}
    asked = {"kind": "kubernetes.logs", "namespace": "shop", "deployment": "checkout"}
    [found] = lines(view(make.evidence(asked, {"streams": [stream]})), "checkout") or ()
    assert found.level == level
    assert found.is_error is (level in {"error", "fatal", "critical", "panic"})


@pytest.mark.parametrize(
    ("failure", "line", "fits"),
    [
        (Failure.CONFIGURATION, 'msg="invalid configuration: WORKERS: must be > 0"', True),
        (Failure.CONFIGURATION, "environment variable DATABASE_URL is not set", True),
        (Failure.CONFIGURATION, "missing required setting PORT", True),
        (Failure.CONFIGURATION, "configuration source=configmap/checkout keys=4", False),
        (Failure.CONFIGURATION, "order total is invalid", False),
        (Failure.EXHAUSTED, "pool exhausted: 20/20 connections in use, waited 5000ms", True),
        (Failure.EXHAUSTED, "FATAL: sorry, too many clients already", True),
        (Failure.EXHAUSTED, "remaining connection slots are reserved", True),
        (Failure.EXHAUSTED, "no free connection in pool", True),
        (Failure.EXHAUSTED, "socket: too many open files", True),
        (Failure.EXHAUSTED, "3/20 connections in use", False),
        (Failure.EXHAUSTED, "connection reset by peer", False),
        (Failure.MEMORY, "java.lang.OutOfMemoryError: Java heap space", True),
        (Failure.TIMEOUT, "context deadline exceeded", True),
        (Failure.TIMEOUT, "request timed out after 5 s", True),
        (Failure.TIMEOUT, "the timer fired", False),
    ],
)
def test_a_line_belongs_to_a_class_of_failure_by_its_wording(
    *, failure: Failure, line: str, fits: bool
) -> None:
    assert failure.fits(line) is fits


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("payments: POST /charge failed", True),
        ("dial tcp http://payments:8080: refused", True),
        ("payments.shop.svc timed out", True),
        ("payments-db is down", False),
        ("prepayments failed", False),
        ("my.payments failed", False),
    ],
)
def test_a_service_is_named_as_a_word_or_a_host(*, line: str, fits: bool) -> None:
    assert names(line, "payments") is fits


SICK = make.pod(2, ready=False, containerStatuses=[make.waiting("CrashLoopBackOff", restarts=3)])
WRONG = 'level=fatal msg="invalid configuration: WORKERS: must be greater than 0"'


def holds(name: str, *pieces: object) -> bool | None:
    return read_signs(view(*pieces), [name])[name].holds  # type: ignore[arg-type] # all are evidence


def test_a_wrong_configuration_counts_only_in_a_container_that_does_not_stay_up() -> None:
    name = "configuration-error-logged"
    assert holds(name, make.logs(WRONG), make.listed("pods", SICK)) is True
    assert holds(name, make.logs(WRONG), make.listed("pods", make.pod(2))) is False
    assert holds(name, make.logs(WRONG)) is None
    assert holds(name, make.listed("pods", SICK)) is None
    quiet = make.logs('level=fatal msg="index out of range"')
    assert holds(name, quiet, make.listed("pods", SICK)) is False
    other = make.logs(WRONG, pod_name="checkout-111111-bbbbb")
    assert holds(name, other, make.listed("pods", SICK)) is None


def test_the_named_setting_is_told_and_nothing_else_of_the_line() -> None:
    told = read_signs(view(make.logs(WRONG + " run-this"), make.listed("pods", SICK)))
    assert told["configuration-error-logged"].because == (
        "1 failing pods log a wrong configuration (WORKERS)."
    )


def test_a_class_of_failure_needs_several_lines_and_a_part_of_the_errors() -> None:
    name, line = "exhausted-logged", "level=error msg='pool exhausted'"
    assert holds(name, make.logs(line, line)) is False
    assert holds(name, make.logs(line, line, line)) is True
    assert holds(name, make.logs(*[line] * 3, *["level=error msg=other"] * 20)) is False
    assert holds(name, make.logs(*["level=info msg='pool exhausted'"] * 9)) is False
    assert holds("timeouts-logged", make.logs(*["level=error msg='timed out'"] * 3)) is True
    assert holds("memory-errors-logged", make.logs(*["level=error msg=MemoryError"] * 3)) is True


def test_an_empty_log_was_read_and_a_log_of_another_workload_was_not() -> None:
    assert holds("exhausted-logged", make.logs()) is False
    other = make.logs(pod_name="catalog-222222-aaaaa", name="catalog")
    assert holds("exhausted-logged", other) is None
