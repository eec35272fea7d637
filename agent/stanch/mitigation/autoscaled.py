"""What becomes of a scale where an autoscaler owns the replicas: its least number moves (DF-16).

An autoscaler would undo a scale at its next look, fifteen seconds later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stanch.mitigation.patches import plan_of
from stanch.mitigation.strategy import CannotPlanError, Plan
from stanch.tools.operations import FieldChange
from stanch.tools.operations.autoscaler_changes import KINDS


def require_current(name: str, now: int, meant: int | None) -> None:
    """Return if a workload has the number of replicas that a scale is meant for.

    Raises:
        CannotPlanError: it has another one.
    """
    if meant is not None and meant != now:
        raise CannotPlanError(f"{name} has {now} replicas, and the scale is meant for {meant}")


def least_of(
    autoscalers: Sequence[Mapping[str, Any]],
    resource: str,
    name: str,
    *,
    now: int,
    wanted: int,
    ready: int,
) -> Plan:
    """Return the change of the least number of pods to `wanted`, in place of a scale from `now`.

    Raises:
        CannotPlanError: fewer pods are wanted, more than it may have, or there are several.
    """
    names = ", ".join(sorted(str(one["metadata"]["name"]) for one in autoscalers))
    if len(autoscalers) != 1:
        raise CannotPlanError(f"the autoscalers {names} set the replicas of {name}; keep one")
    spec = autoscalers[0]["spec"]
    least, most = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
    owns = f"the autoscaler {names} sets the replicas of {name} and would undo the scale"
    if wanted <= now:
        raise CannotPlanError(f"{owns}; for fewer than {now} pods lower its maxReplicas")
    if wanted > most:
        raise CannotPlanError(f"{owns}; it may not have more than {most}: raise its maxReplicas")
    if wanted <= least:
        raise CannotPlanError(f"{owns}; it keeps at least {least} already, as soon as it can")
    changes = (
        *targeting(resource, name),
        FieldChange(path="/spec/minReplicas", **_moved(spec, wanted)),
    )
    title = f"Keep at least {wanted} pods of {name}: minReplicas of its autoscaler {names}"
    made = plan_of("horizontalpodautoscalers", autoscalers[0], changes, seen={}, title=title)
    note = made.inverse_note
    if made.inverse is not None:
        # The replicas are never set here: what it added goes when it sees no use for it.
        note = f"keeps at least {least} again; pods that are too many go when {names} lets them go"
    return replace(made, ready=ready, capacity=wanted, inverse_note=note)


def _moved(spec: Mapping[str, Any], wanted: int) -> dict[str, Any]:
    return {"before": spec.get("minReplicas"), "after": wanted}


def targeting(resource: str, name: str) -> tuple[FieldChange, FieldChange]:
    """Return the conditions that an autoscaler still scales this workload."""
    kind = KINDS[resource]
    return (
        FieldChange(path="/spec/scaleTargetRef/kind", before=kind, after=kind),
        FieldChange(path="/spec/scaleTargetRef/name", before=name, after=name),
    )
