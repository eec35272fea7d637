"""Matching: which runbooks an alert leads to, by its labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stanch.runbook.model import AlertMatch, Runbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A runbook that fits an alert, and by which labels."""

    runbook: Runbook
    why: str
    """The labels that agreed, as `name=value`."""
    specificity: int
    """How many labels agreed: more of them fit fewer alerts."""


def match(runbooks: Iterable[Runbook], labels: Mapping[str, str]) -> tuple[Match, ...]:
    """Return all runbooks that fit an alert with `labels`, the most specific first.

    A runbook fits when all labels of one of its alerts are there with exactly their
    values; equally specific ones come in the order of their names.
    """
    found = [
        Match(
            runbook=runbook,
            why=", ".join(f"{name}={value}" for name, value in sorted(best.labels.items())),
            specificity=len(best.labels),
        )
        for runbook in runbooks
        if (best := _best(runbook, labels)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.specificity, one.runbook.name)))


def _best(runbook: Runbook, labels: Mapping[str, str]) -> AlertMatch | None:
    fitting = [alert for alert in runbook.alerts if alert.labels.items() <= labels.items()]
    return max(fitting, key=lambda alert: len(alert.labels), default=None)
