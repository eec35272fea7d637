"""The client of a Kubernetes cluster: reads with one identity, changes with another."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stanch.tools.clients.kubernetes import changes, reads
from stanch.tools.clients.kubernetes.argo import ArgoHands
from stanch.tools.clients.kubernetes.autoscaler_hands import AutoscalerHands
from stanch.tools.clients.kubernetes.catalog import Catalog
from stanch.tools.clients.kubernetes.door import Door
from stanch.tools.clients.kubernetes.evictions import EvictionHands
from stanch.tools.clients.kubernetes.objects_patch import ObjectHands
from stanch.tools.clients.kubernetes.patches import WorkloadChange
from stanch.tools.clients.kubernetes.secret_hands import SecretHands
from stanch.tools.clients.kubernetes.visit import Visit
from stanch.tools.clients.patience import Deadline
from stanch.tools.operations.kubernetes_reads import KubernetesRead
from stanch.tools.operations.secret_restore import InspectSecrets
from stanch.tools.outcome import DryRun, Limits, Outcome


class KubernetesClient:
    """Carries out operations on one cluster; may be shared by many threads.

    `limits` hold for each operation as a whole, over all of its requests.
    """

    def __init__(
        self,
        *,
        kubeconfig: Path | None,
        context: str | None,
        act_context: str | None = None,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
    ) -> None:
        self._limits = limits
        self._stop = threading.Event()
        self._catalog = Catalog()
        self._reader = Door(kubeconfig, context)
        self._actor = Door(kubeconfig, act_context if act_context is not None else context)
        self.objects = ObjectHands(self._visits, limits)
        """What changes fields of objects (PatchObject)."""
        self.autoscalers = AutoscalerHands(self._visits, limits)
        """What makes and deletes autoscalers (AutoscalerAct)."""
        self.evictions = EvictionHands(self._visits, limits)
        """What evicts pods (EvictPod)."""
        self.applications = ArgoHands(self._visits, limits)
        """What rolls applications of Argo CD back (ArgoRollBack)."""
        self.secrets = SecretHands(self._visits, limits)
        """What restores Secrets (RestoreSecret, PutSecretBack)."""

    def observe(self, operation: KubernetesRead) -> Outcome:
        """Return what the cluster shows.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with self._deadline() as deadline:
            # Only who acts has a right to Secrets, of which no more than names is read.
            door = self._actor if isinstance(operation, InspectSecrets) else self._reader
            visit = self._visit(door, deadline)
            found = reads.read(operation, visit, self._limits.bytes, catalog=self._catalog)
            return Outcome(
                data=found.data,
                text=found.text,
                duration=deadline.spent,
                truncated=found.truncated,
            )

    def look(self, change: WorkloadChange) -> dict[str, Any]:
        """Return the facts about the change's target on which its approval rests.

        They are those of `workload.observed` or `controller_revisions.set_facts`, for a
        roll back also those of the revision to go back to; {"missing": True} when the
        target is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with self._deadline() as deadline:
            return changes.look(change, self._visit(self._reader, deadline)).facts(change)

    def preview(self, change: WorkloadChange, *, key: str) -> DryRun:
        """Return what the server says the change would do; nothing is changed.

        A refusal, also one for lack of rights, is a `DryRun` that is not accepted.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
        """
        with self._deadline() as deadline:
            reader, actor = self._visits(deadline)
            return changes.preview(change, key, reader=reader, actor=actor)

    def apply(self, change: WorkloadChange, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Make the change, once, if its target is still as `observed`; mark it with `key`.

        Data {"before": object, "after": object}.

        Raises:
            TargetUnreachableError: nothing was sent that changes anything.
            PreconditionFailedError: the target differs from `observed`; nothing was changed.
            OperationRefusedError: the cluster said no; nothing was changed.
            OutcomeUnknownError: it was sent, and no answer came: `probe` may tell.
        """
        with self._deadline() as deadline:
            reader, actor = self._visits(deadline)
            data = changes.apply(change, key, facts=observed, reader=reader, actor=actor)
            return Outcome(
                data=data,
                text=f"the API server took it: {change.as_text()}",
                duration=deadline.spent,
            )

    def probe(self, change: WorkloadChange, *, key: str) -> bool | None:
        """Say whether the target carries the mark of `key`: the change ran, or did not.

        A later operation replaces the mark, so ask before another one runs on the target.
        None when it cannot be known, because the target is gone.

        Raises:
            TargetUnreachableError: the cluster could not be reached or gave no answer.
            OperationRefusedError: the cluster said no.
        """
        with self._deadline() as deadline:
            return changes.probe(change, key, self._visit(self._reader, deadline))

    def close(self) -> None:
        """Close the connections, and give up waiting for another attempt."""
        self._stop.set()
        self._reader.close()
        self._actor.close()

    def _deadline(self) -> Deadline:
        return Deadline(self._limits.seconds)

    def _visit(self, door: Door, deadline: Deadline) -> Visit:
        return Visit(door, deadline, self._stop)

    def _visits(self, deadline: Deadline) -> tuple[Visit, Visit]:
        return self._visit(self._reader, deadline), self._visit(self._actor, deadline)
