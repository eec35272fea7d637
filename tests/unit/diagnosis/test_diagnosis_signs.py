from collections.abc import Callable
from typing import Any

import pytest

from stanch.diagnosis.signs import SIGNS, UnknownSignError, check_names, read_signs

from . import diagnosis_samples as make
from .diagnosis_samples import sign, view

ENDED = {"reason": "Error", "exitCode": 1, "finishedAt": make.ago(1)}
KILLED = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": make.ago(1)}
TWO = make.history(make.revision(2, 10), make.revision(1, 6000))


def test_every_sign_says_what_it_means_and_is_unknown_without_evidence() -> None:
    for name, found in read_signs(view()).items():
        assert found.holds is None, name
        assert found.because.endswith("."), name
        assert SIGNS[name].about.endswith("."), name


def test_a_misspelt_sign_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownSignError, match=r"bad-release: .*'new-pod-fails'.*'new-pods-fail'"):
        check_names(["new-pod-fails"], where="bad-release")
    with pytest.raises(UnknownSignError, match="no sign 'xyz'"):
        read_signs(view(), ["xyz"])


@pytest.mark.parametrize(
    ("name", "container", "holds"),
    [
        ("image-cannot-be-pulled", make.waiting("ImagePullBackOff"), True),
        ("image-cannot-be-pulled", make.waiting("ErrImagePull"), True),
        ("image-cannot-be-pulled", make.waiting("CrashLoopBackOff", restarts=3), False),
        ("pods-crash-loop", make.waiting("CrashLoopBackOff", restarts=3, ended=ENDED), True),
        ("pods-crash-loop", make.waiting("ContainerCreating"), False),
        ("killed-for-memory", make.waiting("CrashLoopBackOff", restarts=1, ended=KILLED), True),
        ("killed-for-memory", make.waiting("CrashLoopBackOff", restarts=1, ended=ENDED), False),
        ("restarts-rising", make.waiting("CrashLoopBackOff", restarts=1, ended=ENDED), True),
        ("configuration-error-logged", make.waiting("CreateContainerConfigError"), True),
        ("all-pods-ready", make.waiting("CrashLoopBackOff", restarts=3, ended=ENDED), False),
        ("new-pods-fail", make.waiting("ImagePullBackOff"), True),
    ],
)
def test_a_pod_sign_reads_the_state_of_containers(
    *, name: str, container: dict[str, Any], holds: bool
) -> None:
    sick = make.pod(2, ready=False, containerStatuses=[container])
    pods = make.listed("pods", sick, make.pod(1, "bbbbb"))
    seen = view(pods, TWO, make.listed("deployments", make.deployment()), make.logs("level=info"))
    assert sign(name, seen).holds is holds


def test_a_restart_of_last_week_is_no_crash_of_today() -> None:
    old = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": make.ago(9000)}
    status = {
        "name": "checkout",
        "ready": True,
        "restartCount": 40,
        "lastState": {"terminated": old},
    }
    seen = view(make.listed("pods", make.pod(2, containerStatuses=[status])), TWO)
    for name in ("killed-for-memory", "pods-crash-loop", "restarts-rising", "new-pods-fail"):
        assert sign(name, seen).holds is False, name


def test_a_pod_that_just_starts_does_not_fail_yet() -> None:
    fresh = make.pod(2, ready=False)
    fresh["status"]["conditions"][0]["lastTransitionTime"] = make.ago(0.5)
    assert sign("new-pods-fail", view(make.listed("pods", fresh), TWO)).holds is False
    fresh["status"]["conditions"][0]["lastTransitionTime"] = make.ago(5)
    assert sign("new-pods-fail", view(make.listed("pods", fresh), TWO)).holds is True


def test_pods_of_both_revisions_are_told_apart() -> None:
    sick = [make.waiting("CrashLoopBackOff", restarts=3, ended=ENDED)]
    new = make.pod(2, ready=False, containerStatuses=sick)
    old = make.pod(1, "bbbbb")
    only_new = view(make.listed("pods", new, old), TWO)
    assert sign("new-pods-fail", only_new).holds is True
    assert sign("old-pods-well", only_new).holds is True
    assert sign("old-pods-fail-too", only_new).holds is False
    both = make.pod(1, "bbbbb", ready=False, containerStatuses=sick)
    all_sick = view(make.listed("pods", new, both), TWO)
    assert sign("old-pods-well", all_sick).holds is False
    assert sign("old-pods-fail-too", all_sick).holds is True


def test_a_pod_without_a_node_is_pending_and_one_that_pulls_is_not() -> None:
    unplaced = make.pod(2, ready=False, phase="Pending")
    unplaced["status"]["conditions"].append({"type": "PodScheduled", "status": "False"})
    assert sign("pods-pending", view(make.listed("pods", unplaced))).holds is True
    unplaced["status"]["conditions"][-1]["status"] = "True"
    assert sign("pods-pending", view(make.listed("pods", unplaced))).holds is False


def test_objects_with_null_and_missing_fields_are_read_without_error() -> None:
    broken: list[dict[str, Any]] = [
        {"metadata": None, "status": None},
        {"metadata": {"name": "checkout-222222-aaaaa", "ownerReferences": None, "labels": None}},
        {"status": {"conditions": [None, {}], "containerStatuses": [{"state": None}]}},
    ]
    events = make.evidence(
        {"kind": "kubernetes.events", "namespace": "shop"},
        {"items": [{"count": None, "involvedObject": {"name": "checkout"}, "lastTimestamp": None}]},
    )
    pieces = [
        make.listed(kind, *broken) for kind in ("pods", "deployments", "configmaps", "services")
    ]
    odd = make.measured("x", [{"metric": None, "values": [None, [1], [1, "NaN"], ["a", "b"]]}])
    history = make.history({"revision": None, "template": None}, {"created": "yesterday"})
    seen = view(
        *pieces, events, odd, history, make.evidence({"kind": "kubernetes.logs"}, {"streams": [{}]})
    )
    assert set(read_signs(seen)) == set(SIGNS)
    [event] = seen.events("checkout") or ()
    assert (event.count, event.first) == (1, None)


def test_of_the_same_look_taken_twice_only_the_newer_counts() -> None:
    sick = make.pod(2, ready=False, containerStatuses=[make.waiting("ImagePullBackOff")])
    before = make.listed("pods", sick)
    after = make.listed("pods", make.pod(2)).model_copy(
        update={"collected_at": make.NOW.replace(minute=1)}
    )
    assert sign("image-cannot-be-pulled", view(after, before)).holds is False


def test_a_list_that_was_cut_short_proves_no_absence() -> None:
    whole = make.listed("pods", make.pod(2))
    cut = whole.model_copy(update={"truncated": True})
    assert sign("image-cannot-be-pulled", view(whole)).holds is False
    assert sign("image-cannot-be-pulled", view(cut)).holds is None
    sick = make.pod(2, ready=False, containerStatuses=[make.waiting("ImagePullBackOff")])
    some = make.listed("pods", sick).model_copy(update={"truncated": True})
    assert sign("image-cannot-be-pulled", view(some)).holds is True


@pytest.mark.parametrize("named", [make.deployment, lambda name: make.deployment(name, replicas=0)])
def test_replicas_are_missing_only_when_fewer_are_available_than_asked_for(
    named: Callable[[str], dict[str, Any]],
) -> None:
    assert (
        sign("replicas-missing", view(make.listed("deployments", named("checkout")))).holds is False
    )
    few = make.deployment(replicas=4, available=2)
    assert sign("replicas-missing", view(make.listed("deployments", few))).holds is True
