"""Names: whether a program that calls a service by its name finds it.

The resolver's pods, its Corefile, the Services and the number of questions decide; who puts
any of them right has cured it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from stanch.sandbox.cluster.pods import is_ready
from stanch.sandbox.shop import names_asked, names_corefile
from stanch.sandbox.shop.influence import Broken, Influence
from stanch.sandbox.shop.names_asked import ASKING, KINDS, Asked
from stanch.sandbox.shop.names_metrics import Counted, Questions, rules
from stanch.sandbox.shop.names_objects import ADDRESS, LABELS, RESOLVER, SERVICE, SPACE, ZONE
from stanch.sandbox.shop.part import Part
from stanch.sandbox.shop.ports_metrics import MONITORING
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stanch.sandbox.shop.series import Series, SeriesStore
    from stanch.sandbox.shop.shop import Shop

QUESTIONS_PER_POD = 300.0
"""Questions per second that one pod of the resolver can answer."""
_TICK = 5.0
_MOST_LINES = 3
_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class _Answer:
    """What becomes of one name: how many questions find nothing, and what the caller sees."""

    missed: int
    """Tries that are answered with NXDOMAIN."""
    found: bool
    leads: str = ""
    """The wrong address that it leads to; empty when it leads where it should."""


class Names(Part, Influence):
    """The law of names, and what the resolver measures."""

    name = "names"

    def __init__(self, shop: "Shop", *, seed: int) -> None:
        self._shop = shop
        self._chance = random.Random(f"names {seed}")  # noqa: S311  # log lines, not secrets
        self._broken: dict[tuple[str, str], Broken] = {}
        self._counted = Counted()

    @override
    def influences(self) -> tuple[Influence, ...]:
        """Return itself: it is the law."""
        return (self,)

    @override
    def begin(self, at: float) -> None:
        """Let every program ask for the names that it calls."""
        store = self._shop.cluster.store
        pods = sorted(self._pods())
        calls = names_asked.rates(self._shop.load())
        every = (*names_asked.asked(store), *names_asked.probed())
        wanted = [(one, self._answer(one)) for one in every]
        questions = Questions()
        for one, answer in wanted:
            rate = calls.get((one.caller, one.service), 0.0) * ASKING * KINDS
            # A program that found nothing waits a little before it asks again.
            questions.missing += rate * answer.missed * (1.0 if answer.found else _PATIENCE)
            questions.found += rate * answer.found
        room = QUESTIONS_PER_POD * len(pods)
        questions.lost = max(0.0, 1 - room / questions.all) if pods and questions.all else 0.0
        self._broken = {}
        for one, answer in wanted:
            broken = self._seen(one, answer, pods=bool(pods), lost=questions.lost)
            if broken is not None:
                self._broken[one.caller, one.service] = broken
        self._counted.add(pods, questions, seconds=_TICK)
        self._write(questions, at)

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        """Return how calls by name fail; requests from outside need no name of the cluster."""
        return self._broken.get((caller, service))

    def _pods(self) -> Iterator[tuple[str, str]]:
        """Yield name and UID of the pods that answer questions."""
        store = self._shop.cluster.store
        if store.find("services", SPACE, SERVICE) is None:
            return
        for pod in store.list("pods", SPACE, labels=LABELS):
            node = pod["spec"].get("nodeName", "")
            going = "deletionTimestamp" in pod["metadata"]
            if is_ready(pod) and not going and not self._shop.machines.is_gone(node):
                yield pod["metadata"]["name"], pod["metadata"]["uid"]

    def _answer(self, one: Asked) -> _Answer:
        """Follow one name through the search list, as the resolver is configured now."""
        store = self._shop.cluster.store
        config = store.find("configmaps", SPACE, RESOLVER) or {}
        corefile = names_corefile.read(config.get("data", {}).get("Corefile", ""))
        for index, tried in enumerate(one.tries):
            if address := corefile.fixed.get(tried):
                service = store.find("services", NAMESPACE, one.service)
                own = service is not None and service["spec"].get("clusterIP") == address
                return _Answer(index, True, "" if own else address)
            name = corefile.renamed.get(tried, tried)
            if not corefile.serves(name) or not name.endswith(f".svc.{ZONE}"):
                continue
            service_name, _, space = name.removesuffix(f".svc.{ZONE}").partition(".")
            if store.find("services", space, service_name) is not None:
                right = (service_name, space) == (one.service, NAMESPACE)
                return _Answer(index, True, "" if right else "another service")
        return _Answer(len(one.tries), False)

    def _seen(self, one: Asked, answer: _Answer, *, pods: bool, lost: float) -> Broken | None:
        """Return what the caller sees, or None when it finds the service."""
        where = f"{one.service}: dial tcp: lookup {one.host}"
        asking = 1.0 if one.caller == MONITORING else ASKING
        if not pods:
            return Broken(asking, 0.02, f"{where}: Temporary failure in name resolution", 502)
        if not answer.found:
            return Broken(asking, 0.02, f"{where} on {ADDRESS}:53: no such host", 502)
        if answer.leads:
            text = f"{one.service}: dial tcp {answer.leads}:8080: i/o timeout"
            return Broken(asking, 3.0, text, 504)
        if lost:
            text = f"{where} on {ADDRESS}:53: server misbehaving"
            return Broken(asking * lost, 4.0, text, 502)
        return None

    def _write(self, questions: Questions, at: float) -> None:
        """Let the resolver say what it failed to answer."""
        if not questions.lost:
            return
        for name, uid in sorted(self._pods())[:1]:
            for _ in range(_MOST_LINES):
                service = self._chance.choice(sorted(SERVICES))
                full = f"{service}.{NAMESPACE}.svc.{ZONE}"
                moment = at - self._chance.random() * _TICK
                line = (
                    f"[ERROR] plugin/errors: 2 {full}. A: "
                    f"concurrent queries exceeded maximum 1000 ({name})"
                )
                self._shop.cluster.logs.write(uid, RESOLVER, line, at=moment)

    @override
    def scrape(self, store: "SeriesStore", at: float) -> "Iterable[tuple[Series, float]]":
        """Return what the resolver's pods count."""
        present = self._shop.cluster.store.list("pods", SPACE, labels=LABELS)
        names = [pod["metadata"]["name"] for pod in present]
        alive = {name for name, _ in self._pods()}
        yield from self._counted.samples(store, names, alive)

    @override
    def rules(self) -> tuple[Rule, ...]:
        """Return the alert rules about the resolver."""
        return rules()
