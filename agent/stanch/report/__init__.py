"""The report: facts, timeline and post-mortem of an incident, read from its journal.

It reads the journal's events, the evidence and the incident, and nothing else. The way:
`compose` a document, have a model reword it through `writing_tasks` and `accept` if there
is one, `check` it, draw its `chart`, and `write` the files.
"""

from stanch.report.accept import accept, accept_all, context, writing_tasks
from stanch.report.case import read
from stanch.report.chart import chart
from stanch.report.check import check
from stanch.report.compose import compose
from stanch.report.document import Postmortem
from stanch.report.facts import Facts, facts
from stanch.report.prose import drafts
from stanch.report.render import render
from stanch.report.sentences import Failure
from stanch.report.timeline import Entry, timeline
from stanch.report.write import write

__all__ = [
    "Entry",
    "Facts",
    "Failure",
    "Postmortem",
    "accept",
    "accept_all",
    "chart",
    "check",
    "compose",
    "context",
    "drafts",
    "facts",
    "read",
    "render",
    "timeline",
    "write",
    "writing_tasks",
]
