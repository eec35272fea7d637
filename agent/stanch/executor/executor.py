"""The executor: judge, lock, journal, compare, act, journal. Nobody else acts on a target.

A change is written into the ledger, together with the use of its approval, before it is
sent; how it ended is written after. Between the two a crash can leave it in doubt: then
the target is looked at for the mark of the operation, and what the target says decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stanch.clock import Clock
from stanch.executor.clients import Clients, DryRun
from stanch.executor.observe import Observer
from stanch.executor.record import ChangeRecord
from stanch.executor.redact import Redactor
from stanch.incident import Approval, Proposal
from stanch.policy import Policy, PolicyError, Verdict, judge
from stanch.store import Store, TamperedError, hold, verify
from stanch.store.ledger import LedgerEntry
from stanch.tools.errors import (
    OperationRefusedError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import KubernetesChange

_LOST_LOOKS = 3
_LOST_PAUSE = 2.0


class NotAllowedError(Exception):
    """Policy does not allow the change; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a change ended; `unknown` means that a person has to look at the target."""

    state: Literal["done", "refused", "not sent", "superseded", "unknown"]
    text: str


class Executor(Observer):
    """Runs what policy allows. It asks policy itself; no caller can skip that."""

    def __init__(
        self,
        *,
        store: Store,
        clients: Clients,
        policy: Policy,
        reread: Callable[[], Policy],
        clock: Clock,
        secrets: Sequence[str],
    ) -> None:
        """Use `policy` for reads; `reread` gives the policy as it is when a change is due."""
        super().__init__(store=store, clients=clients, policy=policy, clock=clock, secrets=secrets)
        self._reread = reread
        self._record_of = ChangeRecord(store, clock)

    def preview(self, change: KubernetesChange, *, key: str) -> DryRun:
        """Ask the target what the change would do, without doing it.

        Raises:
            NotAllowedError: policy denies such a change, whoever approves it.
            ToolError: the target refused or gave no answer.
        """
        _, verdict = self._judge(change, approved=False)
        if verdict.answer == "deny":
            raise NotAllowedError(verdict.reason)
        return self._clients.hands().preview(change, key=key)

    def execute(self, proposal: Proposal, approval: Approval) -> Result:
        """Make the approved change, at most once, also over a crash.

        Raises:
            ConflictError: the approval cannot be used, or another process has the target.
            TamperedError: the journal does not verify.
        """
        change = proposal.operation
        with hold(self._store.home, f"target-{change.target}"):
            self._require_sound()
            entry = self._record_of.get(proposal.key)
            if entry is not None:
                return self._resumed(proposal, approval, entry)
            if reason := self._void(proposal, approval) or self._drift(proposal):
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
        with hold(self._store.home, f"target-{inverse.target}"):
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
                self._record_of.again(key)
            return self._send(proposal, key, inverse, now)

    def _judge(self, change: KubernetesChange, *, approved: bool) -> tuple[Policy | None, Verdict]:
        """Judge by the policy as it stands at this moment; one that does not load says no."""
        try:
            policy = self._reread()
        except PolicyError as error:
            return None, Verdict("deny", str(error))
        digests = frozenset({change.digest}) if approved else frozenset[str]()
        return policy, judge(policy, change, approved=digests)

    def _void(self, proposal: Proposal, approval: Approval) -> str | None:
        """Say why the approval does not hold for this change now, if it does not."""
        if approval.bound != proposal.bound or approval.proposal != proposal.id:
            return "the approval stands for another proposal"
        if self._store.records.proposals(proposal.incident)[-1].id != proposal.id:
            return "a newer proposal was made since"
        policy, verdict = self._judge(proposal.operation, approved=True)
        if verdict.answer != "allow":
            return f"policy denies it now: {verdict.reason}"
        if policy is None or policy.sha256 != proposal.policy_sha256:
            return "the policy was changed since it was asked"
        return None

    def _drift(self, proposal: Proposal) -> str | None:
        """Compare the target with what the approver saw; say what differs."""
        try:
            now = self._clients.hands().look(proposal.operation)
        except ToolError as error:
            return f"the target could not be looked at before the change: {error}"
        if now == proposal.observed:
            return None
        if now.get("missing"):
            return "the target is gone"
        names = sorted(
            name
            for name in now.keys() | proposal.observed.keys()
            if now.get(name) != proposal.observed.get(name)
        )
        return f"the target is not as it was seen: {', '.join(names)} changed"

    def _not_to_undo(
        self,
        proposal: Proposal,
        approval: Approval,
        inverse: KubernetesChange,
        now: Mapping[str, object],
    ) -> str | None:
        """Say why the inverse may not be sent on a target that is as `now`, if it may not."""
        if approval.bound != proposal.bound or approval.proposal != proposal.id:
            return "the approval stands for another proposal"
        done = self._record_of.get(proposal.key)
        if done is None or done.state != "done":
            return "the change itself is not recorded as done"
        if not self._record_of.failed(proposal):
            return "its checks are not recorded as failed"
        _, verdict = self._judge(inverse, approved=True)
        if verdict.answer != "allow":
            return f"policy denies the inverse: {verdict.reason}"
        if not now:
            return "the target could not be looked at before the inverse"
        if {name: now.get(name) for name in proposal.expected} != proposal.expected:
            return "others changed the target after the mitigation; a person has to look"
        return None

    def _seen(self, change: KubernetesChange) -> dict[str, object]:
        """Return the facts about the target as it is; none when it cannot be looked at."""
        try:
            return self._clients.hands().look(change)
        except ToolError:
            return {}

    def _require_sound(self) -> None:
        """Refuse to change anything on the word of a store that somebody has written into."""
        if faults := verify(self._store.database).faults:
            raise TamperedError(
                f"nothing is changed, because the journal does not verify: {faults[0]}. "
                "Run `stanch audit verify`, and find out who wrote into the store"
            )

    def _resumed(self, proposal: Proposal, approval: Approval, entry: LedgerEntry) -> Result:
        """Go on with a change that an earlier process began."""
        key = proposal.key
        known = self._ended(proposal, key, proposal.operation, entry)
        if known is not None:
            return known
        reason = self._void(proposal, approval) or self._drift(proposal)
        if reason is None and approval.expires_at <= self._clock.now():
            reason = "the approval ran out while the change was interrupted"
        if reason is not None:
            self._record_of.end(proposal, key, "superseded", text=reason)
            return Result(state="superseded", text=reason)
        self._record_of.again(key)
        return self._send(proposal, key, proposal.operation, proposal.observed)

    def _ended(
        self, proposal: Proposal, key: str, change: KubernetesChange, entry: LedgerEntry
    ) -> Result | None:
        """Say how a change ended that was begun before; None when it provably never arrived."""
        match entry.state:
            case "done" | "refused" | "not sent" | "superseded" as ended:
                return Result(state=ended, text=entry.result or "it ended before")
            case _:
                pass
        try:
            found = self._clients.hands().probe(change, key=key)
            why = _PROBED[found]
        except ToolError as error:
            found, why = None, f"the target could not be looked at: {error}"
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
        change: KubernetesChange,
        observed: Mapping[str, object],
    ) -> Result:
        state: Literal["done", "refused", "not sent", "superseded"] = "done"
        try:
            text = self._clients.hands().apply(change, key=key, observed=observed).text
        except PreconditionFailedError as error:
            # A request of a process that was killed may have arrived just now: its mark tells.
            state = "done" if self._marked(change, key) else "superseded"
            text = str(error) if state == "superseded" else _PROBED[True]
        except TargetUnreachableError as error:
            state, text = "not sent", f"{error}. {error.remedy}"
        except OperationRefusedError as error:
            state, text = "refused", f"{error}. {error.remedy}"
        except ToolError as error:
            return self._lost(proposal, key, change, str(error))
        text = Redactor(self._secrets).text(text)
        self._record_of.end(proposal, key, state, text=text)
        return Result(state=state, text=text)

    def _lost(self, proposal: Proposal, key: str, change: KubernetesChange, why: str) -> Result:
        """Look at the target after the answer was lost; never send again."""
        for _ in range(_LOST_LOOKS):
            if self._marked(change, key):
                text = f"the answer was lost ({why}); the target carries the mark: it ran"
                self._record_of.end(proposal, key, "done", text=text)
                return Result(state="done", text=text)
            # The lost request may still be on its way: absence proves nothing yet.
            self._clock.wait(_LOST_PAUSE)
        return self._doubt(proposal, key, f"the answer was lost: {why}")

    def _marked(self, change: KubernetesChange, key: str) -> bool:
        try:
            return self._clients.hands().probe(change, key=key) is True
        except ToolError:
            return False

    def _doubt(self, proposal: Proposal, key: str, why: str) -> Result:
        why = Redactor(self._secrets).text(why)
        self._record_of.doubt(proposal, key, why)
        return Result(state="unknown", text=why)


_PROBED: dict[bool | None, str] = {
    True: "the target carries the mark of this change: it ran before the stop",
    False: "the target does not carry the mark of this change: it never arrived",
    None: "the target cannot say whether the change ran",
}
