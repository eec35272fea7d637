"""The live view: the journal of one incident, printed as it grows.

It reads what every other process can read, so that what it shows is what was recorded.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stanch.cli.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

    from stanch.incident import Event


class View:
    """Prints events, one or a few lines each."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._running: dict[str, str] = {}
        self._sampled = ""

    @property
    def running(self) -> tuple[str, ...]:
        """The steps that run at this moment."""
        return tuple(self._running.values())

    def show(self, event: "Event") -> None:
        """Print one event."""
        draw = _DRAWN.get(event.type)
        if draw is not None:
            draw(self, event.data)

    def line(self, text: str, style: str = "") -> None:
        """Print one line of plain text, whatever it holds."""
        self._console.print(plain(text), style=style or None, markup=False, highlight=False)

    def opened(self, data: dict[str, Any]) -> None:
        """Show the alert."""
        alert = data["alert"]
        labels = " ".join(f"{k}={v}" for k, v in sorted(alert["labels"].items()))
        self.line(f"Alert      {alert['name']}: {data['title']}", "bold")
        self.line(f"           {labels}", "dim")

    def phase(self, data: dict[str, Any]) -> None:
        """Show that a phase begins."""
        self._console.rule(f"[bold]{data['new']}[/]", align="left", style="cyan")
        if data["reason"]:
            self.line(f"           {data['reason']}", "dim")

    def severity(self, data: dict[str, Any]) -> None:
        """Show the severity and the rule that gave it."""
        self.line(f"Severity   {data['label']} ({data['rule']})")

    def matched(self, data: dict[str, Any]) -> None:
        """Show the candidates."""
        for one in data["runbooks"]:
            self.line(f"Runbook    {one['name']}: {one['title']}")

    def started(self, data: dict[str, Any]) -> None:
        """Remember a step that runs."""
        self._running[data["step"]] = f"{data['step']} ({data['role']})"

    def finished(self, data: dict[str, Any]) -> None:
        """Show what a step brought back."""
        self._running.pop(data["step"], None)
        mark = "ok " if data["status"] == "ok" else "-- "
        style = "" if data["status"] == "ok" else "red"
        took = f"{data['duration'] * 1000:5.0f} ms"
        result = " ".join(data["result"].split())
        self.line(f"{mark}{data['evidence']:<6} {took}  {data['step']:<22} {result}", style)

    def denied(self, data: dict[str, Any]) -> None:
        """Show a step that policy denies."""
        self.line(f"no         {data['step']}: {data['reason']}", "red")

    def finding(self, data: dict[str, Any]) -> None:
        """Show what was derived."""
        self.line(f"Finding    {data['name']} = {data['value']}: {data['because']}")

    def impact(self, data: dict[str, Any]) -> None:
        """Show how large the harm is."""
        since = f" since {data['onset'][11:19]}Z" if data["onset"] else ""
        now, peak = data["ratio_now"], data["peak"]
        self.line(f"Impact     error ratio now {now:.2%}, peak {peak:.2%}{since}")

    def weighed(self, data: dict[str, Any]) -> None:
        """Show the hypotheses in a table, and what speaks for the one that leads."""
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
        for name in ("Score", "State", "+", "-", "?"):
            table.add_column(name, justify="right" if name != "State" else "left", no_wrap=True)
        table.add_column("Hypothesis")
        for one in data["hypotheses"]:
            style = {"leading": "bold", "rejected": "dim"}.get(one["state"], "")
            counts = [str(len(one[kind])) for kind in ("supporting", "opposing", "open")]
            cells = [f"{one['score']:.2f}", one["state"], *counts, one["claim"]]
            table.add_row(*(Text(plain(cell), style=style) for cell in cells))
        self._console.print(table)
        for one in data["hypotheses"]:
            if one["state"] == "leading":
                self._signs(one)

    def _signs(self, hypothesis: dict[str, Any]) -> None:
        marks = (("supporting", "+"), ("opposing", "-"), ("open", "?"))
        for kind, mark in marks:
            for sign in hypothesis[kind]:
                cites = f" [{', '.join(sign['evidence'])}]" if sign["evidence"] else ""
                self.line(f"       {mark}  {sign['because']}{cites}")

    def decided(self, data: dict[str, Any]) -> None:
        """Show a decision that a model made, or one that chose nothing."""
        if data["by"] == "rules" and data["chosen"]:
            return
        chosen = ", ".join(data["chosen"]) or "none"
        self.line(f"Decision   {data['what']}: {chosen} (by {data['by']}: {data['why']})")

    def fallback(self, data: dict[str, Any]) -> None:
        """Show that the rules answered instead of the model."""
        self.line(
            f"Model      no usable answer for {data['task']}, the rules decide: {data['reason']}",
            "yellow",
        )

    def approved(self, data: dict[str, Any]) -> None:
        """Show who approved."""
        self.line(f"Approved   {data['approval']} by {data['by']} ({data['how']})", "green")

    def rejected(self, data: dict[str, Any]) -> None:
        """Show who rejected, and why."""
        self.line(f"Rejected   {data['approval']} by {data['by']}: {data['reason']}", "red")

    def ended(self, data: dict[str, Any]) -> None:
        """Show that an approval is void."""
        why = data.get("reason") or "it ran out"
        self.line(f"Void       {data['approval']}: {why}", "yellow")

    def sent(self, data: dict[str, Any]) -> None:
        """Show that a change is being sent."""
        word = "Undo" if data["inverse"] else "Execute"
        self.line(f"{word:<10} {data['text']}", "bold")

    def result(self, data: dict[str, Any]) -> None:
        """Show how a change ended."""
        style = "green" if data["result"] == "done" else "red"
        word = "Done" if data["result"] == "done" else "Not done"
        self.line(f"{word:<10} {data['text']}", style)

    def doubt(self, data: dict[str, Any]) -> None:
        """Show that a person has to look."""
        self.line(f"In doubt   {data['text']}", "red")

    def sample(self, data: dict[str, Any]) -> None:
        """Show the checks when one of them changed."""
        marks = {True: "holds", False: "not yet", None: "unknown"}
        text = "; ".join(f"{c['name']} {marks[c['holds']]} ({c['text']})" for c in data["checks"])
        held = "".join(str(c["holds"]) for c in data["checks"])
        if held != self._sampled:
            self.line(f"Checks     {text}")
        self._sampled = held

    def verified(self, data: dict[str, Any]) -> None:
        """Show that the mitigation holds."""
        self.line(f"Verified   {data['text']}", "green")

    def failed(self, data: dict[str, Any]) -> None:
        """Show that the mitigation did not help."""
        self.line(f"Failed     {data['text']}", "red")

    def noted(self, data: dict[str, Any]) -> None:
        """Show a notice."""
        self.line(f"Note       {data['text']}", "yellow")

    def handed_over(self, data: dict[str, Any]) -> None:
        """Show that people must go on."""
        self.line(f"Handed over to people: {data['reason']}", "bold yellow")

    def gate(self, data: dict[str, Any]) -> None:
        """Show a gate item that is missed."""
        if data["result"] == "missed":
            self.line(f"Missed     {data['says']}: {data['because']}", "yellow")


_DRAWN: dict[str, Callable[[View, dict[str, Any]], None]] = {
    "incident.opened": View.opened,
    "phase.entered": View.phase,
    "severity.set": View.severity,
    "runbook.matched": View.matched,
    "step.started": View.started,
    "step.finished": View.finished,
    "step.denied": View.denied,
    "finding.made": View.finding,
    "impact.measured": View.impact,
    "hypotheses.weighed": View.weighed,
    "decision.made": View.decided,
    "model.fallback": View.fallback,
    "approval.approved": View.approved,
    "approval.rejected": View.rejected,
    "approval.expired": View.ended,
    "approval.superseded": View.ended,
    "mitigation.started": View.sent,
    "mitigation.finished": View.result,
    "mitigation.in_doubt": View.doubt,
    "verification.sample": View.sample,
    "verification.passed": View.verified,
    "verification.failed": View.failed,
    "notice": View.noted,
    "incident.handed_over": View.handed_over,
    "gate.item": View.gate,
}
