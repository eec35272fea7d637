"""The change of a service of Docker's swarm: it is rolled back to the spec that it had before.

A rollback exchanges the spec and the one before it, so that another rollback is the way
back. Both specs are named by their digests, and both images by theirs: a tag may stand for
another image by now. The first change also names the index of the version that was seen.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect, digest_of
from stanch.tools.operations.host import Hostname
from stanch.tools.operations.reach import Reach, Size

_DIGEST = r"^[0-9a-f]{64}$"
ServiceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Image = Annotated[str, Field(max_length=512, pattern=r"^[A-Za-z0-9][^\s@]*@sha256:[0-9a-f]{64}$")]
PINNED: Final = re.compile(r"[A-Za-z0-9][^\s@]*@sha256:[0-9a-f]{64}")


class RollBackService(BaseOperation):
    """Roll one service of a swarm back to the spec before its last update."""

    kind: Literal["host.roll_back_service"] = "host.roll_back_service"
    host: Hostname
    """A manager of the swarm."""
    service: ServiceName
    service_id: Annotated[str, Field(pattern=r"^[0-9a-z]{25}$")]
    version: Annotated[int, Field(ge=0)] | None
    """The index that was seen; None for the way back, which is made before it is known."""
    image: Image
    to_image: Image
    spec_sha256: Annotated[str, Field(pattern=_DIGEST)]
    to_sha256: Annotated[str, Field(pattern=_DIGEST)]
    replicas: Annotated[int, Field(ge=0)] | None = None
    """How many tasks it wants; None: one on each node."""
    to_replicas: Annotated[int, Field(ge=0)] | None = None
    sudo: bool = False
    """Whether Docker is asked as root; without, the login has to be in Docker's group."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host}/services/{self.service_id}"

    @property
    @override
    def subject(self) -> str:
        return f"the service {self.service} of the swarm of {self.host}"

    @property
    @override
    def reach(self) -> Reach:
        sizes: tuple[Size, ...] = ()
        if self.to_replicas is not None and self.to_replicas != self.replicas:
            sizes = (Size(name="replicas", before=self.replicas, after=self.to_replicas),)
        return Reach(thing=f"services/{self.service}", host=self.host, sizes=sizes)

    @property
    def inverse(self) -> "RollBackService":
        """The rollback that exchanges both specs again."""
        return self.model_copy(
            update={
                "version": None,
                "image": self.to_image,
                "to_image": self.image,
                "spec_sha256": self.to_sha256,
                "to_sha256": self.spec_sha256,
                "replicas": self.to_replicas,
                "to_replicas": self.replicas,
            }
        )

    @override
    def as_text(self) -> str:
        return shlex.join(("ssh", self.host, shlex.join(self.command)))

    @property
    def command(self) -> tuple[str, ...]:
        """The words that are sent to the host."""
        return (*self._sudo, "docker", "service", "rollback", "--detach", self.service)

    @property
    def question(self) -> tuple[str, ...]:
        """The words that ask the host for the service as it is."""
        return (*self._sudo, "docker", "service", "inspect", self.service)

    @property
    def _sudo(self) -> tuple[str, ...]:
        return ("sudo", "-n") if self.sudo else ()


def service_of(shown: str) -> Mapping[str, Any] | None:
    """Return the one service that `docker service inspect` has printed; None for none."""
    try:
        found = json.loads(shown)
    except ValueError:
        return None
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        return None
    return found[0] if isinstance(found[0].get("Spec"), dict) else None


def service_facts(service: Mapping[str, Any] | None, *, versioned: bool) -> dict[str, Any]:
    """Return the facts about a service that must still hold when it is rolled back.

    `versioned`: with the index of its version, which every update of it moves. {"missing":
    True}: there is no such service.
    """
    if service is None:
        return {"missing": True}
    before = service.get("PreviousSpec")
    facts = {
        "id": str(service.get("ID") or ""),
        "image": image_of(service["Spec"]),
        "previous_image": image_of(before) if before else "",
        "spec_sha256": digest_of(service["Spec"]),
        "previous_sha256": digest_of(before) if before else "",
    }
    version = service.get("Version") or {}
    return facts | {"version": int(version.get("Index") or 0)} if versioned else facts


def image_of(spec: Mapping[str, Any]) -> str:
    """Return the image of a service's spec."""
    template = spec.get("TaskTemplate") or {}
    return str((template.get("ContainerSpec") or {}).get("Image") or "")


def replicas_of(spec: Mapping[str, Any]) -> int | None:
    """Return how many tasks a spec wants; None: one on each node."""
    replicated = (spec.get("Mode") or {}).get("Replicated")
    return None if replicated is None else int(replicated.get("Replicas") or 0)


def changed_parts(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield the parts in which two specs differ, by their names and without their values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from changed_parts(before.get(name), after.get(name), f"{path}.{name}")
    elif before != after:
        yield path.lstrip(".")
