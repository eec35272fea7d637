"""Looking: independent reads run side by side, and each becomes a piece of evidence."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from stanch.clock import Clock
from stanch.executor.clients import Clients
from stanch.executor.printed import SHOWN, printed, told
from stanch.executor.redact import Redactor
from stanch.incident import Actor, Evidence
from stanch.incident.event import EventType
from stanch.policy import Policy, judge
from stanch.store import Entry, Store
from stanch.tools.errors import TargetUnreachableError, ToolError
from stanch.tools.filters import Filter
from stanch.tools.operations import Operation, digest_of
from stanch.tools.outcome import Outcome
from stanch.tools.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One read that is wanted: which step, by which role, what."""

    step: str
    role: str
    operation: Operation
    view: View | None = None
    """The format in which the answer is printed for the filters; the usual one without."""
    filters: tuple[Filter, ...] = ()
    """What the printed answer goes through; the whole answer is kept beside the result."""
    unfit: str = ""
    """Why it is not run, though it is wanted: the evidence says so."""

    @property
    def printed(self) -> bool:
        """Whether the answer is also wanted as text."""
        return self.view is not None or bool(self.filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: Literal["ok", "refused", "unreachable"]
    outcome: Outcome | None
    text: str


class Observer:
    """Runs reads for one incident and records what they brought back."""

    def __init__(
        self,
        *,
        store: Store,
        clients: Clients,
        policy: Policy,
        clock: Clock,
        secrets: Sequence[str],
        at_once: int = 32,
    ) -> None:
        self._at_once = at_once
        self._store = store
        self._clients = clients
        self._policy = policy
        self._clock = clock
        self._secrets = secrets

    def observe(
        self, incident: str, phase: str, requests: Sequence[Request], *, look: int
    ) -> dict[str, Evidence]:
        """Run the reads that this `look` has not run yet; return evidence by step name.

        A read that was begun and not recorded before a crash is simply run again: it
        changes nothing. Never raises because of a target: what could not be looked at
        becomes evidence that says so.
        """
        have = self._store.records.collected(incident, look=look)
        todo = [request for request in requests if request.step not in have]
        if todo:
            self._run(incident, phase, todo, look)
            have = self._store.records.collected(incident, look=look)
        items = self._store.records.evidence(incident)
        return {r.step: items[have[r.step]] for r in requests if r.step in have}

    def glance(self, operations: Sequence[Operation]) -> tuple[Outcome | None, ...]:
        """Run reads side by side without recording them; None where there was no answer."""
        for operation in operations:
            if judge(self._policy, operation, approved=frozenset()).answer != "allow":
                raise PermissionError(f"{operation.kind} is no read")
        if not operations:
            return ()
        with ThreadPoolExecutor(min(len(operations), self._at_once)) as pool:
            answers = tuple(pool.map(self._ask, operations))
        return tuple(answer.outcome for answer in answers)

    def glimpse(self, incident: str, requests: Sequence[Request]) -> dict[str, Evidence]:
        """Run reads side by side and return their evidence by step, without recording it.

        What policy denies is left out.
        """
        allowed = [one for one in requests if self.denial(one) is None]
        found: dict[str, Evidence] = {}
        if allowed:
            with ThreadPoolExecutor(min(len(allowed), self._at_once)) as pool:
                answers = pool.map(self._ask, (one.operation for one in allowed))
                for request, answer in zip(allowed, answers, strict=True):
                    found[request.step] = self._draft(incident, request, answer)
        return found

    def _run(self, incident: str, phase: str, todo: Sequence[Request], look: int) -> None:
        entries, allowed, denied = [], [], []
        for request in todo:
            reason = self.denial(request)
            if reason is None:
                allowed.append(request)
                entries.append(self._entry(incident, phase, request, "step.started", {}))
            else:
                said = _Answer(status="refused", outcome=None, text=f"not looked at: {reason}")
                denied.append((request, said))
                told_why = {"reason": reason}
                entries.append(self._entry(incident, phase, request, "step.denied", told_why))
        self._store.journal.append(*entries)
        if denied:
            self._record(incident, phase, denied, look)
        if not allowed:
            return
        with ThreadPoolExecutor(min(len(allowed), self._at_once)) as pool:
            running: dict[Future[_Answer], Request] = {
                pool.submit(self._ask, request.operation): request for request in allowed
            }
            left = set(running)
            while left:
                # All that is back by now is recorded at once, with one sync of the disk.
                back, left = wait(left, return_when=FIRST_COMPLETED)
                answered = [(running[one], one.result()) for one in running if one in back]
                self._record(incident, phase, answered, look)

    def denial(self, request: Request) -> str | None:
        """Return why a read is not run; it is written down all the same (INV-21)."""
        if request.unfit:
            return request.unfit
        if not self._policy.reads.decode and any(one.decodes for one in request.filters):
            return "the policy does not allow to decode what was read (reads.decode)"
        verdict = judge(self._policy, request.operation, approved=frozenset())
        return None if verdict.answer == "allow" else verdict.reason

    def _ask(self, operation: Operation) -> _Answer:
        try:
            outcome = self._clients.observe(operation)
        except TargetUnreachableError as error:
            return _Answer(status="unreachable", outcome=None, text=error.advice)
        except ToolError as error:
            return _Answer(status="refused", outcome=None, text=error.advice)
        return _Answer(status="ok", outcome=outcome, text=outcome.text)

    def _record(
        self, incident: str, phase: str, answered: Sequence[tuple[Request, _Answer]], look: int
    ) -> None:
        """Write what came back as evidence, all of it in one transaction."""
        drafts = [self._draft(incident, request, answer) for request, answer in answered]
        with self._store.database.write() as connection:
            first = self._store.records.next_evidence(connection, incident)
            items = [
                draft.model_copy(update={"id": f"E-{number:03d}"})
                for number, draft in enumerate(drafts, first)
            ]
            self._store.records.add_evidence(connection, items, look=look)
            entries = [
                self._entry(incident, phase, request, "step.finished", _told(item))
                for (request, _), item in zip(answered, items, strict=True)
            ]
            last = self._store.journal.add(connection, entries)
        self._store.journal.mark(last)

    def _draft(self, incident: str, request: Request, answer: _Answer) -> Evidence:
        """Return the evidence, redacted; its number is given when it is written."""
        redactor = Redactor(self._secrets)
        outcome = answer.outcome
        data = redactor.data(outcome.data) if outcome else {}
        text = redactor.text(answer.text)
        now = self._clock.now()
        if outcome and request.printed:
            # Made of what is already redacted, so that no filter can bring a secret back.
            shown = printed(request.operation.kind, data, request.view, request.filters, now=now)
            data, text = {**data, SHOWN: shown}, f"{text}; {told(shown)}"
        return Evidence(
            id="E-000",
            incident=incident,
            step=request.step,
            role=request.role,
            operation=request.operation.model_dump(mode="json"),
            operation_text=request.operation.as_text(),
            status=answer.status,
            data=data,
            text=text,
            collected_at=now,
            duration=outcome.duration if outcome else 0.0,
            truncated=outcome.truncated if outcome else False,
            redactions=redactor.count,
            sha256=digest_of(data),
        )

    def _entry(
        self,
        incident: str,
        phase: str,
        request: Request,
        kind: EventType,
        more: Mapping[str, object],
    ) -> Entry:
        return Entry(
            at=self._clock.now(),
            incident=incident,
            actor=Actor(kind="agent", id=request.role),
            phase=phase,
            type=kind,
            data={
                "step": request.step,
                "role": request.role,
                "operation": request.operation.kind,
                "digest": request.operation.digest,
                "text": request.operation.as_text(),
                "effect": request.operation.effect.word,
                **more,
            },
        )


def _told(item: Evidence) -> dict[str, object]:
    """Return what the journal says of a piece of evidence."""
    return {
        "evidence": item.id,
        "sha256": item.sha256,
        "record_sha256": digest_of(item.model_dump(mode="json")),
        "status": item.status,
        "result": item.text,
        "duration": round(item.duration, 4),
    }
