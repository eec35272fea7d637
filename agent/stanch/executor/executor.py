"""The executor: judge, lock, journal, compare, act, journal. Nobody else acts on a target.

A change is written into the ledger, together with the use of its approval, before it is
sent; how it ended is written after. Between the two a crash can leave it in doubt: then
the target is looked at for the mark of the operation, and what the target says decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from stanch.executor.record import target_lock
from stanch.executor.redact import Redactor
from stanch.executor.standing import NotAllowedError, Standing
from stanch.incident import Approval, ApprovalState, Proposal
from stanch.store import ConflictError
from stanch.store.ledger import LedgerEntry
from stanch.tools.errors import (
    OperationRefusedError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import Change, DoByHand

__all__ = ["Executor", "NotAllowedError", "Result"]

_LOST_LOOKS = 3
_LOST_PAUSE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a change ended; `unknown` means that a person has to look at the target."""

    state: Literal["done", "refused", "not sent", "superseded", "unknown"]
    text: str


class Executor(Standing):
    """Runs what policy allows. It asks policy itself; no caller can skip that."""

    def execute(
        self,
        proposal: Proposal,
        approval: Approval,
        *,
        still: Callable[[], str | None] = lambda: None,
    ) -> Result:
        """Make the approved change, at most once, also over a crash.

        `still` is asked last before it begins, and says why it may not, if so. A step that
        a person carries out is begun by it, and ends with that person's word.

        Raises:
            ConflictError: the approval cannot be used, or another process has the target.
            TamperedError: the journal does not verify.
        """
        change = proposal.operation
        with self._store.hold(target_lock(change)):
            self._require_sound()
            entry = self._record_of.get(proposal.key)
            if entry is not None:
                return self._resumed(proposal, approval, entry)
            if self._store.approvals.get(approval.id).state is ApprovalState.PENDING:
                raise ConflictError(f"{approval.id} is pending; nobody has decided yet")
            if reason := self._void(proposal, approval) or self._drift(proposal) or still():
                self._record_of.supersede(proposal, approval, reason)
                return Result(state="superseded", text=reason)
            self._record_of.begin(proposal, proposal.key, change, approval=approval)
            return self._send(proposal, proposal.key, change, proposal.observed)

    def undo(self, proposal: Proposal, approval: Approval) -> Result:
        """Send the inverse that was approved with the plan, at most once.

        It is sent only after the checks of the change are recorded as failed, and only
        while the target is as the change left it: what others did since is never undone.

        Raises:
            ConflictError: another process has the target.
            TamperedError: the journal does not verify.
        """
        inverse = proposal.inverse
        if inverse is None:
            return Result(state="not sent", text=proposal.inverse_note)
        key = f"{proposal.key}:inverse"
        with self._store.hold(target_lock(inverse)):
            self._require_sound()
            entry = self._record_of.get(key)
            if entry is not None:
                known = self._ended(proposal, key, inverse, entry)
                if known is not None:
                    return known
            now = self._seen(inverse)
            reason = self._not_to_undo(proposal, approval, inverse, now)
            if reason is not None:
                if entry is not None:
                    self._record_of.end(proposal, key, "not sent", text=reason)
                return Result(state="not sent", text=reason)
            if entry is None:
                self._record_of.begin(proposal, key, inverse, approval=None)
            else:
                self._record_of.again(proposal, key)
            return self._send(proposal, key, inverse, now, again=entry is not None)

    def facts(self, change: Change) -> dict[str, object]:
        """Return the facts about the target of `change` as it is; none when it cannot be read."""
        return self._seen(change)

    def _seen(self, change: Change) -> dict[str, object]:
        """Return the facts about the target as it is; none when it cannot be looked at."""
        try:
            return self._clients.hands(change).look(change)
        except ToolError:
            return {}

    def _resumed(self, proposal: Proposal, approval: Approval, entry: LedgerEntry) -> Result:
        """Go on with a change that an earlier process began."""
        key = proposal.key
        known = self._ended(proposal, key, proposal.operation, entry)
        if known is not None:
            return known
        drift = self._drift(proposal)
        if drift is not None:
            # What another has changed since may have taken the mark away with it.
            return self._doubt(proposal, key, f"{drift}, so nobody can say whether it ran before")
        reason = self._void(proposal, approval)
        if reason is None and self._store.approvals.ran_out(approval, self._clock.now()):
            reason = "the approval ran out while the change was interrupted"
        if reason is not None:
            self._record_of.end(proposal, key, "superseded", text=reason)
            return Result(state="superseded", text=reason)
        self._record_of.again(proposal, key)
        return self._send(proposal, key, proposal.operation, proposal.observed, again=True)

    def _ended(
        self, proposal: Proposal, key: str, change: Change, entry: LedgerEntry
    ) -> Result | None:
        """Say how a change ended that was begun before; None when it provably never arrived."""
        match entry.state:
            case "done" | "refused" | "not sent" | "superseded" as ended:
                return Result(state=ended, text=entry.result or "it ended before")
            case "unknown" if isinstance(change, DoByHand):
                return Result(state="unknown", text=change.asks)
            case _:
                pass
        if isinstance(change, DoByHand):
            return self._doubt(proposal, key, change.asks)
        try:
            found = self._clients.hands(change).probe(change, key=key)
            why = _PROBED[found]
        except ToolError as error:
            found, why = None, f"the target could not be looked at: {error}"
        if found is False and self._record_of.astray(proposal, entry):
            found, why = None, _ASTRAY
        if found is False and entry.state == "unknown":
            # It was sent, and no answer came: only a person's word ends that.
            found, why = None, _UNANSWERED
        self._record_of.log(
            proposal, "mitigation.probed", {"key": key, "found": found, "text": why}
        )
        if found is True:
            self._record_of.end(proposal, key, "done", text=why)
            return Result(state="done", text=why)
        return self._doubt(proposal, key, why) if found is None else None

    def _send(
        self,
        proposal: Proposal,
        key: str,
        change: Change,
        observed: Mapping[str, object],
        *,
        again: bool = False,
    ) -> Result:
        if isinstance(change, DoByHand):
            return self._doubt(proposal, key, change.asks)
        state: Literal["done", "refused", "not sent", "superseded"] = "done"
        try:
            text = self._clients.hands(change).apply(change, key=key, observed=observed).text
        except PreconditionFailedError as error:
            # An earlier request of ours may have arrived just now: its mark tells.
            found = self._mark(change, key)
            if found is None and again:
                why = f"{error}, and the target cannot tell whether it was this change"
                return self._doubt(proposal, key, why)
            state = "done" if found else "superseded"
            text = _PROBED[True] if found else str(error)
        except TargetUnreachableError as error:
            state, text = "not sent", error.advice
        except OperationRefusedError as error:
            state, text = "refused", error.advice
        except ToolError as error:
            return self._lost(proposal, key, change, str(error))
        text = Redactor(self._secrets).text(text)
        self._record_of.end(proposal, key, state, text=text)
        return Result(state=state, text=text)

    def _lost(self, proposal: Proposal, key: str, change: Change, why: str) -> Result:
        """Look at the target after the answer was lost; never send again."""
        for _ in range(_LOST_LOOKS):
            if self._mark(change, key):
                text = f"the answer was lost ({why}); the target carries the mark: it ran"
                self._record_of.end(proposal, key, "done", text=text)
                return Result(state="done", text=text)
            # The lost request may still be on its way: absence proves nothing yet.
            self._clock.wait(_LOST_PAUSE)
        return self._doubt(proposal, key, f"the answer was lost: {why}")

    def _mark(self, change: Change, key: str) -> bool | None:
        """Say whether the target carries the mark of the change; None when it cannot tell."""
        try:
            return self._clients.hands(change).probe(change, key=key)
        except ToolError:
            return None

    def _doubt(self, proposal: Proposal, key: str, why: str) -> Result:
        why = Redactor(self._secrets).text(why)
        self._record_of.doubt(proposal, key, why)
        return Result(state="unknown", text=why)


_UNANSWERED = (
    "the target does not carry the mark of this change, but it was sent and its answer was lost: "
    "it is not sent again"
)
_ASTRAY = (
    "the target does not carry the mark of this change, but nobody saw the process on another "
    "machine stop that began it: it may send it yet"
)
_PROBED: dict[bool | None, str] = {
    True: "the target carries the mark of this change: it ran before the stop",
    False: "the target does not carry the mark of this change: it never arrived",
    None: "the target cannot say whether the change ran",
}
