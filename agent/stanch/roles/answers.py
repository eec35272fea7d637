"""The shape of a model's answers: stated as a JSON schema, and read back without trust.

What is read here is well formed; whether it may stand is decided by `Menu.flaw` and
`Writing.flaw`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stanch.incident import Claim
from stanch.roles.errors import ModelAnswerError
from stanch.roles.menu import Choice, Menu, Writing
from stanch.roles.plain import clipped
from stanch.roles.prose import tidy

Redact: TypeAlias = Callable[[str], str]

_MOST_IDS = 200


class _Reply(BaseModel):
    # A field too many is harmless; a field of another type is not an answer.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


_Ids: TypeAlias = Annotated[list[str], Field(max_length=_MOST_IDS)]


class _ChoiceReply(_Reply):
    chosen: _Ids
    why: str
    cites: _Ids


class _Sentence(_Reply):
    text: str
    cites: _Ids


class _Section(_Reply):
    section: str
    sentences: Annotated[list[_Sentence], Field(max_length=_MOST_IDS)]


class _SectionsReply(_Reply):
    sections: Annotated[list[_Section], Field(max_length=_MOST_IDS)]


ReplyT = TypeVar("ReplyT", bound=_Reply)


def choice_schema(menu: Menu) -> dict[str, Any]:
    """Return the JSON schema of an answer to `menu`, with its ids as the only values."""
    return _object(
        chosen=_ids(option.id for option in menu.options),
        why={"type": "string"},
        cites=_ids(fact.id for fact in menu.facts),
    )


def writing_schema(writings: Sequence[Writing]) -> dict[str, Any]:
    """Return the JSON schema of an answer to `writings`."""
    citable = sorted(frozenset().union(*(writing.citable for writing in writings)))
    sentence = _object(text={"type": "string"}, cites=_ids(citable))
    names = [writing.section for writing in writings]
    section = _object(
        section={"type": "string", "enum": names},
        sentences={"type": "array", "items": sentence},
    )
    return _object(sections={"type": "array", "items": section})


def read_choice(content: str, by: str, redact: Redact) -> Choice:
    """Read a choice from the `content` of a completion.

    Raises:
        ModelAnswerError: it does not have the shape of a choice.
    """
    reply = _read(_ChoiceReply, content)
    why = clipped(tidy(redact(reply.why)), 500)
    return Choice(chosen=tuple(reply.chosen), why=why, cites=_once(reply.cites), by=by)


def read_sections(
    content: str, writings: Sequence[Writing], redact: Redact
) -> dict[str, tuple[Claim, ...]]:
    """Read the sections that were asked for; leave out the others and the malformed.

    Raises:
        ModelAnswerError: it does not have the shape of sections, or names one twice.
    """
    wanted = {writing.section for writing in writings}
    found: dict[str, tuple[Claim, ...]] = {}
    for section in _read(_SectionsReply, content).sections:
        if section.section in found:
            raise ModelAnswerError("the answer writes a section twice")
        if section.section not in wanted:
            continue
        try:
            found[section.section] = tuple(
                Claim(text=tidy(redact(one.text)), cites=_once(one.cites))
                for one in section.sentences
            )
        except ValidationError:
            continue
    return found


def _read(shape: type[ReplyT], content: str) -> ReplyT:
    try:
        return shape.model_validate_json(_unfenced(content))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the answer"
        what = error.errors()[0]["msg"]
        raise ModelAnswerError(
            f"the answer is not of the asked shape: {clipped(where, 80)}: {clipped(what, 160)}"
        ) from error


def _unfenced(content: str) -> str:
    """Return what stands in the one code fence around `content`, where there is one."""
    text = content.strip()
    if not (text.startswith("```") and text.endswith("```") and "\n" in text):
        return text
    return text.split("\n", 1)[1].removesuffix("```")


def _once(cites: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cites))


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _ids(ids: Iterable[str]) -> dict[str, Any]:
    values = list(ids)
    # Servers refuse an empty enumeration, and a very long one.
    items = (
        {"type": "string", "enum": values} if 0 < len(values) <= _MOST_IDS else {"type": "string"}
    )
    return {"type": "array", "items": items}
