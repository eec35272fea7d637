"""Signs about the pods of the alerted workload: those of the newest revision, and the others."""

from collections.abc import Sequence
from datetime import timedelta

from stanch.diagnosis.objects import PULL_REASONS, Pod
from stanch.diagnosis.reading import Reading, SignSpec, either, no, unknown, yes
from stanch.diagnosis.rollouts import rollout
from stanch.diagnosis.versions import old_was_well, only_new_fails
from stanch.diagnosis.view import View

FRESH = timedelta(minutes=15)
"""An ending of a container longer ago than this is not part of the trouble."""
_NOT_READ = "The pods of the deployment were not read."


def new_pods_fail(view: View) -> Reading:
    """Read whether pods of the newest revision fail: unready, crashing, or answering badly."""
    sides = _sides(view)
    if isinstance(sides, Reading):
        return sides
    new, _ = sides
    bad = _failing(view, new)
    ids = tuple(p.evidence for p in new)
    if bad:
        return yes(
            f"{len(bad)} of {len(new)} pods of the newest revision fail: {_why(view, bad)}.", *ids
        )
    answers = only_new_fails(view)
    if answers.holds:
        return yes(answers.because, *ids, *answers.evidence)
    if not new:
        return unknown("The newest revision has no pods.")
    return no(f"All {len(new)} pods of the newest revision are well.", *ids)


def old_pods_well(view: View) -> Reading:
    """Read whether the revisions before the newest are well, or were until replaced."""
    sides = _sides(view)
    if isinstance(sides, Reading):
        return sides
    _, old = sides
    if not old:
        return old_was_well(view)
    bad = _failing(view, old)
    ids = tuple(p.evidence for p in old)
    if bad:
        return no(f"{len(bad)} of {len(old)} older pods fail: {_why(view, bad)}.", *ids)
    return yes(f"All {len(old)} pods of older revisions are well.", *ids)


def old_pods_fail_too(view: View) -> Reading:
    """Read whether pods of the revisions before the newest fail as well."""
    sides = _sides(view)
    if isinstance(sides, Reading):
        return sides
    _, old = sides
    if not old:
        return unknown("No pods of an older revision are left.")
    bad = _failing(view, old)
    ids = tuple(p.evidence for p in old)
    if bad:
        return yes(f"{len(bad)} of {len(old)} older pods fail: {_why(view, bad)}.", *ids)
    return no(f"All {len(old)} pods of older revisions are well.", *ids)


def image_cannot_be_pulled(view: View) -> Reading:
    """Read whether pods wait for an image that cannot be pulled."""
    pods = view.pods(view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    bad = [p for p in pods if p.waiting & PULL_REASONS]
    if bad:
        says = f"{len(bad)} of {len(pods)} pods wait: {_why(view, bad)}."
        return yes(says, *(p.evidence for p in bad))
    return no(f"None of {len(pods)} pods waits for an image.", *(p.evidence for p in pods))


def pods_crash_loop(view: View) -> Reading:
    """Read whether containers end soon after each start."""
    pods = view.pods(view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    bad = [p for p in pods if "CrashLoopBackOff" in p.waiting or _restarts(view, p) >= 2]
    if bad:
        most = max(p.restarts for p in bad)
        says = f"{len(bad)} of {len(pods)} pods crash again and again, up to {most} restarts."
        return yes(says, *(p.evidence for p in bad))
    return no(f"None of {len(pods)} pods crashes in a loop.", *(p.evidence for p in pods))


def killed_for_memory(view: View) -> Reading:
    """Read whether containers were killed at their memory limit."""
    pods = view.pods(view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    bad = [
        p for p in pods if any(e.reason == "OOMKilled" for e in p.endings) and _restarts(view, p)
    ]
    if bad:
        says = f"{len(bad)} of {len(pods)} pods were OOMKilled."
        return yes(says, *(p.evidence for p in bad))
    return no(f"None of {len(pods)} pods was OOMKilled of late.", *(p.evidence for p in pods))


def restarts_rising(view: View) -> Reading:
    """Read whether containers restarted within the last quarter of an hour."""
    pods = view.pods(view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    count = sum(_restarts(view, p) for p in pods)
    says = f"{count} restarts in pods whose containers ended of late."
    return either(count > 0, says, *(p.evidence for p in pods))


def pods_pending(view: View) -> Reading:
    """Read whether pods find no node to run on."""
    pods = view.pods(view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    bad = [p for p in pods if p.phase == "Pending" and p.scheduled is False]
    says = f"{len(bad)} of {len(pods)} pods are not scheduled."
    return either(bool(bad), says, *(p.evidence for p in pods))


def replicas_missing(view: View) -> Reading:
    """Read whether fewer replicas are available than asked for."""
    seen = view.deployments().get(view.deployment)
    if seen is None:
        return unknown("The deployment was not read.")
    says = f"{seen.available} of {seen.replicas} replicas are available."
    return either(seen.available < seen.replicas, says, seen.evidence)


def all_pods_ready(view: View) -> Reading:
    """Read whether there are as many ready pods as asked for, and none fails."""
    seen, pods = view.deployments().get(view.deployment), view.pods(view.deployment)
    if pods is None or seen is None:
        return unknown("The deployment or its pods were not read.")
    ready = [p for p in pods if p.ready]
    says = f"{len(ready)} of {seen.replicas} pods are ready."
    whole = len(ready) >= seen.replicas and not _failing(view, pods)
    return either(whole, says, seen.evidence, *(p.evidence for p in pods))


def _sides(view: View) -> tuple[list[Pod], list[Pod]] | Reading:
    """Return the pods of the newest revision and those of the others."""
    pods, newest = view.pods(view.deployment), rollout(view, view.deployment)
    if pods is None:
        return unknown(_NOT_READ)
    if newest is None:
        return unknown("The revisions of the deployment were not read.")
    return (
        [p for p in pods if p.replica_set in newest.replica_sets],
        [p for p in pods if p.replica_set not in newest.replica_sets],
    )


def _failing(view: View, pods: Sequence[Pod]) -> list[Pod]:
    return [p for p in pods if p.trouble(view.now) or _restarts(view, p) >= 2]


def _restarts(view: View, pod: Pod) -> int:
    """Return how often the pod restarted, if its last ending is fresh enough to matter."""
    fresh = any(e.at is None or view.now - e.at <= FRESH for e in pod.endings)
    return max(pod.restarts, 1) if fresh else 0


def _why(view: View, pods: Sequence[Pod]) -> str:
    return ", ".join(sorted({p.trouble(view.now) or "restarting" for p in pods}))


POD_SIGNS = (
    SignSpec(
        name="new-pods-fail",
        about="Pods of the newest revision are unready, crash, or alone answer with errors.",
        read=new_pods_fail,
    ),
    SignSpec(
        name="old-pods-well",
        about="Pods of earlier revisions are well, or were until they were replaced.",
        read=old_pods_well,
    ),
    SignSpec(
        name="old-pods-fail-too",
        about="Pods of earlier revisions fail as the newest do.",
        read=old_pods_fail_too,
        rejects=True,
    ),
    SignSpec(
        name="image-cannot-be-pulled",
        about="Pods wait because their image cannot be pulled.",
        read=image_cannot_be_pulled,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="pods-crash-loop",
        about="Containers end soon after each start.",
        read=pods_crash_loop,
    ),
    SignSpec(
        name="killed-for-memory",
        about="Containers were killed because they reached their memory limit.",
        read=killed_for_memory,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="restarts-rising",
        about="Containers restarted within the last quarter of an hour.",
        read=restarts_rising,
    ),
    SignSpec(name="pods-pending", about="Pods find no node to run on.", read=pods_pending),
    SignSpec(
        name="replicas-missing",
        about="Fewer replicas are available than the deployment asks for.",
        read=replicas_missing,
        rejects=True,
    ),
    SignSpec(
        name="all-pods-ready",
        about="As many pods are ready as the deployment asks for, and none fails.",
        read=all_pods_ready,
        needed=True,
    ),
)
