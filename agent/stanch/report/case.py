"""All that the wording of a post-mortem needs of an incident, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stanch.incident import Claim, Event, Evidence, Incident, Sign
from stanch.report.cause import MECHANISMS, Cause, cause, pick
from stanch.report.course import Attempt, attempts
from stanch.report.facts import Facts, facts
from stanch.report.impact import Harm, harm
from stanch.report.journal import in_order, of, text
from stanch.report.rollouts import Rollout
from stanch.report.timeline import recent, trigger_of
from stanch.report.words import filled, nameless, people, plain_or_quoted

_LONGEST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident, read from its journal and its evidence."""

    incident: Incident
    events: tuple[Event, ...]
    evidence: Mapping[str, Evidence]
    facts: Facts
    tried: tuple[Attempt, ...]
    harm: Harm
    cause: Cause | None
    trigger: Rollout | None
    recent: tuple[Rollout, ...]
    people: tuple[str, ...]

    @property
    def service(self) -> str:
        """The thing that the alert is about, as the alert or the parameters name it."""
        known = self.incident.alert.labels | self.incident.params
        host = known.get("instance", "").partition(":")[0]
        named = (known.get(name) for name in ("service", "deployment", "datname", "host"))
        return next((one for one in (*named, host) if one), self.incident.alert.name)

    @property
    def where(self) -> str:
        """The service with its namespace, in prose."""
        known = self.incident.alert.labels | self.incident.params
        namespace = known.get("namespace")
        return f"`{self.service}` in `{namespace}`" if namespace else f"`{self.service}`"

    @property
    def cure(self) -> Attempt | None:
        """The attempt whose checks held."""
        return next((one for one in self.tried if one.held), None)

    @property
    def owner(self) -> str:
        """The team that owns the first runbook, where the journal names it."""
        for event in of(self.events, "runbook.matched")[::-1]:
            for one in event.data.get("runbooks", ()):
                if text(one, "owner"):
                    return f"team {text(one, 'owner')}".replace("team team", "team")
        return "unassigned team"

    def sign(self, *names: str) -> Sign | None:
        """Return the first of these signs that holds for the accepted hypothesis."""
        return pick(self.cause.hypothesis.supporting, *names) if self.cause else None

    @property
    def mechanism(self) -> Sign | None:
        """The sign that says how it fails: a built-in one, or else one of the runbook's own."""
        found = self.sign(*MECHANISMS)
        if found is None and self.cause is not None:
            own = [one.name for one in self.cause.hypothesis.supporting if "#" in one.name]
            found = self.sign(*own)
        return found

    def say(self, sentence: str, *cites: str) -> Claim:
        """Return a claim of one line, without names of people, with its citations once each."""
        line = filled(" ".join(sentence.split()), self.incident.params)
        line = nameless(line, self.people)
        if len(line) > _LONGEST:
            line = line[: _LONGEST - 2].rsplit(" ", 1)[0] + " …"
        return Claim(text=line, cites=tuple(dict.fromkeys(c for c in cites if c)))

    def said(self, sign: Sign, *, event: str = "") -> Claim:
        """Return a sign's reading as a claim."""
        line = sentence(plain_or_quoted(sign.because))
        if event == "" and self.cause is not None:
            event = self.cause.weighed.id
        return self.say(line, *sign.evidence, event)


def read(incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence]) -> Case:
    """Read the incident from its journal and its evidence."""
    events = in_order(events)
    tried = attempts(events)
    return Case(
        incident=incident,
        events=events,
        evidence=evidence,
        facts=facts(incident, events, evidence),
        tried=tried,
        harm=harm(events, tried),
        cause=cause(events, tried),
        trigger=trigger_of(incident, events, evidence),
        recent=recent(incident, evidence),
        people=people(incident, events),
    )


def sentence(words: str) -> str:
    """Return the words with a full stop at the end; a name at the start keeps its case."""
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else words + "."
