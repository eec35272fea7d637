"""The clients of one run, opened when they are first needed."""

from collections.abc import Mapping
from typing import Any, Protocol

from stanch.settings import Settings
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import (
    KubernetesChange,
    KubernetesRead,
    MetricsRead,
    Operation,
)
from stanch.tools.outcome import Limits, Outcome


def load() -> None:
    """Import the clients, which takes a while, before the first operation needs one."""
    from stanch.tools.clients import kubernetes, metrics  # noqa: F401, PLC0415 - heavy


class DryRun(Protocol):
    """What a server-side dry run said."""

    @property
    def accepted(self) -> bool:
        """Whether the target would take the change."""

    @property
    def note(self) -> str:
        """What the target said."""

    @property
    def before(self) -> dict[str, Any]:
        """The object as it is."""

    @property
    def after(self) -> dict[str, Any]:
        """The object as it would be."""


class Hands(Protocol):
    """How a change of a cluster is looked at, tried, made and found again."""

    def look(self, change: KubernetesChange) -> dict[str, Any]:
        """Return the facts about the target that a precondition compares."""

    def preview(self, change: KubernetesChange, *, key: str) -> DryRun:
        """Ask the target what the change would do."""

    def apply(self, change: KubernetesChange, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the change if the target is as observed, and leave the mark `key` on it."""

    def probe(self, change: KubernetesChange, *, key: str) -> bool | None:
        """Say whether the target carries the mark `key`; None when it cannot be known."""


class Clients:
    """Gives the client that an operation needs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = Limits(seconds=settings.step_seconds, bytes=settings.step_bytes)
        self._kubernetes: Any = None
        self._metrics: Any = None

    def observe(self, operation: Operation) -> Outcome:
        """Run a read and return what it brought back.

        Raises:
            ToolError: the target gave no usable answer.
        """
        outcome: Outcome
        if isinstance(operation, MetricsRead):
            outcome = self._of_metrics().observe(operation)
        elif isinstance(operation, KubernetesRead):
            outcome = self._of_kubernetes().observe(operation)
        else:
            raise TargetUnreachableError(f"stanch has no connection for {operation.kind}")
        return outcome

    def hands(self) -> Hands:
        """Return the client that can change a cluster."""
        hands: Hands = self._of_kubernetes()
        return hands

    def warm(self) -> None:
        """Open the clients, before several threads ask for them at once."""
        self._of_kubernetes()
        if self._settings.prometheus_url:
            self._of_metrics()

    def close(self) -> None:
        """Close what was opened."""
        for client in (self._kubernetes, self._metrics):
            if client is not None:
                client.close()

    def _of_kubernetes(self) -> Any:
        if self._kubernetes is None:
            from stanch.tools.clients.kubernetes import KubernetesClient  # noqa: PLC0415 - heavy

            self._kubernetes = KubernetesClient(
                kubeconfig=self._settings.kubeconfig,
                context=self._settings.context,
                act_context=self._settings.act_context,
                limits=self._limits,
            )
        return self._kubernetes

    def _of_metrics(self) -> Any:
        if self._metrics is None:
            if self._settings.prometheus_url is None:
                raise TargetUnreachableError(
                    "no metrics server is configured: set STANCH_PROMETHEUS_URL"
                )
            from stanch.tools.clients.metrics import MetricsClient  # noqa: PLC0415 - heavy

            token = self._settings.prometheus_token
            self._metrics = MetricsClient(
                url=self._settings.prometheus_url,
                token=token.get_secret_value() if token else None,
                limits=self._limits,
            )
        return self._metrics
