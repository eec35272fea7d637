"""The approval card: everything that an approval binds, never cut."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stanch.cli.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

    from stanch.incident import Approval, Proposal


def show_card(
    console: "Console", proposal: "Proposal", approval: "Approval", people: tuple[str, ...]
) -> None:
    """Print the card of an approval."""
    from rich.markup import escape
    from rich.panel import Panel
    from rich.text import Text

    lines = Text()
    for label, text in _rows(proposal, approval, people):
        lines.append(f"{label:<12}", style="bold")
        lines.append(plain(text) + "\n")
    lines.append("\nWhat changes (server-side dry run: ", style="bold")
    lines.append(f"{proposal.preview.dry_run})\n", style="bold")
    for path, before, after in differences(proposal):
        lines.append(f"  {plain(path)}\n")
        lines.append(f"  - {plain(before)}\n", style="red")
        lines.append(f"  + {plain(after)}\n", style="green")
    if not proposal.preview.differences:
        lines.append("  nothing in the object's own fields\n")
    lines.append(f"\nBound to {approval.bound}", style="dim")
    title = f"{approval.id}  {escape(plain(proposal.title))}"
    console.print(Panel(lines, title=title, title_align="left", border_style="yellow"))


def differences(proposal: "Proposal") -> Iterator[tuple[str, str, str]]:
    """Yield each field that the change alters, with its text before and after."""
    for one in proposal.preview.differences:
        yield one.path, _value(one.before), _value(one.after)


def _rows(
    proposal: "Proposal", approval: "Approval", people: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    yield "Does", proposal.operation.as_text()
    yield "To", f"{proposal.operation.target}, uid {proposal.operation.uid}"
    yield "Effect", proposal.operation.effect.word
    yield "Because", f"{proposal.claim} [{', '.join(proposal.evidence)}]"
    for text in proposal.preview.touches:
        yield "Touches", text
    for text in proposal.risks:
        yield "Risk", text
    for check in proposal.checks:
        yield "Must hold", f"{check.says}, for {proposal.soak_seconds:.0f} s"
    if proposal.inverse is not None:
        yield "If not", f"by itself: {proposal.inverse.as_text()} ({proposal.inverse_note})"
    else:
        yield "If not", proposal.inverse_note
    yield "Runbook", f"{proposal.runbook}, step {proposal.mitigation}"
    yield "Asked by", proposal.requested_by
    yield "May answer", ", ".join(people) or "nobody: the policy lists no one"
    yield "Expires", f"{approval.expires_at:%Y-%m-%d %H:%M:%SZ}"


def _value(value: Any) -> str:
    if value is None:
        return "(not there)"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
