"""The live view: the journal of one incident, printed as it grows.

It reads what every other process can read, so that what it shows is what was recorded.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stanch.cli.hypotheses import show_hypotheses
from stanch.cli.terminal import LABEL, hang, labelled

if TYPE_CHECKING:
    from rich.console import Console

    from stanch.incident import Event


class View:
    """Prints events, one or a few lines each."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._running: dict[str, str] = {}
        self._sampled = ""
        self._now = "working"

    @property
    def doing(self) -> str:
        """What goes on at this moment, in a few words."""
        if not self._running:
            return self._now
        first, *more = self._running.values()
        return f"running {first}" + (f" and {len(more)} more" if more else "")

    def show(self, event: "Event") -> None:
        """Print one event."""
        draw = _DRAWN.get(event.type)
        if draw is not None:
            draw(self, event.data)

    def line(self, label: str, text: str, style: str = "") -> None:
        """Print one line of plain text beside its label, whatever it holds."""
        labelled(self._console, label, text, style)

    def opened(self, data: dict[str, Any]) -> None:
        """Show the alert."""
        alert = data["alert"]
        labels = " ".join(f"{k}={v}" for k, v in sorted(alert["labels"].items()))
        self.line("Alert", f"{alert['name']}: {data['title']}", "bold")
        self.line("", labels, "dim")

    def phase(self, data: dict[str, Any]) -> None:
        """Show that a phase begins."""
        self._now = f"in the phase {data['new']}"
        self._console.print()
        self._console.rule(f"[bold]{data['new']}[/]", align="left", style="cyan")
        if data["reason"]:
            self.line("", data["reason"], "dim")

    def severity(self, data: dict[str, Any]) -> None:
        """Show the severity and the rule that gave it."""
        self.line("Severity", f"{data['label']} ({data['rule']})")

    def matched(self, data: dict[str, Any]) -> None:
        """Show the candidates."""
        for number, one in enumerate(data["runbooks"]):
            self.line("Runbooks" if number == 0 else "", f"{one['name']}: {one['title']}")

    def started(self, data: dict[str, Any]) -> None:
        """Remember a step that runs."""
        self._running[data["step"]] = f"{data['step']} ({data['role']})"

    def finished(self, data: dict[str, Any]) -> None:
        """Show what a step brought back."""
        self._running.pop(data["step"], None)
        good = data["status"] == "ok"
        took = f"{data['duration'] * 1000:.0f} ms"
        head = f"{'ok' if good else '--'} {data['evidence']:<7}{took:>9}  {data['step']:<25} "
        hang(self._console, head, data["result"], "" if good else "red")

    def denied(self, data: dict[str, Any]) -> None:
        """Show a step that policy denies."""
        self._running.pop(data["step"], None)
        self.line("Denied", f"{data['step']}: {data['reason']}", "red")

    def finding(self, data: dict[str, Any]) -> None:
        """Show what was derived."""
        self.line("Finding", f"{data['name']} = {data['value']}: {data['because']}")

    def impact(self, data: dict[str, Any]) -> None:
        """Show how large the harm is."""
        since = f" since {data['onset'][11:19]}Z" if data["onset"] else ""
        now, peak = data["ratio_now"], data["peak"]
        self.line("Impact", f"error ratio now {now:.2%}, peak {peak:.2%}{since}")

    def weighed(self, data: dict[str, Any]) -> None:
        """Show the hypotheses in a table, and what speaks for the one that leads."""
        show_hypotheses(self._console, data["hypotheses"])
        for turn in data.get("turns", ()):
            self.line("Unless", turn, "dim")

    def decided(self, data: dict[str, Any]) -> None:
        """Show a decision that a model made, or one that chose nothing."""
        if data["by"] == "rules" and data["chosen"]:
            return
        chosen = ", ".join(data["chosen"]) or "none"
        self.line("Decision", f"{data['what']}: {chosen} (by {data['by']}: {data['why']})")

    def fallback(self, data: dict[str, Any]) -> None:
        """Show that the rules answered instead of the model."""
        text = f"no usable answer for {data['task']}, the rules decide: {data['reason']}"
        self.line("Model", text, "yellow")

    def approved(self, data: dict[str, Any]) -> None:
        """Show who approved."""
        self.line("Approved", f"{data['approval']} by {data['by']} ({data['how']})", "green")

    def rejected(self, data: dict[str, Any]) -> None:
        """Show who rejected, and why."""
        self.line("Rejected", f"{data['approval']} by {data['by']}: {data['reason']}", "red")

    def ended(self, data: dict[str, Any]) -> None:
        """Show that an approval is void."""
        self.line("Void", f"{data['approval']}: {data.get('reason') or 'it ran out'}", "yellow")

    def sent(self, data: dict[str, Any]) -> None:
        """Show that a change is being sent."""
        self._now = f"sending {data['text']}"
        self.line("Undo" if data["inverse"] else "Execute", data["text"], "bold")

    def result(self, data: dict[str, Any]) -> None:
        """Show how a change ended."""
        self._now = "working"
        good = data["result"] == "done"
        self.line("Done" if good else "Not done", data["text"], "green" if good else "red")

    def doubt(self, data: dict[str, Any]) -> None:
        """Show that a person has to look."""
        if not data.get("by_hand"):
            self.line("In doubt", data["text"], "red")
            return
        for number, one in enumerate(data["text"].split("\n")):
            self.line("By hand" if number == 0 else "", one, "bold yellow")
        incident = data["key"].partition(":")[0]
        self._now = f"waiting for a person: stanch done {incident} --ran, or --did-not-run"
        self.line("", f"then, from any terminal: stanch done {incident} --ran, or --did-not-run")

    def verifying(self, data: dict[str, Any]) -> None:
        """Remember for how long the checks must hold."""
        self._now = f"verifying: every check must hold for {data['soak_seconds']:.0f} s"

    def sample(self, data: dict[str, Any]) -> None:
        """Show the checks when one of them changed."""
        marks = {True: "holds", False: "not yet", None: "unknown"}
        held = "".join(str(c["holds"]) for c in data["checks"])
        if held != self._sampled:
            for number, check in enumerate(data["checks"]):
                label = "Checks" if number == 0 else ""
                head = f"{label:<{LABEL}}{marks[check['holds']]:<8} {check['name']:<22} "
                hang(self._console, head, check["text"])
        self._sampled = held

    def verified(self, data: dict[str, Any]) -> None:
        """Show that the mitigation holds."""
        self._now = "working"
        self.line("Verified", data["text"], "green")

    def failed(self, data: dict[str, Any]) -> None:
        """Show that the mitigation did not help."""
        self._now = "working"
        self.line("Failed", data["text"], "red")

    def unclear(self, data: dict[str, Any]) -> None:
        """Show that nobody can tell whether the mitigation helped."""
        self._now = "waiting for a person to decide"
        self.line("Unclear", data["text"], "yellow")

    def effect(self, data: dict[str, Any]) -> None:
        """Show how users and the service stood before the change, and stand after it."""
        self.line("Effect", data["text"])

    def kept(self, data: dict[str, Any]) -> None:
        """Show which evidence was saved before the change, and what could not be."""
        if data["kept"]:
            self.line("Kept", f"before the change: {', '.join(data['kept'])}", "dim")
        for one in data["lost"]:
            self.line("Not kept", f"{one['what']}: {one['why']}", "yellow")

    def asked(self, data: dict[str, Any]) -> None:
        """Show a question to people, and how it is answered."""
        one = data["question"]
        self.line("Question", one["says"], "bold yellow")
        self.line("", f"stanch decide {one['incident']} {'|'.join(one['answers'])}")

    def answered(self, data: dict[str, Any]) -> None:
        """Show who answered it, and how."""
        note = f": {data['note']}" if data.get("note") else ""
        self.line("Decided", f"{data['answer']}, by {data['by']} ({data['how']}){note}", "green")

    def noted(self, data: dict[str, Any]) -> None:
        """Show a notice."""
        self.line("Note", data["text"], "yellow")

    def handed_over(self, data: dict[str, Any]) -> None:
        """Show that people must go on."""
        self.line("Over to", f"people: {data['reason']}", "bold yellow")

    def gate(self, data: dict[str, Any]) -> None:
        """Show a gate item that is missed."""
        if data["result"] == "missed":
            self.line("Missed", f"{data['says']}: {data['because']}", "yellow")


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
    "verification.started": View.verifying,
    "verification.sample": View.sample,
    "verification.passed": View.verified,
    "verification.failed": View.failed,
    "verification.inconclusive": View.unclear,
    "mitigation.effect": View.effect,
    "evidence.kept": View.kept,
    "question.asked": View.asked,
    "question.answered": View.answered,
    "notice": View.noted,
    "incident.handed_over": View.handed_over,
    "gate.item": View.gate,
}
