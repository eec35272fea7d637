"""The strategy of services of Docker's swarm: one is rolled back to its earlier image (MIT-02).

A rollback brings the spec before the last update, whatever that was: where it only changed
the number of tasks, or was a rollback itself, going back again is no cure (DF-15).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.host_places import left_to_people, operands, the_host
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HostRead, Read
from stanch.tools.operations.host import ChangeHost, HostPart
from stanch.tools.operations.host_swarm import (
    PINNED,
    RollBackService,
    changed_parts,
    image_of,
    replicas_of,
    service_facts,
    service_of,
)

_FLAGS = frozenset({"-d", "--detach", "--detach=true", "--detach=false", "-q", "--quiet"})
_REPLICAS = "Mode.Replicated.Replicas"
_MOST_PARTS = 8


class Swarm:
    """Rolls one service of a swarm back."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the look at the service, on a manager of the swarm."""
        host, service = _wanted(intent)
        verbs = tuple(HostPart(role="verb", text=word) for word in ("service", "inspect"))
        look = HostRead(
            program="docker", args=(*verbs, *operands(service)), host=host, sudo=intent.sudo
        )
        return {"target": look}

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - a rollback has no moment
        """Return the rollback of the service as it was seen.

        Raises:
            CannotPlanError: there is nothing to go back to, or it would be no cure.
        """
        host, name = _wanted(intent)
        look = seen["target"]
        service = service_of(str(look.get("stdout") or ""))
        if look.get("exit_status") != 0 or service is None:
            said = str(look.get("stderr") or "").strip()[:300] or "nothing that can be read"
            raise CannotPlanError(f"{host} does not say how the service {name} is: {said}")
        _require_cure(name, service)
        facts = service_facts(service, versioned=True)
        spec, before = service["Spec"], service["PreviousSpec"]
        fields = {
            "host": host,
            "service": name,
            "service_id": facts["id"],
            "version": facts["version"],
            "image": facts["image"],
            "to_image": facts["previous_image"],
            "spec_sha256": facts["spec_sha256"],
            "to_sha256": facts["previous_sha256"],
            "replicas": replicas_of(spec),
            "to_replicas": replicas_of(before),
            "sudo": intent.sudo is not None,
        }
        change = RollBackService.model_validate(fields)
        return Plan(
            title=f"Roll the service {name} back from {_short(spec)} to {_short(before)}",
            operation=change,
            observed=facts,
            inverse=change.inverse,
            inverse_note="rolls back again, which exchanges the two specs once more",
            touches=_touches(service),
        )

    def foretold(self, change: RollBackService, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the same whatever is shown
        """Return the facts about a service that nobody has updated since the rollback."""
        return {
            "id": change.service_id,
            "image": change.to_image,
            "previous_image": change.image,
            "spec_sha256": change.to_sha256,
            "previous_sha256": change.spec_sha256,
        }


def _require_cure(name: str, service: Mapping[str, Any]) -> None:
    """Make sure that the spec before is another release, and is named exactly.

    Raises:
        CannotPlanError: it is not.
    """
    state = str((service.get("UpdateStatus") or {}).get("State") or "")
    spec, before = service["Spec"], service.get("PreviousSpec")
    if not before:
        raise CannotPlanError(f"the service {name} was never updated: it has no earlier spec")
    if state.startswith("rollback"):
        raise CannotPlanError(
            f"the service {name} was rolled back already ({state}): again would bring the "
            "version back that it was rolled back from"
        )
    parts = set(changed_parts(before, spec))
    if parts <= {_REPLICAS}:
        raise CannotPlanError(
            f"the last update of {name} only changed how many tasks it has, or nothing: a "
            "rollback would bring no other version"
        )
    for image in (image_of(spec), image_of(before)):
        if not PINNED.fullmatch(image):
            raise CannotPlanError(
                f"the image {image or 'of the service'} is named without its digest: which one "
                "would run nobody can say"
            )


def _touches(service: Mapping[str, Any]) -> tuple[str, ...]:
    spec, before = service["Spec"], service["PreviousSpec"]
    wanted, after = replicas_of(spec), replicas_of(before)
    tasks = f"its {wanted} tasks" if wanted is not None else "its task on each node"
    parts = list(changed_parts(before, spec))
    more = f" and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
    rollback = before.get("RollbackConfig") or spec.get("RollbackConfig") or {}
    order = str(rollback.get("Order") or "stop-first")
    count = int(rollback.get("Parallelism", 1) or 0)
    found = [
        f"{tasks} are replaced, {f'{count} at a time' if count else 'all at once'}, {order}",
        f"what the last update changed goes back: {', '.join(parts[:_MOST_PARTS])}{more}",
    ]
    if wanted != after:
        found.append(f"it wants {after} tasks afterwards, in place of {wanted}")
    found.append("between the look and the command others may update it; then it is said so")
    return tuple(found)


def _short(spec: Mapping[str, Any]) -> str:
    name, _, digest = image_of(spec).partition("@sha256:")
    return f"{name.rpartition('/')[2]} ({digest[:12]})"


def _wanted(intent: ChangeHost) -> tuple[str, str]:
    """Return the host and the service that is to be rolled back.

    Raises:
        CannotPlanError: it is more than the rollback of one service.
    """
    words = [word for word in intent.argv[3:] if word not in _FLAGS]
    if len(words) != 1 or words[0].startswith("-"):
        raise left_to_people(intent)
    return the_host(intent, f"the rollback of {words[0]}"), words[0]
