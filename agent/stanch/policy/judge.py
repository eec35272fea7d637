"""The judgement of one operation: pure, and no by default."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stanch.incident import Needs
from stanch.policy.conditions import ConditionError, holds
from stanch.policy.environment import PLACES, Environment, Rule, effect_of, places
from stanch.policy.limits import beyond
from stanch.policy.model import Policy
from stanch.policy.reads import fits_any, forbidden_read
from stanch.policy.situation import Situation, Verdict
from stanch.tools.operations import Effect, Operation
from stanch.tools.operations.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A change as it is judged: its kind, its worst, and what it touches."""

    kind: str
    effect: Effect
    reach: Reach

    def facts(self, situation: Situation) -> dict[str, Any]:
        """Return what conditions may read."""
        reach = self.reach
        change = {
            "kind": self.kind,
            "effect": self.effect.word,
            "thing": reach.thing,
            "things": list(reach.things),
            "part": reach.part or "",
            "count": reach.count,
            "sizes": {one.name: one.after for one in reach.sizes},
            "before": {one.name: one.before for one in reach.sizes if one.before is not None},
            "reversible": situation.reversible,
            "role": situation.role,
            **{place: getattr(reach, place) or "" for place in PLACES},
        }
        labels = dict(situation.labels)
        return {
            "change": change,
            "incident": {"severity": situation.severity or "", "labels": labels},
        }


def judge(
    policy: Policy,
    operation: Operation,
    *,
    approved: AbstractSet[str],
    situation: Situation | None = None,
) -> Verdict:
    """Judge `operation`, given the digests of the operations that people have approved.

    A change is judged in its situation; without one, and without a rule, it is denied.
    """
    if operation.effect is Effect.OBSERVE:
        if reason := forbidden_read(policy.reads, operation):
            return Verdict("deny", reason, "reads")
        return Verdict("allow", "it only reads", "reads")
    if situation is None:
        return Verdict("deny", "nothing is known of the incident that it is for")
    try:
        reach = operation.reach
    except AssertionError as error:
        return Verdict("deny", str(error))
    asked = Asked(kind=operation.kind, effect=operation.effect, reach=reach)
    verdict = judge_change(policy, asked, situation)
    if verdict.answer == "ask" and operation.digest in approved:
        return Verdict(
            "allow", "people approved exactly this operation", verdict.rule, verdict.needs
        )
    return verdict


def judge_change(policy: Policy, asked: Asked, situation: Situation) -> Verdict:
    """Judge a change by what it touches; deny wins, and what no rule allows is denied."""
    if reason := _forbidden(policy, asked.reach):
        return Verdict("deny", reason, "forbidden")
    home = _environment(policy, asked.reach, situation)
    if isinstance(home, Verdict):
        return home
    try:
        return _judged(policy, home, asked, situation)
    except ConditionError as error:
        return Verdict("deny", f"a condition of the policy cannot be computed: {error}", _at(home))


def _judged(policy: Policy, home: Environment, asked: Asked, situation: Situation) -> Verdict:
    facts = asked.facts(situation)
    for number, rule in enumerate(home.deny):
        if _fits(rule, asked, facts, any_thing=True):
            return Verdict("deny", f"{home.name}: {rule.reason}", _at(home, "deny", number))
    allowed = _first(home.allow, asked, facts)
    # The way back was approved with the change; only what forbids is asked again.
    if allowed is None and not situation.undoing:
        return Verdict(
            "deny",
            f"no rule of {home.name} allows {asked.kind} of {asked.reach.thing}",
            _at(home, "allow"),
        )
    glass = _glass(policy, situation)
    lifted = False
    closed = _closed(home, situation) or _unrehearsed(home, asked, situation)
    if wrong := _ceiling(home, asked, situation) or closed:
        if not glass or asked.effect > effect_of(policy.break_glass.ceiling):
            hint = f"; {_who_breaks(policy)}" if not glass else ""
            return Verdict("deny", wrong.reason + hint, wrong.rule)
        lifted = True
    if situation.undoing:
        return Verdict("ask", "it is the way back", _at(home))
    if reason := beyond(home.limits, asked.reach, situation):
        return Verdict("deny", f"{home.name}: {reason}", _at(home, "limits"))
    if reason := _too_often(home, situation):
        return Verdict("deny", reason, _at(home, "rate"))
    itself = None if lifted else _by_itself(home, asked, facts, situation)
    return _asked(policy, home, asked, situation, lifted=lifted, itself=itself)


def _asked(
    policy: Policy,
    home: Environment,
    asked: Asked,
    situation: Situation,
    *,
    lifted: bool,
    itself: int | None,
) -> Verdict:
    """Return whose yes it needs."""
    names, quorum, four_eyes, minutes = home.approval.ask(asked.effect, situation.severity)
    people = policy.people(names)
    if four_eyes:
        people = tuple(one for one in people if one != situation.requester)
    rule = _at(home, "approval") if itself is None else _at(home, "autonomy", itself)
    needs = Needs(
        environment=home.name,
        approvers=people,
        quorum=quorum,
        four_eyes=four_eyes,
        expires_minutes=minutes,
        rule=rule,
        glass=lifted,
        by_itself=itself is not None,
    )
    if itself is not None:
        return Verdict("allow", f"{home.name} lets it be made without asking", rule, needs)
    if len(people) < quorum:
        who = ", ".join(people) or "nobody"
        return Verdict(
            "deny",
            f"{home.name} needs {quorum} to approve it, and only {who} may: list approvers",
            rule,
        )
    return Verdict("ask", "it changes the target", rule, needs)


def _forbidden(policy: Policy, reach: Reach) -> str | None:
    where = policy.forbidden.where
    for place, name in places(reach).items():
        if fits_any(where.patterns(place), name):
            return f"the policy forbids changes in the {place} {name}"
    for thing in reach.affected:
        if fits_any(policy.forbidden.things, thing):
            return f"the policy forbids changes of {thing}"
    return None


def _environment(policy: Policy, reach: Reach, situation: Situation) -> Environment | Verdict:
    """Return the first environment that names every place of the change."""
    where = places(reach)
    if not where:
        return Verdict("deny", f"nobody knows where {reach.thing} is", "environments")
    for one in policy.environments:
        labels = situation.labels
        if all(fits_any(one.where.patterns(place), name) for place, name in where.items()) and all(
            label in labels and fits_any((pattern,), labels[label])
            for label, pattern in one.where.labels.items()
        ):
            return one
    named = " and ".join(f"the {place} {name}" for place, name in where.items())
    return Verdict("deny", f"no environment of the policy lists {named}", "environments")


def _fits(rule: Rule, asked: Asked, facts: Mapping[str, Any], *, any_thing: bool = False) -> bool:
    """Say whether a rule is about the change: about all its things, or about any it affects."""
    reach = asked.reach
    if any_thing:
        named = any(fits_any(rule.things, thing) for thing in reach.affected)
    else:
        named = all(fits_any(rule.things, thing) for thing in reach.things)
    return (
        fits_any(rule.kinds, asked.kind)
        and named
        and (rule.when is None or holds(rule.when, facts))
    )


def _first(rules: tuple[Rule, ...], asked: Asked, facts: Mapping[str, Any]) -> int | None:
    return next((at for at, rule in enumerate(rules) if _fits(rule, asked, facts)), None)


def _ceiling(home: Environment, asked: Asked, situation: Situation) -> Verdict | None:
    own = home.roles.get(situation.role)
    if own is not None and asked.effect > effect_of(own):
        reason = f"its effect is {asked.effect.word}, and {home.name} lets {situation.role} {own}"
        return Verdict("deny", reason, _at(home, "roles", situation.role))
    if asked.effect > effect_of(home.ceiling):
        reason = f"its effect is {asked.effect.word}, above the ceiling of {home.name}"
        return Verdict("deny", reason, _at(home, "ceiling"))
    return None


def _closed(home: Environment, situation: Situation) -> Verdict | None:
    """Say why nothing may be changed at this moment, if so; the way back always may."""
    if situation.undoing:
        return None
    for number, freeze in enumerate(home.freezes):
        if freeze.starts <= situation.now < freeze.ends:
            reason = f"{home.name} is frozen until {freeze.ends:%Y-%m-%d %H:%M %Z}: {freeze.reason}"
            return Verdict("deny", reason, _at(home, "freezes", number))
    if home.windows and not any(one.holds(situation.now) for one in home.windows):
        return Verdict("deny", f"{home.name} has no window open now", _at(home, "windows"))
    return None


def _unrehearsed(home: Environment, asked: Asked, situation: Situation) -> Verdict | None:
    """Say that the change has not held where it has to be tried first, if so."""
    first = home.rehearsed
    if first is None or situation.undoing or situation.severity not in first.severities:
        return None
    since = situation.now - timedelta(hours=first.hours)
    held = {
        one.thing
        for one in situation.held
        if one.environment == first.environment and since <= one.at <= situation.now
    }
    missing = [thing for thing in asked.reach.things if thing not in held]
    if not missing:
        return None
    reason = (
        f"{home.name} wants {asked.kind} of {missing[0]} to have held in "
        f"{first.environment} within {first.hours:g} h first"
    )
    return Verdict("deny", reason, _at(home, "rehearsed"))


def _glass(policy: Policy, situation: Situation) -> bool:
    until = situation.glass_until
    listed = situation.glass_by in policy.people(policy.break_glass.people)
    return listed and until is not None and situation.now < until


def _who_breaks(policy: Policy) -> str:
    who = ", ".join(policy.people(policy.break_glass.people))
    return f"{who} may break the glass" if who else "the policy lets nobody break the glass"


def _too_often(home: Environment, situation: Situation) -> str | None:
    since = situation.now - timedelta(minutes=home.rate.minutes)
    count = sum(since < at <= situation.now for at in situation.recent)
    if count < home.rate.changes:
        return None
    return (
        f"{home.name}: the target was changed {count} times in {home.rate.minutes:g} minutes, "
        f"and {home.rate.changes} are the most"
    )


def _by_itself(
    home: Environment, asked: Asked, facts: Mapping[str, Any], situation: Situation
) -> int | None:
    """Return which rule lets it be made without asking; nothing final ever is."""
    if asked.effect > Effect.MUTATE or not situation.reversible:
        return None
    for at, rule in enumerate(home.autonomy):
        if situation.severity in rule.severities and _fits(rule, asked, facts):
            return at
    return None


def _at(home: Environment, *more: object) -> str:
    return ".".join(("environments", home.name, *(str(one) for one in more)))
