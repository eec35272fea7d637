"""What a checkpoint holds: a little JSON, so that a later release can still read it.

The names of the nodes and of these keys are kept: a parked incident is resumed by them.
Evidence, proposals and decisions are not here; they are rows of the store.
"""

from typing import TypedDict

VERSION = 1


class State(TypedDict, total=False):
    """Where the work on one incident stands."""

    version: int
    incident: str
    look: int
    """How many times the incident was investigated."""
    attempt: int
    """How many proposals were asked for."""
    tried: list[str]
    """Mitigations that are not to be proposed again, as "runbook#mitigation"."""
    leading: str
    """The id of the hypothesis that leads; empty when none does."""
    mitigation: str
    """The mitigation that is under way, as "runbook#step"; empty when none is."""
    proposal: str
    reason: str
    """Why the last node chose the next one."""
    plan: str
    """The plan of several changes that is under way, as "runbook#plan"; empty when none is."""
    kept: list[str]
    """The proposals of that plan that were verified and stand, in the order they were made."""
    allowed: list[str]
    """Mitigations that a person chose although they had failed for this alert before."""
    question: str
    """The id of the question that a person has to answer; empty when none waits."""
    again: int
    """How many times a person asked to look again whether the change helped."""
    next: str
    """The node to go to: nodes choose, routers only read it."""
