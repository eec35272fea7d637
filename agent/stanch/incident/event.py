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
    "hypotheses.weighed",  # {round, hypotheses: [Hypothesis, ...], by}
    "decision.made",  # {what, chosen, why, by, evidence: [...]}
    "proposal.made",  # {proposal: Proposal, bound}
    "approval.requested",  # {approval: Approval}
    "approval.approved",  # {approval, proposal, by, how}
    "approval.rejected",  # {approval, proposal, by, how, reason}
    "approval.expired",  # {approval, proposal}
    "approval.superseded",  # {approval, proposal, reason}
    "approval.used",  # {approval, proposal}
    "mitigation.started",  # {key, proposal, operation, text, target, inverse: bool}
    "mitigation.finished",  # {key, proposal, result: done|refused|not sent|superseded, text}
    "mitigation.in_doubt",  # {key, proposal, text}
    "mitigation.probed",  # {key, proposal, found: bool | null, text}
    "verification.started",  # {proposal, baseline, soak_seconds, deadline_seconds}
    "verification.sample",  # {proposal, checks: [{name, holds, text}], evidence: [...]}
    "verification.passed",  # {proposal, held_seconds, text}
    "verification.failed",  # {proposal, text, checks: [...]}
    "model.used",  # {role, task, model, seconds, tokens_in, tokens_out, answer}
    "model.fallback",  # {role, task, reason}
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
