"""The clients of one run, opened when they are first needed."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stanch.settings import Settings
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import (
    ArgoRollBack,
    AutoscalerAct,
    Change,
    DoByHand,
    EvictPod,
    GitAct,
    HostAct,
    HostRead,
    HttpAct,
    HttpRead,
    KubernetesChange,
    KubernetesRead,
    MakeCall,
    MetricsRead,
    Operation,
    PatchObject,
    PutSecretBack,
    ReadCommits,
    RestoreSecret,
    SqlAct,
    SqlRead,
    WorkloadAct,
)
from stanch.tools.outcome import DryRun, Limits, Outcome

_LET_GO_SECONDS = 1.0
_IN_CLUSTER = (
    KubernetesChange | WorkloadAct | PatchObject | ArgoRollBack | RestoreSecret | PutSecretBack
)


def load(settings: Settings | None = None) -> None:
    """Import the clients, which takes a while, before the first operation needs one."""
    from stanch.tools.clients import kubernetes, metrics  # noqa: F401, PLC0415 - heavy

    targets = settings.targets if settings is not None else None
    if targets is not None and (targets.hosts or targets.groups):
        from stanch.tools.clients.ssh import wire  # noqa: PLC0415 - heavy

        wire.transport_class()
    if targets is not None and targets.databases:
        from stanch.tools.clients import sql  # noqa: F401, PLC0415 - heavy
    if targets is not None and targets.endpoints:
        from stanch.tools.clients import http  # noqa: F401, PLC0415 - heavy


class Hands(Protocol):
    """How a change of a target is looked at, tried, made and found again.

    One of them serves all changes of one kind of target, from many threads.
    """

    def look(self, change: Any) -> dict[str, Any]:
        """Return the facts about the target that a precondition compares.

        {"missing": True} when it is gone.

        Raises:
            ToolError: it could not be looked at.
        """

    def preview(self, change: Any, *, key: str) -> DryRun:
        """Ask the target what the change would do, without doing it."""

    def apply(self, change: Any, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the change if the target is as observed, and leave the mark `key` where it can be.

        Raises:
            PreconditionFailedError: the target is not as observed; nothing was changed.
            TargetUnreachableError: nothing was sent.
            OutcomeUnknownError: it was sent, and no answer came; it is never sent again.
        """

    def probe(self, change: Any, *, key: str) -> bool | None:
        """Say whether the change has arrived; None when it cannot be known."""


class Clients:
    """Gives the client that an operation needs; may be shared by many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(seconds=settings.step_seconds, bytes=settings.step_bytes)
        self._lock = threading.Lock()
        self._open: dict[str, Any] = {}
        self._closed = False
        self._reserving: list[threading.Thread] = []

    def observe(self, operation: Operation) -> Outcome:
        """Run a read and return what it brought back.

        Raises:
            ToolError: the target gave no usable answer.
        """
        if isinstance(operation, MetricsRead):
            client = self._client("metrics", self._new_metrics)
        elif isinstance(operation, KubernetesRead):
            client = self._client("kubernetes", self._new_kubernetes)
        elif isinstance(operation, HostRead):
            client = self._client("hosts", self._new_hosts)
        elif isinstance(operation, SqlRead):
            client = self._client("databases", self._new_databases)
        elif isinstance(operation, HttpRead):
            client = self._client("endpoints", self._new_endpoints)
        elif isinstance(operation, ReadCommits):
            client = self._client("repositories", self._new_repositories)
        else:
            raise TargetUnreachableError(f"stanch has no connection for {operation.kind}")
        outcome: Outcome = client.observe(operation)
        return outcome

    def hands(self, change: Change) -> Hands:
        """Return what can make `change`.

        Raises:
            TargetUnreachableError: the target is not configured.
        """
        hands: Hands
        match change:
            case _ if isinstance(change, _IN_CLUSTER):
                hands = _of_cluster(self._client("kubernetes", self._new_kubernetes), change)
            case _ if isinstance(change, SqlAct):
                hands = self._client("databases", self._new_databases)
            case _ if isinstance(change, HttpAct | MakeCall):
                hands = self._client("endpoints", self._new_endpoints)
            case _ if isinstance(change, HostAct):
                hands = self._client("hosts", self._new_hosts)
            case _:
                hands = self._other_hands(change)
        return hands

    def _other_hands(self, change: Change) -> Hands:
        """Return the hands for what is no target that serves: code, and what people do."""
        hands: Hands
        match change:
            case _ if isinstance(change, GitAct):
                hands = self._client("repositories", self._new_repositories).reverts
            case DoByHand():
                hands = self._client("people", _people)
            case _:
                raise TargetUnreachableError(f"stanch has no connection for {change.kind}")
        return hands

    def reserve(self, databases: tuple[str, ...]) -> None:
        """Begin to open one connection to each of these databases, to be kept (DF-10).

        When all their slots are taken later, the one that is open still looks. Nobody waits
        for it: a database that does not answer is met when a step asks it.
        """
        if not databases:
            return
        thread = threading.Thread(
            target=self._reserve, args=(databases,), name="stanch-reserve", daemon=True
        )
        with self._lock:
            if self._closed:
                return
            self._reserving.append(thread)
            thread.start()

    def close(self) -> None:
        """Close what was opened, and give up what is being opened."""
        with self._lock:
            self._closed = True
            clients, self._open = tuple(self._open.values()), {}
        for client in clients:
            client.close()
        for thread in self._reserving:
            # Only the system's search for a name cannot be given up; it holds nothing.
            thread.join(_LET_GO_SECONDS)

    def _reserve(self, databases: tuple[str, ...]) -> None:
        # Imported before the lock is taken: other clients are made meanwhile.
        from stanch.tools.clients import sql  # noqa: F401, PLC0415 - heavy

        try:
            client = self._client("databases", self._new_databases)
        except TargetUnreachableError:
            return
        client.reserve(databases)

    def _client(self, name: str, make: Callable[[], Any]) -> Any:
        with self._lock:
            if self._closed:
                raise TargetUnreachableError("stanch is stopping; nothing was asked.")
            if name not in self._open:
                self._open[name] = make()
            return self._open[name]

    def _new_kubernetes(self) -> Any:
        from stanch.tools.clients.kubernetes import KubernetesClient  # noqa: PLC0415 - heavy

        return KubernetesClient(
            kubeconfig=self._settings.kubeconfig,
            context=self._settings.context,
            act_context=self._settings.act_context,
            limits=self._limits,
        )

    def _new_metrics(self) -> Any:
        from stanch.tools.clients.metrics import MetricsClient  # noqa: PLC0415 - heavy

        if self._settings.prometheus_url is None:
            raise TargetUnreachableError(
                "no metrics server is configured: set STANCH_PROMETHEUS_URL"
            )
        token = self._settings.prometheus_token
        return MetricsClient(
            url=self._settings.prometheus_url,
            token=token.get_secret_value() if token else None,
            limits=self._limits,
        )

    def _new_hosts(self) -> Any:
        from stanch.tools.clients.ssh import SshClient  # noqa: PLC0415 - heavy

        return SshClient(targets=self._settings.targets, limits=self._limits)

    def _new_databases(self) -> Any:
        from stanch.tools.clients.sql import SqlClient  # noqa: PLC0415 - heavy

        return SqlClient(targets=self._settings.targets, limits=self._limits)

    def _new_endpoints(self) -> Any:
        from stanch.tools.clients.http import HttpClient  # noqa: PLC0415 - heavy

        return HttpClient(targets=self._settings.targets, limits=self._limits)

    def _new_repositories(self) -> Any:
        from stanch.tools.clients.git import GitClient  # noqa: PLC0415 - only few runs need it

        return GitClient(targets=self._settings.targets, limits=self._limits)


def _of_cluster(client: Any, change: Change) -> Hands:
    """Return what of the cluster's client can make `change`."""
    hands: Hands
    match change:
        case _ if isinstance(change, AutoscalerAct):
            hands = client.autoscalers
        case EvictPod():
            hands = client.evictions
        case PatchObject():
            hands = client.objects
        case ArgoRollBack():
            hands = client.applications
        case RestoreSecret() | PutSecretBack():
            hands = client.secrets
        case _:
            hands = client
    return hands


def _people() -> Any:
    from stanch.tools.clients.manual import ByHand  # noqa: PLC0415 - as the others

    return ByHand()
