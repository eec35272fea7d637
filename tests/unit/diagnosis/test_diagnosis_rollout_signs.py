from typing import Any

import pytest

from stanch.diagnosis.view import View

from . import diagnosis_samples as make
from .diagnosis_samples import sign, view

CALM = [0.001] * 20


@pytest.mark.parametrize(
    ("minutes_ago", "recent", "follows", "precedes"),
    [
        (6, True, True, False),
        (40, True, False, False),
        (90, False, False, False),
        (2, False, False, True),
    ],
)
def test_a_release_is_judged_by_when_the_errors_rose(
    *, minutes_ago: float, recent: bool, follows: bool, precedes: bool
) -> None:
    rise = make.ratio(*[0.001] * 400, *[0.3] * 20)  # five minutes ago
    released = make.history(make.revision(2, minutes_ago), make.revision(1, 6000))
    seen = view(rise, released)
    assert sign("recent-rollout", seen).holds is recent
    assert sign("no-recent-rollout", seen).holds is not recent
    assert sign("onset-follows-rollout", seen).holds is follows
    assert sign("onset-precedes-rollout", seen).holds is precedes


def test_a_gap_in_the_measurement_leaves_the_order_of_events_open() -> None:
    gap = make.ratio(*[0.001] * 40, *["NaN"] * 40, *[0.3] * 20)
    released = make.history(make.revision(2, 6), make.revision(1, 6000))
    assert sign("onset-follows-rollout", view(gap, released)).holds is None


def restarted(minutes_ago: float) -> dict[str, Any]:
    again = make.template("registry.local/shop/checkout:2")
    again["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": make.ago(minutes_ago)}
    return again


def test_a_restart_is_no_release() -> None:
    history = make.history(make.revision(3, 6, restarted(6)), make.revision(2, 6000))
    seen = view(make.ratio(*CALM, *[0.3] * 20), history)
    assert sign("recent-rollout", seen).holds is False
    assert sign("onset-follows-rollout", seen).holds is False
    assert sign("image-changed-in-rollout", seen).holds is None


def test_a_restart_of_a_bad_release_does_not_hide_it() -> None:
    history = make.history(
        make.revision(3, 1, restarted(1)), make.revision(2, 6), make.revision(1, 6000)
    )
    pods = make.listed("pods", make.pod(3), make.pod(2, "bbbbb"), make.pod(1, "ccccc"))
    seen = view(make.ratio(*CALM, *[0.3] * 20), history, pods)
    assert sign("recent-rollout", seen).holds is True
    assert sign("onset-follows-rollout", seen).holds is True
    assert sign("image-changed-in-rollout", seen).holds is True
    assert sign("old-pods-well", seen).because == "All 1 pods of older revisions are well."


def test_a_rollback_to_an_old_replica_set_is_dated_by_its_pods() -> None:
    back = make.history(make.revision(3, 6000), make.revision(2, 50))
    assert sign("recent-rollout", view(back)).holds is None
    fresh = make.pod(3)
    fresh["metadata"]["creationTimestamp"] = make.ago(4)
    assert sign("recent-rollout", view(back, make.listed("pods", fresh))).because == (
        "The release of checkout in revision 3 began 2 min before the trouble."
    )


@pytest.mark.parametrize(
    ("before", "after", "lowered"),
    [
        ("320Mi", "96Mi", True),
        ("1Gi", "1000Mi", True),
        ("96Mi", "320Mi", False),
        ("1Gi", "1024Mi", False),
        ("128974848", "123Mi", False),
        (None, "64Mi", True),
        ("64Mi", None, False),
    ],
)
def test_memory_limits_are_compared_as_quantities(
    *, before: str | None, after: str | None, lowered: bool
) -> None:
    def limited(memory: str | None) -> dict[str, Any]:
        return make.template(resources={"limits": {"memory": memory} if memory else {}})

    seen = view(
        make.history(make.revision(2, 6, limited(after)), make.revision(1, 99, limited(before)))
    )
    assert sign("memory-limit-lowered-in-rollout", seen).holds is lowered


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"env": [{"name": "A", "value": "2"}]}, True),
        ({"envFrom": [{"configMapRef": {"name": "c-2"}}]}, True),
        ({"args": ["--fast"]}, True),
        ({"imagePullPolicy": "Always"}, False),
    ],
)
def test_a_change_of_configuration_is_seen_in_the_template(
    *, changed: dict[str, Any], holds: bool
) -> None:
    old = make.template(env=[{"name": "A", "value": "1"}])
    new = make.template(**{"env": [{"name": "A", "value": "1"}], **changed})
    seen = view(make.history(make.revision(2, 6, new), make.revision(1, 99, old)))
    assert sign("configuration-changed-in-rollout", seen).holds is holds


def rollout_status(condition: tuple[str, str], *, minutes_ago: float, ready: int) -> View:
    made = make.deployment()
    made["status"]["conditions"] = [
        {"type": "Progressing", "status": condition[0], "reason": condition[1]}
    ]
    history = make.history(make.revision(2, minutes_ago, ready=ready), make.revision(1, 99))
    return view(history, make.listed("deployments", made))


def test_a_rollout_is_stuck_after_its_deadline_or_two_minutes_and_not_while_it_starts() -> None:
    late = rollout_status(("False", "ProgressDeadlineExceeded"), minutes_ago=1, ready=0)
    assert sign("rollout-stuck", late).holds is True
    going = ("True", "ReplicaSetUpdated")
    assert sign("rollout-stuck", rollout_status(going, minutes_ago=1, ready=0)).holds is None
    assert sign("rollout-stuck", rollout_status(going, minutes_ago=4, ready=1)).holds is True
    assert sign("rollout-stuck", rollout_status(going, minutes_ago=4, ready=2)).holds is False


def versions(new: list[float], old: list[float], *, bad_new: float, bad_old: float) -> View:
    """Return 20 calm samples and then the rates given, with these parts of them failing."""
    calm = [36.0] * 20
    rates = {
        ("2", "200"): [-1.0] * 20 + [rate * (1 - bad_new) for rate in new],
        ("2", "500"): [-1.0] * 20 + [rate * bad_new for rate in new],
        ("1", "200"): calm + [rate * (1 - bad_old) for rate in old],
        ("1", "500"): [0.03] * 20 + [rate * bad_old for rate in old],
    }
    total = [
        (n * bad_new + o * bad_old) / (n + o) if n + o else 0 for n, o in zip(new, old, strict=True)
    ]
    history = make.history(make.revision(2, len(new) / 4 + 0.1), make.revision(1, 6000))
    return view(make.ratio(*CALM, *total), make.counted("version", rates), history)


def test_versions_that_serve_side_by_side_are_compared() -> None:
    only = versions([18.0] * 8, [18.0] * 8, bad_new=0.3, bad_old=0.001)
    assert sign("errors-only-in-new-version", only).holds is True
    assert sign("errors-in-all-versions", only).holds is False
    assert sign("new-pods-fail", only).holds is None, "the pods were not read"
    both = versions([18.0] * 8, [18.0] * 8, bad_new=0.4, bad_old=0.35)
    assert sign("errors-only-in-new-version", both).holds is False
    assert sign("errors-in-all-versions", both).holds is True


def test_a_version_that_was_replaced_before_the_trouble_proves_nothing_about_it() -> None:
    calm, bad = [36.0] * 20, [20.0] * 8
    rates = {
        ("2", "200"): [-1.0] * 20 + calm + bad,
        ("2", "500"): [-1.0] * 20 + [0.02] * 20 + [16.0] * 8,
        ("1", "200"): calm + [0.0] * 28,
        ("1", "500"): [0.02] * 20 + [0.0] * 28,
    }
    history = make.history(make.revision(2, 7.1), make.revision(1, 6000))
    seen = view(make.ratio(*CALM, *CALM, *[0.44] * 8), make.counted("version", rates), history)
    assert sign("errors-only-in-new-version", seen).holds is None
    assert sign("errors-in-all-versions", seen).holds is None
    assert sign("new-version-was-well", seen).holds is True


def test_a_version_that_ended_just_before_the_trouble_is_not_well_in_it() -> None:
    """Its rates fall for a minute after its last request, and none of them tells of trouble."""
    fading = [36.0, 30.0, 23.0, 14.0, 9.0, 6.0, 2.0]
    rising = [36.0 - rate for rate in fading]
    trouble = [0.0, 0.0, 0.0, 0.11, 0.23, 0.37, 0.5]
    rates = {
        ("2", "200"): [-1.0] * 20 + [r * (1 - b) for r, b in zip(rising, trouble, strict=True)],
        ("2", "500"): [-1.0] * 20 + [r * b for r, b in zip(rising, trouble, strict=True)],
        ("1", "200"): [36.0] * 20 + fading,
        ("1", "500"): [0.02] * 20 + [0.02] * 3 + [0.0] * 4,
    }
    for part in ("200", "500"):
        rates["2", part] += [18.0] * 20
        rates["1", part] += [-1.0] * 20
    history = make.history(make.revision(2, 7), make.revision(1, 6000))
    seen = view(make.ratio(*CALM, *trouble, *[0.5] * 20), make.counted("version", rates), history)
    assert sign("errors-only-in-new-version", seen).holds is None
    assert sign("errors-in-all-versions", seen).holds is None


def test_versions_that_both_fail_are_compared_up_to_the_last_rate() -> None:
    """That an ending version fails as the new one does needs no proof that it was asked."""
    both = versions([6.0, 18.0, 30.0, 36.0], [30.0, 18.0, 6.0, 0.0], bad_new=0.4, bad_old=0.3)
    assert sign("errors-in-all-versions", both).holds is True
    assert sign("errors-only-in-new-version", both).holds is False


def test_a_version_that_fails_from_its_first_requests_after_a_healthy_one_is_to_blame() -> None:
    rates = {
        ("2", "200"): [-1.0] * 20 + [20.0] * 8,
        ("2", "500"): [-1.0] * 20 + [16.0] * 8,
        ("1", "200"): [36.0] * 20 + [0.0] * 8,
        ("1", "500"): [0.02] * 20 + [0.0] * 8,
    }
    history = make.history(make.revision(2, 2.1), make.revision(1, 6000))
    seen = view(make.ratio(*CALM, *[0.44] * 8), make.counted("version", rates), history)
    assert sign("errors-only-in-new-version", seen).holds is True
    assert sign("new-version-was-well", seen).holds is False


def test_revisions_of_one_version_cannot_be_told_apart_by_metrics() -> None:
    same = make.template("registry.local/shop/checkout:2")
    history = make.history(make.revision(2, 3, same), make.revision(1, 99, same))
    seen = view(make.counted("version", {("2", "200"): [9.0] * 9}), history)
    assert sign("errors-only-in-new-version", seen).holds is None
