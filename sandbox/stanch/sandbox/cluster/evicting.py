"""The Eviction API: a pod goes by will only as far as its disruption budget allows."""

import dataclasses
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from stanch.sandbox.cluster import admission, bodies
from stanch.sandbox.cluster.admission import DeleteOptions
from stanch.sandbox.cluster.budgets import covers
from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.kinds import stored
from stanch.sandbox.cluster.pods import is_ready
from stanch.sandbox.cluster.status import ApiError, bad_request
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

_VERSIONS = {"policy/v1", "policy/v1beta1"}
_FREE = {"Succeeded", "Failed", "Pending"}
"""The phases of pods that no budget protects."""
_DONE = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Success",
    "code": 201,
}


def respond(cluster: "Cluster", call: Call, body: dict[str, Any]) -> Response:
    """Evict a pod; answer with a Status.

    Raises:
        ApiError: there is none (404), a precondition fails (409), its budget allows no
            disruption now (429), or it has several budgets (500).
    """
    namespace, name = call.address.namespace, call.address.name
    options = _options(call, body)
    pod = cluster.store.get("pods", namespace, name)
    free = pod.get("status", {}).get("phase") in _FREE or "deletionTimestamp" in pod["metadata"]
    if not free:
        # What fails must fail before the budget is charged.
        admission.delete(
            cluster.store,
            stored("pods"),
            namespace,
            name=name,
            options=dataclasses.replace(options, dry_run=True),
        )
        _charge(cluster, pod, dry_run=options.dry_run)
        if not options.dry_run:
            _mark(cluster, pod)
    admission.delete(cluster.store, stored("pods"), namespace, name=name, options=options)
    return JSONResponse(_DONE, status_code=201)


def _options(call: Call, body: dict[str, Any]) -> DeleteOptions:
    if body.get("kind", "Eviction") != "Eviction" or body.get("apiVersion") not in _VERSIONS:
        what = f'no kind "{body.get("kind")}" is registered for version "{body.get("apiVersion")}"'
        raise bad_request(what)
    if bodies.section(body, "metadata").get("name") != call.address.name:
        raise bad_request("name in URL does not match name in Eviction object")
    given = bodies.section(body, "deleteOptions")
    required = bodies.section(given, "preconditions")
    grace = given.get("gracePeriodSeconds")
    return DeleteOptions(
        grace_seconds=grace if isinstance(grace, int) else None,
        uid=required.get("uid"),
        resource_version=required.get("resourceVersion"),
        dry_run=call.dry_run or given.get("dryRun") == ["All"],
    )


def _charge(cluster: "Cluster", pod: dict[str, Any], *, dry_run: bool) -> None:
    """Take one disruption off the budget of the pod, if it has one."""
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    budgets = cluster.store.list("poddisruptionbudgets", namespace)
    mine = [one for one in budgets if covers(one, pod)]
    if not mine:
        return
    if len(mine) > 1:
        text = (
            "This pod has more than one PodDisruptionBudget, which the eviction subresource "
            "does not support."
        )
        raise ApiError(500, "InternalError", message=text)
    budget, status = mine[0], mine[0].get("status", {})
    if not is_ready(pod) and _spares_the_sick(budget):
        return
    if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
        why = f"The disruption budget {budget['metadata']['name']} is still being processed by "
        raise _too_many(why + "the server.")
    if status["disruptionsAllowed"] <= 0:
        why = (
            f"The disruption budget {budget['metadata']['name']} needs "
            f"{status['desiredHealthy']} healthy pods and has {status['currentHealthy']} currently"
        )
        raise _too_many(why)
    if dry_run:
        return
    going = {**status.get("disruptedPods", {}), name: stamp(cluster.now)}
    left = {"disruptionsAllowed": status["disruptionsAllowed"] - 1, "disruptedPods": going}
    cluster.store.replace("poddisruptionbudgets", {**budget, "status": {**status, **left}})


def _spares_the_sick(budget: dict[str, Any]) -> bool:
    """Tell whether a pod that is not ready may go without being counted."""
    status = budget.get("status", {})
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    healthy, desired = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    return bool(0 < desired <= healthy)


def _mark(cluster: "Cluster", pod: dict[str, Any]) -> None:
    status = pod.get("status", {})
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
        "lastTransitionTime": stamp(cluster.now),
    }
    others = [one for one in status.get("conditions", ()) if one["type"] != "DisruptionTarget"]
    changed = {**status, "conditions": [*others, condition]}
    cluster.store.replace("pods", {**pod, "status": changed})


def _too_many(why: str) -> ApiError:
    cause = {"reason": "DisruptionBudget", "message": why}
    text = "Cannot evict pod as it would violate the pod's disruption budget."
    return ApiError(429, "TooManyRequests", message=text, details={"causes": [cause]})
