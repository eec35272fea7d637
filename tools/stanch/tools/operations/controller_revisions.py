"""What a stateful set or daemon set and its ControllerRevisions say of themselves; pure.

A revision holds the patch that puts one pod template in place. Its number moves whenever the
set goes back to it, so it is known by its name, its UID and the digest of its data.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from stanch.tools.operations.base import digest_of
from stanch.tools.operations.workload import bare_template, observed, template_digest
from stanch.tools.operations.workload_changes import RollBackSet, ScaleSet, SetChange

POD_HASH: Final = "controller-revision-hash"
"""The label of a pod that names its revision."""
_DIRECTIVE: Final = "$patch"
_Revision = TypeVar("_Revision", bound=Mapping[str, Any])


def template_of(revision: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pod template that a revision holds, without null fields."""
    held = ((revision.get("data") or {}).get("spec") or {}).get("template") or {}
    return bare_template({key: value for key, value in held.items() if key != _DIRECTIVE})


def data_digest(revision: Mapping[str, Any]) -> str:
    """Return the digest of what a revision holds."""
    return digest_of(revision.get("data"))


def newest_first(revisions: Sequence[_Revision]) -> list[_Revision]:
    """Return the revisions by their number, the newest first."""
    return sorted(revisions, key=number_of, reverse=True)


def number_of(revision: Mapping[str, Any]) -> int:
    """Return the number that a revision has at this moment."""
    return int(revision.get("revision") or 0)


def is_template(revision: Mapping[str, Any], template: dict[str, Any]) -> bool:
    """Say whether the revision holds this pod template."""
    return template_digest(template_of(revision)) == template_digest(template)


def is_of(pod: Mapping[str, Any], revision: Mapping[str, Any]) -> bool:
    """Say whether the pod was made from this revision.

    The label of a stateful set's pod names the revision, that of a daemon set's only its hash.
    """
    label = (pod["metadata"].get("labels") or {}).get(POD_HASH)
    metadata = revision["metadata"]
    names = {metadata["name"], (metadata.get("labels") or {}).get(POD_HASH)}
    return label is not None and label in names


def set_observed(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about a set that must still hold when a change of it is sent.

    Its identity and its whole desired state; a daemon set has no replicas.
    """
    facts = observed(dict(thing))
    if "replicas" not in thing["spec"]:
        del facts["replicas"]
    return facts


def revision_facts(revision: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts about the revision to go back to; {"missing": True} when it is gone."""
    if revision is None:
        return {"missing": True}
    return {"uid": revision["metadata"]["uid"], "data_sha256": data_digest(revision)}


def set_facts(
    change: SetChange, thing: Mapping[str, Any], revision: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return all facts on which the approval of `change` rests."""
    facts = set_observed(thing)
    if isinstance(change, RollBackSet):
        facts["controller_revision"] = revision_facts(revision)
    return facts


def set_foretold(change: SetChange, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts by which one knows that nobody changed a set after `change`.

    An autoscaler may move the replicas of what was rolled back or restarted at any time.
    """
    facts = set_observed(after)
    if not isinstance(change, ScaleSet):
        facts.pop("replicas", None)
    return facts
