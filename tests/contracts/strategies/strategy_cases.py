"""All cases, and which kinds of changes have none."""

from typing import Any

import pytest

from tests.contracts.clients import client_targets
from tests.contracts.strategies import (
    cluster_cases,
    cluster_drifts,
    git_cases,
    host_cases,
    object_cases,
    other_drifts,
    sql_cases,
    traffic_cases,
    web_cases,
)
from tests.contracts.strategies.strategy_runs import nothing

CASES = (
    *cluster_cases.CASES,
    *object_cases.CASES,
    *traffic_cases.CASES,
    *sql_cases.CASES,
    *web_cases.CASES,
    *host_cases.CASES,
    *git_cases.CASES,
)
ELSEWHERE = {
    "manual.do": "a person carries it out: nothing is sent, and that person's word ends it",
}
"""Kinds that no target can be drilled with, and why."""
BY_HAND = frozenset({"GuidedSteps"})
"""The strategies of those kinds."""
DRIFTS = (*cluster_drifts.DRIFTS, *other_drifts.DRIFTS)
ONLY_BEFORE = frozenset(
    {
        # They do what the change itself has done by then.
        "deployment: paused by others already",
        "autoscaler: made by others",
        "autoscaler: another one for the same",
        "node: uncordoned",
        "node: cordoned",
        "index: made meanwhile",
        "index: dropped meanwhile",
        "flag: switched meanwhile",
        "block: others block the same",
        "application: healing turned off",
        # The way back does not rest on them.
        "deployment: its earlier revision went",
        "deployment: scaled to zero",
        "application: synced to another revision",
        "flag: its version moved",
        "weight: it became the last that serves",
        "service: its version moved",
        "branch: moved",
    }
)
"""Drifts that a way back, once the change was made, need not see."""
BY_NAME = {one.name: one for one in CASES}

LATER = tuple(
    drift
    for drift in DRIFTS
    if drift.meddle is not nothing
    and drift.name not in ONLY_BEFORE
    and BY_NAME[drift.case].back is not None
)
"""Drifts that are drilled between a change and its inverse, too."""


def clusters(where: str) -> list[str]:
    """Return the clusters that a case runs on; what is no cluster has one place."""
    return client_targets.names() if where == "cluster" else ["practice"]


def drills() -> list[Any]:
    """Return each case with each cluster that it runs on, as parameters of a test."""
    return [
        pytest.param(
            case,
            cluster,
            id=f"{case.name}-{cluster}",
            marks=[pytest.mark.cluster] if case.where == "cluster" else [],
        )
        for case in CASES
        for cluster in clusters(case.where)
    ]


def drifts(*, after: bool = False) -> list[Any]:
    """Return each drift with each cluster that its case runs on, as parameters of a test.

    `after`: only those that the way back has to see as well.
    """
    return [
        pytest.param(
            drift,
            cluster,
            id=f"{drift.name}-{cluster}",
            marks=[pytest.mark.cluster] if BY_NAME[drift.case].where == "cluster" else [],
        )
        for drift in (LATER if after else DRIFTS)
        for cluster in clusters(BY_NAME[drift.case].where)
    ]
