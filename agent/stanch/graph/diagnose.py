"""Diagnose: the signs are read from the evidence, and the hypotheses weighed by them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from stanch.diagnosis.mind import turns
from stanch.diagnosis.own_signs import own_hypotheses, own_signs
from stanch.diagnosis.reading import Reading, SignSpec
from stanch.diagnosis.signs import SIGNS, read_signs
from stanch.diagnosis.view import View
from stanch.diagnosis.weigh import may_lead, weigh
from stanch.graph.context import COMMANDER, Context
from stanch.graph.looks import adopted, elsewhere, values
from stanch.graph.sight import answers, view
from stanch.graph.state import State
from stanch.incident import Evidence, Hypothesis, Incident, Phase, Sign, Status
from stanch.roles import Fact, Menu, Option
from stanch.runbook.model import HypothesisSpec, Runbook

_EXCERPT = 600
_MOST_TURNS = 3


def diagnose(context: Context, state: State) -> State:
    """Weigh every candidate's hypotheses together and say which one leads, if one does."""
    incident = context.store.records.incident(state["incident"])
    look = state["look"]
    items = context.store.records.evidence(incident.id)
    recent = _of_look(context, incident, items, look)
    specs = hypotheses(context, incident)
    names = sorted({name for spec in specs.values() for name in (*spec.supporting, *spec.opposing)})
    table = _table(context, incident, recent)
    read_now = read_signs(
        view(context, incident, recent), [name for name in names if name in table], table=table
    )
    weighed = weigh(specs, read_now, table=table)
    signs = tuple(read_now.values())
    weighed = _fill(context, incident, weighed)
    leading = next((one for one in weighed if one.state == "leading"), None)
    context.store.journal.append(
        context.entry(
            incident,
            "signs.read",
            {"signs": [sign.model_dump(mode="json") for sign in signs]},
            once=f"signs:{look}",
        ),
        context.entry(
            incident,
            "hypotheses.weighed",
            {
                "round": look,
                "hypotheses": [one.model_dump(mode="json") for one in weighed],
                "by": "rules",
                "turns": [one.says for one in turns(specs, read_now, table=table)[:_MOST_TURNS]],
            },
            once=f"hypotheses:{look}",
            actor=COMMANDER,
        ),
    )
    chosen = _choose(context, incident, weighed, leading, signs, recent, table, look)
    read = [item for item in recent if item.status == "ok"]
    unread = [item for item in recent if item.status != "ok"]
    passed = context.pass_gate(
        incident,
        Phase.INVESTIGATE,
        {
            "evidence-collected": ("met", f"{len(read)} reads") if read else ("missed", "none"),
            "all-steps-read": ("missed", f"not checked: {', '.join(i.step for i in unread)}")
            if unread
            else ("met", "all were read"),
            "leading-hypothesis": ("met", chosen.claim)
            if chosen
            else ("missed", "no cause stands out clearly enough from the others"),
        },
        once=str(look),
    )
    if not passed or chosen is None:
        return {"next": "hand_over", "leading": "", "reason": "no hypothesis leads"}
    incident = context.say(incident, Status.IDENTIFIED)
    after = _after(context, state, chosen, harmless=specs[chosen.id].harmless)
    people = "no runbook has a change for it that was not tried, so people go on"
    reason = f"{chosen.claim} ({people})" if after == "hand_over" else chosen.claim
    return {"next": after, "leading": chosen.id, "reason": reason}


def hypotheses(context: Context, incident: Incident) -> dict[str, HypothesisSpec]:
    """Return the hypotheses of all candidates by "runbook#name".

    That another target is well says nothing about the incident's own: a harmless hypothesis
    of a runbook that a neighbour's alert brought in is none, or it would close the incident.
    """
    found: dict[str, HypothesisSpec] = {}
    for runbook in context.candidates(incident):
        own = own_hypotheses(runbook)
        if adopted(incident, runbook):
            own = {name: one for name, one in own.items() if not one.harmless}
        if elsewhere(incident, runbook):
            own = {name: _aimed(runbook, one) for name, one in own.items()}
        found |= own
    return found


def _aimed(runbook: Runbook, spec: HypothesisSpec) -> HypothesisSpec:
    """Return the hypothesis with the built-in signs read for the runbook's own target."""

    def aimed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{runbook.name}@{name}" if name in SIGNS else name for name in names)

    return spec.model_copy(
        update={"supporting": aimed(spec.supporting), "opposing": aimed(spec.opposing)}
    )


def _table(context: Context, incident: Incident, items: Sequence[Evidence]) -> dict[str, SignSpec]:
    """Return the built-in signs and those that the candidates define themselves."""
    table = dict(SIGNS)
    seen = {item.step: item for item in items}
    for runbook in context.candidates(incident):
        own = own_signs(runbook, answers(context, incident, runbook, seen))
        if adopted(incident, runbook):
            there = view(context, incident, items, runbook)
            # Its own signs may name its parameters, whose values are its own, too.
            own = {
                name: replace(one, read=partial(_read_there, one, there))
                for name, one in own.items()
            }
            if elsewhere(incident, runbook):
                for name, sign in SIGNS.items():
                    key = f"{runbook.name}@{name}"
                    table[key] = replace(sign, name=key, read=partial(_read_there, sign, there))
        table |= own
    return table


def _read_there(sign: SignSpec, there: View, _: View) -> Reading:
    return sign.read(there)


def untried(context: Context, state: State, leading: str) -> list[str]:
    """Return the mitigations of the leading hypothesis that were not tried, best first."""
    name, _, hypothesis = leading.partition("#")
    runbook = context.runbook(name)
    if runbook is None or hypothesis not in runbook.hypotheses:
        return []
    every = (f"{name}#{step}" for step in runbook.hypotheses[hypothesis].mitigations)
    return [one for one in every if one not in state.get("tried", [])]


def _after(context: Context, state: State, chosen: Hypothesis, *, harmless: bool) -> str:
    if not chosen.mitigations:
        # Nothing to do is the end only where nothing is wrong; else people have to go on.
        return "resolve" if harmless else "hand_over"
    if untried(context, state, chosen.id):
        return "propose"
    return "hand_over"


def _of_look(
    context: Context, incident: Incident, items: dict[str, Evidence], look: int
) -> list[Evidence]:
    collected = context.store.records.collected(incident.id, look=look)
    return [items[name] for name in collected.values()]


def _fill(
    context: Context, incident: Incident, weighed: tuple[Hypothesis, ...]
) -> tuple[Hypothesis, ...]:
    """Put the targets' names into the claims, which are for reading only."""
    filled = []
    for one in weighed:
        claim = one.claim
        runbook = context.runbook(one.id.partition("#")[0])
        params = values(incident, runbook) if runbook is not None else {}
        for name, value in params.items():
            claim = claim.replace(f"<{name}>", value)
        filled.append(one.model_copy(update={"claim": claim}))
    return tuple(filled)


def _choose(
    context: Context,
    incident: Incident,
    weighed: tuple[Hypothesis, ...],
    leading: Hypothesis | None,
    signs: tuple[Sign, ...],
    items: list[Evidence],
    table: Mapping[str, SignSpec],
    look: int,
) -> Hypothesis | None:
    """Ask which hypothesis to act on; those that cannot lead are not on the menu."""
    specs = hypotheses(context, incident)
    open_ones = [one for one in weighed if may_lead(one, specs[one.id], table=table)]
    if not open_ones:
        return None
    menu = Menu(
        task="hypothesis",
        role="commander",
        question="Which hypothesis does the evidence support? Choose none when none stands out.",
        options=tuple(Option(one.id, one.claim, one.score) for one in open_ones),
        facts=(
            *(Fact(f"S:{s.name}", f"{_word(s)}: {s.because}", trusted=True) for s in signs),
            *(Fact(i.id, f"{i.step}: {i.text[:_EXCERPT]}", trusted=False) for i in items),
        ),
        default=(leading.id,) if leading else (),
        least=0,
        most=1,
    )
    choice = context.team(incident).choose(menu)
    chosen = next((one for one in open_ones if one.id in choice.chosen), None)
    context.log(
        incident,
        "decision.made",
        {
            "what": "hypothesis",
            "chosen": [chosen.id] if chosen else [],
            "why": choice.why,
            "by": choice.by,
            "evidence": list(chosen.evidence) if chosen else [],
        },
        once=f"decision:hypothesis:{look}",
        actor=COMMANDER,
    )
    return chosen


def _word(sign: Sign) -> str:
    return {True: "holds", False: "does not hold", None: "unknown"}[sign.holds]
