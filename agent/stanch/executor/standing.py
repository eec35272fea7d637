"""Whether a change may be made at this moment: policy, votes, and the target as it was seen.

Nothing here sends anything that changes a target.
"""

from collections.abc import Callable, Mapping, Sequence

from stanch.clock import Clock
from stanch.executor.clients import Clients
from stanch.executor.observe import Observer
from stanch.executor.record import ChangeRecord
from stanch.executor.situation import VOTES, Purpose, situation_of, votes_for
from stanch.incident import Approval, Proposal
from stanch.policy import Policy, PolicyError, Situation, Verdict, judge
from stanch.store import Store, TamperedError, verify
from stanch.tools.errors import ToolError
from stanch.tools.operations import Change
from stanch.tools.outcome import DryRun


class NotAllowedError(Exception):
    """Policy does not allow the change; nothing was sent."""


class Standing(Observer):
    """Judges changes by the rules, the journal and the target as they are now."""

    def __init__(
        self,
        *,
        store: Store,
        clients: Clients,
        policy: Policy,
        reread: Callable[[], Policy],
        clock: Clock,
        secrets: Sequence[str],
        at_once: int = 32,
    ) -> None:
        """Use `policy` for reads; `reread` gives the policy as it is when a change is due."""
        super().__init__(
            store=store,
            clients=clients,
            policy=policy,
            clock=clock,
            secrets=secrets,
            at_once=at_once,
        )
        self._reread = reread
        self._record_of = ChangeRecord(store, clock)

    def judged(
        self, change: Change, purpose: Purpose, *, incident: str
    ) -> tuple[Policy | None, Verdict]:
        """Judge a change for `incident` by the policy as it stands at this moment."""
        now = self._clock.now()
        situation = situation_of(self._store, change, purpose, incident=incident, now=now)
        return self._judge(change, situation, approved=False)

    def preview(self, change: Change, purpose: Purpose, *, incident: str, key: str) -> DryRun:
        """Ask the target what the change would do, without doing it.

        Raises:
            NotAllowedError: policy denies such a change, whoever approves it.
            ToolError: the target refused or gave no answer.
        """
        _, verdict = self.judged(change, purpose, incident=incident)
        if verdict.answer == "deny":
            raise NotAllowedError(verdict.reason)
        return self._clients.hands(change).preview(change, key=key)

    def undoable(self, change: Change, *, incident: str, role: str = "devops") -> str | None:
        """Return why policy would not let `role` make the inverse `change`; None: it would."""
        verdict = self._of_inverse(change, incident, role)
        return None if verdict.answer != "deny" else verdict.reason

    def drifted(self, proposal: Proposal) -> str | None:
        """Say how the target differs from what was seen when it was proposed; None: not at all.

        A target that cannot be looked at has not drifted: nobody knows.
        """
        try:
            now = self._clients.hands(proposal.operation).look(proposal.operation)
        except ToolError:
            return None
        return _differs(now, proposal.observed)

    def _judge(
        self, change: Change, situation: Situation, *, approved: bool
    ) -> tuple[Policy | None, Verdict]:
        """Judge by the policy as it stands at this moment; one that does not load says no."""
        try:
            policy = self._reread()
        except PolicyError as error:
            return None, Verdict("deny", str(error))
        digests = frozenset({change.digest}) if approved else frozenset[str]()
        return policy, judge(policy, change, approved=digests, situation=situation)

    def _of_inverse(self, inverse: Change, incident: str, role: str) -> Verdict:
        """Judge the way back, which was approved together with the change."""
        purpose = Purpose(role=role, reversible=True, undoing=True)
        now = self._clock.now()
        situation = situation_of(self._store, inverse, purpose, incident=incident, now=now)
        return self._judge(inverse, situation, approved=True)[1]

    def _void(self, proposal: Proposal, approval: Approval) -> str | None:
        """Say why the approval does not hold for this change now, if it does not."""
        if approval.bound != proposal.bound or approval.proposal != proposal.id:
            return "the approval stands for another proposal"
        if self._store.records.proposals(proposal.incident)[-1].id != proposal.id:
            return "a newer proposal was made since"
        purpose = Purpose(
            role=proposal.role,
            requester=proposal.requested_by,
            reversible=proposal.inverse is not None,
            key=proposal.key,
        )
        change, incident = proposal.operation, proposal.incident
        now = self._clock.now()
        situation = situation_of(self._store, change, purpose, incident=incident, now=now)
        policy, verdict = self._judge(proposal.operation, situation, approved=True)
        if verdict.answer != "allow":
            return f"policy denies it now: {verdict.reason}"
        if policy is None or policy.sha256 != proposal.policy_sha256:
            return "the policy was changed since it was asked"
        if verdict.needs != proposal.needs:
            return "other people would have to approve it now than when it was asked"
        return self._too_few(proposal, approval)

    def _too_few(self, proposal: Proposal, approval: Approval) -> str | None:
        """Say what lacks of the votes that the journal holds; the rows alone prove nothing."""
        if proposal.needs.by_itself:
            return None
        events = self._store.journal.events(proposal.incident, of=VOTES)
        given = votes_for(events, approval, proposal)
        if len(given) >= proposal.needs.quorum:
            return None
        return f"the journal holds {len(given)} of the {proposal.needs.quorum} votes that it needs"

    def _drift(self, proposal: Proposal) -> str | None:
        """Compare the target with what the approver saw; say what differs."""
        try:
            now = self._clients.hands(proposal.operation).look(proposal.operation)
        except ToolError as error:
            return f"the target could not be looked at before the change: {error}"
        return _differs(now, proposal.observed)

    def _not_to_undo(
        self,
        proposal: Proposal,
        approval: Approval,
        inverse: Change,
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
        verdict = self._of_inverse(inverse, proposal.incident, proposal.role)
        if verdict.answer != "allow":
            return f"policy denies the inverse: {verdict.reason}"
        if not now:
            return "the target could not be looked at before the inverse"
        if {name: now.get(name) for name in proposal.expected} != proposal.expected:
            return "others changed the target after the mitigation; a person has to look"
        return None

    def _require_sound(self) -> None:
        """Refuse to change anything on the word of a store that somebody has written into."""
        if faults := verify(self._store.database).faults:
            raise TamperedError(
                f"nothing is changed, because the journal does not verify: {faults[0]}. "
                "Run `stanch audit verify`, and find out who wrote into the store"
            )


def _differs(now: Mapping[str, object], observed: Mapping[str, object]) -> str | None:
    """Say how a target that is as `now` differs from what was observed; None: not at all."""
    if now == observed:
        return None
    if now.get("missing"):
        return "the target is gone"
    names = sorted(
        name for name in now.keys() | observed.keys() if now.get(name) != observed.get(name)
    )
    return f"the target is not as it was seen: {', '.join(names)} changed"
