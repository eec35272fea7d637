"""The plans for stateful sets and daemon sets: roll back, restart, scale; pure.

The look is the data of `kubernetes.set`. Going back is pinned to one ControllerRevision by
name, UID and the digest of its data: its number moves when a set goes back to it, and a
second `kubectl rollout undo` would bring the bad version back (DF-15).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from stanch.mitigation import sets_touches as words
from stanch.mitigation.strategy import CannotPlanError, Plan
from stanch.tools.operations import RestartSet, RollBackSet, ScaleSet
from stanch.tools.operations.controller_revisions import (
    data_digest,
    is_of,
    is_template,
    number_of,
    revision_facts,
    set_observed,
    template_of,
)
from stanch.tools.operations.workload import images

_Thing = Mapping[str, Any]

_NO_WAY_BACK: Final = (
    "a restart has no way back: the template stays the same, and the replaced pods are gone"
)


def undo(resource: str, look: _Thing, to_revision: int | None) -> Plan:
    """Return the way back to a revision that worked; the last such one unless it is named.

    Raises:
        CannotPlanError: there is nothing to go back to.
    """
    workload, revisions, pods = look["workload"], look["revisions"], look["pods"]
    name = _alive(workload)
    now = next((one for one in revisions if is_template(one, workload["spec"]["template"])), None)
    if now is None:
        raise CannotPlanError(
            f"the template of {name} has no ControllerRevision yet; look again in a moment"
        )
    back = _good(name, revisions, pods, now, to_revision)
    change = _to(resource, workload, back)
    kept = workload["spec"].get("revisionHistoryLimit", 10) != 0
    note = f"puts revision {number_of(now)} back as it is now"
    if not kept:
        note = "its revisionHistoryLimit is 0: what it leaves is not kept, and nothing leads back"
    shown = ", ".join(image.rsplit("/", 1)[-1] for image in change.images)
    return Plan(
        title=f"Roll back {name} to revision {number_of(back)} ({shown})",
        operation=change,
        observed=set_observed(workload) | {"controller_revision": revision_facts(back)},
        inverse=_to(resource, workload, now) if kept else None,
        inverse_note=note,
        touches=words.of_replacing(resource, workload, pods, back),
        **words.measured(resource, workload),
    )


def restart(resource: str, look: _Thing, now: datetime) -> Plan:
    """Return the restart of all pods of the set.

    Raises:
        CannotPlanError: the set does not replace its pods by itself.
    """
    workload = look["workload"]
    name = _alive(workload)
    if words.strategy_of(workload) == "OnDelete":
        raise CannotPlanError(
            f"the strategy of {name} is OnDelete: its pods are replaced only when somebody "
            "deletes them, one by one"
        )
    change = RestartSet(
        **_here(resource, workload), restarted_at=now.strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    return Plan(
        title=f"Restart the pods of {name}, one after the other",
        operation=change,
        observed=set_observed(workload),
        inverse=None,
        inverse_note=_NO_WAY_BACK,
        touches=words.of_replacing(resource, workload, look["pods"], None),
        **words.measured(resource, workload),
    )


def scale(look: _Thing, wanted: int) -> Plan:
    """Return the change of the replicas of a stateful set that no autoscaler owns.

    Raises:
        CannotPlanError: nothing would change, or volumes would be deleted.
    """
    workload = look["workload"]
    name, now = _alive(workload), int(workload["spec"].get("replicas", 1))
    if wanted == now:
        raise CannotPlanError(f"{name} has {now} replicas already")
    retained = workload["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    loses = retained.get("whenScaled") == "Delete"
    if loses and wanted < now:
        raise CannotPlanError(
            f"the volumes of the pods that {name} would lose are deleted with them "
            "(persistentVolumeClaimRetentionPolicy); a person has to decide that"
        )
    here = _here("statefulsets", workload)
    return Plan(
        title=f"Scale {name} from {now} to {wanted} replicas",
        operation=ScaleSet(**here, replicas=wanted, from_replicas=now),
        observed=set_observed(workload),
        inverse=None if loses else ScaleSet(**here, replicas=now, from_replicas=wanted),
        inverse_note="scaling back would delete the volumes of the new pods, and what they hold"
        if loses
        else f"scales back to {now}",
        touches=words.of_scaling(workload, look["pods"], wanted),
        **words.measured("statefulsets", workload),
    )


def _alive(workload: _Thing) -> str:
    name = str(workload["metadata"]["name"])
    if workload["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"{name} is being deleted")
    return name


def _good(
    name: str,
    revisions: Sequence[_Thing],
    pods: Sequence[_Thing],
    now: _Thing,
    to_revision: int | None,
) -> _Thing:
    """Return the revision to go back to: one that still serves has proved that it works."""
    earlier = [
        one
        for one in revisions
        if template_of(one) != template_of(now)
        and (to_revision is None or number_of(one) == to_revision)
    ]
    if not earlier:
        wanted = f"revision {to_revision}" if to_revision else "an earlier revision"
        raise CannotPlanError(f"{name} has no ControllerRevision of {wanted} to go back to")

    def serves(one: _Thing) -> bool:
        return any(is_of(pod, one) and words.is_ready(pod) for pod in pods)

    return max(earlier, key=lambda one: (serves(one), number_of(one)))


def _to(resource: str, workload: _Thing, revision: _Thing) -> RollBackSet:
    return RollBackSet(
        **_here(resource, workload),
        controller_revision=revision["metadata"]["name"],
        controller_revision_uid=revision["metadata"]["uid"],
        revision=number_of(revision),
        data_digest=data_digest(revision),
        images=images(template_of(revision)),
    )


def _here(resource: str, workload: _Thing) -> dict[str, Any]:
    metadata = workload["metadata"]
    kept = {name: metadata[name] for name in ("namespace", "name", "uid")}
    return {"resource": resource, **kept}
