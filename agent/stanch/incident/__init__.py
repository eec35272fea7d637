"""The vocabulary of incidents: frozen data, without input or output."""

from stanch.incident.alert import Alert
from stanch.incident.approval import Approval, ApprovalState, Vote, can_become
from stanch.incident.claim import Claim
from stanch.incident.event import Actor, Event
from stanch.incident.evidence import Evidence
from stanch.incident.hypothesis import Hypothesis, Sign
from stanch.incident.incident import Incident, Phase, Status
from stanch.incident.needs import Needs
from stanch.incident.proposal import Check, Difference, Preview, Proposal
from stanch.incident.question import Question, answer_to, open_question, questions

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
    "Needs",
    "Phase",
    "Preview",
    "Proposal",
    "Question",
    "Sign",
    "Status",
    "Vote",
    "answer_to",
    "can_become",
    "open_question",
    "questions",
]
