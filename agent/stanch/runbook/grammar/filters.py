"""The grammar of filters: what may stand after a pipe, and with which flags.

Filters run in this process, on the text of an answer. A parameter may stand in a pattern
or in a string of a program, where its value means only itself.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import filter_columns, filter_lines, filter_scripts, slots
from stanch.runbook.grammar.filter_arguments import refuse
from stanch.runbook.model import FilterTemplate, Joined, ParamRef
from stanch.runbook.words import Word
from stanch.tools.filters import FILTERS, ProgramError

_Reader = Callable[[str, tuple[Word, ...]], dict[str, Any]]

_READERS: Final[Mapping[str, tuple[str, _Reader]]] = MappingProxyType(
    {
        "grep": ("grep", filter_lines.grep),
        "egrep": ("grep", filter_lines.grep),
        "fgrep": ("grep", filter_lines.grep),
        "head": ("head", filter_lines.head),
        "tail": ("tail", filter_lines.tail),
        "uniq": ("uniq", filter_lines.uniq),
        "wc": ("wc", filter_lines.wc),
        "tac": ("tac", filter_lines.bare),
        "rev": ("rev", filter_lines.bare),
        "cat": ("cat", filter_lines.bare),
        "sort": ("sort", filter_columns.sort),
        "cut": ("cut", filter_columns.cut),
        "tr": ("tr", filter_columns.tr),
        "column": ("column", filter_columns.column),
        "paste": ("paste", filter_columns.paste),
        "sed": ("sed", filter_scripts.sed),
        "awk": ("awk", filter_scripts.awk),
        "gawk": ("awk", filter_scripts.awk),
        "mawk": ("awk", filter_scripts.awk),
        "jq": ("jq", filter_scripts.jq),
        "base64": ("base64", filter_scripts.base64),
        "python": ("json.tool", filter_scripts.json_tool),
        "python3": ("json.tool", filter_scripts.json_tool),
    }
)
_RUNS: Final = "runs a command for what it reads"
_SHOWS: Final = "shows text on a screen"
_REFUSED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "xargs": (_RUNS, "Write one command for each object, with a parameter."),
        "parallel": (_RUNS, "Write one command for each object, with a parameter."),
        "sh": ("runs what it reads as a script", "Write the commands themselves."),
        "bash": ("runs what it reads as a script", "Write the commands themselves."),
        "tee": ("writes a file", "Leave it out: the answer is kept as evidence."),
        "less": (_SHOWS, "Leave it out: the whole answer is kept as evidence."),
        "more": (_SHOWS, "Leave it out: the whole answer is kept as evidence."),
        "watch": ("never ends", "Leave it out."),
        "while": ("is a loop of a shell", "Write one command for each object."),
        "nl": ("numbers pages", "Write: grep -n ''"),
        "yq": ("is many programs", "Ask for JSON and use jq."),
        "perl": ("runs programs", "Use awk, sed or jq."),
        "kubectl": ("carries out what it reads", "Write the change as a command of its own."),
        "oc": ("carries out what it reads", "Write the change as a command of its own."),
        "openssl": (
            "reads a certificate that is not kept as text here",
            "Leave it out: the answer of s_client names the certificate's subject and issuer.",
        ),
        "sudo": ("runs a command as another user", "Filters run without it."),
    }
)
_NUMBER: Final = "7"
_TEXT: Final = "a-0"


def read(words: tuple[Word, ...]) -> FilterTemplate:
    """Return the filter that `words` ask for, the program first.

    Raises:
        RefusedError: it is no filter that runs in this process, or a flag is not allowed.
    """
    if not words:
        refuse("Nothing stands after the pipe.", "Remove the pipe.")
    program = slots.literal(words[0], "The name of a filter")
    program = program.removeprefix("/usr").removeprefix("/bin/")
    found = _READERS.get(program)
    if found is None:
        why, remedy = _REFUSED.get(program, ("is not a filter", ""))
        known = ", ".join(sorted(_READERS.keys() - {"egrep", "fgrep", "gawk", "mawk", "python"}))
        refuse(f"'{program}' {why}.", remedy or f"Filters are: {known}.")
    kind, reader = found
    template = FilterTemplate(kind=kind, fields=reader(program, words[1:]))
    _try(template, program)
    return template


def _try(template: FilterTemplate, program: str) -> None:
    """Make sure that the filter can be made, whatever its parameters will be."""
    try:
        FILTERS[template.kind].model_validate(_sampled(template.fields))
    except ValidationError as error:
        _refuse(error, program)


def _refuse(error: ValidationError, program: str) -> NoReturn:
    first = error.errors(include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ProgramError):
        message = f"{program}: {cause}."
        raise RefusedError("RB032", message, remedy=cause.remedy) from error
    where = ".".join(str(part) for part in first["loc"])
    raise RefusedError(
        "RB032", f"{program}: {where}: {first['msg']}.", remedy="Correct the value."
    ) from error


def _sampled(value: object, name: str = "") -> Any:
    """Return `value` with something typical in the place of each parameter."""
    match value:
        case ParamRef() | Joined():
            return _TEXT if name in {"text", "value"} else _NUMBER
        case dict():
            return {key: _sampled(item, key) for key, item in value.items()}
        case list() | tuple():
            return [_sampled(item, name) for item in value]
        case _:
            return value
