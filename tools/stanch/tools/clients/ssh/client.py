"""The client of hosts: reads on one or many of them, and the changes of one at a time."""

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from stanch.settings.targets import Targets
from stanch.tools.clients.cap import Cap, size_of
from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.clients.ssh import logs, processes, rotation, swarm, units
from stanch.tools.clients.ssh.command import line_of, result_of, told
from stanch.tools.clients.ssh.fan_out import ask_all
from stanch.tools.clients.ssh.guarded import Login
from stanch.tools.clients.ssh.pool import Pool
from stanch.tools.clients.ssh.route import Router, Wanted
from stanch.tools.clients.ssh.session import run
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import HostAct, HostRead, RestartUnit
from stanch.tools.operations.host_logs import TruncateLog
from stanch.tools.operations.host_processes import StopProcess
from stanch.tools.operations.host_rotation import RotateLogs
from stanch.tools.outcome import DryRun, Limits, Outcome

_LEAST_BYTES = 4096
_WORST_GROWTH = 12
"""How much larger a byte may become: twice in the data, and escaped in JSON."""


class _Act(Protocol):
    """One change of one thing on one host."""

    def look(self) -> dict[str, Any]: ...

    def preview(self) -> DryRun: ...

    def apply(self, observed: Mapping[str, Any]) -> Outcome: ...

    def probe(self) -> bool | None: ...


class SshClient:
    """Asks hosts over SSH; may be shared by many threads, and opens nothing before use."""

    def __init__(self, *, targets: Targets, limits: Limits = Limits()) -> None:  # noqa: B008 - it is frozen
        self._limits = limits
        self._targets = targets
        self._router = Router(targets)
        self._pool = Pool(
            connect_seconds=targets.ssh.connect_seconds,
            keepalive_seconds=targets.ssh.keepalive_seconds,
            most=targets.ssh.most_connections,
        )
        self._closed = threading.Event()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._pool.size

    def observe(self, operation: HostRead) -> Outcome:
        """Return what a program on a host, or on several side by side, prints.

        Raises:
            TargetUnreachableError: no host could be reached, or gave a whole answer.
            OperationRefusedError: the host has no such program, or gives no rights.
        """
        deadline = Deadline(self._limits.seconds)
        if operation.host is not None:
            data, truncated = self._one(operation, operation.host, deadline, 1)
            text = told(data)
        elif operation.hosts:
            data, truncated, text = self._several(operation, deadline)
        else:
            raise TargetUnreachableError(f"No host is named for '{operation.as_text()}'.")
        data, cut = self._capped(data)
        return Outcome(data=data, text=text, duration=deadline.spent, truncated=truncated or cut)

    def look(self, change: HostAct) -> dict[str, Any]:
        """Return the facts about what is to be changed, as its module tells them.

        {"missing": True} when the host has no such thing any more.

        Raises:
            TargetUnreachableError: it cannot be looked at, or nobody may act there.
            OperationRefusedError: the host does not say.
        """
        return self._act(change).look()

    def preview(self, change: HostAct, *, key: str) -> DryRun:  # noqa: ARG002 - no host can try it
        """Foretell the change: no host can try one."""
        return self._act(change).preview()

    def apply(
        self,
        change: HostAct,
        *,
        key: str,  # noqa: ARG002 - nothing on a host has a place for a mark
        observed: Mapping[str, Any],
    ) -> Outcome:
        """Make the change if its target is the one that was seen.

        Raises:
            PreconditionFailedError: it is another one by now; nothing was changed.
            TargetUnreachableError: nothing was sent.
            OperationRefusedError: the host said no, and all is as it was.
            OutcomeUnknownError: it was sent, and no answer came.
        """
        return self._act(change).apply(observed)

    def probe(self, change: HostAct, *, key: str) -> bool | None:  # noqa: ARG002 - as above
        """Say whether the change has arrived; None when it cannot be known."""
        return self._act(change).probe()

    def close(self) -> None:
        """End all connections, and give up what is under way."""
        self._closed.set()
        self._pool.close()

    def _act(self, change: HostAct) -> "_Act":
        route = self._router.route(Wanted(host=change.host, act=True))
        deadline = Deadline(self._limits.seconds)
        login = Login(pool=self._pool, route=route, deadline=deadline)
        match change:
            case RestartUnit():
                return units.Unit(pool=self._pool, route=route, change=change, deadline=deadline)
            case TruncateLog():
                patterns = self._logs(change.host)
                return logs.Log(login=login, change=change, patterns=patterns)
            case RotateLogs():
                patterns = self._logs(change.host)
                return rotation.Rotation(login=login, change=change, patterns=patterns)
            case StopProcess():
                return processes.Running(login=login, change=change)
            case _:
                return swarm.Service(login=login, change=change)

    def _logs(self, host: str) -> tuple[str, ...]:
        """Return the files that the settings allow to cut on a host."""
        table = self._targets.hosts.get(host)
        return table.logs if table is not None else ()

    def _one(
        self, operation: HostRead, host: str, deadline: Deadline, hosts: int
    ) -> tuple[dict[str, Any], bool]:
        """Return what one of so many hosts brought back, and whether it was cut at the cap."""
        wanted = Wanted(host=host, user=operation.login, port=operation.port)
        route = self._router.route(wanted)
        command, limited = line_of(operation, deadline.left)
        size = max(self._limits.bytes // 2 // hosts, _LEAST_BYTES)
        try:
            ran = run(self._pool, route, command, deadline, size=size)
        except NoAnswerError:
            if self._closed.is_set():
                raise NoAnswerError(f"The question to {host} was given up.") from None
            raise
        return result_of(host, operation, ran, limited=limited), ran.truncated

    def _several(self, operation: HostRead, deadline: Deadline) -> tuple[dict[str, Any], bool, str]:
        count = len(set(operation.hosts))

        def ask(host: str, own: Deadline) -> tuple[dict[str, Any], bool]:
            return self._one(operation, host, own, count)

        answers, missing, truncated = ask_all(operation.hosts, ask, deadline)
        if not answers:
            reasons = "; ".join(dict.fromkeys(missing.values()))
            raise TargetUnreachableError(f"None of {count} hosts answered: {reasons[:2000]}")
        text = f"{len(answers)} of {count} hosts answered"
        if missing:
            text += f", not {', '.join(list(missing)[:10])}"
        return {"hosts": answers, "not_read": missing}, truncated, text

    def _capped(self, data: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return data that fit the limit, and whether something was cut for it."""
        raw = sum(_raw(one) for one in data.get("hosts", {"": data}).values())
        if raw * _WORST_GROWTH < self._limits.bytes or size_of(data) < self._limits.bytes:
            return data, False
        cap = Cap(self._limits.bytes)
        return cap.shortened(data), True


def _raw(data: Mapping[str, Any]) -> int:
    return len(data["stdout"]) + len(data["stderr"])
