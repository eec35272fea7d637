"""What runs inside the containers: the port that a practice production fills in.

`TagPrograms` is the filling of a bare practice cluster: a word in the image tag or in an
annotation of the pod says what a container does, as in `registry.local/web:v3-crash`.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

# Word -> the number it stands for when none follows it.
WORDS: dict[str, float] = {
    "ok": 0,  # Ready soon
    "slow": 10,  # Ready after N seconds
    "notready": 0,  # runs, is never Ready
    "crash": 1,  # exits 1 after N seconds
    "oom": 1,  # the same with exit code 137
    "flaky": 2,  # crashes N times, then is ok
    "badimage": 0,  # cannot be pulled
    "badconfig": 0,  # cannot be created
    "pending": 0,  # stays in ContainerCreating
    "done": 1,  # exits 0 after N seconds
}
_WORD = re.compile(
    rf"(?<![a-z])({'|'.join(sorted(WORDS, key=len, reverse=True))})(\d+(?:\.\d+)?)?(?![a-z])"
)
_NOTE = "fake-kubelet/"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a container does, decided anew at each of its starts."""

    word: str = "ok"
    number: float | None = None
    lines: tuple[str, ...] = ()
    """Logged when the container starts."""
    last_line: str = ""
    """Logged before a crash; may be several lines."""
    ready_line: str = "ready: listening on :8080"
    """Logged when the container gets ready."""
    refused: bool = False
    """Whether nobody listens where the readiness probe asks."""
    pull_error: str = ""
    """Why a node that lacks the image cannot fetch it now; empty: it can."""

    @property
    def amount(self) -> float:
        """The number, or the word's own when none is given."""
        return WORDS.get(self.word, 0) if self.number is None else self.number


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container uses at this moment."""

    cpu_cores: float
    memory_bytes: float


class Programs(Protocol):
    """Decides what the containers do and use."""

    def behaviour(
        self, cluster: "Cluster", pod: dict[str, Any], container: dict[str, Any]
    ) -> Behaviour:
        """Return what `container` of `pod` does in the run that starts now."""
        ...

    def usage(self, cluster: "Cluster", pod: dict[str, Any], container: dict[str, Any]) -> Usage:
        """Return what `container` of `pod` uses now."""
        ...


def note(pod: dict[str, Any], key: str, *, container: str) -> str:
    """Return an annotation of the practice cluster, the container's own before the pod's."""
    annotations = pod["metadata"].get("annotations", {})
    found = annotations.get(f"{_NOTE}{key}.{container}", annotations.get(f"{_NOTE}{key}", ""))
    return str(found)


class TagPrograms:
    """Reads the word in the annotation `fake-kubelet/behavior`, else in the image tag."""

    def behaviour(
        self,
        cluster: "Cluster",  # noqa: ARG002  # part of the port
        pod: dict[str, Any],
        container: dict[str, Any],
    ) -> Behaviour:
        """Return what the words say; without one the container is well."""
        name = container["name"]
        tag = container["image"].rpartition("/")[2].partition(":")[2]
        match = _WORD.search(note(pod, "behavior", container=name) or tag)
        lines = tuple(note(pod, "logs", container=name).splitlines())
        last_line = note(pod, "last-line", container=name)
        if match is None:
            return Behaviour(lines=lines, last_line=last_line)
        number = float(match[2]) if match[2] else None
        return Behaviour(match[1], number, lines, last_line)

    def usage(
        self,
        cluster: "Cluster",  # noqa: ARG002  # part of the port
        pod: dict[str, Any],  # noqa: ARG002  # part of the port
        container: dict[str, Any],  # noqa: ARG002  # part of the port
    ) -> Usage:
        """Return the same small usage for every container."""
        return Usage(cpu_cores=0.02, memory_bytes=48 * 2.0**20)
