"""One operation's dealings with a cluster: requests as one identity under one deadline."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from stanch.tools.clients.cap import Cap
from stanch.tools.clients.kubernetes.door import Door, LostError, NotSentError, TooLargeError
from stanch.tools.clients.kubernetes.kinds import EVENTS, Kind
from stanch.tools.clients.kubernetes.objects import cleaned, moment_of
from stanch.tools.clients.kubernetes.requests import Answer, NotFoundError, Request, refusal
from stanch.tools.clients.patience import (
    Deadline,
    NoAnswerError,
    PassingError,
    persist,
    seconds_asked,
)
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError, TargetUnreachableError

Result = TypeVar("Result")

_PAGE = 100
_MOST_EVENTS = 10_000
_THREADS = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """What one operation asks of one cluster, as one identity."""

    door: Door
    deadline: Deadline
    stop: threading.Event

    def read(self, request: Request) -> Answer:
        """Send a request that changes nothing, again if need be, and return the good answer.

        Raises:
            TargetUnreachableError: the server could not be reached, or gave no answer.
            OperationRefusedError: the server said no.
        """
        return persist(lambda: self._read_once(request), self.deadline, stop=self.stop)

    def change(self, request: Request) -> Answer:
        """Send a request that changes something, and return the answer if the server decided.

        It is sent again only while it never left. An answer in the 500s decides nothing:
        a gateway gives it, or a server that broke in the middle of the work.

        Raises:
            TargetUnreachableError: the server could not be reached; nothing was sent.
            OutcomeUnknownError: it was sent, and may have run.
        """
        return persist(lambda: self._change_once(request), self.deadline, stop=self.stop)

    def get(self, kind: Kind, namespace: str | None, name: str) -> dict[str, Any]:
        """Return one object as the API has it.

        Raises:
            NotFoundError: there is none.
        """
        return self.read_json(Request(verb="get", kind=kind, namespace=namespace, name=name))

    def find(self, kind: Kind, namespace: str | None, name: str) -> dict[str, Any] | None:
        """Return one object as the API has it; None when there is none."""
        try:
            return self.get(kind, namespace, name)
        except NotFoundError:
            return None

    def items(
        self, kind: Kind, namespace: str | None, *, labels: str = "", fields: str = "", cap: Cap
    ) -> Iterator[dict[str, Any]]:
        """Yield the objects of a collection, page by page and only as far as taken.

        They are cleaned, and have their `kind` and `apiVersion`.
        When the server forgets the list on the way (it does after some minutes), `cap` is
        marked as truncated.
        """
        query = {"limit": str(_PAGE)}
        query |= {"labelSelector": labels} if labels else {}
        query |= {"fieldSelector": fields} if fields else {}
        while True:
            request = Request(verb="list", kind=kind, namespace=namespace, query=query)
            try:
                page = self.read_json(request)
            except NotFoundError:
                raise
            except OperationRefusedError:
                if "continue" not in query:
                    raise
                cap.truncated = True
                return
            yield from (
                _typed(cleaned(item, kind.plural), kind) for item in page.get("items") or []
            )
            token = page.get("metadata", {}).get("continue")
            if not token:
                return
            query = {**query, "continue": token}

    def events(self, namespace: str | None, fields: str, cap: Cap) -> list[dict[str, Any]]:
        """Return the events that the field selector picks, the newest last; the oldest are cut."""
        found: list[dict[str, Any]] = []
        for event in self.items(EVENTS, namespace, fields=fields, cap=cap):
            if len(found) == _MOST_EVENTS:
                cap.truncated = True
                break
            found.append(event)
        found.sort(key=moment_of, reverse=True)
        was, cap.truncated = cap.truncated, False
        kept = cap.first(found)[::-1]
        cap.truncated = cap.truncated or was
        return kept

    def side_by_side(self, *tasks: Callable[[], Result]) -> list[Result]:
        """Run `tasks` in threads and return their results in order; the first error is raised."""
        return side_by_side(tasks)

    def read_json(self, request: Request) -> dict[str, Any]:
        """Return the object that the server answers to a request that changes nothing."""
        answer = self.read(request)
        try:
            return answer.json()
        except ValueError as error:
            raise NoAnswerError(
                f"What the server answered about {request.thing} is no JSON object. "
                f"Is {self.door.who} the address of an API server?"
            ) from error

    def _read_once(self, request: Request) -> Answer:
        try:
            answer = self.door.send(request, self.deadline)
        except NotSentError as error:
            raise PassingError(_unreachable(error)) from error
        except LostError as error:
            raise PassingError(
                NoAnswerError(f"The cluster gave no answer about {request.thing}: {error}.")
            ) from error
        except TooLargeError as error:
            raise OperationRefusedError(
                f"The answer about {request.thing} is over {request.most} bytes. "
                "Narrow the selection."
            ) from error
        if answer.good:
            return answer
        refused = refusal(answer, request, self.door.who)
        if answer.status == 429 or answer.status >= 500:
            raise PassingError(refused, seconds_asked(answer.headers.get("Retry-After")))
        raise refused

    def _change_once(self, request: Request) -> Answer:
        dry = "dryRun" in request.query
        try:
            answer = self.door.send(request, self.deadline)
        except NotSentError as error:
            raise PassingError(_unreachable(error)) from error
        except (LostError, TooLargeError) as error:
            raise _undecided(request, str(error) or "its answer is too large", dry=dry) from error
        if answer.status >= 500:
            raise _undecided(request, f"{answer.status}, {answer.words}", dry=dry)
        return answer


def side_by_side(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run `tasks` in threads and return their results in order; the first error is raised."""
    if len(tasks) == 1:
        return [tasks[0]()]
    with ThreadPoolExecutor(max_workers=max(min(len(tasks), _THREADS), 1)) as threads:
        return [future.result() for future in [threads.submit(task) for task in tasks]]


def _typed(thing: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Return the object of a list with its type, which the API leaves out in lists."""
    return {"apiVersion": kind.api_version, "kind": kind.name, **thing} if kind.name else thing


def _unreachable(error: NotSentError) -> TargetUnreachableError:
    return TargetUnreachableError(f"The cluster cannot be reached at {error}.")


def _undecided(request: Request, why: str, *, dry: bool) -> NoAnswerError | OutcomeUnknownError:
    what = {"create": "creation", "delete": "deletion"}.get(request.verb, request.verb)
    if dry:
        return NoAnswerError(f"The dry run of the {what} of {request.thing} gave no answer: {why}.")
    return OutcomeUnknownError(
        f"The {what} of {request.thing} was sent, and whether it ran is not known: {why}."
    )
