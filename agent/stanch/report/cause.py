"""Which hypothesis the incident ended with, how sure it is, and what class of failure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stanch.incident import Event, Hypothesis, Sign
from stanch.report.course import Attempt
from stanch.report.journal import rounds

Certainty = Literal["confirmed", "leading"]
Theme = Literal[
    "release",
    "image",
    "config",
    "memory",
    "dependency",
    "database",
    "host",
    "certificate",
    "network",
    "capacity",
    "false alarm",
    "unknown",
]

_THEMES: tuple[tuple[Theme, frozenset[str]], ...] = (
    ("image", frozenset({"image-cannot-be-pulled"})),
    ("memory", frozenset({"killed-for-memory", "memory-limit-lowered-in-rollout"})),
    ("config", frozenset({"configuration-error-logged", "configuration-changed-in-rollout"})),
    ("dependency", frozenset({"dependency-exhausted-logged", "dependency-errors"})),
    (
        "release",
        frozenset({"errors-only-in-new-version", "new-pods-fail", "onset-follows-rollout"}),
    ),
)
"""The more telling sign first: a crash loop also has new pods that fail."""

_BY_RUNBOOK: tuple[tuple[str, Theme], ...] = (
    ("postgres/", "database"),
    ("linux/", "host"),
    ("http/certificate", "certificate"),
    ("http/", "dependency"),
    ("kubernetes/dependency", "dependency"),
    ("kubernetes/secret", "database"),
    ("kubernetes/dns", "network"),
    ("kubernetes/network", "network"),
    ("kubernetes/port", "network"),
    ("kubernetes/node", "network"),
    ("kubernetes/traffic", "capacity"),
    ("kubernetes/retry", "capacity"),
    ("kubernetes/cpu", "capacity"),
    ("kubernetes/autoscaler", "capacity"),
    ("kubernetes/quota", "capacity"),
    ("kubernetes/unschedulable", "capacity"),
)
"""The class of failure of the shipped runbooks' other hypotheses, by how their ids begin."""

MECHANISMS = (
    "dependency-exhausted-logged",
    "configuration-error-logged",
    "killed-for-memory",
    "image-cannot-be-pulled",
    "errors-only-in-new-version",
    "dependency-named-in-errors",
    "errors-in-all-versions",
    "new-pods-fail",
)
"""Signs that say how it fails, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The accepted hypothesis, and what the certainty of it rests on."""

    hypothesis: Hypothesis
    certainty: Certainty
    basis: str
    first_led: Event
    weighed: Event
    theme: Theme


def cause(events: Sequence[Event], tried: Sequence[Attempt]) -> Cause | None:
    """Return the hypothesis that the incident ended with; None when none was ahead.

    A hypothesis counts as confirmed when the journal says so or when the change that was
    made for it held its checks; one whose change failed them is out.
    """
    weighings = rounds(events)
    cured = {one.proposal.hypothesis for one in tried if one.held}
    failed = {one.proposal.hypothesis for one in tried if one.held is False} - cured
    for event, hypotheses in reversed(weighings):
        for one in hypotheses:
            if one.id in failed or not (one.id in cured or _ahead(one)):
                continue
            sure = one.state == "confirmed" or one.id in cured
            led = next(e for e, all_ in weighings if any(h.id == one.id for h in all_))
            first = next(
                (e for e, all_ in weighings if any(h.id == one.id and _ahead(h) for h in all_)), led
            )
            return Cause(
                hypothesis=one,
                certainty="confirmed" if sure else "leading",
                basis=_basis(one, cured),
                first_led=first,
                weighed=event,
                theme=theme(one),
            )
    return None


def theme(hypothesis: Hypothesis) -> Theme:
    """Return the class of failure, by the signs that hold for it."""
    holding = {sign.name for sign in hypothesis.supporting if sign.holds is not False}
    if "error-ratio-healthy" in holding and not hypothesis.mitigations:
        return "false alarm"
    by_sign = [name for name, signs in _THEMES if signs & holding]
    by_runbook = [name for begin, name in _BY_RUNBOOK if hypothesis.id.startswith(begin)]
    return next(iter([*by_sign, *by_runbook]), "unknown")


def pick(signs: Sequence[Sign], *names: str) -> Sign | None:
    """Return the sign that is named first among `names` and holds."""
    by_name = {sign.name: sign for sign in signs if sign.holds is not False}
    return next((by_name[name] for name in names if name in by_name), None)


def _ahead(one: Hypothesis) -> bool:
    return one.state in {"leading", "confirmed"}


def _basis(one: Hypothesis, cured: set[str]) -> str:
    if one.id in cured:
        return "the change that was made for it held its checks"
    if one.state == "confirmed":
        return "the journal confirms it"
    return "the evidence speaks for it; no change has tested it"
