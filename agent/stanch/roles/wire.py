"""Read a chat completion as it came over the wire, with the shape checked before use."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stanch.roles.errors import ModelAnswerError
from stanch.roles.plain import clipped, shown


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Message(_Wire):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Wire):
    finish_reason: str | None = None
    message: _Message


class _Body(_Wire):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: Any = None


class _Usage(_Wire):
    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The first choice of a chat completion."""

    content: str | None
    refusal: str | None
    finish: str | None
    tokens_in: int | None
    tokens_out: int | None
    """None where the server does not count, or counts nonsense."""

    def text(self) -> str:
        """Return the content of a completion that ended by itself.

        Raises:
            ModelAnswerError: it was cut short, refused or is empty.
        """
        if self.refusal:
            raise ModelAnswerError(f"the model refused: {clipped(shown(self.refusal), 120)}")
        if self.finish != "stop":
            reason = ascii((self.finish or "nothing")[:40])
            raise ModelAnswerError(f"the answer did not end by itself: finish_reason is {reason}")
        if not self.content or not self.content.strip():
            raise ModelAnswerError("the answer is empty")
        return self.content


def read_completion(body: str) -> Completion:
    """Read the `body` of an answer of /chat/completions.

    Raises:
        ModelAnswerError: it is no chat completion.
    """
    try:
        parsed = _Body.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the body"
        what = error.errors()[0]["msg"]
        raise ModelAnswerError(
            f"the server's answer is no chat completion: {where}: {clipped(what, 160)}"
        ) from error
    choice = parsed.choices[0]
    usage = _usage(parsed.usage)
    return Completion(
        content=choice.message.content,
        refusal=choice.message.refusal,
        finish=choice.finish_reason,
        tokens_in=usage.prompt_tokens if usage else None,
        tokens_out=usage.completion_tokens if usage else None,
    )


def _usage(value: object) -> _Usage | None:
    try:
        return _Usage.model_validate(value)
    except ValidationError:
        return None
