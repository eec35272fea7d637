"""What runs inside the shop's containers, decided at each container start.

Image, configuration and memory limit are read from the pod and the cluster as they are
at that moment; whether they are good is known to the image registry and the programs.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.programs import Behaviour, TagPrograms, Usage
from stanch.sandbox.shop import objects
from stanch.sandbox.shop.images import Image, ImageRegistry
from stanch.sandbox.shop.pods import cpu_limit, memory_limit, probed_port
from stanch.sandbox.shop.registry import pull_error
from stanch.sandbox.shop.services import REGISTRY, SERVICES
from stanch.sandbox.shop.settings_check import complaint

MIB = 1024.0 * 1024.0
_PASSWORD = "DATABASE_PASSWORD"  # noqa: S105  # the name of a variable


class ShopPrograms:
    """Behaves as the shop's images would; other images behave by the words in their tags."""

    def __init__(self, registry: ImageRegistry) -> None:
        self._registry = registry
        self._others = TagPrograms()
        self.load: dict[str, float] = {}
        """Requests per second of each pod, by UID; the traffic model keeps it."""
        self.routes: dict[str, dict[str, float]] = {}
        """The same, of each of its routes."""
        self.leaked: dict[str, float] = {}
        """Bytes that the program of each pod has lost, by UID; shop.memory keeps it."""

        self.passwords: dict[str, str] = {}
        """The password for the database that each pod read when it was started, by UID."""

    def behaviour(
        self, cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]
    ) -> Behaviour:
        """Return what `container` does from now on."""
        name = container["image"]
        if not name.startswith(f"{REGISTRY}/"):
            return self._others.behaviour(cluster, pod, container)
        image = self._registry.find(name)
        found = Behaviour("badimage")
        if image is not None:
            found = _run(cluster, pod, container, image=image)
            password = _secrets(cluster, pod, container).get(_PASSWORD)
            if password is not None:
                self.passwords[pod["metadata"]["uid"]] = password
        return replace(found, pull_error=pull_error(self._registry, name))

    def usage(self, cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]) -> Usage:
        """Return what `container` uses now; it warms up in its first seconds."""
        image = self._registry.find(container["image"])
        if image is None:
            return self._others.usage(cluster, pod, container)
        return Usage(
            cpu_cores=min(self.wanted_cores(pod, container), cpu_limit(container)),
            memory_bytes=min(self.wanted_bytes(pod, container), memory_limit(container) * 0.995),
        )

    def wanted_cores(self, pod: dict[str, Any], container: dict[str, Any]) -> float:
        """Return the processor time that `container` would use if it had no limit."""
        uid, image = pod["metadata"]["uid"], self._registry.find(container["image"])
        cores = 0.01 + 0.006 * self.load.get(uid, 0.0)
        if image is not None and image.hot is not None:
            hot = self.routes.get(uid, {}).get(image.hot.route, 0.0) * image.hot.share
            cores += hot * image.hot.cpu_seconds
        return cores

    def wanted_bytes(self, pod: dict[str, Any], container: dict[str, Any]) -> float:
        """Return the memory that `container` would use if it had no limit."""
        uid, image = pod["metadata"]["uid"], self._registry.find(container["image"])
        if image is None:
            return 0.0
        usual = (image.memory_mib * 0.94 + 0.25 * self.load.get(uid, 0.0)) * MIB
        return usual + self.leaked.get(uid, 0.0)


def _run(
    cluster: Cluster, pod: dict[str, Any], container: dict[str, Any], *, image: Image
) -> Behaviour:
    """Return what the program of `image` does with what it is given."""
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
    if image.panic:
        return Behaviour("crash", 1.0, lines=start, last_line=image.panic)
    listening = f"ready: listening on :{image.port}"
    if probed_port(container) not in {None, image.port}:
        return Behaviour("notready", lines=(*start, listening), refused=True)
    return Behaviour("slow", image.ready_after, lines=start, ready_line=listening)


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


def _secrets(
    cluster: Cluster, pod: dict[str, Any], container: dict[str, Any]
) -> Mapping[str, str | None]:
    """Return the variables that come from Secrets; None where a Secret or its key is missing."""
    namespace = pod["metadata"]["namespace"]
    held = {one["metadata"]["name"]: one for one in cluster.store.list("secrets", namespace)}
    found: dict[str, str | None] = {}
    for variable in container.get("env") or []:
        reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
        if reference:
            one = held.get(reference["name"], {})
            found[variable["name"]] = objects.secret_value(one, reference["key"])
    return found
