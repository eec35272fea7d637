"""The law of the database: requests fare as the statements of the programs fare.

It also counts, in simulated time, how many requests failed by which of the server's codes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stanch.sandbox.database.load import Load
from stanch.sandbox.database.logins import STATEMENT_SECONDS
from stanch.sandbox.database.work import CLIENTS
from stanch.sandbox.shop.influence import Influence, Outcome
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import Route

NOTICED_SECONDS = 0.1
"""A statement that takes less does not make an answer slower."""


@dataclass(slots=True)
class DatabaseLaw(Influence):
    """What the sessions of the programs mean for the traffic."""

    load: Load
    errors: "Counter[tuple[str, str]]" = field(default_factory=Counter)
    """Failed requests by service and code."""

    def outcomes(self, pod: PodView, route: Route) -> Sequence[Outcome]:
        """Return the failures that the statements of a program mean for a route."""
        recent = self.load.recent(pod, route.path)
        failure = recent.failure if recent else None
        if recent is None or failure is None or not recent.share:
            return ()
        seconds = STATEMENT_SECONDS + 0.1 if failure.of_the_moment else 0.03
        return (Outcome(500, recent.share, seconds, failure.message),)

    def slowness(self, pod: PodView, route: Route) -> float:
        """Return how much slower a route is answered than usual."""
        recent = self.load.recent(pod, route.path)
        if recent is None or recent.seconds < NOTICED_SECONDS:
            return 1.0
        return 1 + recent.seconds / route.median_seconds

    def count(
        self,
        pods: Sequence[PodView],
        rates: Mapping[str, Mapping[str, float]],
        seconds: float,
    ) -> None:
        """Count the requests of the last `seconds` that failed by the database.

        `rates` are the requests per second of each pod, by its UID and by route.
        """
        for pod in pods:
            client = CLIENTS.get(pod.service)
            for task in client.tasks if client and pod.ready else ():
                recent = self.load.recent(pod, task.path)
                failure = recent.failure if recent else None
                if recent is None or failure is None or not recent.share:
                    continue
                requests = rates.get(pod.uid, {}).get(task.path, 0.0) * seconds
                self.errors[pod.service, failure.code] += max(1, round(requests * recent.share))
