"""What is written around a change: the use of its approval, its intent, and how it ended.

Each step is one transaction over ledger, approval and journal, so that no crash can
leave them telling different stories.
"""

from collections.abc import Mapping

from stanch.clock import Clock
from stanch.incident import Actor, Approval, ApprovalState, Proposal
from stanch.incident.event import EventType
from stanch.store import ConflictError, Entry, Store
from stanch.store.ledger import LedgerEntry, LedgerState
from stanch.tools.operations import KubernetesChange

SYSTEM = Actor(kind="system", id="executor")


class ChangeRecord:
    """Writes the account of changes into the store of one home."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, key: str) -> LedgerEntry | None:
        """Return what is known of the change `key`."""
        return self._store.ledger.get(key)

    def failed(self, proposal: Proposal) -> bool:
        """Say whether the checks of the change are recorded as failed, and not as passed."""
        verdict = None
        for event in self._store.journal.events(proposal.incident):
            if event.type in {"verification.passed", "verification.failed"}:
                verdict = event.type if event.data["proposal"] == proposal.id else verdict
        return verdict == "verification.failed"

    def settle(self, proposal: Proposal, key: str, *, ran: bool, by: str) -> str:
        """Write down a person's word on a change that is in doubt; return it as a sentence.

        Raises:
            ConflictError: no person was asked about it.
        """
        entry = self._store.ledger.get(key)
        if entry is None or entry.state != "unknown":
            raise ConflictError(f"the change {key} is not in doubt")
        text = "a person says that it ran" if ran else "a person says that it did not run"
        human = Actor(kind="human", id=by)
        self.end(proposal, key, "done" if ran else "not sent", text=text, actor=human)
        return text

    def begin(
        self, proposal: Proposal, key: str, change: KubernetesChange, *, approval: Approval | None
    ) -> None:
        """Use the approval and write down the intent; an inverse has no approval of its own.

        Raises:
            ConflictError: the approval cannot be used, or the change was begun before.
        """
        now = self._clock.now()
        entries = []
        with self._store.database.write() as connection:
            if approval is not None:
                self._store.approvals.move(
                    connection,
                    approval.id,
                    to=ApprovalState.USED,
                    now=now,
                    bound=proposal.bound,
                )
                used = {"approval": approval.id, "proposal": proposal.id}
                entries.append(self._entry(proposal, "approval.used", used))
            self._store.ledger.start(
                connection,
                key,
                incident=proposal.incident,
                proposal=proposal.id,
                digest=change.digest,
                now=now,
            )
            started = {
                "key": key,
                "proposal": proposal.id,
                "operation": change.model_dump(mode="json"),
                "text": change.as_text(),
                "target": change.target,
                "inverse": approval is None,
            }
            entries.append(self._entry(proposal, "mitigation.started", started))
            last = self._store.journal.add(connection, entries)
        self._store.journal.mark(last)

    def again(self, key: str) -> None:
        """Take up a change that provably never arrived.

        Raises:
            ConflictError: it is not in doubt.
        """
        with self._store.database.write() as connection:
            self._store.ledger.again(connection, key, now=self._clock.now())

    def end(
        self,
        proposal: Proposal,
        key: str,
        state: LedgerState,
        *,
        text: str,
        actor: Actor = SYSTEM,
    ) -> None:
        """Write down how the change ended.

        Raises:
            ConflictError: it is not under way.
        """
        facts = {"key": key, "proposal": proposal.id, "result": state, "text": text}
        with self._store.database.write() as connection:
            self._store.ledger.finish(
                connection, key, state=state, result=text, now=self._clock.now()
            )
            entry = self._entry(proposal, "mitigation.finished", facts, actor)
            last = self._store.journal.add(connection, [entry])
        self._store.journal.mark(last)

    def supersede(self, proposal: Proposal, approval: Approval, reason: str) -> None:
        """Void an approval that was not used, because what it was given for is no more.

        Raises:
            ConflictError: it is final already.
        """
        with self._store.database.write() as connection:
            self._store.approvals.move(
                connection,
                approval.id,
                to=ApprovalState.SUPERSEDED,
                now=self._clock.now(),
                reason=reason,
            )
            facts = {"approval": approval.id, "proposal": proposal.id, "reason": reason}
            entry = self._entry(proposal, "approval.superseded", facts)
            last = self._store.journal.add(connection, [entry])
        self._store.journal.mark(last)

    def doubt(self, proposal: Proposal, key: str, why: str) -> None:
        """Write down that a person has to say whether the change ran.

        Raises:
            ConflictError: it is not under way.
        """
        facts = {"key": key, "proposal": proposal.id, "text": why}
        with self._store.database.write() as connection:
            self._store.ledger.doubt(connection, key)
            entry = self._entry(proposal, "mitigation.in_doubt", facts)
            last = self._store.journal.add(connection, [entry])
        self._store.journal.mark(last)

    def log(self, proposal: Proposal, kind: EventType, facts: Mapping[str, object]) -> None:
        """Write down what was found on the way."""
        entry = self._entry(proposal, kind, {"proposal": proposal.id, **facts})
        self._store.journal.append(entry)

    def _entry(
        self,
        proposal: Proposal,
        kind: EventType,
        data: Mapping[str, object],
        actor: Actor = SYSTEM,
    ) -> Entry:
        return Entry(
            at=self._clock.now(),
            incident=proposal.incident,
            actor=actor,
            phase="mitigate",
            type=kind,
            data=dict(data),
        )
