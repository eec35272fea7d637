"""Triage: how bad is it, which runbooks apply, and which target is meant."""

from typing import Any

from stanch.graph.context import COMMANDER, Context
from stanch.graph.state import State
from stanch.incident import Incident, Phase
from stanch.process import initial_severity, level
from stanch.roles import Fact, Menu, Option
from stanch.runbook.binding import BindingError, bind_params
from stanch.runbook.match import Match, match, suggestions

_MOST_NEAR = 3


def triage(context: Context, state: State) -> State:
    """Assess the severity and choose the candidates among the runbooks that match."""
    incident = context.store.records.incident(state["incident"])
    incident = context.enter(incident, Phase.TRIAGE, "an alert opened it", once="phase:triage")
    rank, rule = initial_severity(incident.alert.labels)
    incident = incident.model_copy(update={"severity": rank})
    matches, other = _same_target(incident, _matching(context, incident))
    chosen = _choose(context, incident, matches)
    incident = incident.model_copy(
        update={
            "runbooks": tuple(one.runbook.name for one in chosen),
            "params": _params(incident, chosen),
        }
    )
    severity = {"old": None, "new": rank, "label": level(rank).label, "rule": rule}
    matched = {
        "runbooks": [
            {
                "name": one.runbook.name,
                "title": one.runbook.title,
                "sha256": one.runbook.sha256,
                "owner": one.runbook.owner,
                "why": one.why,
            }
            for one in chosen
        ],
        "params": incident.params,
        "left_out": other,
    }
    incident = context.put(
        incident,
        [
            context.entry(incident, "severity.set", severity, once="severity"),
            context.entry(incident, "runbook.matched", matched, once="runbooks", actor=COMMANDER),
        ],
    )
    found = ("met", f"{len(chosen)} of {len(context.runbooks)} runbooks") if chosen else None
    passed = context.pass_gate(
        incident,
        Phase.TRIAGE,
        {
            "severity-assessed": ("met", f"{level(rank).label}: {rule}"),
            "commander-named": ("met", f"{incident.opened_by} opened it and commands it"),
        }
        | ({"runbook-found": found} if found else {}),
        once="1",
    )
    if not passed:
        none = (
            f"no runbook that matches can be used: {'; '.join(other)}"
            if other
            else f"no runbook matches the alert; {_nearest(context, incident)}"
        )
        return {"next": "hand_over", "reason": none}
    return {"next": "investigate", "look": 1, "attempt": 1, "tried": [], "reason": "matched"}


def _nearest(context: Context, incident: Incident) -> str:
    """Return what people may look at; shared words start nothing by themselves."""
    alert = incident.alert
    near = suggestions(context.runbooks, alert.labels, alert.annotations)[:_MOST_NEAR]
    if not near:
        return "`stanch runbook list` shows which alerts are known"
    return f"by its words, these may help: {', '.join(one.runbook.name for one in near)}"


def _matching(context: Context, incident: Incident) -> tuple[Match, ...]:
    alert = incident.alert
    return match(context.runbooks, alert.labels, alert.annotations)


def _choose(context: Context, incident: Incident, matches: tuple[Match, ...]) -> list[Match]:
    """Ask which of the matching runbooks to follow; by the rules, all of them."""
    if not matches:
        return []
    names = tuple(one.runbook.name for one in matches)
    menu = Menu(
        task="runbooks",
        role="commander",
        question="Which runbooks can explain this alert? Keep all that may.",
        options=tuple(
            Option(one.runbook.name, f"{one.runbook.title} ({one.why})", float(one.specificity))
            for one in matches
        ),
        facts=(Fact("ALERT", _alert(incident), trusted=False),),
        default=names,
        least=1,
        most=len(names),
    )
    choice = context.team(incident).choose(menu)
    kept = [one for one in matches if one.runbook.name in choice.chosen]
    facts = {"what": "runbooks", "chosen": [one.runbook.name for one in kept]}
    context.log(
        incident,
        "decision.made",
        facts | {"why": choice.why, "by": choice.by, "evidence": list(choice.cites)},
        once="decision:runbooks",
        actor=COMMANDER,
    )
    return kept


def _same_target(
    incident: Incident, matches: tuple[Match, ...]
) -> tuple[tuple[Match, ...], list[str]]:
    """Keep the runbooks that read the same target out of the alert as the best one does.

    Parameters are shared by name, so a runbook that takes its `namespace` from another
    label than the first one would be about another place.
    """
    values: dict[str, str] = {}
    kept, left_out = [], []
    for one in matches:
        try:
            bound = dict(_bound(incident, one))
        except BindingError as error:
            left_out.append(f"{one.runbook.name}: {error}")
            continue
        if any(values.get(name, value) != value for name, value in bound.items()):
            left_out.append(f"{one.runbook.name}: its parameters name another target")
            continue
        values |= bound
        kept.append(one)
    return tuple(kept), left_out


def _bound(incident: Incident, one: Match) -> dict[str, str]:
    given = {k: v for k, v in incident.params.items() if k in one.runbook.params}
    bound = bind_params(
        one.runbook,
        labels=incident.alert.labels,
        annotations=incident.alert.annotations,
        findings={},
        outputs={},
        given=given,
    )
    return dict(bound.values)


def _params(incident: Incident, chosen: list[Match]) -> dict[str, str]:
    """Return the parameters that are known already; those given by hand come first."""
    values: dict[str, str] = {}
    for one in chosen:
        values = _bound(incident, one) | values
    return values


def _alert(incident: Incident) -> str:
    alert: dict[str, Any] = {"labels": incident.alert.labels, "summary": incident.alert.summary}
    return f"{incident.title}: {alert}"
