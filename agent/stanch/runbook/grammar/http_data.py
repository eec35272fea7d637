"""Bodies: what the data options of curl and wget send, as one text or as fields of a form."""

import json
from collections.abc import Sequence
from typing import Any, Final, NoReturn
from urllib.parse import quote

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.http_url import Draft, add_pair, add_query, cut, slot
from stanch.runbook.grammar.slots import shown, strip
from stanch.runbook.model import ParamRef
from stanch.runbook.words import Word
from stanch.tools.operations.http_secrets import carries_credential, looks_like_credential

FORM: Final = "application/x-www-form-urlencoded"
_MARK: Final = "qzparamzq"
_NAMES: Final = ("name", "id", "ref", "type", "names", "ids")
_HOOK_KEYS: Final = frozenset({"routing_key", "service_key"})
"""Keys whose value lets whoever knows it call somebody out of bed."""
_FILE: Final = "A file of this machine is sent."
_WRITE_OUT: Final = "Write the text itself."


def add_header(word: Word, draft: Draft) -> None:
    """Add `Name: value` to the headers; one that holds a credential is only named.

    Raises:
        RefusedError: it is not a header, or stands in a file.
    """
    name, *value = cut(word, ":", most=1)
    if not value or len(name) != 1 or not isinstance(name[0], str) or name[0].startswith("@"):
        _refuse(f"'{_masked(word)}' is not a header.", "Write 'Name: value'.")
    text = strip(value[0])
    if text == ("",):
        return
    if carries_credential(name[0].strip()):
        draft.name_credential(text)
    elif looks_like_credential(shown(text)):
        _refuse(f"The header '{name[0].strip()}' holds a credential in clear.", "Leave it out.")
    else:
        draft.headers.append([name[0].strip(), slot(text)])


def add_data(given: Sequence[tuple[str, Word]], draft: Draft, *, to_query: bool) -> bool:
    """Put the data options into `draft`; return whether there were any.

    Raises:
        RefusedError: data come from a file, are a parameter as a whole, or hold a
            credential in clear.
    """
    pieces = [(name, _no_file(name, word)) for name, word in given]
    if not pieces:
        return False
    if to_query:
        for name, word in pieces:
            _add_to_query(name, word, draft)
        return True
    kinds = {name for name, _ in pieces}
    if "json" in kinds and kinds != {"json"}:
        _refuse("--json stands beside other data.", "Keep one of them.")
    body: list[str | ParamRef] = []
    for name, word in pieces:
        encoded = _encoded(word) if name == "data-urlencode" else word
        body += ["&"] if body and name != "json" else []
        body += encoded
    whole = _joined(body)
    _check_body(whole)
    draft.fields["body"] = slot(whole)
    _add_types(draft, "application/json" if kinds == {"json"} else FORM, accept=kinds == {"json"})
    return True


def add_form(given: Sequence[tuple[str, Word]], draft: Draft) -> bool:
    """Put fields of a multipart form into `draft`; return whether there were any.

    Raises:
        RefusedError: a field is a file, or holds a credential in clear.
    """
    fields: list[list[Any]] = []
    for option, word in given:
        name, *value = cut(word, "=", most=1)
        if not value or len(name) != 1 or not isinstance(name[0], str):
            _refuse(f"'{_masked(word)}' is not a field.", "Write name=value.")
        if option == "form" and (str(value[0][0])[:1] in {"@", "<"} or ";" in shown(value[0])):
            _refuse(_FILE, _WRITE_OUT)
        _check_secret(name[0], value[0])
        fields.append([name[0], slot(value[0])])
    if fields:
        draft.fields["form"] = fields
    return bool(fields)


def _no_file(name: str, word: Word) -> Word:
    first = word[0]
    if name in {"data-raw", "body-data", "post-data"}:
        return word
    if isinstance(first, str):
        equals, at = first.find("="), first.find("@")
        named = name in {"data-urlencode", "url-query"} and at > 0 and (equals < 0 or at < equals)
        if first.startswith("@") or named:
            _refuse(_FILE, _WRITE_OUT)
    return word


def _add_to_query(name: str, word: Word, draft: Draft) -> None:
    if name not in {"data-urlencode", "url-query"}:
        add_query(word, draft)
        return
    key, *value = cut(word, "=", most=1)
    if not value or len(key) != 1 or not isinstance(key[0], str) or not key[0]:
        _refuse(f"'{_masked(word)}' has no name.", "Write name=value.")
    add_pair(key[0], value[0], draft)


def _encoded(word: Word) -> Word:
    key, *value = cut(word, "=", most=1)
    sent = value[0] if value else key
    quoted = tuple(quote(part, safe="") if isinstance(part, str) else part for part in sent)
    return (*key, "=", *quoted) if value and key != ("",) else quoted


def _joined(parts: Sequence[str | ParamRef]) -> Word:
    whole: list[str | ParamRef] = []
    for part in parts:
        if isinstance(part, str) and whole and isinstance(whole[-1], str):
            whole[-1] += part
        elif part != "":
            whole.append(part)
    return tuple(whole) or ("",)


def _check_body(word: Word) -> None:
    if len(word) == 1 and isinstance(word[0], ParamRef):
        raise RefusedError(
            "RB027",
            f"The whole body is the parameter <{word[0].param}>: nobody can foresee what it asks.",
            remedy="Write the body, with a parameter for each value in it.",
        )
    if looks_like_credential(shown(word)):
        _refuse("The body holds a credential in clear.", "Declare a parameter for it.")
    loaded = _loaded(word)
    if loaded is not None:
        _check_json(loaded)
        return
    for pair in cut(word, "&"):
        key, *value = cut(pair, "=", most=1)
        if value and any(isinstance(part, ParamRef) for part in key):
            _refuse_key(shown(key))
        if value:
            _check_secret(shown(key), value[0])


def _loaded(word: Word) -> Any:
    """Return the body as JSON with marks for its parameters; None when it is not JSON."""
    for mark in (_MARK, "0"):
        text = "".join(part if isinstance(part, str) else mark for part in word)
        if text.lstrip()[:1] not in {"{", "["}:
            return None
        try:
            return json.loads(text)
        except ValueError:
            continue
    return None


def _check_json(value: Any) -> None:
    match value:
        case dict():
            for key, item in value.items():
                if _MARK in key:
                    _refuse_key(key.replace(_MARK, "<...>"))
                if isinstance(item, str) and _MARK not in item:
                    _check_secret(key, (item,))
                _check_json(item)
        case list():
            for item in value:
                _check_json(item)


def _check_secret(key: str, value: Word) -> None:
    literal = all(isinstance(part, str) for part in value) and value != ("",)
    if (
        literal
        and (carries_credential(key) or key.lower() in _HOOK_KEYS)
        and not key.lower().endswith(_NAMES)
    ):
        _refuse(f"'{key}' holds a credential in clear.", "Declare a parameter for it.")


def _add_types(draft: Draft, sent: str, *, accept: bool) -> None:
    named = {str(name).lower() for name, _ in draft.headers}
    if "content-type" not in named:
        draft.headers.append(["Content-Type", sent])
    if accept and "accept" not in named:
        draft.headers.append(["Accept", sent])


def _masked(word: Word) -> str:
    text = shown(word)
    return text if len(text) <= 20 else f"{text[:20]}..."


def _refuse_key(key: str) -> NoReturn:
    raise RefusedError(
        "RB027", f"A key of the body cannot be a parameter: '{key}'.", remedy="Write the key out."
    )


def _refuse(message: str, remedy: str) -> NoReturn:
    raise RefusedError("RB035", message, remedy=remedy)
