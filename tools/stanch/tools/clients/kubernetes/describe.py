"""One object with its events and the pods that it owns."""

from typing import Any

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.found import Found
from stanch.tools.clients.kubernetes.kinds import PODS, Kind
from stanch.tools.clients.kubernetes.logs import pods_of, replica_sets_of
from stanch.tools.clients.kubernetes.objects import name_of, owned_by, selector_of, uid_of
from stanch.tools.clients.kubernetes.rollout import newest_first
from stanch.tools.clients.kubernetes.visit import Visit

_OWN_PODS = frozenset({"replicasets", "statefulsets", "daemonsets", "jobs"})
"""What owns its pods itself and selects them by labels."""


def describe(kind: Kind, thing: dict[str, Any], visit: Visit, cap: Cap) -> Found:
    """Return `thing`, an object of `kind`, with its events and what it owns."""
    owner, name = uid_of(thing), name_of(thing)
    namespace = thing["metadata"].get("namespace")
    fields = f"involvedObject.kind={kind.name},involvedObject.name={name}"
    shown = cap.shortened(thing)
    events_cap = Cap(cap.left // 2)
    # Events of nodes stand in the namespace `default` and name no UID.
    events = visit.events(namespace, fields, events_cap)
    if namespace is not None:
        events = [e for e in events if e["involvedObject"].get("uid") in {None, "", owner}]
    owned_cap = Cap(cap.left - cap.left // 2)
    replica_sets, pods = _owned(kind, thing, visit, owned_cap)
    data = {"object": shown, "events": events, "pods": pods, "replicasets": replica_sets}
    text = f"{kind.plural}/{name} with {len(events)} events and {len(pods)} pods"
    return Found(data, text, cap.truncated or events_cap.truncated or owned_cap.truncated)


def _owned(
    kind: Kind, thing: dict[str, Any], visit: Visit, cap: Cap
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if (kind.group, kind.plural) == ("apps", "deployments"):
        replica_sets = newest_first(replica_sets_of(thing, visit, cap))
        return replica_sets, pods_of(thing, replica_sets, visit, cap)
    labels = selector_of(thing) if kind.plural in _OWN_PODS else ""
    if not labels:
        return [], []
    owner = {uid_of(thing)}
    found = visit.items(PODS, thing["metadata"]["namespace"], labels=labels, cap=cap)
    return [], cap.first(pod for pod in found if owned_by(pod, owner))
