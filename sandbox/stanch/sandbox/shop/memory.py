"""The law of memory: what leaks grows with the work, until the kernel ends the program.

How much a version leaks with each request is in its image. What is lost is lost to the run
of the program: every restart begins anew.
"""

from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.pods import memory_limit
from stanch.sandbox.shop.programs import MIB
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


class Memory(Part):
    """Lets programs grow, and ends those that outgrow their limit."""

    name = "memory"

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self._lives: dict[str, tuple[str, int]] = {}
        self._at = shop.now

    @override
    def tick(self, at: float) -> None:
        seconds, self._at = at - self._at, at
        leaked, before = {}, self._shop.programs.leaked
        lives: dict[str, tuple[str, int]] = {}
        for pod in self._shop.pods():
            image = self._shop.registry.find(pod.image)
            if pod.running_since is None or image is None or not image.leak_mib:
                continue
            lives[pod.uid] = pod.life
            kept = before.get(pod.uid, 0.0) if self._lives.get(pod.uid) == pod.life else 0.0
            rate = self._shop.programs.load.get(pod.uid, 0.0)
            leaked[pod.uid] = kept + rate * seconds * image.leak_mib * MIB
        self._shop.programs.leaked, self._lives = leaked, lives
        self._end_outgrown()

    def _end_outgrown(self) -> None:
        cluster, programs = self._shop.cluster, self._shop.programs
        for uid in programs.leaked:
            found = [
                (pod, container)
                for pod in cluster.store.list("pods", NAMESPACE)
                if pod["metadata"]["uid"] == uid
                for container in pod["spec"]["containers"][:1]
            ]
            for pod, container in found:
                if programs.wanted_bytes(pod, container) >= memory_limit(container):
                    cluster.kubelet.kill(uid, container["name"], word="oom")

    @override
    def reasons(self) -> list[str]:
        leaking = {
            pod.service
            for pod in self._shop.pods()
            if (image := self._shop.registry.find(pod.image)) is not None and image.leak_mib
        }
        return [f"{name}: its programs lose memory" for name in SERVICES if name in leaking]
