"""How the newest version of a service answers, compared with the versions before it.

The figures are requests by version and status code over time. Two versions can only be
compared while both serve: a version that was replaced before the trouble began proves
nothing about it. Then the first moments of the new version, alone, may still tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stanch.diagnosis import metrics
from stanch.diagnosis.metrics import Counts
from stanch.diagnosis.onset import onset
from stanch.diagnosis.reading import Reading, either, no, unknown, yes
from stanch.diagnosis.rollouts import rollout
from stanch.diagnosis.trouble import ratio_onset
from stanch.diagnosis.view import View

PROOF_SECONDS = 120.0
"""A version that served this long without trouble was well."""
_APART = 5.0
"""Versions whose error ratios differ by less than this factor fail alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The newest version and the others, as they were measured."""

    new: Counts
    others: tuple[Counts, ...]
    evidence: tuple[str, ...]


def versions(view: View) -> Versions | Reading:
    """Return the measured versions, or the reading that says what is missing."""
    counted = metrics.counts(view, "version", service=view.service)
    newest = rollout(view, view.deployment)
    if counted is None:
        return unknown("Requests were not measured by version.")
    if newest is None:
        return unknown("The revisions of the deployment were not read.")
    names = sorted(counted.keys() & newest.new.versions)
    ids = (newest.evidence, next(iter(counted.values())).evidence)
    if newest.old is not None and newest.old.versions & newest.new.versions:
        return unknown("Both revisions run the same version, so metrics cannot tell.", *ids)
    if len(names) != 1 or not counted[names[0]].busy():
        return unknown("The newest version has answered no requests.", *ids)
    others = tuple(c for v, c in sorted(counted.items()) if v != names[0] and c.busy())
    return Versions(new=counted[names[0]], others=others, evidence=ids)


def only_new_fails(view: View) -> Reading:
    """Read whether the newest version answers with errors and the others do not."""
    seen = versions(view)
    if isinstance(seen, Reading):
        return seen
    pair = _side_by_side(view, seen)
    if pair is None:
        return _from_its_first_requests(view, seen)
    new, old = pair
    says = f"Side by side, version {seen.new.value} fails {new:.1%}, the others {old:.1%}."
    if new < view.error_limit:
        return no(says, *seen.evidence)
    return either(new > _APART * old, says, *seen.evidence)


def all_fail(view: View) -> Reading:
    """Read whether versions that serve side by side fail alike."""
    seen = versions(view)
    if isinstance(seen, Reading):
        return seen
    pair = _side_by_side(view, seen)
    if pair is None:
        return unknown("No two versions served side by side in the trouble.", *seen.evidence)
    new, old = pair
    says = f"Side by side, version {seen.new.value} fails {new:.1%}, the others {old:.1%}."
    return either(_alike(view, new, old), says, *seen.evidence)


def new_was_well(view: View) -> Reading:
    """Read whether the newest version served without trouble before the trouble began."""
    seen = versions(view)
    if isinstance(seen, Reading):
        return seen
    rise = onset(seen.new.ratios(), effect=view.error_limit)
    busy = seen.new.busy()
    if rise is None:
        ratio = seen.new.ratio(busy)
        if ratio is not None and ratio >= view.error_limit:
            says = f"Version {seen.new.value} fails {ratio:.1%} of all its requests."
            return no(says, *seen.evidence)
        return unknown(f"No rise was measured in version {seen.new.value}.", *seen.evidence)
    calm = [t for t in busy if t < rise.at.timestamp()]
    span, ratio = calm[-1] - calm[0], seen.new.ratio(calm)
    says = f"Version {seen.new.value} served {span:.0f} s before its errors rose"
    well = ratio is not None and ratio < view.error_limit and span >= PROOF_SECONDS
    return either(well, f"{says}, failing {ratio or 0:.2%}.", *seen.evidence)


def old_was_well(view: View) -> Reading:
    """Read whether the versions before the newest served without trouble."""
    seen = versions(view)
    if isinstance(seen, Reading):
        return seen
    ratio = _pooled(seen.others, sorted({t for one in seen.others for t in one.busy()}))
    if ratio is None:
        return unknown("No earlier version served in the time that was measured.", *seen.evidence)
    says = f"The versions before {seen.new.value} failed {ratio:.2%} of their requests."
    return either(ratio < view.error_limit, says, *seen.evidence)


def _side_by_side(view: View, seen: Versions) -> tuple[float, float] | None:
    """Return the error ratios, new and others, while both served and trouble was there.

    Versions that both fail are compared whenever both were measured. That one did not fail
    says something only if it was asked in the trouble: a rate of which less than half of the
    window lies in the trouble tells of the calm before.
    """
    rise = ratio_onset(view, view.service)
    if rise is None:
        return None
    start, end = rise.at.timestamp(), (rise.ended or view.now).timestamp()
    measured = {t for one in seen.others for t in one.busy()}
    troubled = [t for t in seen.new.busy() if t in measured and start <= t <= end]
    if len(troubled) < 2:
        return None
    ours, theirs = seen.new.ratio(troubled), _pooled(seen.others, troubled)
    if ours is None or theirs is None:
        return None
    until = max(one.busy()[-1] for one in (seen.new, *seen.others))
    asked = frozenset[float]().union(*(_asked(one, until) for one in seen.others))
    asked &= _asked(seen.new, until)
    proofs = [t for t in troubled if t in asked and t >= start + seen.new.window / 2]
    return (ours, theirs) if _alike(view, ours, theirs) or len(proofs) >= 2 else None


def _alike(view: View, new: float, old: float) -> bool:
    """Tell whether both fail, and none much more than the other."""
    return max(new, old) <= _APART * min(new, old) and min(new, old) >= view.error_limit


def _asked(one: Counts, until: float) -> frozenset[float]:
    """Return the times at which a version was asked, of a measurement that goes on `until` then.

    A rate looks back: it stays above zero for its whole window after the last request.
    """
    busy = one.busy()
    last = busy[-1] if busy[-1] >= until else busy[-1] - one.window
    return frozenset(t for t in busy if t <= last)


def _from_its_first_requests(view: View, seen: Versions) -> Reading:
    first = seen.new.busy()[:2]
    ratio, before = seen.new.ratio(first), old_was_well(view)
    if ratio is None or ratio < view.error_limit or before.holds is not True or len(first) < 2:
        return unknown("No two versions served side by side in the trouble.", *seen.evidence)
    return yes(
        f"Version {seen.new.value} failed {ratio:.1%} of its first requests. {before.because}",
        *seen.evidence,
    )


def _pooled(some: Sequence[Counts], times: Sequence[float]) -> float | None:
    """Return the error ratio of several versions taken together."""
    asked = sum(one.requests.get(t, 0.0) for one in some for t in times)
    failed = sum(one.failures.get(t, 0.0) for one in some for t in times)
    return failed / asked if asked else None
