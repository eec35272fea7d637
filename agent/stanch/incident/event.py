"""An event: one line of the journal."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from stanch.tools.operations import Frozen

EventType = Literal[
    "incident.opened",  # {title, alert: Alert, detected_at}
    "incident.repeated",  # {alert: Alert}: the same alert came again
    "incident.status",  # {old, new}
    "incident.handed_over",  # {reason}
    "incident.closed",  # {status, reason}
    "severity.set",  # {old, new, label, rule}
    "phase.entered",  # {old, new, reason}
    "gate.item",  # {phase, item, result: met | missed | waived, because}
    "runbook.matched",  # {runbooks: [{name, title, sha256, owner, why}, ...], params, left_out}
    "finding.made",  # {name, value, because, evidence: [...]}
    "step.started",  # {step, role, operation, text, effect}
    "step.finished",  # {step, evidence, sha256, record_sha256, status, text, result, duration}
    "step.denied",  # {step, text, reason}
    "impact.measured",  # {onset, peak, ratio_now, baseline, evidence, series: [[t, v], ...]}
    "signs.read",  # {signs: [Sign, ...]}
    "hypotheses.weighed",  # {round, hypotheses: [Hypothesis, ...], by, turns: [text, ...]}
    "decision.made",  # {what, chosen, why, by, evidence: [...]}
    "proposal.made",  # {proposal: Proposal, bound}
    "approval.requested",  # {approval: Approval}
    "approval.voted",  # {approval, proposal, bound, by, how, answer, reason, votes, quorum}
    "approval.approved",  # {approval, proposal, by, how, votes: [name, ...]}
    "approval.rejected",  # {approval, proposal, by, how, reason}
    "approval.expired",  # {approval, proposal}
    "approval.superseded",  # {approval, proposal, reason}
    # Of those that the executor writes: bound is the digest that was approved, and digest
    # that of the operation that is sent.
    "approval.used",  # {approval, proposal, bound}
    # {key, proposal, operation, text, target, inverse: bool, approval, by: [name, ...], reason,
    # runbook, runbook_sha256, policy_sha256, bound, digest}
    "mitigation.started",
    # {key, proposal, result: done|refused|not sent|superseded, text, bound, digest}
    "mitigation.finished",
    "mitigation.in_doubt",  # {key, proposal, text, bound, digest, by_hand?}
    "mitigation.probed",  # {key, proposal, found: bool | null, text, bound, digest}
    "verification.started",  # {proposal, baseline, soak_seconds, deadline_seconds}
    "verification.sample",  # {proposal, checks: [{name, holds, text}], evidence: [...]}
    "verification.passed",  # {proposal, held_seconds, text}
    "verification.failed",  # {proposal, text, checks: [...]}
    "verification.inconclusive",  # {proposal, text, checks: [...], question}
    "mitigation.effect",  # {proposal, result, before: Side, after: Side}; see mitigation.baseline
    "evidence.kept",  # {proposal, kept: [evidence], lost: [{what, why}]}: before a change
    "question.asked",  # {question: Question}
    "question.answered",  # {question, about, answer, by, how}
    "glass.broken",  # {by, how, reason, until}
    "glass.mended",  # {by, how}
    "model.used",  # {role, task, model, seconds, tokens_in, tokens_out, answer}
    "model.fallback",  # {role, task, reason}
    "token.issued",  # {token, person, by, expires_at}; of no incident
    "token.revoked",  # {token, by}; of no incident
    "notice",  # {text}
    "postmortem.written",  # {path, sha256}
]


class Actor(Frozen):
    """Who did it: a person, a role of the agent, or the system itself."""

    kind: Literal["human", "agent", "system"]
    id: str


class Event(Frozen):
    """One entry of the journal; the comments at EventType state what `data` holds."""

    seq: Annotated[int, Field(ge=1)]
    id: Annotated[str, Field(pattern=r"^J-[0-9]{6,}$")]
    at: AwareDatetime
    incident: str
    actor: Actor
    phase: str
    type: EventType
    data: dict[str, Any]
    mac: str
