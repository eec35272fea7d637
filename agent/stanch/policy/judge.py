"""The judgement of one operation: pure, and no by default."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, assert_never

from stanch.policy.model import Policy
from stanch.policy.reads import forbidden_read
from stanch.tools.operations import (
    Effect,
    KubernetesChange,
    Operation,
    RestartDeployment,
    RollBackDeployment,
    ScaleDeployment,
)

CEILING = Effect.MUTATE
"""Nothing worse than this runs, whoever approves it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may happen to an operation, and the one sentence that says why."""

    answer: Literal["allow", "ask", "deny"]
    reason: str


def judge(policy: Policy, operation: Operation, *, approved: AbstractSet[str]) -> Verdict:
    """Judge `operation`, given the digests of the operations that people have approved.

    A kind of change that this function does not name is denied.
    """
    if operation.effect is Effect.OBSERVE:
        if reason := forbidden_read(policy.reads, operation):
            return Verdict("deny", reason)
        return Verdict("allow", "it only reads")
    if operation.effect > CEILING:
        return Verdict("deny", f"its effect is {operation.effect.word}, above the ceiling")
    match operation:
        case RollBackDeployment() | RestartDeployment() | ScaleDeployment():
            if reason := _forbidden(policy, operation):
                return Verdict("deny", reason)
        case _:
            return Verdict("deny", f"no rule names {operation.kind}")
    if operation.digest in approved:
        return Verdict("allow", "a named person approved exactly this operation")
    return Verdict("ask", "it changes the target")


def _forbidden(policy: Policy, change: KubernetesChange) -> str | None:
    rules = policy.changes
    if change.kind not in rules.kinds:
        return f"the policy does not list {change.kind} under changes.kinds"
    if change.namespace in policy.forbidden_namespaces:
        return f"the policy forbids changes in the namespace {change.namespace}"
    if change.namespace not in rules.namespaces:
        return f"the policy does not list the namespace {change.namespace} under changes.namespaces"
    match change:
        case ScaleDeployment():
            if change.replicas == 0:
                return "no replicas at all: it ends the service"
            if change.replicas > rules.max_replicas:
                return f"{change.replicas} replicas are more than changes.max_replicas"
            if change.replicas > change.from_replicas * rules.max_factor:
                return "it multiplies the replicas by more than changes.max_factor"
            if change.replicas * rules.max_factor < change.from_replicas:
                return "it divides the replicas by more than changes.max_factor"
        case RollBackDeployment() | RestartDeployment():
            pass
        case _:
            assert_never(change)
    return None
