"""The team that the graph works with: a chat model where one helps, and the rules always.

Questions come from the graph, answers go back to it; what the model did or failed to do goes
to the journal through `record`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from stanch.incident import Claim
from stanch.roles.errors import ModelAnswerError, ModelError
from stanch.roles.menu import Choice, Menu, Writing
from stanch.roles.plain import clipped, shown
from stanch.roles.reasoner import Answer, Cost, Model, Reasoner
from stanch.roles.rules import Rules

Record: TypeAlias = Callable[[str, dict[str, Any]], None]
Sections: TypeAlias = Mapping[str, tuple[Claim, ...]]

PATIENCE = 3
"""Failures in a row after which the model is not asked again."""

T = TypeVar("T")


class Team:
    """Answers every question of one incident, and never fails because of the model.

    Questions to the model go one after the other, so that the budget and the order of the
    journal are exact. Only an error of `record` itself comes through to the caller.
    """

    def __init__(self, rules: Rules, model: Model | None, record: Record) -> None:
        self._rules: Reasoner = rules
        self._model = model
        self._record = record
        self._failures = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Who answers: the model's name, or the rules'."""
        return self._rules.name if self._model is None else f"model:{self._model.name}"

    def choose(self, menu: Menu) -> Choice:
        """Choose from `menu`: as the model says where its answer can stand, else by the rules."""
        if menu.settled:
            return self._rules.choose(menu)

        def ask(model: Model) -> Answer[Choice]:
            answer = model.ask(menu)
            if flaw := menu.flaw(answer.value):
                raise ModelAnswerError(f"the answer cannot stand: {flaw}")
            return answer

        with self._lock:
            answer = self._try(menu.role, menu.task, ask)
            if answer is None:
                return self._rules.choose(menu)
            choice = answer.value
            said = {"chosen": list(choice.chosen), "why": choice.why, "cites": list(choice.cites)}
            self._succeed(menu.role, menu.task, answer.cost, said)
            return choice

    def write(self, writings: Sequence[Writing]) -> Sections:
        """Return every section: the model's sentences where they can stand, else the drafts."""
        written = dict(self._rules.write(writings))
        asked: dict[str, list[Writing]] = {}
        for writing in writings:
            if writing.citable:
                asked.setdefault(writing.role, []).append(writing)
        with self._lock:
            for role, group in asked.items():
                written.update(self._compose(role, group))
        return written

    def _compose(self, role: str, group: list[Writing]) -> Sections:
        flaws: list[str] = []

        def ask(model: Model) -> Answer[Sections]:
            answer = model.compose(group)
            good: dict[str, tuple[Claim, ...]] = {}
            for writing in group:
                claims = writing.restored(tuple(answer.value.get(writing.section, ())))
                if flaw := writing.flaw(claims):
                    flaws.append(f"{writing.section}: {flaw}")
                else:
                    good[writing.section] = claims
            if not good:
                raise ModelAnswerError(f"no section can stand: {'; '.join(flaws)}")
            return Answer(good, answer.cost)

        answer = self._try(role, "write", ask)
        if answer is None:
            return {}
        said = {
            section: [one.model_dump(mode="json") for one in claims]
            for section, claims in answer.value.items()
        }
        self._succeed(role, "write", answer.cost, said)
        if flaws:
            self._note_fallback(role, "write", f"the drafts stand for {'; '.join(flaws)}")
        return answer.value

    def _try(self, role: str, task: str, ask: Callable[[Model], Answer[T]]) -> Answer[T] | None:
        """Return the model's answer, or None when it has none or is not asked any more."""
        model = self._model
        if model is None or self._failures >= PATIENCE:
            return None
        try:
            return ask(model)
        except ModelError as error:
            reason, final = str(error), error.final
        except Exception as error:  # noqa: BLE001 - no fault of a model may stop an incident
            reason, final = f"{type(error).__name__}: {error}", False
        self._fail(role, task, reason, final=final)
        return None

    def _succeed(self, role: str, task: str, cost: Cost, said: dict[str, Any]) -> None:
        self._failures = 0
        self._record(
            "model.used",
            {
                "role": role,
                "task": task,
                "model": self._model.name if self._model else "",
                "seconds": round(cost.seconds, 3),
                "tokens_in": cost.tokens_in,
                "tokens_out": cost.tokens_out,
                "answer": said,
            },
        )

    def _fail(self, role: str, task: str, reason: str, *, final: bool = False) -> None:
        self._failures = PATIENCE if final else self._failures + 1
        self._note_fallback(role, task, reason)
        if self._failures >= PATIENCE:
            why = "asking again cannot help" if final else f"it failed {PATIENCE} times in a row"
            text = (
                f"The model is not asked again in this incident: {why}. "
                "The rules decide and the drafts stand."
            )
            self._record("notice", {"text": text})

    def _note_fallback(self, role: str, task: str, reason: str) -> None:
        redacted = self._model.redact(reason) if self._model else reason
        text = clipped(shown(redacted), 400)
        self._record("model.fallback", {"role": role, "task": task, "reason": text})
