"""Who owns an object, and what becomes of a change that goes around the owner (DF-15); pure.

A change that a deployment tool puts back within seconds is no mitigation, and one that its
next release puts back is one with a duty. Each owner says which of the two holds, the way
that goes through it, and what somebody has to do afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stanch.mitigation.strategy import CannotPlanError
from stanch.tools.operations import RestartWorkload, UndoRollout, WorkloadIntent
from stanch.tools.operations.owner_marks import (
    ARGO_SKIPS,
    FLUX_APPLY,
    FLUX_RECONCILE,
    Mark,
    Tool,
    mark_of,
)

OWNER: Final = "owner"
"""The name of the look at the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The tool that keeps an object as it is."""

    tool: Tool
    who: str
    """The owner, for a sentence; empty when there is none."""
    reverts: bool | None
    """Whether a direct change is put back by itself; None when that could not be found out."""
    when: str = ""
    """When it is put back, whether by itself or by the next release."""
    right_way: str = ""
    """What to do in place of a direct change."""
    roll_back: str = ""
    """The command that takes the release back in the owner's own way."""
    follow_ups: tuple[str, ...] = ()
    """What has to be done after a direct change, one sentence each."""


_NOBODY: Final = Owner(tool="nobody", who="", reverts=False)


def owner_of(thing: Mapping[str, Any], look: Mapping[str, Any] | None = None) -> Owner:
    """Return the owner of an object, by the look at it where there is one.

    `look` is the data of `kubernetes.owner`. Without it nobody knows whether Argo CD or
    Flux puts a change back by itself.
    """
    look = look or {}
    metadata = (look.get("object") or thing)["metadata"]
    mark = mark_of(metadata)
    match mark.tool:
        case "argo":
            return _argo(mark, look)
        case "flux":
            return _flux(mark, metadata, look)
        case "flux-helm":
            return _flux_helm(mark, look)
        case "operator":
            return _operator(mark)
        case "helm":
            return _helm(mark)
        case _:
            return _NOBODY


def duties(owner: Owner, subject: str, *, roll_back: bool = False) -> tuple[str, ...]:
    """Return what the owner makes of a direct change, one sentence each, and the follow-ups.

    Raises:
        CannotPlanError: the owner puts it back, or may do so; says the right way.
    """
    if owner.reverts is False:
        told = (f"{subject} is kept by {owner.who}: {owner.when}",) if owner.who else ()
        return (*told, *owner.follow_ups)
    way = (roll_back and owner.roll_back) or owner.right_way
    if owner.reverts:
        raise CannotPlanError(
            f"{subject} is kept by {owner.who}, which puts a direct change back {owner.when}; {way}"
        )
    raise CannotPlanError(
        f"{subject} is kept by {owner.who}, and whether that puts a direct change back "
        f"{owner.when}; {way}"
    )


def of_workload(
    intent: WorkloadIntent, deployment: Mapping[str, Any], look: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """Return what the owner of a Deployment makes of `intent`, one sentence each.

    Raises:
        CannotPlanError: the owner puts the change back, or may do so.
    """
    owner = owner_of(deployment, look)
    if isinstance(intent, RestartWorkload) and owner.tool != "operator":
        # What a restart writes stands in no release, so that no tool but an operator minds.
        return ()
    return duties(owner, intent.name, roll_back=isinstance(intent, UndoRollout))


def of_object(
    thing: Mapping[str, Any], subject: str, look: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """Return what the owner of any object makes of a change of its fields.

    A strategy that finds its object only in the answer of a look could not ask after the
    owner beforehand: then a person is told what is not known.

    Raises:
        CannotPlanError: the owner puts the change back, or may do so.
    """
    owner = owner_of(thing, look)
    if look is None and owner.reverts is None:
        return (f"{subject} is kept by {owner.who}, which may put it back", *owner.follow_ups)
    return duties(owner, subject)


def _argo(mark: Mark, look: Mapping[str, Any]) -> Owner:
    keeper = look.get("keeper") or {}
    name, namespace = mark.name, mark.namespace or _namespace(keeper)
    there = f" --app-namespace {namespace}" if namespace else ""
    command = f"argocd app rollback {name or 'APP'}{there}"
    who = f"the Argo CD application {_placed(name, namespace)}"
    policy = (keeper.get("spec") or {}).get("syncPolicy") or {}
    automated = policy.get("automated")
    automated = automated if isinstance(automated, Mapping) else {"enabled": False}
    on = automated.get("enabled") is not False
    paused = (keeper.get("metadata", {}).get("annotations") or {}).get(ARGO_SKIPS) == "true"
    heals = on and automated.get("selfHeal") is True and not paused
    reverts = None if not keeper else heals
    if reverts is None:
        when = _unknown(look)
    elif reverts:
        when = "within seconds (automated sync with self-heal)"
    elif on and not paused:
        when = "the next commit to what it tracks puts all of it back (automated sync)"
    else:
        when = "its next sync puts all of it back"
    return Owner(
        tool="argo",
        who=who,
        reverts=reverts,
        when=when,
        right_way="commit the change to the repository that it tracks",
        roll_back=f"roll the application back: `{command}`",
        follow_ups=(
            (
                f"follow-up: commit the same change to the repository that {who} tracks, or its "
                "next sync takes this one away"
            ),
        ),
    )


def _flux(mark: Mark, metadata: Mapping[str, Any], look: Mapping[str, Any]) -> Owner:
    keeper = look.get("keeper") or {}
    who = f"the Flux Kustomization {_placed(mark.name, mark.namespace)}"
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    left = marks.get(FLUX_RECONCILE) == "disabled" or marks.get(FLUX_APPLY) in _LEFT
    spec = keeper.get("spec") or {}
    suspended = bool(spec.get("suspend"))
    reverts = False if left else None if not keeper else not suspended
    interval = spec.get("interval", "its interval")
    if reverts is None:
        when = _unknown(look)
    elif reverts:
        when = f"within {interval} (its interval), and with every commit"
    elif suspended:
        when = "it is suspended, and puts all of it back when it is resumed"
    else:
        when = "it is told to leave this object alone"
    suspend = f"flux suspend kustomization {mark.name or 'NAME'}{_in(mark.namespace)}"
    return Owner(
        tool="flux",
        who=who,
        reverts=reverts,
        when=when,
        right_way=f"revert the commit, or suspend it first: `{suspend}`",
        follow_ups=()
        if left
        else (
            (
                f"follow-up: revert the commit that {who} applies before it is resumed with "
                f"`{suspend.replace(' suspend ', ' resume ')}`"
            ),
        ),
    )


_LEFT: Final = frozenset({"Ignore", "IfNotPresent"})


def _flux_helm(mark: Mark, look: Mapping[str, Any]) -> Owner:
    keeper = look.get("keeper") or {}
    who = f"the Flux HelmRelease {_placed(mark.name, mark.namespace)}"
    spec = keeper.get("spec") or {}
    suspended = bool(spec.get("suspend"))
    mode = (spec.get("driftDetection") or {}).get("mode")
    reverts = None if not keeper else mode == "enabled" and not suspended
    if reverts is None:
        when = _unknown(look)
    elif reverts:
        when = f"within {spec.get('interval', 'its interval')} (it corrects drift)"
    else:
        when = "its next upgrade of the release puts all of it back"
    suspend = f"flux suspend helmrelease {mark.name or 'NAME'}{_in(mark.namespace)}"
    return Owner(
        tool="flux-helm",
        who=who,
        reverts=reverts,
        when=when,
        right_way=f"revert the commit, or suspend it first: `{suspend}`",
        follow_ups=(
            (
                f"follow-up: revert the commit with the release's version or values, or {who} "
                "brings the bad one back with its next upgrade"
            ),
        ),
    )


def _operator(mark: Mark) -> Owner:
    who = f"the operator behind {mark.kind} {mark.name}"
    where = f" -n {mark.namespace}" if mark.namespace else ""
    return Owner(
        tool="operator",
        who=who,
        reverts=True,
        when="as soon as it looks at it",
        right_way=(
            f"change the custom resource: `kubectl edit {mark.kind.lower()}/{mark.name}{where}`"
        ),
    )


def _helm(mark: Mark) -> Owner:
    release, there = mark.name or "RELEASE", _in(mark.namespace)
    return Owner(
        tool="helm",
        who=f"the Helm release {_placed(mark.name, mark.namespace)}",
        reverts=False,
        when="the next `helm upgrade` brings the bad version back, for Helm knows nothing of this",
        right_way=f"`helm rollback {release} REVISION{there}`",
        roll_back=f"`helm rollback {release} REVISION{there}`",
        follow_ups=(
            (
                "follow-up: have the release's own history say the same: "
                f"`helm history {release}{there}`, then `helm rollback {release} REVISION{there}` "
                "to the revision that was well"
            ),
        ),
    )


def _namespace(keeper: Mapping[str, Any]) -> str:
    return str((keeper.get("metadata") or {}).get("namespace", ""))


def _placed(name: str, namespace: str) -> str:
    return f"{namespace}/{name}" if namespace and name else name or "whose name it does not say"


def _in(namespace: str) -> str:
    return f" -n {namespace}" if namespace else ""


def _unknown(look: Mapping[str, Any]) -> str:
    why = str(look.get("unread") or "").rstrip(".")
    return f"is not known ({why})" if why else "is not known"
