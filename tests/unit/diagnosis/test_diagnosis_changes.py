"""Changes of every kind are found with their time, and the onset is held against them (DF-21)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.diagnosis.changes import FOLLOWS, HALF, SLACK, Change, changes, followed, nearness
from stanch.diagnosis.trouble import Beginning
from stanch.diagnosis.view import View

from .diagnosis_samples import (
    NOW,
    Json,
    ago,
    counted,
    deployment,
    evidence,
    history,
    listed,
    ratio,
    revision,
    sign,
    template,
    view,
)

RISING = ratio(*[0.0] * 20, *[0.3] * 20)
"""The ratio rises five minutes before NOW."""
CONTAINER = {"envFrom": [{"configMapRef": {"name": "checkout-config"}}]}


def config_map(written: float | None, *, created: float = 9000, manager: str = "kubectl") -> Json:
    fields = [] if written is None else [{"manager": manager, "time": ago(written)}]
    return {
        "metadata": {
            "name": "checkout-config",
            "namespace": "shop",
            "creationTimestamp": ago(created),
            "managedFields": fields,
        },
        "data": {"CATALOG_URL": "http://catalog:8080"},
    }


def workload(**more: Any) -> Json:
    made = template()
    made["spec"]["containers"][0] |= CONTAINER
    return deployment(template=made, **more)


def flag_events(*rows: Json) -> Any:
    asked = {"kind": "http.read", "method": "GET", "host": "flags", "path": "/api/admin/events"}
    return evidence(asked, {"status_code": 200, "json": {"events": list(rows)}})


def scaled(minutes_ago: float, reason: str = "SuccessfulRescale") -> Json:
    return {
        "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"kind": "HorizontalPodAutoscaler", "name": "checkout"},
        "reason": reason,
        "message": "New size: 2",
        "firstTimestamp": ago(minutes_ago),
        "lastTimestamp": ago(minutes_ago),
    }


def kinds(seen: View) -> list[str]:
    return [one.kind for one in changes(seen)]


def test_each_kind_of_change_is_found_with_its_time_the_newest_first() -> None:
    flag = {
        "type": "feature-environment-enabled",
        "createdAt": ago(9),
        "featureName": "new-search",
        "environment": "production",
    }
    commits = {"commits": [{"commit": "a" * 40, "at": ago(6), "subject": "x"}]}
    seen = view(
        history(revision(2, 12), revision(1, 600)),
        listed("deployments", workload()),
        listed("configmaps", config_map(8)),
        listed("events", scaled(7)),
        flag_events(flag),
        evidence({"kind": "git.commits", "repository": "shop"}, commits),
    )
    found = {one.kind: one for one in changes(seen)}
    assert kinds(seen) == ["commit", "scale", "config", "flag", "deploy"]
    assert [NOW - found[kind].at for kind in ("config", "flag", "deploy")] == [
        timedelta(minutes=minutes) for minutes in (8, 9, 12)
    ]
    assert found["flag"].what == "the flag new-search was enabled in production"
    assert found["config"].workload == "checkout"


def test_a_config_map_was_written_when_others_than_stanch_wrote_it_last() -> None:
    mine = view(listed("configmaps", config_map(1, created=40, manager="stanch")))
    assert [NOW - one.at for one in changes(mine)] == [timedelta(minutes=40)]
    new = view(listed("configmaps", config_map(None, created=3)))
    assert [NOW - one.at for one in changes(new)] == [timedelta(minutes=3)]


def test_a_scale_within_a_rollout_is_a_part_of_it() -> None:
    def event(minutes: float) -> Json:
        made = scaled(minutes, "ScalingReplicaSet")
        return made | {"involvedObject": {"kind": "Deployment", "name": "checkout"}}

    rolling = view(history(revision(2, 12)), listed("events", event(11)))
    assert kinds(rolling) == ["deploy"]
    by_hand = view(history(revision(2, 120)), listed("events", event(11)))
    assert kinds(by_hand) == ["scale", "deploy"]


@pytest.mark.parametrize(("before", "after", "way"), [(10, 40, "rose"), (40, 10, "fell")])
def test_traffic_that_steps_is_a_change(before: float, after: float, way: str) -> None:
    seen = view(counted("route", {("/a", "200"): [before] * 20 + [after] * 20}))
    [one] = changes(seen)
    assert (one.kind, one.at) == ("traffic", NOW - timedelta(seconds=15 * 19))
    assert way in one.what
    steady = view(counted("route", {("/a", "200"): [before] * 40}))
    assert changes(steady) == ()


def test_a_commit_is_only_a_hint_and_no_onset_follows_it() -> None:
    commits = {"commits": [{"commit": "b" * 40, "at": ago(5.2), "subject": "fix"}]}
    seen = view(
        RISING,
        history(revision(2, 900), revision(1, 1000)),
        listed("deployments", workload()),
        evidence({"kind": "git.commits", "repository": "shop"}, commits),
    )
    assert kinds(seen)[0] == "commit"
    assert sign("onset-follows-change", seen).holds is False


def test_the_onset_follows_the_change_that_came_before_it() -> None:
    seen = view(
        RISING,
        history(revision(2, 12), revision(1, 600)),
        listed("deployments", workload()),
        listed("configmaps", config_map(6)),
    )
    assert sign("onset-follows-config-change", seen).holds is True
    assert sign("onset-follows-change", seen).holds is True
    assert sign("onset-follows-rollout", seen).holds is True
    nearer = sign("another-change-is-nearer", seen)
    assert nearer.holds is True
    assert "configmaps/checkout-config" in nearer.because


def test_an_old_configuration_is_no_cause_and_an_unread_one_is_unknown() -> None:
    old = view(RISING, listed("deployments", workload()), listed("configmaps", config_map(300)))
    assert sign("onset-follows-config-change", old).holds is False
    unread = view(RISING, listed("deployments", workload()))
    found = sign("onset-follows-config-change", unread)
    assert found.holds is None
    assert "checkout-config" in found.because


def test_the_configuration_of_others_does_not_count() -> None:
    other = config_map(6)
    other["metadata"]["name"] = "reporting-config"
    seen = view(
        RISING,
        history(revision(2, 900)),
        listed("deployments", workload()),
        listed("configmaps", config_map(300), other),
    )
    assert sign("onset-follows-config-change", seen).holds is False
    assert sign("onset-follows-change", seen).holds is False


def test_a_change_of_what_is_called_counts() -> None:
    called = deployment("catalog", template=template())
    rows = [revision(2, 6, template("catalog:2")), revision(1, 900, template("catalog:1"))]
    released = history(*rows, name="catalog")
    seen = view(
        RISING,
        history(revision(2, 900)),
        released,
        listed("deployments", workload(), called),
        listed("configmaps", config_map(300)),
    )
    found = sign("onset-follows-change", seen)
    assert found.holds is True
    assert "catalog was released" in found.because


def test_signs_without_their_evidence_are_unknown() -> None:
    names = ("change", "config-change", "service-change", "flag", "scale", "traffic")
    for name in names:
        assert sign(f"onset-follows-{name}", view()).holds is None
        assert sign(f"onset-follows-{name}", view(RISING)).holds is None
    assert sign("another-change-is-nearer", view()).holds is None
    assert sign("another-change-is-nearer", view(RISING)).holds is False


def test_a_flag_and_a_service_before_the_onset_are_seen() -> None:
    flag = {"type": "feature-updated", "createdAt": ago(6), "featureName": "new-search"}
    service = {
        "metadata": {
            "name": "checkout",
            "namespace": "shop",
            "creationTimestamp": ago(900),
            "managedFields": [{"manager": "kubectl-edit", "time": ago(5.5)}],
        },
        "spec": {"selector": {"app": "checkout"}},
    }
    seen = view(
        RISING, flag_events(flag), listed("services", service), listed("deployments", workload())
    )
    assert sign("onset-follows-flag", seen).holds is True
    assert sign("onset-follows-service-change", seen).holds is True
    quiet = view(RISING, flag_events(), listed("services", {**service, "metadata": {}}))
    assert sign("onset-follows-flag", quiet).holds is False


def change(before_onset: timedelta, kind: str = "config") -> Change:
    return Change(
        kind=kind,  # type: ignore[arg-type]
        subject="x",
        at=NOW - before_onset,
        what="x",
        evidence="E-001",
    )


BEGAN = Beginning(at=NOW, not_before=None, what="it began", evidence="E-002")


@given(lag=st.timedeltas(timedelta(hours=-2), timedelta(hours=2)))
def test_nearness_falls_by_half_every_five_minutes_and_ends(lag: timedelta) -> None:
    near = nearness(change(lag), BEGAN)
    assert (near > 0) == (-SLACK <= lag <= FOLLOWS)
    if timedelta() <= lag <= FOLLOWS - HALF:
        assert nearness(change(lag + HALF), BEGAN) == pytest.approx(near / 2)
    if -SLACK <= lag <= timedelta():
        assert near == 1
    assert nearness(change(lag, "commit"), BEGAN) == 0


def test_the_nearest_change_stands_first() -> None:
    seen = view(
        listed("deployments", workload()),
        listed("configmaps", config_map(6)),
        history(revision(2, 5), revision(1, 600)),
    )
    began = Beginning(
        at=NOW - timedelta(minutes=4), not_before=None, what="it began", evidence="E-9"
    )
    assert [one.kind for one in followed(seen, began)] == ["deploy", "config"]
