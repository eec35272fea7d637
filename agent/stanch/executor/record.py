"""What is written around a change: the use of its approval, its intent, and how it ended.

Each step is one transaction over ledger, approval and journal, so that no crash can
leave them telling different stories.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from stanch.clock import Clock
from stanch.executor.situation import votes_for
from stanch.incident import Actor, Approval, ApprovalState, Proposal
from stanch.incident.event import EventType
from stanch.store import ConflictError, Entry, Store
from stanch.store.ledger import LedgerEntry, LedgerState
from stanch.tools.operations import Change, DoByHand

SYSTEM = Actor(kind="system", id="executor")


def target_lock(change: Change) -> str:
    """Return the name of the lock on what a change changes."""
    return f"target-{change.target}"


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
        kinds: tuple[EventType, ...] = ("verification.passed", "verification.failed")
        for event in self._store.journal.events(proposal.incident, of=kinds):
            verdict = event.type if event.data["proposal"] == proposal.id else verdict
        return verdict == "verification.failed"

    def settle(self, proposal: Proposal, key: str, *, ran: bool, by: str, note: str = "") -> str:
        """Write down a person's word on a change that is in doubt; return it as a sentence.

        `note` is what they have to say of it.

        Raises:
            ConflictError: no person was asked about it.
        """
        entry = self._store.ledger.get(key)
        if entry is None or entry.state != "unknown":
            raise ConflictError(f"the change {key} is not in doubt")
        text = "a person says that it ran" if ran else "a person says that it did not run"
        if isinstance(proposal.operation, DoByHand):
            text = f"{by} says that they {'carried it out' if ran else 'did not carry it out'}"
        text += f": {note}" if note else ""
        human = Actor(kind="human", id=by)
        self.end(proposal, key, "done" if ran else "not sent", text=text, actor=human, doubted=True)
        return text

    def begin(
        self, proposal: Proposal, key: str, change: Change, *, approval: Approval | None
    ) -> None:
        """Use the approval and write down the intent; an inverse has no approval of its own.

        Raises:
            ConflictError: the approval cannot be used, or the change was begun before.
            LostLockError: another process holds the target by now; nothing may be sent.
        """
        now = self._clock.now()
        entries = []
        authority = self._authority(proposal, approval)
        with self._store.database.write() as connection:
            token = self._token(connection, proposal, key)
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
                token=token or 0,
            )
            started = {
                "key": key,
                "proposal": proposal.id,
                "operation": change.model_dump(mode="json"),
                "text": change.as_text(),
                "target": change.target,
                "inverse": approval is None,
                **authority,
            }
            entries.append(self._entry(proposal, "mitigation.started", started))
            last = self._store.journal.add(connection, entries)
        self._store.journal.mark(last)
        self._confirm(proposal, key)

    def again(self, proposal: Proposal, key: str) -> None:
        """Take up a change that provably never arrived.

        Raises:
            ConflictError: it is not in doubt.
            LostLockError: another process holds the target by now; nothing may be sent.
        """
        with self._store.database.write() as connection:
            token = self._token(connection, proposal, key)
            self._store.ledger.again(connection, key, now=self._clock.now(), token=token)
        self._confirm(proposal, key)

    def astray(self, proposal: Proposal, entry: LedgerEntry) -> bool:
        """Say whether the process that began the change may still be about to send it."""
        lease = self._store.locks.mine(_lock(proposal, entry.key))
        return lease is not None and 0 < entry.token <= lease.stray

    def end(
        self,
        proposal: Proposal,
        key: str,
        state: LedgerState,
        *,
        text: str,
        actor: Actor = SYSTEM,
        doubted: bool = False,
    ) -> None:
        """Write down how the change ended; when `doubted`, only while a person is asked.

        Raises:
            ConflictError: it is not under way.
        """
        facts = {"key": key, "proposal": proposal.id, "result": state, "text": text}
        with self._store.database.write() as connection:
            self._store.ledger.finish(
                connection,
                key,
                state=state,
                result=text,
                now=self._clock.now(),
                token=self._token(connection, proposal, key),
                doubted=doubted,
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
        facts: dict[str, object] = {"key": key, "proposal": proposal.id, "text": why}
        if isinstance(proposal.operation, DoByHand):
            facts["by_hand"] = True
        with self._store.database.write() as connection:
            token = self._token(connection, proposal, key)
            self._store.ledger.doubt(connection, key, token=token)
            entry = self._entry(proposal, "mitigation.in_doubt", facts)
            last = self._store.journal.add(connection, [entry])
        self._store.journal.mark(last)

    def log(self, proposal: Proposal, kind: EventType, facts: Mapping[str, object]) -> None:
        """Write down what was found on the way."""
        entry = self._entry(proposal, kind, {"proposal": proposal.id, **facts})
        self._store.journal.append(entry)

    def _token(self, connection: Connection, proposal: Proposal, key: str) -> int | None:
        """Return the token of the target's lock; a transaction of who lost it is void."""
        return self._store.database.fence(connection, _lock(proposal, key))

    def _confirm(self, proposal: Proposal, key: str) -> None:
        """Make sure, with nothing left between this and the sending, that the target is ours."""
        if (lease := self._store.locks.mine(_lock(proposal, key))) is not None:
            lease.confirm()

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
            data={**data, **_hashes(proposal, data.get("key"))},
        )

    def _authority(self, proposal: Proposal, approval: Approval | None) -> dict[str, object]:
        """Return on whose word, for which reason and under which rules a change is sent.

        The word on a change is the word on its inverse too: they were approved together.
        """
        why = proposal.claim
        given = approval or self._store.approvals.of_proposal(proposal.id)
        kinds: tuple[EventType, ...] = ("approval.voted", "verification.failed")
        events = self._store.journal.events(proposal.incident, of=kinds)
        by = votes_for(events, given, proposal) if given else ()
        if given and not by and given.decided_by:
            by = (given.decided_by,)
        for event in events if approval is None else ():
            if event.type == "verification.failed" and event.data["proposal"] == proposal.id:
                why = str(event.data["text"])
        return {
            "approval": given.id if given else None,
            "by": list(by),
            "reason": why,
            "runbook": proposal.runbook,
            "runbook_sha256": proposal.runbook_sha256,
            "policy_sha256": proposal.policy_sha256,
        }


def _hashes(proposal: Proposal, key: object) -> dict[str, object]:
    """Return what ties an event to exactly this proposal, and to the operation that is sent."""
    change = proposal.inverse if key == f"{proposal.key}:inverse" else proposal.operation
    digest = {} if key is None or change is None else {"digest": change.digest}
    return {"bound": proposal.bound, **digest}


def _lock(proposal: Proposal, key: str) -> str:
    """Return the lock on the target of the change `key` of a proposal, or of its inverse."""
    change = proposal.operation if key == proposal.key else proposal.inverse
    return "" if change is None else target_lock(change)
