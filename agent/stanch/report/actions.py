"""Action items: what each class of failure leaves to do, with date and observable end.

An item fixes a system. Its owner is a team; its due date follows from its priority and from
the day on which the incident ended.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from stanch.report.case import Case
from stanch.report.course import Attempt
from stanch.report.document import Action, Factor
from stanch.report.remedies import REMEDIES
from stanch.report.spans import span

DAYS = {"P1": 7, "P2": 14, "P3": 30}
"""Days from the end of the incident in which an item of that priority is due."""
_LATE = 120.0


class Todo(NamedTuple):
    """An item before it has an id, an owner and a date."""

    kind: str
    priority: str
    text: str
    done_when: str
    replaces: str = ""


def actions(case: Case, factors: tuple[Factor, ...]) -> tuple[Action, ...]:
    """Return the action items, the most urgent first."""
    todos = sorted(_todos(case), key=lambda todo: todo.priority)
    return tuple(
        Action.model_validate(
            {
                **todo._asdict(),
                "id": f"AI-{number}",
                "owner": case.owner,
                "due": _due(case, todo.priority),
                "factors": _addressed(todo.kind, factors),
            }
        )
        for number, todo in enumerate(todos, start=1)
    )


def permanent_fix(case: Case, items: tuple[Action, ...]) -> str:
    """Say in one sentence what makes the mitigation unnecessary."""
    made = [one for one in items if one.replaces]
    if made:
        what = "what is in place now is temporary"
        return f"Open, as {', '.join(one.id for one in made)}: {what} until then."
    if case.facts.outcome == "false alarm":
        return "None is needed in production: nothing in it was broken and nothing was changed."
    names = ", ".join(one.id for one in items if one.kind == "prevent")
    return f"Open: no change that lasts is in place; see {names or 'the action items'}."


_STAYS = {
    "sql.cancel": "Whoever ran the statement in `{subject}` may run it again.",
    "sql.terminate": "The application behind `{subject}` may open the same transaction again.",
    "sql.end_idle": "The application behind `{subject}` may take as many connections again.",
    "sql.create_index": "The new index on `{subject}` is in no migration of the schema yet.",
    "sql.drop_index": "The index of `{subject}` is still in the migrations of the schema.",
    "http.switch_flag": "The {subject} stays as it is until its owner switches it.",
    "http.call": "What `{subject}` was set to stays until somebody takes it back.",
    "http.set_weight": "`{subject}` keeps its new weight until somebody sets it back.",
    "host.restart_unit": "The restart cleared the state of `{subject}`, which may build up again.",
    "host.truncate_log": "Whatever wrote `{subject}` so fast may fill it again.",
    "host.rotate_log": "Whatever wrote `{subject}` so fast may fill it again.",
    "host.stop_process": "Whatever started `{subject}` may start it again.",
    "host.roll_back_service": "The next update of `{subject}` may bring the bad version back.",
    "kubernetes.roll_back_set": "The next release of `{subject}` may bring the bad one back.",
    "kubernetes.restart_set": "The restart cleared the state of `{subject}`, which may come back.",
    "kubernetes.scale_set": "`{subject}` runs another number of replicas than is declared.",
    "kubernetes.pause": "The rollout of `{subject}` stays as it is until somebody changes it.",
    "kubernetes.evict": "`{subject}` runs elsewhere; what drove it away may still be there.",
    "kubernetes.argo_roll_back": "Automated sync of `{subject}` is off until somebody turns it on.",
    "kubernetes.create_autoscaler": "The autoscaler `{subject}` stands in no declaration yet.",
    "kubernetes.restore_secret": "Whatever declares `{subject}` may write its values again.",
    "kubernetes.patch": "Whatever declares `{subject}` may set it back at its next run.",
    "git.prepare_revert": "The revert of `{subject}` is a branch until people have merged it.",
    "manual.do": "What was done by hand in `{subject}` stands in no declaration yet.",
    "": "`{subject}` differs from what is declared for it.",
}
"""What about a change does not last, by its kind."""


def temporary(one: Attempt) -> str:
    """Say what about a change does not last; empty when nothing of it stays."""
    operation = one.proposal.operation
    if one.result != "done" or (one.undo is not None and one.undo.result == "done"):
        return ""
    if operation.kind == "kubernetes.roll_back":
        return f"The next release of `{operation.name}` may bring the failing revision back."
    if operation.kind == "kubernetes.restart":
        return f"The restart cleared the state of `{operation.name}`, which may build up again."
    if operation.kind == "kubernetes.scale":
        now, before = operation.replicas, operation.from_replicas
        return f"`{operation.name}` runs {now} replicas instead of {before}."
    return _STAYS.get(operation.kind, _STAYS[""]).format(subject=operation.subject)


def _due(case: Case, priority: str) -> str:
    end = case.facts.closed_at or case.events[-1].at
    return f"{end + timedelta(days=DAYS[priority]):%Y-%m-%d}"


def _addressed(kind: str, factors: tuple[Factor, ...]) -> tuple[str, ...]:
    about = {
        "prevent": {"immediate", "underlying", "systemic"},
        "detect": {"detection"},
        "mitigate": {"response", "systemic"},
        "process": {"response"},
    }[kind]
    return tuple(factor.id for factor in factors if factor.kind in about)


def _todos(case: Case) -> Iterator[Todo]:
    yield from (_undoing(one) for one in case.tried if temporary(one))
    yield from _by_theme(case)
    yield from _detection(case)
    yield from _process(case)


def _undoing(one: Attempt) -> Todo:
    """Return the item that makes a temporary change permanent, or takes it back."""
    operation, name = one.proposal.operation, one.proposal.id
    if operation.kind == "kubernetes.roll_back":
        return Todo(
            "prevent",
            "P1",
            f"Release a corrected revision of `{operation.name}` in place of the rollback ({name})",
            f"a newer revision of `{operation.name}` has run for 24 h with its error ratio"
            " below the limit",
            name,
        )
    if operation.kind == "kubernetes.restart":
        return Todo(
            "prevent",
            "P1",
            f"Bound what built up in `{operation.name}` until the restart ({name})",
            f"a load test holds `{operation.name}` at the load of the onset for 1 h without errors",
            name,
        )
    if operation.kind != "kubernetes.scale":
        return Todo(
            "prevent",
            "P1",
            f"Make what was done to `{operation.subject}` permanent, or needless ({name})",
            f"a rehearsal of this failure ends well without `{operation.as_text()}`",
            name,
        )
    return Todo(
        "mitigate",
        "P2",
        f"Return `{operation.name}` to {operation.from_replicas} replicas,"
        f" or make {operation.replicas} the declared number ({name})",
        f"the manifest of `{operation.name}` and the cluster show the same number of replicas",
        name,
    )


def _by_theme(case: Case) -> Iterator[Todo]:
    name = case.trigger.deployment if case.trigger else case.service
    theme = case.cause.theme if case.cause else "unknown"
    alert = case.incident.alert.name
    for remedy in REMEDIES[theme]:
        yield Todo(*[part.format(name=name, alert=alert) for part in remedy])


def _detection(case: Case) -> Iterator[Todo]:
    ttd = case.facts.duration("ttd").seconds
    if ttd is not None and ttd > _LATE:
        yield Todo(
            "detect",
            "P2",
            f"Halve the time that `{case.incident.alert.name}` needs to fire, now {span(ttd)}",
            f"in a rehearsal of this failure the alert fires within {span(ttd / 2)} of the onset",
        )


def _process(case: Case) -> Iterator[Todo]:
    for seen in case.evidence.values():
        if seen.status in {"unreachable", "refused", "unknown", "denied"}:
            yield Todo(
                "process",
                "P3",
                f"Restore the reading of `{seen.operation_text}` ({seen.id}: {seen.status})",
                "the same operation in a rehearsal brings back evidence with status ok",
            )
    for one in case.tried:
        step = f"`{one.proposal.mitigation}` of `{one.proposal.runbook}`"
        if one.held is False:
            yield Todo(
                "process",
                "P2",
                f"Correct the runbook: say when step {step} does not help",
                f"a drill of `{one.proposal.runbook}` passes after {case.events[-1].at:%Y-%m-%d}",
            )
        if one.decided == "expired":
            yield Todo(
                "process",
                "P2",
                f"Add an approver who can be reached: {one.proposal.id} expired undecided",
                "in a drill a request is decided before it expires",
            )
