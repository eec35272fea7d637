"""Policy says no unless a rule says yes, for every operation there is."""

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.policy import Approval, Changes, Policy, PolicyError, judge, load
from stanch.policy.model import Kind
from stanch.tools.operations import (
    BaseOperation,
    Effect,
    InspectWorkload,
    ListObjects,
    Operation,
    QueryMetrics,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)
from tests.unit.incident_samples import roll_back

UID = "0b1e7c5e-0000-4000-8000-000000000001"
GRANTING = Policy(
    changes=Changes(kinds=get_args(Kind), namespaces=("shop",)),
    approval=Approval(people=("ann",)),
)


def restart(**changes: Any) -> RestartDeployment:
    values = {"namespace": "shop", "name": "checkout", "uid": UID}
    return RestartDeployment.model_validate(
        values | {"restarted_at": "2026-11-01T12:00:00Z"} | changes
    )


def scale(**changes: Any) -> ScaleDeployment:
    values = {"namespace": "shop", "name": "checkout", "uid": UID}
    return ScaleDeployment.model_validate(values | {"replicas": 6, "from_replicas": 4} | changes)


changes = st.sampled_from(["shop", "kube-system", "other"]).flatmap(
    lambda namespace: st.one_of(
        st.builds(roll_back, namespace=st.just(namespace), revision=st.integers(0, 9)),
        st.builds(restart, namespace=st.just(namespace)),
        st.builds(
            scale,
            namespace=st.just(namespace),
            replicas=st.integers(0, 100),
            from_replicas=st.integers(0, 30),
        ),
    )
)
policies = st.builds(
    Policy,
    changes=st.builds(
        Changes,
        kinds=st.lists(st.sampled_from(get_args(Kind)), unique=True).map(tuple),
        namespaces=st.lists(st.sampled_from(["shop", "kube-system"]), unique=True).map(tuple),
    ),
)


@given(operation=changes, policy=policies)
def test_no_change_is_allowed_without_an_approval_of_its_own(
    operation: Operation, policy: Policy
) -> None:
    others = frozenset({roll_back(replica_set="another").digest})
    assert judge(policy, operation, approved=others).answer != "allow"


@given(operation=changes, policy=policies)
def test_an_approval_never_turns_a_no_into_a_yes(operation: Operation, policy: Policy) -> None:
    without = judge(policy, operation, approved=frozenset())
    with_it = judge(policy, operation, approved=frozenset({operation.digest}))
    assert (without.answer == "deny") == (with_it.answer == "deny")


@given(operation=changes)
def test_without_a_policy_file_every_change_is_denied(operation: Operation) -> None:
    assert judge(Policy(), operation, approved=frozenset({operation.digest})).answer == "deny"


@pytest.mark.parametrize(
    "operation",
    [
        ListObjects(resource="pods"),
        InspectWorkload(namespace="kube-system", name="x"),
        QueryMetrics(expression="up"),
    ],
)
def test_reads_are_allowed(operation: Operation) -> None:
    assert judge(Policy(), operation, approved=frozenset()).answer == "allow"


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (scale(replicas=0), "ends the service"),
        (scale(replicas=21, from_replicas=20), "max_replicas"),
        (scale(replicas=13, from_replicas=4), "max_factor"),
        (scale(replicas=1, from_replicas=0), "max_factor"),
        (scale(replicas=1, from_replicas=20), "divides"),
        (restart(namespace="kube-system"), "forbids"),
        (restart(namespace="other"), "does not list the namespace other"),
    ],
)
def test_a_change_out_of_bounds_is_denied_with_its_reason(
    operation: Operation, reason: str
) -> None:
    verdict = judge(GRANTING, operation, approved=frozenset({operation.digest}))
    assert verdict.answer == "deny"
    assert reason in verdict.reason


def test_a_kind_that_the_policy_does_not_list_is_denied() -> None:
    policy = Policy(changes=Changes(kinds=("kubernetes.scale",), namespaces=("shop",)))
    assert "changes.kinds" in judge(policy, restart(), approved=frozenset()).reason


def test_a_kind_that_the_judge_does_not_know_is_denied() -> None:
    class Drain(RollBackDeployment):
        kind: Any = "kubernetes.drain"

    class Unknown:
        kind = "host.reboot"
        effect = Effect.MUTATE

    drain = Drain.model_validate(roll_back().model_dump() | {"kind": "kubernetes.drain"})
    for operation in (drain, Unknown()):
        assert judge(GRANTING, operation, approved=frozenset()).answer == "deny"  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", [roll_back(), restart(), scale()])
def test_what_is_granted_is_asked_for_and_then_allowed_by_its_digest(
    operation: Operation,
) -> None:
    assert judge(GRANTING, operation, approved=frozenset()).answer == "ask"
    assert judge(GRANTING, operation, approved=frozenset({operation.digest})).answer == "allow"


class Unforeseen(BaseOperation):
    """An operation that says nothing of its effect."""

    kind: str = "kubernetes.unforeseen"


def test_what_is_worse_than_the_ceiling_is_denied_whoever_approved_it() -> None:
    operation: Any = Unforeseen()
    verdict = judge(GRANTING, operation, approved=frozenset({operation.digest}))
    assert (verdict.answer, "above the ceiling" in verdict.reason) == ("deny", True)


def test_scaling_to_nothing_is_forbidden_though_it_can_be_put_back() -> None:
    change = scale(replicas=0, from_replicas=0)
    assert change.effect is Effect.MUTATE
    assert judge(GRANTING, change, approved=frozenset({change.digest})).answer == "deny"
    assert scale().effect is Effect.MUTATE


def test_a_missing_policy_grants_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "none.yaml") == Policy()
    assert Policy().approval.people == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("changes: [", "not YAML"),
        ("changes: {kinds: [kubernetes.delete]}", "changes.kinds.0"),
        ("chnages: {}", "chnages: Extra inputs"),
        ("version: 2", "version"),
        ("approval: {expires_minutes: soon}", "approval.expires_minutes"),
        ("approval: {expires_minutes: 0}", "approval.expires_minutes"),
        ("approval: {people: ['ann; rm']}", "approval.people.0"),
        ("- a list", "the file"),
        ("", "the file"),
    ],
)
def test_a_policy_that_cannot_be_read_is_an_error_that_says_where(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=r"policy\.yaml") as raised:
        load(file)
    assert says in str(raised.value)
    assert "no change is allowed" in str(raised.value)


def test_a_policy_that_everybody_can_write_grants_nothing(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("version: 1")
    file.chmod(0o666)
    with pytest.raises(PolicyError, match="chmod go-w"):
        load(file)
    file.chmod(0o644)
    assert load(file) == Policy()
    file.write_text("[" * 1200)
    with pytest.raises(PolicyError, match="no change is allowed"):
        load(file)


def test_a_policy_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="cannot be read"):
        load(file)


@given(policy=policies)
def test_every_rule_is_part_of_the_digest(policy: Policy) -> None:
    other = policy.model_copy(update={"forbidden_namespaces": ("x",)})
    assert policy.sha256 != other.sha256
    assert policy.sha256 == Policy.model_validate(policy.model_dump()).sha256
