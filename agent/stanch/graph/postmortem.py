"""The post-mortem: facts from the journal by code, prose by the rules or by the model."""

import hashlib
from pathlib import Path

from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.incident import Actor, Claim, Incident, Phase, Status
from stanch.report.accept import accept, writing_tasks
from stanch.report.accept import context as ground_of
from stanch.report.case import Case, read
from stanch.report.chart import chart
from stanch.report.check import check
from stanch.report.compose import compose
from stanch.report.write import write
from stanch.roles import Fact, Writing
from stanch.store import StoreError, verify

DOCS_WRITER = Actor(kind="agent", id="docs-writer")


def postmortem(context: Context, state: State) -> State:
    """Write the document, close its gate, and end the incident."""
    incident = context.store.records.incident(state["incident"])
    reason = state.get("reason", "")
    incident = context.enter(incident, Phase.POSTMORTEM, reason, once="phase:postmortem")
    events = context.store.journal.events(incident.id)
    handed = any(event.type == "incident.handed_over" for event in events)
    final = Status.HANDED_OVER if handed else Status.CLOSED
    closed = {"status": final.value, "reason": reason}
    context.log(incident, "incident.closed", closed, once="closed")
    incident = incident.model_copy(update={"status": final, "closed_at": context.clock.now()})
    path, failures = _document(context, incident)
    written = {
        "path": str(path.relative_to(context.settings.home)),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    context.log(incident, "postmortem.written", written, actor=DOCS_WRITER)
    audit = verify(context.store.database)
    fine = ("met", f"{audit.entries} entries")
    passed = ("met", "no check of the rubric failed")
    wrong = ("missed", "; ".join(audit.faults[:3]))
    context.pass_gate(
        incident,
        Phase.POSTMORTEM,
        {
            "document-written": ("met", written["path"]),
            "document-checked": ("missed", "; ".join(failures)) if failures else passed,
            "journal-verified": wrong if audit.faults else fine,
        },
        once="1",
    )
    context.put(incident, [])
    return {"next": "end", "reason": final.value}


def _document(context: Context, incident: Incident) -> tuple[Path, list[str]]:
    """Write the document; return where it lies, and what its checks found."""
    events = context.store.journal.events(incident.id)
    evidence = context.store.records.evidence(incident.id)
    prose, writer = _prose(context, incident, read(incident, events, evidence))
    document = compose(
        incident,
        events,
        evidence,
        prose=prose,
        writer=writer,
        related=_related(context, incident),
    )
    faults = [f for f in check(document, events, evidence) if f.level == "E"]
    try:
        path = write(context.settings.home / "postmortems", document, chart(document, events))
    except OSError as error:
        raise StoreError(f"the post-mortem cannot be written: {error}") from error
    return path, [f"{fault.id} {fault.message}" for fault in faults[:5]]


def _prose(
    context: Context, incident: Incident, case: Case
) -> tuple[dict[str, tuple[Claim, ...]], str]:
    """Let the model reword the sections; a sentence that cannot stand is replaced by ours."""
    team = context.team(incident)
    writings = [
        Writing(
            role="docs-writer",
            section=task.section,
            drafts=task.drafts,
            facts=tuple(
                # An entry of the journal quotes the alert and the targets, as evidence does.
                Fact(cite, text, trusted=cite.startswith("C:"))
                for cite, text in task.sources.items()
            ),
        )
        for task in writing_tasks(case)
        if task.drafts
    ]
    against = ground_of(case)
    kept: dict[str, tuple[Claim, ...]] = {}
    written = team.write(writings)
    for writing in writings:
        claims = tuple(written[writing.section])
        if claims == writing.drafts:
            continue
        good, refused = accept(writing.section, claims, against)
        kept[writing.section] = tuple(good)
        if refused:
            why = f"{writing.section}: {refused[0].reasons[0]}"
            notice = {"role": "docs-writer", "task": "write", "reason": why}
            context.log(incident, "model.fallback", notice, actor=DOCS_WRITER)
    return kept, team.name if kept else ""


def _related(context: Context, incident: Incident) -> list[str]:
    """Return earlier incidents of the same alert name, the newest first."""
    every = context.store.records.all_incidents()
    return [
        one.id for one in every if one.id != incident.id and one.alert.name == incident.alert.name
    ][:5]
