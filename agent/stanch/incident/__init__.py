"""The vocabulary of incidents: frozen data, without input or output."""

from stanch.incident.alert import Alert
from stanch.incident.approval import Approval, ApprovalState, can_become
from stanch.incident.claim import Claim
from stanch.incident.event import Actor, Event
from stanch.incident.evidence import Evidence
from stanch.incident.hypothesis import Hypothesis, Sign
from stanch.incident.incident import Incident, Phase, Status
from stanch.incident.proposal import Check, Difference, Preview, Proposal

__all__ = [
    "Actor",
    "Alert",
    "Approval",
    "ApprovalState",
    "Check",
    "Claim",
    "Difference",
    "Event",
    "Evidence",
    "Hypothesis",
    "Incident",
    "Phase",
    "Preview",
    "Proposal",
    "Sign",
    "Status",
    "can_become",
]
