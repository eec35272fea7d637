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
class Image:
    """What is inside one image."""

    service: str
    version: str
    memory_mib: int
    defects: tuple[Defect, ...] = ()
    ready_after: float = 3.0


@dataclass(slots=True)
class ImageRegistry:
    """The images that can be pulled, by their full name."""

    images: dict[str, Image] = field(default_factory=dict)

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
