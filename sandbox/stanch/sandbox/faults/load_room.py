"""The faults of room: an autoscaler, a quota or the nodes do not give what is needed."""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stanch.sandbox.cluster.admission import requested
from stanch.sandbox.cluster.quantities import value
from stanch.sandbox.cluster.times import stamp
from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.faults.releases import next_version, own, release, running
from stanch.sandbox.shop.images import Image
from stanch.sandbox.shop.services import CHECKOUT, NAMESPACE, Service

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

OTHERS = "batch"
"""The namespace of another tenant of the cluster."""
UTILISATION = 35
"""Per cent of the requested processor time that the autoscaler aims at."""


def _keep(shop: "Shop", plural: str, obj: Mapping[str, Any], *, hours_ago: float) -> None:
    """Let an object be there as if it had been made hours ago."""
    store, namespace = shop.cluster.store, obj["metadata"].get("namespace", "")
    made = store.create(plural, namespace, dict(obj))
    since = stamp(shop.now - hours_ago * 3600)
    metadata = {**made["metadata"], "creationTimestamp": since}
    store.replace(plural, {**store.get(plural, namespace, metadata["name"]), "metadata": metadata})


def _ask_for(shop: "Shop", service: Service, replicas: int) -> None:
    """Scale a service as a colleague does."""
    new = running(shop, service)
    new["spec"]["replicas"] = replicas
    new["metadata"].pop("resourceVersion", None)
    shop.cluster.store.update("deployments", NAMESPACE, new)


def _hpa_limit(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    most = int(params["most"] or CHECKOUT.replicas + 1)
    times = float(params["times"] or round(chance.uniform(2.3, 2.45), 2))
    target = {"type": "Utilization", "averageUtilization": UTILISATION}
    autoscaler = {
        "metadata": {
            "name": CHECKOUT.name,
            "namespace": NAMESPACE,
            "labels": {"app": CHECKOUT.name},
        },
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": CHECKOUT.name,
            },
            "minReplicas": CHECKOUT.replicas,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }
    _keep(shop, "horizontalpodautoscalers", autoscaler, hours_ago=chance.uniform(30, 60))
    shop.demand.crowd = {CHECKOUT.name: times}
    return Truth(
        says=f"the autoscaler may run {most} pods of checkout, and {times:g} times as many"
        " people as usual want to pay",
        may_change=frozenset(
            {("horizontalpodautoscalers", CHECKOUT.name), ("scales", CHECKOUT.name)}
        ),
    )


def _quota_exceeded(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    pods = len(shop.cluster.store.list("pods", NAMESPACE))
    spare = chance.choice((1, 2))
    hard = {"pods": str(int(params["pods"] or pods + spare)), "requests.memory": "16Gi"}
    quota = {
        "metadata": {"name": "shop-quota", "namespace": NAMESPACE},
        "spec": {"hard": hard},
    }
    _keep(shop, "resourcequotas", quota, hours_ago=chance.uniform(400, 900))
    shop.demand.crowd = {CHECKOUT.name: round(chance.uniform(2.3, 2.45), 2)}
    asked = CHECKOUT.replicas + 4
    _ask_for(shop, CHECKOUT, asked)
    return Truth(
        says=f"shop-quota allows {hard['pods']} pods, too few for {asked} of checkout",
        may_change=frozenset({("resourcequotas", "shop-quota")}),
    )


def _unschedulable(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    why = params["why"] or chance.choice(sorted(_UNPLACED))
    version = next_version(shop, CHECKOUT, chance)
    shop.registry.publish(Image(CHECKOUT.name, version, CHECKOUT.memory_mib))
    says, container, pod = _UNPLACED[why](chance)
    template = running(shop, CHECKOUT)["spec"]["template"]
    template["metadata"]["annotations"]["shop.example/version"] = version
    template["spec"]["containers"][0].update({"image": CHECKOUT.image(version), **container})
    template["spec"].update(pod)
    release(shop, CHECKOUT, version, template=template)
    return Truth(says=f"checkout {version} {says}", may_change=own(CHECKOUT))


_Change = tuple[str, dict[str, Any], dict[str, Any]]


def _too_many_cores(chance: random.Random) -> _Change:
    cores = chance.choice((10, 12, 16))
    sizes = {
        "requests": {"cpu": str(cores), "memory": f"{CHECKOUT.memory_mib}Mi"},
        "limits": {"cpu": str(cores), "memory": f"{CHECKOUT.memory_limit_mib}Mi"},
    }
    return f"asks for {cores} processors, and no node has so many", {"resources": sizes}, {}


def _too_much_memory(chance: random.Random) -> _Change:
    gib = chance.choice((40, 48, 64))
    sizes = {
        "requests": {"cpu": CHECKOUT.cpu_request, "memory": f"{gib}Gi"},
        "limits": {"cpu": "1", "memory": f"{gib}Gi"},
    }
    return f"asks for {gib}Gi of memory, and no node has so much", {"resources": sizes}, {}


def _one_for_each_node(_: random.Random) -> _Change:
    term = {
        "labelSelector": {"matchLabels": {"app": CHECKOUT.name}},
        "topologyKey": "kubernetes.io/hostname",
    }
    rule = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    says = f"wants a node for each of its {CHECKOUT.replicas} pods, and there are fewer"
    return says, {}, {"affinity": rule}


_UNPLACED: Mapping[str, Callable[[random.Random], _Change]] = MappingProxyType(
    {"cpu": _too_many_cores, "memory": _too_much_memory, "anti-affinity": _one_for_each_node}
)


def _nodes_full(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    store = shop.cluster.store
    spare = float(params["spare"] or chance.choice((0.1, 0.2)))
    if store.find("namespaces", "", OTHERS) is None:
        store.create("namespaces", "", {"metadata": {"name": OTHERS}})
    for number, (node, free) in enumerate(_free_cores(shop).items()):
        if free > spare:
            store.create("pods", OTHERS, _job(number, node=node, cores=free - spare))
    shop.cluster.advance(shop.now)
    _ask_for(shop, CHECKOUT, CHECKOUT.replicas + 4)
    shop.demand.crowd = {CHECKOUT.name: round(chance.uniform(2.3, 2.45), 2)}

    def mend() -> None:
        for pod in store.list("pods", OTHERS):
            store.delete("pods", OTHERS, pod["metadata"]["name"])

    return Truth(says="jobs of another tenant take the room of the nodes", mend=mend)


def _free_cores(shop: "Shop") -> dict[str, float]:
    """Return how many processors of each node nobody has asked for."""
    free = {
        node["metadata"]["name"]: value(node["status"]["allocatable"]["cpu"])
        for node in shop.cluster.store.list("nodes")
    }
    for pod in shop.cluster.store.list("pods"):
        if pod["spec"].get("nodeName") in free:
            free[pod["spec"]["nodeName"]] -= requested(pod, "cpu")
    return free


def _job(number: int, *, node: str, cores: float) -> dict[str, Any]:
    """Return a pod of another tenant, as a workflow engine makes them."""
    sizes = {"requests": {"cpu": f"{round(cores * 1000)}m", "memory": "2Gi"}}
    image = "registry.local/batch/reindex:7.1"
    return {
        "metadata": {"name": f"reindex-{number}", "labels": {"app": "reindex"}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "restartPolicy": "OnFailure",
            "containers": [{"name": "reindex", "image": image, "resources": sizes}],
        },
    }


FAULTS = (
    Fault(
        name="hpa-limit",
        about="An autoscaler may not run as many pods as are needed.",
        inject=_hpa_limit,
        params=MappingProxyType({"most": "", "times": ""}),
        look_alike="traffic-spike",
    ),
    Fault(
        name="quota-exceeded",
        about="A quota refuses the pods that are needed.",
        inject=_quota_exceeded,
        params=MappingProxyType({"pods": ""}),
    ),
    Fault(
        name="unschedulable",
        about="A release asks for more than any node has.",
        inject=_unschedulable,
        params=MappingProxyType({"why": ""}),
        look_alike="quota-exceeded",
    ),
    Fault(
        name="nodes-full",
        about="Another tenant takes the room of the nodes.",
        inject=_nodes_full,
        params=MappingProxyType({"spare": ""}),
        look_alike="unschedulable",
    ),
)
