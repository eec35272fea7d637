"""The request for the log of a container: which lines, in which form, and following them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from stanch.sandbox.cluster.call import Call
from stanch.sandbox.cluster.logs import Life, Line
from stanch.sandbox.cluster.status import ApiError, bad_request
from stanch.sandbox.cluster.times import micro_stamp, seconds

if TYPE_CHECKING:
    from stanch.sandbox.cluster.engine import Cluster

_UNPULLED = {"ErrImagePull", "ImagePullBackOff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines of a log, and how they are written."""

    tail: int | None = None
    since: float | None = None
    limit_bytes: int | None = None
    timestamps: bool = False

    def choose(self, lines: list[Line]) -> list[Line]:
        """Return the lines that are new enough and among the last ones."""
        if self.since is not None:
            lines = [line for line in lines if line[0] >= self.since]
        if self.tail is not None:
            lines = lines[max(0, len(lines) - self.tail) :]
        return lines

    def text(self, lines: list[Line]) -> bytes:
        """Write the lines."""
        if self.timestamps:
            return "".join(f"{micro_stamp(at)} {line}\n" for at, line in lines).encode()
        return "".join(f"{line}\n" for _, line in lines).encode()


def respond(cluster: "Cluster", call: Call) -> Response:
    """Answer a request for a log.

    Raises:
        ApiError: there is no such pod (404), or no such log (400).
    """
    pod = cluster.store.get("pods", call.address.namespace, call.address.name)
    container = _container(pod, call.query.get("container", ""))
    wanted = _wanted(cluster, call)
    life = _life(cluster, pod, container=container, previous=call.flag("previous"))
    shown = wanted.choose(list(life.lines))
    if call.flag("follow") and not call.flag("previous"):
        body = _follow(cluster, life, wanted=wanted, first=shown)
        return StreamingResponse(body, media_type="text/plain")
    return Response(wanted.text(shown)[: wanted.limit_bytes], media_type="text/plain")


def _container(pod: dict[str, Any], asked: str) -> str:
    spec, name = pod["spec"], pod["metadata"]["name"]
    names = [container["name"] for container in spec["containers"]]
    all_names = [container["name"] for container in spec.get("initContainers", ())] + names
    if asked:
        if asked not in all_names:
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(names) > 1:
        listed = f"choose one of: [{' '.join(names)}]"
        raise bad_request(f"a container name must be specified for pod {name}, {listed}")
    return str(names[0])


def _wanted(cluster: "Cluster", call: Call) -> Wanted:
    since = None
    if "sinceSeconds" in call.query and "sinceTime" in call.query:
        why = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        raise _out_of_range("", call.query["sinceTime"], why)
    if (ago := call.number("sinceSeconds")) is not None:
        since = cluster.now - ago
    elif text := call.query.get("sinceTime", ""):
        try:
            since = seconds(text)
        except ValueError as error:
            raise bad_request(f"sinceTime: {error}") from error
    tail, limit = call.number("tailLines"), call.number("limitBytes")
    if tail is not None and tail < 0:
        raise _out_of_range("tailLines", tail, "must be greater than or equal to 0")
    if limit is not None and limit < 1:
        raise _out_of_range("limitBytes", limit, "must be greater than 0")
    return Wanted(tail=tail, since=since, limit_bytes=limit, timestamps=call.flag("timestamps"))


def _out_of_range(field: str, value: object, why: str) -> ApiError:
    text = f"Invalid value: {value}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": text, "field": field}
    details = {"kind": "PodLogOptions", "causes": [cause]}
    message = f'PodLogOptions "" is invalid: {field}: {text}'
    return ApiError(422, "Invalid", message=message, details=details)


def _life(cluster: "Cluster", pod: dict[str, Any], *, container: str, previous: bool) -> Life:
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    current = cluster.logs.current(uid, container)
    if previous:
        if current is not None and current.over and _waits_to_restart(pod, container):
            return current
        life = cluster.logs.previous(uid, container)
        if life is None:
            raise bad_request(
                f'previous terminated container "{container}" in pod "{name}" not found'
            )
        return life
    if current is None:
        reason = _waiting_reason(pod, container)
        why = "trying and failing to pull image" if reason in _UNPULLED else reason
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {why}')
    return current


def _status(pod: dict[str, Any], container: str) -> dict[str, Any]:
    statuses = pod.get("status", {}).get("containerStatuses", ())
    found: dict[str, Any] = next((item for item in statuses if item["name"] == container), {})
    return found


def _waits_to_restart(pod: dict[str, Any], container: str) -> bool:
    return "waiting" in _status(pod, container).get("state", {})


def _waiting_reason(pod: dict[str, Any], container: str) -> str:
    waiting = _status(pod, container).get("state", {}).get("waiting", {})
    return str(waiting.get("reason", "ContainerCreating"))


async def _follow(
    cluster: "Cluster", life: Life, *, wanted: Wanted, first: list[Line]
) -> AsyncIterator[bytes]:
    left = wanted.limit_bytes
    seen, news, lines = life.written, asyncio.Event(), first
    cluster.logs.listen(news.set)
    try:
        while True:
            data = wanted.text(lines)[:left]
            if data:
                yield data
            if left is not None:
                left -= len(data)
            if (life.over and life.written == seen) or left == 0:
                return
            if life.written == seen:
                news.clear()
                await news.wait()
            fresh = min(life.written - seen, len(life.lines))
            lines = list(life.lines)[len(life.lines) - fresh :]
            seen = life.written
    finally:
        cluster.logs.stop_listening(news.set)
