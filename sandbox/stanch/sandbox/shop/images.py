"""The image registry of the practice world: which images exist, and how good they are.

What is known here is the truth of the world. The cluster and whoever reads its API see
only what follows from it: answers, memory, log lines, pull errors.
"""

from dataclasses import dataclass, field

from stanch.sandbox.shop.services import SERVICES


@dataclass(frozen=True, slots=True)
class Defect:
    """A part of one route's requests that a version answers wrongly."""

    route: str
    share: float
    status: int
    message: str
    noise: tuple[str, ...] = ()
    """Further lines that the failing code logs, taken from what its callers sent."""


@dataclass(frozen=True, slots=True)
class HotPath:
    """A part of one route's requests on whose input a version computes far too long."""

    route: str
    share: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Image:
    """What is inside one image."""

    service: str
    version: str
    memory_mib: int
    defects: tuple[Defect, ...] = ()
    ready_after: float = 3.0
    leak_mib: float = 0.0
    """What it never gives back of the memory that a request takes."""
    hot: HotPath | None = None
    port: int = 8080
    """The port on which its program listens."""
    panic: str = ""
    """What it prints when its code ends it at every start; empty: it does not."""


@dataclass(slots=True)
class ImageRegistry:
    """The images that can be pulled, by their full name."""

    images: dict[str, Image] = field(default_factory=dict)
    outage: str = ""
    """Why nothing can be fetched now, as the container runtime words it; empty: all can."""

    def publish(self, image: Image) -> str:
        """Make `image` available and return its full name."""
        name = SERVICES[image.service].image(image.version)
        self.images[name] = image
        return name

    def find(self, name: str) -> Image | None:
        """Return the image called `name`, or None if there is no such image."""
        return self.images.get(name)


def stocked() -> ImageRegistry:
    """Return a registry with every release of the shop's history, all of them good."""
    registry = ImageRegistry()
    for service in SERVICES.values():
        for release in service.releases:
            registry.publish(Image(service.name, release.version, service.memory_mib))
    return registry
