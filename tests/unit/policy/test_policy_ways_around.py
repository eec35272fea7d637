"""What the policy does not grant is not had by another way to the same end."""

from typing import Any

import pytest

from stanch.policy import HttpReads, Policy, Reads, Rule, judge
from stanch.tools.operations import FieldChange, HostRead, HttpRead, PatchObject
from tests.unit.policy_samples import environment, policy, situation

UID = "11111111-2222-3333-4444-555555555555"


def verdict(rules: Policy, operation: Any) -> tuple[str, str]:
    digests = frozenset({operation.digest})
    found = judge(rules, operation, approved=digests, situation=situation())
    return found.answer, found.reason


def test_the_rights_of_another_user_are_not_had_by_a_login_of_his() -> None:
    read = HostRead(program="uptime", host="web-1", login="root")
    answer, reason = verdict(Policy(reads=Reads(hosts=("web-*",))), read)
    assert answer == "deny"
    assert reason == "the policy does not list the user root under reads.sudo"
    assert verdict(Policy(reads=Reads(hosts=("web-*",), sudo=("root",))), read)[0] == "allow"


def test_a_pointer_of_a_server_leads_to_no_path_that_is_not_listed() -> None:
    read = HttpRead(host="shop.example", path="/healthz", follow=True)
    some = Reads(http=(HttpReads(host="shop.example", paths=("/healthz",)),))
    answer, reason = verdict(Policy(reads=some), read)
    assert answer == "deny"
    assert "all paths of shop.example (/**)" in reason
    assert verdict(Policy(reads=some), read.model_copy(update={"follow": False}))[0] == "allow"
    every = Reads(http=(HttpReads(host="shop.example"),))
    assert verdict(Policy(reads=every), read)[0] == "allow"


@pytest.mark.parametrize(
    ("field", "before", "after", "why"),
    [
        ("maxReplicas", 10, 21, "more than limits.max_size"),
        ("minReplicas", 2, 1000, "more than limits.max_size"),
        ("maxReplicas", 4, 13, "multiplies maxReplicas"),
        ("maxReplicas", 20, 6, "divides maxReplicas"),
        ("maxReplicas", 4, "many", "is to be a number"),
        ("minReplicas", 2, 0, "ends the service"),
    ],
)
def test_the_bounds_of_a_scale_hold_for_an_autoscaler(
    field: str, before: int, after: Any, why: str
) -> None:
    change = patch(FieldChange(path=f"/spec/{field}", before=before, after=after))
    answer, reason = verdict(AUTOSCALERS, change)
    assert answer == "deny"
    assert why in reason


def test_an_autoscaler_is_moved_within_the_bounds() -> None:
    changes = (
        FieldChange(path="/spec/minReplicas", before=2, after=8),
        FieldChange(path="/spec/maxReplicas", before=10, after=20),
    )
    assert verdict(AUTOSCALERS, patch(*changes))[0] == "allow"
    taken = patch(FieldChange(path="/spec/minReplicas", before=2, after=None))
    assert verdict(AUTOSCALERS, taken)[0] == "allow"


AUTOSCALERS = policy(
    environment(allow=(Rule(kinds=("kubernetes.patch",), things=("horizontalpodautoscalers/*",)),))
)


def patch(*changes: FieldChange) -> PatchObject:
    return PatchObject(
        resource="horizontalpodautoscalers",
        namespace="shop",
        name="web",
        uid=UID,
        changes=changes,
    )
