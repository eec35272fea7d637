"""Matching: which runbooks an alert leads to, and why.

What an alert says of itself decides: its labels, then the runbook that its annotation
runbook_url names, then the service that it is about. Whose words it only shares is a
suggestion: see stanch.runbook.match_words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from stanch.runbook import match_labels
from stanch.runbook.match_words import by_words
from stanch.runbook.model import AlertMatch, Runbook

Way: TypeAlias = Literal["labels", "runbook_url", "service", "words"]
"""By what a runbook was found."""

WAYS: Final[tuple[Way, ...]] = ("labels", "runbook_url", "service", "words")
"""The ways, the surest first."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_OF_SERVICE: Final = ("service", "app", "app_kubernetes_io_name", "deployment")
_URL: Final = "runbook_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A runbook that fits an alert, and by what."""

    runbook: Runbook
    why: str
    """What agreed: labels as `name=value`, then what else speaks for it."""
    specificity: int
    """How many labels agreed: more of them fit fewer alerts."""
    way: Way = "labels"
    exact: int = 0
    """How many labels agreed with their one value, and not with a pattern."""
    score: float = 0.0
    """How well the words fit; 0 where they were not looked at."""
    rank: int = 1
    """Its place, from 1; runbooks that fit equally well have the same."""
    tie: bool = False
    """Whether another runbook fits equally well, so that the order says nothing."""

    @property
    def sure(self) -> bool:
        """Whether the alert itself leads here; a mere suggestion never starts anything."""
        return self.way != "words"


def match(
    runbooks: Iterable[Runbook],
    labels: Mapping[str, str],
    annotations: Mapping[str, str] = _NOTHING,
) -> tuple[Match, ...]:
    """Return all runbooks that an alert leads to, the best first.

    A runbook fits when all labels and matchers of one of its alerts hold, when the
    alert's runbook_url is one of its own or ends with its name, or when it is about the
    service that the alert is about. Those that fit equally well share a rank, and come in
    the order of their names.
    """
    found = [one for runbook in runbooks if (one := _found(runbook, labels, annotations))]
    return _ranked(found, first=1)


def suggestions(
    runbooks: Iterable[Runbook],
    labels: Mapping[str, str],
    annotations: Mapping[str, str] = _NOTHING,
) -> tuple[Match, ...]:
    """Return what `match` does not find but whose words the alert shares, the best first.

    They are for people to choose from, and none of them is `sure`.
    """
    every = tuple(runbooks)
    sure = match(every, labels, annotations)
    taken = {one.runbook.name for one in sure}
    found = [
        Match(runbook=runbook, why=why, specificity=0, way="words", score=score)
        for runbook, score, why in by_words(every, labels, annotations)
        if runbook.name not in taken
    ]
    return _ranked(found, first=len(sure) + 1)


def ranking(
    runbooks: Iterable[Runbook],
    labels: Mapping[str, str],
    annotations: Mapping[str, str] = _NOTHING,
) -> tuple[Match, ...]:
    """Return what `match` finds, and after it the `suggestions`, for people to look at."""
    every = tuple(runbooks)
    return match(every, labels, annotations) + suggestions(every, labels, annotations)


def _found(
    runbook: Runbook, labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Match | None:
    best = _best(runbook, labels)
    reasons: list[tuple[Way, str]] = []
    if best is not None:
        reasons.append(("labels", match_labels.why(best, labels)))
    if (url := annotations.get(_URL, "")) and _names(url, runbook):
        reasons.append(("runbook_url", f"runbook_url {url[:200]}"))
    if of := _service(runbook, labels):
        reasons.append(("service", of))
    if not reasons:
        return None
    specificity, exact = (0, 0) if best is None else match_labels.exactness(best)
    return Match(
        runbook=runbook,
        why="; ".join(why for _, why in reasons),
        specificity=specificity,
        exact=exact,
        way=reasons[0][0],
        # What else speaks for it breaks a tie, and is said in `why`.
        score=sum(1 / 2 ** WAYS.index(way) for way, _ in reasons[1:]),
    )


def _best(runbook: Runbook, labels: Mapping[str, str]) -> AlertMatch | None:
    fitting = [alert for alert in runbook.alerts if match_labels.fits(alert, labels)]
    return max(fitting, key=match_labels.exactness, default=None)


def _names(url: str, runbook: Runbook) -> bool:
    """Return whether `url` is one of the runbook's, or its path ends with the name of it."""
    if any(_same(url, own) for own in runbook.runbook_urls):
        return True
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        return False
    path = path.removesuffix(".html").removesuffix(".md")
    return f"{path}/".endswith(f"/{runbook.name}/")


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _service(runbook: Runbook, labels: Mapping[str, str]) -> str:
    """Return the label that says that the alert is about the runbook's service, if one does."""
    if not runbook.service:
        return ""
    named = (name for name in _OF_SERVICE if labels.get(name) == runbook.service)
    name = next(named, None)
    return "" if name is None else f"{name}={runbook.service} is the runbook's service"


def _ranked(found: Iterable[Match], *, first: int) -> tuple[Match, ...]:
    """Return `found` in order, those that fit equally well with the same rank."""
    ordered = sorted(found, key=lambda one: (_merit(one), one.runbook.name))
    merits = [_merit(one) for one in ordered]
    return tuple(
        replace(one, rank=first + merits.index(merit), tie=merits.count(merit) > 1)
        for one, merit in zip(ordered, merits, strict=True)
    )


def _merit(one: Match) -> tuple[int, int, int, float]:
    """Return how well a runbook fits; the smallest fits best."""
    return (WAYS.index(one.way), -one.specificity, -one.exact, -round(one.score, 6))
