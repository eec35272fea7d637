"""The Markdown of a post-mortem: a render of its data, the same bytes for the same data.

Texts that came from a target are made harmless: nothing in them becomes markup.
"""

import re
from collections.abc import Iterable, Sequence

from stanch.incident import Claim
from stanch.report.document import Change, Considered, Postmortem
from stanch.report.facts import RATIOS
from stanch.report.spans import clock, percent, span, stamp

_MARKUP = re.compile(r"([\\*_\[\]<>|~#])")
_CODE = re.compile(r"`([^`\n]+)`")


def render(document: Postmortem, *, chart: str = "") -> str:
    """Return the document as Markdown; `chart` is the file name of its picture, if any."""
    parts = [
        _head(document),
        _section("Summary", _prose(document.summary)),
        _section("Impact", _impact(document, chart)),
        _section("Timeline", _timeline(document)),
        _section("What happened", _prose(document.what_happened)),
        _section("Trigger", _prose(document.trigger)),
        _section("Contributing factors", _factors(document)),
        _section("Five whys", _whys(document)),
        _section("Detection", _prose(document.detection)),
        _section("Resolution", _resolution(document)),
        _section("Hypotheses considered", _considered(document)),
        _section("What went well", _bullets(document.went_well)),
        _section("What went wrong", _bullets(document.went_wrong)),
        _section("Where we got lucky", _bullets(document.lucky)),
        _section("Action items", _actions(document)),
        _section("Lessons", _bullets(document.lessons)),
        _section("What was not checked", _unchecked(document)),
        _section("Related incidents", plain(document.related)),
        _section("Supporting evidence", _evidence(document)),
        _section("How to verify this document", _verify(document)),
    ]
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Return the text on one line in which only balanced `code` is markup."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    out, place = [], 0
    for match in _CODE.finditer(line):
        out += [_escaped(line[place : match.start()]), f"`{match.group(1)}`"]
        place = match.end()
    return "".join([*out, _escaped(line[place:])])


def cell(text: str) -> str:
    """Return the text as one cell of a table: a bar in code would end the cell."""
    return re.sub(r"(?<!\\)\|", r"\\|", plain(text))


def _escaped(text: str) -> str:
    text = _MARKUP.sub(r"\\\1", text).replace("`", "\\`")
    # Some readers make links of bare addresses; the mark before : or . keeps them text.
    return re.sub(r"\b(https?|ftp)(?=://)|\b(www)(?=\.)", r"\1\2\\", text)


def code(text: str) -> str:
    """Return the text as inline code, whatever it holds."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def _cited(claim: Claim) -> str:
    cites = f" [{', '.join(claim.cites)}]" if claim.cites else ""
    return f"{plain(claim.text)}{cites}"


def _prose(claims: Iterable[Claim]) -> str:
    return "\n".join(_cited(claim) for claim in claims)


def _bullets(claims: Iterable[Claim]) -> str:
    return "\n".join(f"- {_cited(claim)}" for claim in claims)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(' --- ' for _ in head)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _head(document: Postmortem) -> str:
    head, known = document.header, document.facts
    rows = [
        ("Incident", head.incident),
        ("Status of this document", head.state),
        ("Severity", cell(head.severity_label)),
        ("Affected", cell(head.affected)),
        ("Outcome", f"{known.outcome} (changed in production: {known.changed})"),
        ("Impact", _range(document, "impact_start", "impact_end", "impact_duration")),
        ("Response", _range(document, "detected_at", "resolved_at", "response_duration")),
        ("Commander", cell(head.commander)),
        ("Author", cell(head.author)),
        ("Reviewer", cell(head.reviewer) or "open: a person has to review this"),
        ("Worded by", cell(head.prose)),
        ("As of", f"{stamp(head.written_at)}, all times are UTC"),
    ]
    title = f"# Post-mortem {head.date}: {plain(head.title)}"
    return f"{title}\n\n{_table(('', ''), rows)}"


def _range(document: Postmortem, start: str, end: str, name: str) -> str:
    times = document.facts.times()
    first = stamp(times[start]) if start in times else "start unknown"
    last = stamp(times[end]) if end in times else "no end recorded"
    return f"{first} to {last} ({document.facts.duration(name).text})"


def _impact(document: Postmortem, chart: str) -> str:
    known = document.facts
    rows = [
        (one.label, one.text, f"{one.start} to {one.end}", f"C:{one.name}")
        for one in known.durations
    ]
    for name in RATIOS:
        ratio = getattr(known, name)
        label = name.replace("_", " ").capitalize()
        rows.append((label, "not measured" if ratio is None else percent(ratio), "", f"C:{name}"))
    if known.error_weighted_seconds is not None:
        weighted = span(known.error_weighted_seconds)
        rows.append(("Error-weighted time", weighted, "", "C:error_weighted_seconds"))
    table = _table(("Measure", "Value", "From and to", "Cited as"), rows)
    missing = "\n".join(f"- {plain(one)}" for one in document.impact.not_measured)
    picture = (
        f"\n\n![The error ratio over time, with the marks of the response]({chart})"
        if chart
        else ""
    )
    return f"{_prose(document.impact.text)}{picture}\n\n{table}\n\nNot measured:\n\n{missing}"


def _timeline(document: Postmortem) -> str:
    rows = []
    dates = {entry.at.date() for entry in document.timeline}
    for entry in document.timeline:
        at = clock(entry.at) if len(dates) == 1 else stamp(entry.at)
        said = cell(entry.text) + (" *(reconstructed)*" if entry.reconstructed else "")
        rows.append((at, said, cell(entry.by), ", ".join((*entry.event_ids, *entry.evidence))))
    day = f"All rows are of {document.header.date}, in UTC.\n\n" if len(dates) == 1 else ""
    return day + _table(("Time", "What", "Who", "Source"), rows)


def _factors(document: Postmortem) -> str:
    return "\n".join(f"- **{f.id}, {f.kind}:** {_cited(f.claim)}" for f in document.factors)


def _whys(document: Postmortem) -> str:
    words = {"supported": "", "assumed": " *(assumed)*", "evidence_ends": " *(evidence ends)*"}
    return "\n".join(
        f"{number}. **{plain(why.question)}** {_cited(why.answer)}{words[why.status]}"
        for number, why in enumerate(document.whys, start=1)
    )


def _resolution(document: Postmortem) -> str:
    parts = [_prose(document.resolution)]
    parts += [_change(change) for change in document.changes]
    parts.append(f"### Permanent fix\n\n{plain(document.permanent_fix)}")
    return "\n\n".join(parts)


def _change(change: Change) -> str:
    rows = [
        ("Command", cell_code(change.command)),
        ("Target", cell_code(change.target)),
        ("Approval", cell(change.approval)),
        ("Approver", cell(change.approved_by)),
        ("Started", stamp(change.started_at) if change.started_at else "not started"),
        ("Result", change.result),
        ("Checks", change.verified),
        ("Before", cell(change.before)),
        ("After", cell(change.after)),
        ("Undone by", cell(change.undone)),
        ("Does not last", cell(change.temporary)),
    ]
    table = _table((f"{change.proposal}", cell(change.title)), [r for r in rows if r[1]])
    return f"### Change {change.proposal}\n\n{table}"


def cell_code(text: str) -> str:
    """Return the text as code in a cell of a table."""
    return code(text).replace("|", "\\|")


def _considered(document: Postmortem) -> str:
    if not document.considered:
        return "No hypothesis was weighed."
    return "\n\n".join(_hypothesis(one) for one in document.considered)


def _hypothesis(one: Considered) -> str:
    lines = [
        f"### {plain(one.id)}: {one.state} (score {one.score:.2f})",
        f"{plain(one.claim)} {plain(one.why)}".strip(),
    ]
    # What spoke for a rejected hypothesis is in the record; here what spoke against it counts.
    shown = () if one.state == "rejected" and one.opposing else one.supporting
    told = [("For", shown), ("Against", one.opposing), ("Not read", one.open)]
    signs = [f"- {word}: {_cited(claim)}" for word, claims in told for claim in claims]
    return "\n\n".join([*lines, *(["\n".join(signs)] if signs else [])])


def _actions(document: Postmortem) -> str:
    if not document.actions:
        return "None recorded."
    rows = [
        (
            one.id,
            cell(one.text),
            one.kind,
            cell(one.owner),
            one.priority,
            one.due,
            cell(one.done_when),
            ", ".join(one.factors),
            one.state,
        )
        for one in document.actions
    ]
    head = ("Id", "Action", "Type", "Owner", "Priority", "Due", "Done when", "Factors", "State")
    return _table(head, rows)


def _unchecked(document: Postmortem) -> str:
    return _bullets(document.not_checked)


def _evidence(document: Postmortem) -> str:
    rows = [
        (
            one.id,
            cell_code(one.what),
            cell(one.seen),
            stamp(one.at),
            one.status + (", cut" if one.truncated else ""),
            str(one.redactions),
            f"`{one.sha256[:12]}`",
        )
        for one in document.evidence
    ]
    head = ("Id", "Operation", "Seen", "Collected", "Status", "Redactions", "SHA-256")
    return _table(head, rows) if rows else "No evidence was collected."


def _verify(document: Postmortem) -> str:
    journal = document.journal
    return (
        f"It was made from {journal.events} events of the journal, {journal.first} to"
        f" {journal.last} (head `{journal.head[:12]}`), and from the evidence above."
        " `stanch audit verify` checks that neither the journal nor the evidence was altered"
        " since. The JSON beside this file is the record; this text is its render, byte for"
        " byte. J- ids are events of the journal, E- ids are evidence, C: ids are figures"
        " computed from them."
    )
