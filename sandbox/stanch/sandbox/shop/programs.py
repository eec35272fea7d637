"""What runs inside the shop's containers, decided at each container start.

Image, configuration and memory limit are read from the pod and the cluster as they are
at that moment; whether they are good is known to the image registry and the programs.
"""

from collections.abc import Mapping
from typing import Any

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.programs import Behaviour, TagPrograms, Usage
from stanch.sandbox.shop.images import Image, ImageRegistry
from stanch.sandbox.shop.pods import memory_limit
from stanch.sandbox.shop.services import REGISTRY, SERVICES
from stanch.sandbox.shop.settings_check import complaint

MIB = 1024.0 * 1024.0


class ShopPrograms:
    """Behaves as the shop's images would; other images behave by the words in their tags."""

    def __init__(self, registry: ImageRegistry) -> None:
        self._registry = registry
        self._others = TagPrograms()
        self.load: dict[str, float] = {}
        """Requests per second of each pod, by UID; the traffic model keeps it."""

    def behaviour(
        self, cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]
    ) -> Behaviour:
        """Return what `container` does from now on."""
        name = container["image"]
        if not name.startswith(f"{REGISTRY}/"):
            return self._others.behaviour(cluster, pod, container)
        image = self._registry.find(name)
        if image is None:
            return Behaviour("badimage")
        config = _config(cluster, pod, container)
        if config is None:
            return Behaviour("badconfig")
        source = ",".join(_config_sources(container)) or "environment"
        start = (
            f"level=info msg=starting service={image.service} version={image.version}",
            f"level=info msg=configuration source={source} keys={len(config)}",
        )
        wrong = complaint({**SERVICES[image.service].config, **config}, source=source)
        if wrong is not None:
            return Behaviour("crash", 1.0, lines=start, last_line=wrong)
        if memory_limit(container) < image.memory_mib * MIB:
            line = f'level=info msg="loading price book into memory" want_mib={image.memory_mib}'
            return Behaviour("oom", 2.0, lines=start, last_line=line)
        return Behaviour("slow", image.ready_after, lines=start)

    def usage(self, cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]) -> Usage:
        """Return what `container` uses now; it warms up in its first seconds."""
        image = self._registry.find(container["image"])
        if image is None:
            return self._others.usage(cluster, pod, container)
        rate = self.load.get(pod["metadata"]["uid"], 0.0)
        return Usage(cpu_cores=0.01 + 0.006 * rate, memory_bytes=_memory(image, container, rate))


def _memory(image: Image, container: dict[str, Any], rate: float) -> float:
    wanted = (image.memory_mib * 0.94 + 0.25 * rate) * MIB
    return min(wanted, memory_limit(container) * 0.995)


def _config_sources(container: dict[str, Any]) -> list[str]:
    references = [one.get("configMapRef") for one in container.get("envFrom") or []]
    return [f"configmap/{reference['name']}" for reference in references if reference]


def _config(
    cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]
) -> Mapping[str, str] | None:
    """Return the environment of `container`, or None when a ConfigMap is missing."""
    namespace = pod["metadata"]["namespace"]
    maps = {m["metadata"]["name"]: m for m in cluster.store.list("configmaps", namespace)}
    merged: dict[str, str] = {}
    for one in container.get("envFrom") or []:
        reference = one.get("configMapRef")
        if not reference:
            continue
        found = maps.get(reference["name"])
        if found is None:
            if reference.get("optional"):
                continue
            return None
        merged.update(found.get("data") or {})
    for variable in container.get("env") or []:
        if "value" in variable:
            merged[variable["name"]] = variable["value"]
    return merged
