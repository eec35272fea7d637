"""Whole incidents under other policies: no question at all, two people, and a broken glass."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from stanch.approvals import ApprovalError, Identity, approve, break_glass
from stanch.policy import load
from stanch.store import verify
from tests.journeys.kill_scene import POLICY, Scene
from tests.journeys.kill_ways import handed_over, here, stage

__all__ = ["here", "stage"]

pytestmark = pytest.mark.cluster


def under(here: Scene, more: Mapping[str, Any], **top: Any) -> None:
    """Put a policy in force that differs in its one environment by `more`."""
    rules = yaml.safe_load(POLICY)
    rules["environments"][0] |= dict(more)
    here.settings.policy_file.write_text(yaml.safe_dump(rules | top), encoding="utf-8")


def say_yes(here: Scene, name: str, who: str) -> str:
    """Let somebody approve; return where the approval stands."""
    policy = load(here.settings.policy_file)
    asked = here.store.approvals.get(name)
    person = Identity(who, "operating system user")
    return approve(here.store, policy, here.clock, asked, who=person).state.value


def test_where_the_policy_lets_it_a_change_with_a_way_back_is_made_without_asking(
    here: Scene,
) -> None:
    under(here, {"name": "staging", "autonomy": [{"kinds": ["kubernetes.roll_back"]}]})
    here.open()
    assert here.go().why == "final"
    assert here.incident().status.value == "closed"
    assert len(here.patches()) == 1
    [given] = here.store.approvals.all()
    assert given.decided_by == "the policy (environments.staging.autonomy.0)"
    assert given.state.value == "used"
    assert verify(here.store.database).faults == ()
    [document] = (here.settings.home / "postmortems").glob("*.md")
    assert "the policy (environments.staging.autonomy.0)" in document.read_text(encoding="utf-8")


def test_two_different_people_have_to_say_yes(here: Scene) -> None:
    under(here, {"approval": {"approvers": ["ann", "bob"], "mutate": {"quorum": 2}}})
    here.open()
    assert here.go().approval == "A-1"
    assert say_yes(here, "A-1", "ann") == "pending"
    assert here.go().approval == "A-1"
    assert here.patches() == []
    with pytest.raises(ApprovalError, match="already"):
        say_yes(here, "A-1", "ann")
    assert say_yes(here, "A-1", "bob") == "approved"
    assert here.go().why == "final"
    assert len(here.patches()) == 1
    [started] = here.events("mitigation.started")
    assert started.data["by"] == ["ann", "bob"]


def test_in_a_freeze_nothing_is_asked_for_and_it_is_said_why(here: Scene) -> None:
    freeze = {"starts": "2020-01-01T00:00:00Z", "ends": "2100-01-01T00:00:00Z", "reason": "sale"}
    under(here, {"freezes": [freeze]}, break_glass={"people": ["carla"], "minutes": 30})
    here.open()
    assert here.go().why == "final"
    assert handed_over(here)
    [why] = [e.data["why"] for e in here.events("decision.made") if "sale" in e.data["why"]]
    assert "carla may break the glass" in why
    assert here.patches() == []


def test_a_glass_that_is_broken_in_time_lets_the_change_be_asked_for(here: Scene) -> None:
    freeze = {"starts": "2020-01-01T00:00:00Z", "ends": "2100-01-01T00:00:00Z", "reason": "sale"}
    under(here, {"freezes": [freeze]}, break_glass={"people": ["carla"], "minutes": 30})
    name = here.open()
    policy = load(here.settings.policy_file)
    carla = Identity("carla", "operating system user")
    incident = here.store.records.incident(name)
    break_glass(here.store, policy, here.clock, incident, who=carla, reason="users are down")
    stopped = here.go(name)
    assert stopped.approval == "A-1"
    [proposal] = here.proposals()
    assert proposal.needs.glass
    with pytest.raises(ApprovalError, match="may not decide"):
        say_yes(here, "A-1", "carla")
    say_yes(here, "A-1", "ann")
    assert here.go(name).why == "final"
    assert len(here.patches()) == 1


def test_a_role_with_a_lower_ceiling_proposes_nothing(here: Scene) -> None:
    under(here, {"roles": {"devops": "observe"}})
    here.open()
    assert here.go().why == "final"
    assert handed_over(here)
    assert here.proposals() == ()
