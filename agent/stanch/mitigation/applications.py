"""The strategy of `argocd app rollback`: one application back to one entry of its history.

Argo CD's own command takes the entry before the last when none is named, and a second one
would lead back to the bad version (DF-15). Here the entry is the newest that deployed
something else, and it is pinned by what it deployed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import Read
from stanch.tools.operations.argo import (
    ArgoRollBack,
    ReadApplication,
    RollBackApplication,
    automated_of,
    deployed,
    foretold,
    history_of,
    id_of,
    is_automated,
    is_busy,
    observed,
    revisions_of,
    shortened,
)
from stanch.tools.operations.owner_marks import mark_of

_HERE: Final = frozenset({"", "in-cluster", "https://kubernetes.default.svc"})
"""How an application names the cluster that Argo CD itself runs in."""


class Applications:
    """Rolls an application of Argo CD back."""

    intents = (RollBackApplication,)

    def looks(self, intent: RollBackApplication) -> Mapping[str, Read]:
        """Return the look at the application with its history."""
        return {"target": ReadApplication(namespace=intent.namespace, name=intent.name)}

    def plan(self, intent: RollBackApplication, seen: Seen, *, now: datetime) -> Plan:
        """Return the sync to the entry, with automated sync turned off where it is on.

        Raises:
            CannotPlanError: there is nothing to go back to, a sync is under way, it deploys to
                another cluster, or what made the application would turn automated sync on again
                at once.
        """
        del now
        application, digests = seen["target"]["object"], seen["target"]["digests"]
        automated, on = automated_of(application), is_automated(application)
        _check_state(intent.name, application)
        if on:
            _check_maker(intent.name, application)
        current, back = _entries(intent, application)
        sums = digests["entries"]
        if sums[str(id_of(back))] == sums[str(id_of(current))]:
            raise CannotPlanError(f"{intent.name} has deployment {id_of(back)} deployed already")
        change = _change(application, back, current, digest=sums[str(id_of(back))])
        revisions, namespace = shortened(change.revisions), change.namespace
        again = f"argocd app set {change.name} --app-namespace {namespace} --sync-policy automated"
        return Plan(
            title=f"Roll the Argo CD application {intent.name} back to deployment "
            f"{change.history_id} ({revisions})",
            operation=change,
            observed=observed(change, application, digests),
            inverse=change.model_copy(
                update={
                    "history_id": id_of(current),
                    "entry_sha256": sums[str(id_of(current))],
                    "revisions": change.from_revisions,
                    "from_revisions": change.revisions,
                    "automated_before": change.automated_after,
                    "automated_after": automated,
                }
            ),
            inverse_note=f"syncs to {shortened(change.from_revisions)} again"
            + (", and turns automated sync on again as it was" if on else ""),
            touches=_touches(application, change, again),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the identity and the spec of the application as they will be."""
        return foretold(change, after)


def _check_state(name: str, application: Mapping[str, Any]) -> None:
    if application["metadata"].get("deletionTimestamp"):
        raise CannotPlanError(f"the application {name} is being deleted")
    if is_busy(application):
        raise CannotPlanError(
            f"a sync of {name} is under way; wait for it, or end it with "
            f"`argocd app terminate-op {name}`"
        )
    there = (application.get("spec") or {}).get("destination") or {}
    for cluster in (str(there.get("server") or ""), str(there.get("name") or "")):
        if cluster.rstrip("/") not in _HERE:
            raise CannotPlanError(
                f"{name} deploys to the cluster {cluster}, and the policy knows namespaces of this "
                "one; a person rolls it back"
            )


def _check_maker(name: str, application: Mapping[str, Any]) -> None:
    for owner in application["metadata"].get("ownerReferences") or ():
        if owner.get("kind") == "ApplicationSet":
            raise CannotPlanError(
                f"the application {name} is made by the ApplicationSet {owner.get('name')}, which "
                "turns its automated sync on again at once; revert the commit, or let the "
                "ApplicationSet ignore /spec/syncPolicy first"
            )


def _entries(
    intent: RollBackApplication, application: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the entry that is deployed, and the one to go back to."""
    history = history_of(application)
    if not history:
        raise CannotPlanError(f"{intent.name} has no history to go back in")
    current = history[-1]
    if intent.history_id is not None:
        chosen = [one for one in history if id_of(one) == intent.history_id]
    else:
        chosen = [one for one in history if revisions_of(one) != revisions_of(current)]
    if not chosen:
        wanted = "of another version" if intent.history_id is None else str(intent.history_id)
        raise CannotPlanError(f"the history of {intent.name} has no deployment {wanted}")
    back = chosen[-1]
    if not back.get("source") and not back.get("sources"):
        raise CannotPlanError(
            f"deployment {id_of(back)} of {intent.name} does not say from where it came, and "
            "Argo CD does not roll back to such"
        )
    return current, back


def _change(
    application: Mapping[str, Any],
    back: Mapping[str, Any],
    current: Mapping[str, Any],
    *,
    digest: str,
) -> ArgoRollBack:
    metadata = application["metadata"]
    try:
        return ArgoRollBack(
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            destination=((application.get("spec") or {}).get("destination") or {}).get("namespace"),
            history_id=id_of(back),
            entry_sha256=digest,
            revisions=revisions_of(back),
            from_revisions=deployed({"status": {"history": [current]}}),
            automated_before=automated_of(application),
            automated_after=None if is_automated(application) else automated_of(application),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotPlanError(
            f"the application cannot be rolled back exactly: {where}: {first['msg']}"
        ) from error


def _touches(application: Mapping[str, Any], change: ArgoRollBack, again: str) -> tuple[str, ...]:
    spec = application.get("spec") or {}
    goes_to = (spec.get("destination") or {}).get("namespace") or "the namespaces that it names"
    said = [
        (
            f"everything that the application deploys to {goes_to}: {shortened(change.revisions)} "
            f"in place of {shortened(change.from_revisions)}"
        ),
        "what only the newer version has is left in place: nothing is pruned",
    ]
    if is_automated(application):
        said += [
            "automated sync is turned off, or Argo CD would deploy the newest commit again",
            (
                "follow-up: automated sync stays off until somebody turns it on again: "
                f"`{again}`, with prune and self-heal as before"
            ),
        ]
        if mark_of(application["metadata"]).tool == "argo":
            said.append(
                "the application is itself kept by another one, which may turn automated sync "
                "on again; watch it"
            )
    said.append("follow-up: revert the commit in the repository, or the next sync deploys it again")
    return tuple(said)
