"""The life of one container: pulled, started, ready, crashing, waiting to start again.

A life is a row of stages; `step` makes the next move and leaves in `due` when the move after
it comes. The kubelet calls it, and writes what it finds here into the status of the pod.
"""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from stanch.sandbox.cluster import references
from stanch.sandbox.cluster.programs import Behaviour, note
from stanch.sandbox.cluster.times import stamp

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

Stage: TypeAlias = Literal[
    "new",
    "pulled",
    "pull_failed",
    "unconfigured",
    "warming",
    "serving",
    "unhealthy",
    "ending",
    "backoff",
    "ended",
]
_QUIET_AFTER = 600.0
_NO_CONFIG = "fatal: cannot read configuration: key DATABASE_URL is not set"
_NOT_FOUND = 'secret "app-config" not found'
_ENDINGS = {"oom": (137, "OOMKilled"), "done": (0, "Completed")}


def digest(text: str) -> str:
    """Return a hash that looks like those of images and containers."""
    return hashlib.sha256(text.encode()).hexdigest()


class Container:
    """One container of a pod on a node."""

    def __init__(self, cluster: "Cluster", pod: dict[str, Any], spec: dict[str, Any]) -> None:
        self._cluster = cluster
        self._pace = cluster.pace
        self.pod = pod
        self.spec = spec
        self.stage: Stage = "new"
        self.due: float | None = None
        self.ready = False
        self.restarts = 0
        self.last: dict[str, Any] = {}
        self.state: dict[str, Any] = {"waiting": {"reason": "ContainerCreating"}}
        self._behaviour = Behaviour()
        self._failures = 0
        self._started: float | None = None

    @property
    def name(self) -> str:
        """Its name in the pod."""
        return str(self.spec["name"])

    @property
    def was_started(self) -> bool:
        """Whether it ever ran."""
        return self._started is not None

    def begin(self) -> None:
        """Let the first move come soon."""
        self._later(self._pace.begin)

    def step(self, *, pulled: bool) -> None:
        """Make the next move; `pulled` says whether the node has the image already."""
        self.due = None
        match self.stage:
            case "new":
                self._create(pulled=pulled)
            case "pulled":
                self._configure()
            case "unconfigured" | "backoff":
                self.restarts += self.stage == "backoff"
                self._behaviour = self._decide()
                self._say("Pulled", f'Container image "{self._image}" already present on machine')
                self._configure()
            case "pull_failed":
                self._give_up_pulling()
            case "warming":
                self._serve()
            case "serving":
                self._chat()
            case "unhealthy":
                self._warn("Unhealthy", f"Readiness probe failed: {self._complaint()}")
                self._later(2 * self._pace.probe)
            case "ending":
                self._end()
            case "ended":
                pass

    def replace(self, pod: dict[str, Any], spec: dict[str, Any]) -> None:
        """Kill the run and start over, because the image or the behaviour was changed."""
        if "running" in self.state:
            text = f"Container {self.name} definition changed, will be restarted"
            self._say("Killing", text)
            self.last = self._terminated(137, "Error")
        self.restarts += self.was_started
        self.pod, self.spec, self.stage, self.ready = pod, spec, "new", False
        self.state, self._failures = {"waiting": {"reason": "ContainerCreating"}}, 0
        self._later(self._pace.replace)

    def fail(self, word: str, last_line: str) -> None:
        """Let the program that runs now come to its end, as `word` says."""
        if "running" in self.state:
            self._behaviour = replace(self._behaviour, word=word, last_line=last_line)
            self.stage, self.due = "ending", self._cluster.now

    def given_up(self) -> dict[str, Any]:
        """Return the entry of a container that was ended with its pod."""
        ended = self._terminated(137, "Error") if self.was_started else self.state
        return {**self.status(), "ready": False, "started": False, "state": ended}

    def stop(self) -> None:
        """End the run, because the pod goes."""
        if "running" in self.state:
            self._say("Killing", f"Stopping container {self.name}")
        self.stage, self.due, self.ready = "ended", None, False
        self._cluster.logs.end(self._uid, self.name)

    def status(self) -> dict[str, Any]:
        """Return the entry of the container in the status of its pod."""
        shown: dict[str, Any] = {
            "name": self.name,
            "image": self._image,
            "imageID": "",
            "ready": self.ready,
            "started": "running" in self.state,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last,
        }
        if self.was_started:
            shown["imageID"] = f"{self._image.partition(':')[0]}@sha256:{digest(self._image)}"
            shown["containerID"] = self._identity
        return shown

    @property
    def _image(self) -> str:
        return str(self.spec["image"])

    @property
    def _uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    @property
    def _identity(self) -> str:
        return "containerd://" + digest(f"{self._uid}{self.name}{self.restarts}")

    @property
    def _full_pod_name(self) -> str:
        metadata = self.pod["metadata"]
        return f"{metadata['name']}_{metadata['namespace']}({self._uid})"

    def _source(self) -> dict[str, str]:
        path = f"spec.containers{{{self.name}}}"
        return {"component": "kubelet", "host": self.pod["spec"]["nodeName"], "field_path": path}

    def _say(self, reason: str, message: str) -> None:
        self._cluster.events.normal(self.pod, reason, message, **self._source())

    def _warn(self, reason: str, message: str) -> None:
        self._cluster.events.warning(self.pod, reason, message, **self._source())

    def _log(self, line: str) -> None:
        self._cluster.logs.write(self._uid, self.name, line, at=self._cluster.now)

    def _later(self, seconds: float) -> None:
        self.due = self._pace.beat_after(self._cluster.now + seconds)

    def _wait(self, reason: str, message: str) -> None:
        self.state, self.ready = {"waiting": {"reason": reason, "message": message}}, False

    def _decide(self) -> Behaviour:
        return self._cluster.programs.behaviour(self._cluster, self.pod, self.spec)

    def _create(self, *, pulled: bool) -> None:
        self._behaviour = behaviour = self._decide()
        if behaviour.word == "pending":
            return
        image = self._image
        present = pulled and self.spec["imagePullPolicy"] != "Always"
        if text := self._pull_failure(present=present):
            self._say("Pulling", f'Pulling image "{image}"')
            self._warn("Failed", f'Failed to pull image "{image}": {text}')
            self._warn("Failed", "Error: ErrImagePull")
            self._wait("ErrImagePull", text)
            self.stage = "pull_failed"
            self._later(self._pace.first_pause)
            return
        self.stage = "pulled"
        if present:
            self._say("Pulled", f'Container image "{image}" already present on machine')
            self._later(self._pace.present)
        else:
            self._say("Pulling", f'Pulling image "{image}"')
            seconds = self._cluster.random.uniform(*self._pace.pull)
            self._later(seconds)
            shown = f"{seconds * 1000:.0f}ms"
            text = f'Successfully pulled image "{image}" in {shown} ({shown} including waiting)'
            self._say("Pulled", text)

    def _pull_failure(self, *, present: bool) -> str:
        """Return why the image cannot be had, as the container runtime words it, or ""."""
        if self._behaviour.pull_error and not present:
            return self._behaviour.pull_error
        if self._behaviour.word == "badimage":
            return (
                "rpc error: code = NotFound desc = failed to pull and unpack image "
                f'"{self._image}": not found'
            )
        return ""

    def _complaint(self) -> str:
        """Return what the readiness probe found, as the kubelet words it."""
        asked = (self.spec.get("readinessProbe") or {}).get("httpGet")
        if not self._behaviour.refused or not asked:
            return "HTTP probe failed with statuscode: 503"
        where = f"{self.pod.get('status', {}).get('podIP', '')}:{asked['port']}"
        url = f"http://{where}{asked.get('path', '/')}"
        return f'Get "{url}": dial tcp {where}: connect: connection refused'

    def _configure(self) -> None:
        """Start, unless something that the environment is read from is missing."""
        namespace = self.pod["metadata"]["namespace"]
        missing = references.missing(self._cluster.store, namespace, self.spec)
        if not missing and self._behaviour.word != "badconfig":
            self._start()
            return
        self._warn("Failed", f"Error: {missing or _NOT_FOUND}")
        self._wait("CreateContainerConfigError", missing or _NOT_FOUND)
        self.stage = "unconfigured"
        self._later(self._pace.config_retry)

    def _give_up_pulling(self) -> None:
        self._behaviour = self._decide()
        if not self._pull_failure(present=False):
            self._create(pulled=False)
            return
        self._say("BackOff", f'Back-off pulling image "{self._image}"')
        self._warn("Failed", "Error: ImagePullBackOff")
        self._wait("ImagePullBackOff", f'Back-off pulling image "{self._image}"')
        self._later(self._pace.pull_retry)

    def _start(self) -> None:
        now = self._cluster.now
        self._started, behaviour = now, self._behaviour
        self._cluster.logs.begin(self._uid, self.name)
        self._log(f"starting {self.name} image={self._image} attempt={self.restarts}")
        for line in behaviour.lines:
            self._log(line)
        self._say("Created", f"Created container: {self.name}")
        self._say("Started", f"Started container {self.name}")
        self.state, self.ready = {"running": {"startedAt": stamp(now)}}, False
        word = behaviour.word
        if word in {"crash", "oom", "done"}:
            self.stage = "ending"
            self._later(behaviour.amount)
        elif word == "flaky" and self.restarts < behaviour.amount:
            self.stage = "ending"
            self._later(self._pace.flaky_run)
        elif word == "notready":
            self.stage = "unhealthy"
            self._later(self._pace.probe)
        else:
            self.stage = "warming"
            seconds = self._cluster.random.uniform(*self._pace.ready)
            self._later(behaviour.amount if word == "slow" else seconds)

    def _serve(self) -> None:
        self._log(self._behaviour.ready_line)
        self.ready, self.stage = True, "serving"
        if every := self._every():
            self._later(every)

    def _chat(self) -> None:
        for line in self._behaviour.lines:
            self._log(line)
        if every := self._every():
            self._later(every)

    def _every(self) -> float:
        text = note(self.pod, "log-every", container=self.name)
        try:
            return max(0.2, float(text)) if text else 0.0
        except ValueError:
            return 0.0

    def _terminated(self, code: int, reason: str) -> dict[str, Any]:
        return {
            "terminated": {
                "exitCode": code,
                "reason": reason,
                "startedAt": stamp(self._started or self._cluster.now),
                "finishedAt": stamp(self._cluster.now),
                "containerID": self._identity,
            }
        }

    def _end(self) -> None:
        word = self._behaviour.word
        code, reason = _ENDINGS.get(word, (1, "Error"))
        if word == "done":
            self._log("done")
        elif self._behaviour.last_line or word != "oom":
            for line in (self._behaviour.last_line or _NO_CONFIG).splitlines():
                self._log(line)
        self._cluster.logs.end(self._uid, self.name)
        ended = self._terminated(code, reason)
        policy = self.pod["spec"].get("restartPolicy", "Always")
        if policy == "Never" or (policy == "OnFailure" and code == 0):
            self.state, self.ready, self.stage = ended, False, "ended"
            return
        ran = self._cluster.now - (self._started or self._cluster.now)
        self._failures = 0 if ran >= _QUIET_AFTER else self._failures
        pace = self._pace
        pause = min(pace.longest_pause, pace.first_pause * 2 ** min(self._failures, 10))
        self._failures += 1
        where = f"{self.name} in pod {self._full_pod_name}"
        self._warn("BackOff", f"Back-off restarting failed container {where}")
        shown = f"{pause:g}s" if pause >= 1 else f"{pause * 1000:g}ms"
        text = f"back-off {shown} restarting failed container={self.name} "
        self._wait("CrashLoopBackOff", f"{text}pod={self._full_pod_name}")
        self.last, self.stage = ended, "backoff"
        self._later(pause)
