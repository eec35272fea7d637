"""The approval card: everything that an approval binds, never cut."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stanch.cli.plain import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from stanch.incident import Approval, Proposal, Vote
    from stanch.tools.operations import BaseOperation

_WIDEST = 110
_TRIED = {
    "accepted": "server-side dry run: accepted",
    "not possible": "as foretold: the target cannot try it beforehand",
}


def show_card(
    console: "Console", proposal: "Proposal", approval: "Approval", votes: "Sequence[Vote]" = ()
) -> None:
    """Print the card of an approval; what is too long for a line goes on below, whole."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    parts: list[Any] = [
        Text(plain(proposal.title), style="bold", overflow="fold"),
        Text(),
        _facts(_rows(proposal, approval, votes)),
        Text(),
        Text(f"What changes ({_TRIED[proposal.preview.dry_run]})", style="bold"),
        *(_difference(*one) for one in differences(proposal)),
    ]
    if not proposal.preview.differences:
        parts.append(Text("  nothing in the object's own fields"))
    parts += [Text(), _facts([("Bound to", approval.bound)])]
    console.print(
        Panel(
            Group(*parts),
            title=f"{approval.id} asks for a decision",
            title_align="left",
            border_style="yellow",
            width=min(console.width, _WIDEST),
        )
    )


def differences(proposal: "Proposal") -> Iterator[tuple[str, str, str]]:
    """Yield each field that the change alters, with its text before and after."""
    for one in proposal.preview.differences:
        yield one.path, _value(one.before), _value(one.after)


def _facts(rows: "Iterator[tuple[str, str]] | list[tuple[str, str]]") -> "Table":
    """Lay out label and text; a label that repeats is printed once."""
    from rich.text import Text

    table = _grid()
    last = ""
    for label, text in rows:
        shown = "" if label == last else label
        table.add_row(Text(shown, style="bold"), Text(plain(text), overflow="fold"))
        last = label
    return table


def _difference(path: str, before: str, after: str) -> "Table":
    from rich.text import Text

    table = _grid()
    table.add_row(" ", Text(plain(path), overflow="fold"))
    for mark, value, style in (("-", before, "red"), ("+", after, "green")):
        # Each line of a value has its mark, so that none can pass for a row of the card.
        for line in value.split("\n"):
            table.add_row(
                Text(f" {mark}", style=style), Text(plain(line), style=style, overflow="fold")
            )
    return table


def _grid() -> "Table":
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _rows(
    proposal: "Proposal", approval: "Approval", votes: "Sequence[Vote]"
) -> Iterator[tuple[str, str]]:
    yield "Does", proposal.operation.as_text()
    yield "To", str(proposal.operation.target)
    yield from _identity(proposal.operation)
    yield "Effect", proposal.operation.effect.word
    yield "Because", f"{proposal.claim} [{', '.join(proposal.evidence)}]"
    for text in proposal.preview.touches:
        yield "Touches", text
    for text in proposal.risks:
        yield "Risks", text
    now = {one["name"]: one["text"] for one in proposal.baseline.get("checks", ())}
    for check in proposal.checks:
        stands = f" (now: {now[check.name]})" if check.name in now else ""
        yield "Must hold", f"{check.says}, for {proposal.soak_seconds:.0f} s{stands}"
    for text in proposal.baseline.get("left_out", ()):
        yield "Left out", text
    if proposal.inverse is not None:
        yield "If not", f"by itself: {proposal.inverse.as_text()} ({proposal.inverse_note})"
    else:
        yield "If not", proposal.inverse_note
    yield "Runbook", f"{proposal.runbook}, step {proposal.mitigation}"
    yield "Asked by", proposal.requested_by
    yield from _deciders(proposal, votes)
    yield "Expires", f"{approval.expires_at:%Y-%m-%d %H:%M:%SZ}"


def _deciders(proposal: "Proposal", votes: "Sequence[Vote]") -> Iterator[tuple[str, str]]:
    needs = proposal.needs
    many = f"{needs.quorum} different people" if needs.quorum > 1 else "one person"
    other = ", not the one who asked" if needs.four_eyes else ""
    yield "Needs", f"{many}{other} ({needs.environment}; {needs.rule})"
    yield "May answer", ", ".join(needs.approvers) or "nobody: the policy lists no one"
    if needs.glass:
        yield "Glass", "BROKEN: only because of that may it be asked at all"
    for vote in votes:
        because = f": {vote.reason}" if vote.reason else ""
        yield "Answered", f"{vote.voter} ({vote.how}), {vote.answer}{because}"


def _value(value: Any) -> str:
    if value is None:
        return "(not there)"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _identity(change: "BaseOperation") -> Iterator[tuple[str, str]]:
    """Yield what tells the target from another of the same name, and from its successor."""
    for name in ("uid", "pid", "backend_start", "xact_start", "table_oid", "invocation"):
        value = getattr(change, name, None)
        if value not in {None, ""}:
            yield "", f"{name.replace('_', ' ')} {value}"
