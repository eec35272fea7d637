"""The autoscaler: follows the usage of a Deployment's pods with the number of its replicas."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.admission import requested
from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.pods import is_active, is_ready
from stanch.sandbox.cluster.selectors import object_selector
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster, Key

_PERIOD = 15.0
_TOLERANCE = 0.1
_CALM = 300.0
_COMPONENT = "horizontal-pod-autoscaler"
_PLURALS = {
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "StatefulSet": "statefulsets",
}


class Autoscalers:
    """Looks at every HorizontalPodAutoscaler each 15 seconds."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._scheduled: set[str] = set()
        self._wishes: dict[str, list[tuple[float, int]]] = {}

    def keys(self, change: Change) -> "Iterable[Key]":
        """Return an autoscaler that is new or was changed by a client."""
        if change.plural != "horizontalpodautoscalers":
            return []
        metadata = change.new["metadata"]
        if change.action == "DELETED":
            self._scheduled.discard(metadata["uid"])
            self._wishes.pop(metadata["uid"], None)
            return []
        if change.old is not None and change.old["spec"] == change.new["spec"]:
            return []
        return [(metadata["namespace"], metadata["name"])]

    def reconcile(self, namespace: str, name: str) -> None:
        """Measure, decide, and come back in 15 seconds."""
        found = self._cluster.store.find("horizontalpodautoscalers", namespace, name)
        if found is None:
            return
        uid = found["metadata"]["uid"]
        self._judge(found)
        if uid not in self._scheduled:
            self._scheduled.add(uid)
            self._again(uid, namespace, name=name)

    def _again(self, uid: str, namespace: str, *, name: str) -> None:
        def look() -> None:
            if uid in self._scheduled:
                self.reconcile(namespace, name)
                self._again(uid, namespace, name=name)

        self._cluster.at(self._cluster.now + _PERIOD, look)

    def _judge(self, found: dict[str, Any]) -> None:
        store, spec, metadata = self._cluster.store, found["spec"], found["metadata"]
        reference = spec["scaleTargetRef"]
        plural = _PLURALS.get(reference["kind"], "")
        target = store.find(plural, metadata["namespace"], reference["name"]) if plural else None
        if target is None:
            text = f"the HPA controller was unable to get the target's current scale: {plural} "
            words = ("FailedGetScale", f'{text}"{reference["name"]}" not found')
            self._write(found, {}, [self._condition("AbleToScale", "False", words=words)])
            return
        current = target["spec"]["replicas"]
        able = ("ReadyForNewScale", "recommended size matches current size")
        conditions = [self._condition("AbleToScale", "True", words=able)]
        counts = {"currentReplicas": target.get("status", {}).get("replicas", 0)}
        if not current:
            off = (
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            )
            conditions.append(self._condition("ScalingActive", "False", words=off))
            self._write(found, {**counts, "desiredReplicas": 0}, conditions)
            return
        measured = self._measure(target, spec)
        wish, why = _decide(measured, current=current)
        bounded = max(spec["minReplicas"], min(spec["maxReplicas"], wish))
        desired = self._calmed(found, bounded, current=current)
        if measured:
            words = (
                "ValidMetricFound",
                "the HPA was able to successfully calculate a replica count",
            )
            conditions.append(self._condition("ScalingActive", "True", words=words))
        else:
            words = ("FailedGetResourceMetric", "the HPA was unable to compute the replica count")
            conditions.append(self._condition("ScalingActive", "False", words=words))
        if measured:
            conditions.append(self._limited(spec, wish))
        status: dict[str, Any] = {**counts, "desiredReplicas": desired}
        if measured:
            status["currentMetrics"] = [_shown(*item) for item in measured]
        if desired != current:
            self._rescale(found, target, plural=plural, size=desired, why=why)
            status["lastScaleTime"] = stamp(self._cluster.now)
        self._write(found, status, conditions)

    def _measure(
        self, target: dict[str, Any], spec: dict[str, Any]
    ) -> list[tuple[str, float, float, int]]:
        """Return name, average usage, usage per request and target percentage of each metric."""
        fits = object_selector(target["spec"]["selector"])
        pods = [
            pod
            for pod in self._cluster.store.list("pods", target["metadata"]["namespace"])
            if is_active(pod) and is_ready(pod) and fits(pod["metadata"].get("labels", {}))
        ]
        found = []
        for metric in spec["metrics"]:
            resource = metric.get("resource", {})
            percent = resource.get("target", {}).get("averageUtilization")
            name = resource.get("name", "")
            asked = sum(requested(pod, name) for pod in pods)
            if percent is None or not asked:
                continue
            used = 0.0
            for pod in pods:
                for _, usage in self._cluster.usage(pod):
                    used += usage.cpu_cores if name == "cpu" else usage.memory_bytes
            found.append((name, used / len(pods), used / asked, percent))
        return found

    def _limited(self, spec: dict[str, Any], wish: int) -> dict[str, Any]:
        """Return the condition that says whether a bound stops it from what it would do."""
        if wish > spec["maxReplicas"]:
            text = "the desired replica count is more than the maximum replica count"
            return self._condition("ScalingLimited", "True", words=("TooManyReplicas", text))
        if wish < spec["minReplicas"]:
            text = "the desired replica count is less than the minimum replica count"
            return self._condition("ScalingLimited", "True", words=("TooFewReplicas", text))
        text = "the desired count is within the acceptable range"
        return self._condition("ScalingLimited", "False", words=("DesiredWithinRange", text))

    def _calmed(self, found: dict[str, Any], wish: int, *, current: int) -> int:
        """Return the size to go to: down only to the largest wish of the last five minutes."""
        now, uid = self._cluster.now, found["metadata"]["uid"]
        behavior = found["spec"].get("behavior", {}).get("scaleDown", {})
        window = behavior.get("stabilizationWindowSeconds", _CALM)
        wishes = self._wishes.setdefault(uid, [(now, current)])
        wishes[:] = [(at, size) for at, size in wishes if at > now - window]
        wishes.append((now, wish))
        if wish >= current:
            return wish
        most: int = found["spec"]["maxReplicas"]
        return min(current, most, max(size for _, size in wishes))

    def _rescale(
        self,
        found: dict[str, Any],
        target: dict[str, Any],
        *,
        plural: str,
        size: int,
        why: str,
    ) -> None:
        changed = {**target, "spec": {**target["spec"], "replicas": size}}
        self._cluster.store.replace(plural, changed)
        text = f"New size: {size}; reason: {why}"
        self._cluster.events.normal(found, "SuccessfulRescale", text, component=_COMPONENT)

    def _condition(self, kind: str, status: str, *, words: tuple[str, str]) -> dict[str, Any]:
        now = stamp(self._cluster.now)
        head = {"type": kind, "status": status, "lastTransitionTime": now}
        return {**head, "reason": words[0], "message": words[1]}

    def _write(
        self, found: dict[str, Any], status: dict[str, Any], conditions: list[dict[str, Any]]
    ) -> None:
        before = found.get("status", {})
        old = {item["type"]: item for item in before.get("conditions", ())}
        kept = [
            {**item, "lastTransitionTime": old[item["type"]]["lastTransitionTime"]}
            if item["type"] in old and old[item["type"]]["status"] == item["status"]
            else item
            for item in conditions
        ]
        if "lastScaleTime" in before:
            status = {"lastScaleTime": before["lastScaleTime"], **status}
        status = {"currentReplicas": 0, "desiredReplicas": 0, **status, "conditions": kept}
        metadata = found["metadata"]
        current = self._cluster.store.find(
            "horizontalpodautoscalers", metadata["namespace"], metadata["name"]
        )
        if current is not None:
            changed = {**current, "status": status}
            self._cluster.store.replace("horizontalpodautoscalers", changed)


def _decide(measured: list[tuple[str, float, float, int]], *, current: int) -> tuple[int, str]:
    """Return how many replicas the metrics ask for, without regard to bounds, and why."""
    wish, why = (
        current if not measured else 0,
        "Current number of replicas below Spec.MinReplicas",
    )
    for name, _, share, percent in measured:
        ratio = share * 100 / percent
        want = current if abs(ratio - 1) <= _TOLERANCE else math.ceil(current * ratio)
        if want > wish:
            wish = want
            side = "above" if want > current else "below"
            why = f"{name} resource utilization (percentage of request) {side} target"
    if measured and wish < current:
        why = "All metrics below target"
    return wish, why


def _shown(name: str, average: float, share: float, _: int) -> dict[str, Any]:
    amount = f"{round(average * 1000)}m" if name == "cpu" else str(round(average))
    current = {"averageUtilization": round(share * 100), "averageValue": amount}
    return {"type": "Resource", "resource": {"name": name, "current": current}}
