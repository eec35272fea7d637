"""Signs about what was changed before the trouble, of whatever kind the change was."""

from collections.abc import Callable
from functools import partial

from stanch.diagnosis import metrics
from stanch.diagnosis.changes import Change, Kind, changes, followed, used_maps
from stanch.diagnosis.reading import Reading, SignSpec, no, span, unknown, yes
from stanch.diagnosis.rollouts import rollout
from stanch.diagnosis.topology import topology
from stanch.diagnosis.trouble import Beginning, beginning
from stanch.diagnosis.view import View


def onset_follows_change(view: View) -> Reading:
    """Read whether the trouble began soon after anything of the workload or below it changed."""
    began = beginning(view)
    if began is None:
        return unknown("It is not known when the trouble began.")
    near = [one for one in followed(view, began) if _concerns(view, one)]
    if near:
        return _after(near[0], began)
    if rollout(view, view.deployment) is None:
        return unknown("The revisions of the deployment were not read.", began.evidence)
    return no(f"No change that was read precedes it closely: {began.what}.", began.evidence)


def follows(view: View, kind: Kind, missing: Callable[[View], str]) -> Reading:
    """Read whether the trouble began soon after a change of this kind.

    `missing` says what would have to be read to know that there was none.
    """
    began = beginning(view)
    if began is None:
        return unknown("It is not known when the trouble began.")
    near = [one for one in followed(view, began) if one.kind == kind and _concerns(view, one)]
    if near:
        return _after(near[0], began)
    if why := missing(view):
        return unknown(why, began.evidence)
    mine = [one for one in changes(view) if one.kind == kind and _concerns(view, one)]
    ids = (began.evidence, *(one.evidence for one in mine))
    if not mine:
        return no(f"No change of that kind is known; {began.what}.", *ids)
    lag = began.at - mine[0].at
    order = "before" if lag.total_seconds() >= 0 else "after"
    return no(f"The newest such change came {span(lag)} {order} it: {mine[0].what}.", *ids)


def nearer_than_rollout(view: View) -> Reading:
    """Read whether another change lies nearer to the trouble than the newest release."""
    began = beginning(view)
    if began is None:
        return unknown("It is not known when the trouble began.")
    near = [
        one
        for one in followed(view, began)
        if _concerns(view, one) and one.kind in {"config", "service", "flag", "deploy"}
    ]
    if not near:
        return no("The trouble follows no change that was read.", began.evidence)
    first = near[0]
    if first.kind == "deploy" and first.workload == view.deployment:
        return no(f"Nothing is nearer than the release: {first.what}.", first.evidence)
    return _after(first, began)


def _after(change: Change, began: Beginning) -> Reading:
    lag = began.at - change.at
    what = began.what[:1].upper() + began.what[1:]
    says = f"{what} {span(lag)} after this: {change.what}."
    return yes(says, change.evidence, began.evidence)


def _concerns(view: View, change: Change) -> bool:
    """Say whether a change is of the alerted workload, of what it calls, or of nobody known."""
    if not change.workload:
        return change.kind in {"flag", "service"}
    if change.workload == view.deployment:
        return True
    seen = topology(view)
    behind = view.services()
    below = {behind.get(name, name) for name in seen.reached(view.service)}
    return change.workload in below


def _maps_missing(view: View) -> str:
    used = used_maps(view, view.deployment)
    if used is None:
        return "The deployment was not read."
    unread = sorted(name for name in used - {""} if name not in view.config_maps())
    return f"The config maps {', '.join(unread)} were not read." if unread else ""


def _flags_missing(view: View) -> str:
    told = any("events" in (one.data.get("json") or {}) for one in view.read("http.read"))
    return "" if told else "The events of the flag service were not read."


def _services_missing(view: View) -> str:
    return "" if view.objects("services") else "The services were not read."


def _scales_missing(view: View) -> str:
    return "" if view.all_events() is not None else "The events were not read."


def _requests_missing(view: View) -> str:
    return "" if metrics.requests(view, view.service) else "Requests were not measured."


def _follows(kind: Kind, missing: Callable[[View], str]) -> Callable[[View], Reading]:
    return partial(follows, kind=kind, missing=missing)


CHANGE_SIGNS = (
    SignSpec(
        name="onset-follows-change",
        about="The trouble began within a quarter of an hour after some change of the workload"
        " or of what it calls.",
        read=onset_follows_change,
    ),
    SignSpec(
        name="onset-follows-config-change",
        about="The trouble began within a quarter of an hour after its configuration was written.",
        read=_follows("config", _maps_missing),
        weight=2.0,
    ),
    SignSpec(
        name="onset-follows-service-change",
        about="The trouble began within a quarter of an hour after a Service or a network policy"
        " was written.",
        read=_follows("service", _services_missing),
        weight=2.0,
    ),
    SignSpec(
        name="onset-follows-flag",
        about="The trouble began within a quarter of an hour after a feature flag was changed.",
        read=_follows("flag", _flags_missing),
        weight=2.0,
    ),
    SignSpec(
        name="onset-follows-scale",
        about="The trouble began within a quarter of an hour after the workload was scaled.",
        read=_follows("scale", _scales_missing),
    ),
    SignSpec(
        name="onset-follows-traffic",
        about="The trouble began within a quarter of an hour after traffic stepped up or down.",
        read=_follows("traffic", _requests_missing),
    ),
    SignSpec(
        name="another-change-is-nearer",
        about="A change that is no release of the workload lies nearer to the onset than it.",
        read=nearer_than_rollout,
    ),
)
