"""The chat model: an OpenAI-compatible server behind the two questions of a reasoner.

Address, key and model name come from the settings. Nothing it says is used before
`Menu.flaw` or `Writing.flaw` found nothing wrong; stanch.roles.team falls back to the rules.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.nap import sleep_using_event

from stanch.incident import Claim
from stanch.roles.answers import (
    choice_schema,
    read_choice,
    read_sections,
    writing_schema,
)
from stanch.roles.budget import Budget
from stanch.roles.dialect import Dialect
from stanch.roles.endpoint import Endpoint, Limits
from stanch.roles.errors import (
    ModelAnswerError,
    ModelBudgetError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from stanch.roles.menu import Choice, Menu, Writing
from stanch.roles.prompting import choice_messages, writing_messages
from stanch.roles.reasoner import Answer, Cost
from stanch.roles.wire import Completion, read_completion

if TYPE_CHECKING:
    from stanch.roles.exchange import Exchange, Question

_LETTERS_PER_TOKEN = 3
"""Fewer than in English prose, so that a guess is rather too high."""


class ChatModel:
    """Asks one model of one server, within the budget of one incident."""

    def __init__(
        self,
        endpoint: Endpoint,
        budget: Budget,
        *,
        limits: Limits | None = None,
        prompts: Path | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Remember whom to ask; nothing is sent and nothing is imported yet.

        `prompts` is a folder that replaces the bundled one; `stop` ends a wait between two
        attempts.
        """
        self._endpoint = endpoint
        self._budget = budget
        self._limits = limits or Limits()
        self._prompts = prompts
        self._stop = stop or threading.Event()
        self._dialect = Dialect()

    @property
    def name(self) -> str:
        """The model's name, as the server knows it."""
        return self._endpoint.model

    def choose(self, menu: Menu) -> Choice:
        """Choose from `menu`.

        Raises:
            ModelError: no usable answer came.
        """
        return self.ask(menu).value

    def write(self, writings: Sequence[Writing]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the sections that were written and may stand; the others are left out.

        Raises:
            ModelError: no usable answer came.
        """
        found = self.compose(writings).value
        return {
            one.section: found[one.section]
            for one in writings
            if one.section in found and one.flaw(found[one.section]) is None
        }

    def ask(self, menu: Menu) -> Answer[Choice]:
        """Ask for a choice from `menu`, which is checked against the menu.

        Raises:
            ModelError: no usable answer came.
        """
        messages = choice_messages(menu, self._prompts)
        content, cost = self._converse(messages, choice_schema(menu))
        choice = read_choice(content, f"model:{self.name}", self.redact)
        if flaw := menu.flaw(choice):
            raise ModelAnswerError(f"the answer cannot stand: {flaw}")
        return Answer(choice, cost)

    def compose(self, writings: Sequence[Writing]) -> Answer[Mapping[str, tuple[Claim, ...]]]:
        """Ask for the sections of one role; what comes is well formed and not yet judged.

        Raises:
            ModelError: no usable answer came.
        """
        if not writings:
            return Answer({}, Cost())
        messages = writing_messages(writings, self._prompts)
        content, cost = self._converse(messages, writing_schema(writings))
        return Answer(read_sections(content, writings, self.redact), cost)

    def redact(self, text: str) -> str:
        """Return `text` without the API key."""
        return self._endpoint.redact(text)

    def _converse(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> tuple[str, Cost]:
        """Return the content of one answer and its cost, which the budget has paid."""
        # The package takes half a second to import, which a run without a model never pays.
        from stanch.roles.exchange import Exchange, Question  # noqa: PLC0415

        guess = sum(len(one["content"]) for one in messages) // _LETTERS_PER_TOKEN
        self._budget.require(guess + self._limits.max_output_tokens)
        exchange = Exchange(self._endpoint)
        most = self._limits.max_output_tokens
        question = Question(messages=messages, schema=schema, max_tokens=most)
        began = time.monotonic()
        completion: Completion | None = None
        try:
            completion = self._persist(exchange, question, began + self._budget.seconds_left)
        finally:
            cost = _cost(completion, guess, time.monotonic() - began)
            self._budget.charge(cost)
        return completion.text(), cost

    def _persist(self, exchange: "Exchange", question: "Question", ends: float) -> Completion:
        """Ask until an answer comes, the attempts are used up, or the time is."""

        def give_up(state: RetryCallState) -> bool:
            return (
                state.attempt_number >= self._limits.attempts
                or state.upcoming_sleep > self._limits.pause_seconds
                or time.monotonic() + state.upcoming_sleep >= ends
            )

        retrying = Retrying(
            retry=retry_if_exception_type(ModelUnavailableError),
            stop=give_up,
            wait=_pause,
            sleep=sleep_using_event(self._stop),
            reraise=True,
        )
        return retrying(self._adapt, exchange, question, ends)

    def _adapt(self, exchange: "Exchange", question: "Question", ends: float) -> Completion:
        """Ask once, in the dialect that the server turns out to understand."""
        while True:
            seconds = min(self._limits.call_seconds, ends - time.monotonic())
            if seconds <= 0:
                raise ModelBudgetError("the time that this incident may wait for the model is over")
            if self._stop.is_set():
                raise ModelTimeoutError("stanch was told to stop while it waited for the model")
            try:
                return read_completion(exchange.send(question, self._dialect, seconds=seconds))
            except ModelRequestError as error:
                easier = self._dialect.easier(str(error), error.param)
                if easier is None:
                    # The next question starts from the best dialect again: this one may
                    # have been refused for another reason than its form.
                    self._dialect = Dialect()
                    raise
                self._dialect = easier


def _pause(state: RetryCallState) -> float:
    """Return the seconds before the next attempt: the server's wish, else 0.5, 1, 2, ..."""
    error = state.outcome.exception() if state.outcome else None
    wish = error.retry_after if isinstance(error, ModelUnavailableError) else None
    return wish if wish is not None else min(0.5 * 2 ** (state.attempt_number - 1), 8.0)


def _cost(completion: Completion | None, guess: int, seconds: float) -> Cost:
    counted_in = completion.tokens_in if completion else None
    counted_out = completion.tokens_out if completion else None
    written = len((completion.content if completion else None) or "") // _LETTERS_PER_TOKEN
    return Cost(
        seconds=seconds,
        tokens_in=guess if counted_in is None else counted_in,
        tokens_out=written if counted_out is None else counted_out,
    )
