"""The grammars of curl and wget: a command line becomes one typed HTTP request.

A request that stanch has no way to send, such as one through a proxy, is typed as one for
a person. What writes or reads files, never ends, or carries options of its own is refused.
"""

import re
from collections.abc import Collection
from typing import Final, NoReturn

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import wget
from stanch.runbook.grammar.curl_options import OPTIONS
from stanch.runbook.grammar.http_data import add_data, add_form, add_header
from stanch.runbook.grammar.http_options import Given, Reader
from stanch.runbook.grammar.http_request import (
    by_hand,
    by_its_address,
    download,
    is_discarded,
    typed,
)
from stanch.runbook.grammar.http_url import Draft, read_url
from stanch.runbook.grammar.slots import literal, shown
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_READER: Final = Reader("curl", OPTIONS, equals=False)
_DATA: Final = frozenset(
    {"data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json"}
)
_METHOD: Final = re.compile(r"[A-Za-z]{3,16}")
_HEADERS: Final = {"user-agent": "User-Agent", "referer": "Referer", "range": "Range"}


class _Grammar:
    programs: Collection[str] = frozenset({"curl", "wget"})

    def read(self, program: str, words: tuple[Word, ...], around: Surroundings) -> Typed:
        return wget.read(words, around) if program == "wget" else _read(words, around)


def _read(words: tuple[Word, ...], around: Surroundings) -> Typed:
    given = _READER.read(words)
    urls = (*given.rest, *given.all("url"))
    if len(urls) != 1:
        _refuse("RB026", f"curl names {len(urls)} URLs, not one.", "Write one command for each.")
    if given.options == (("disable", ()),) and not urls:
        _refuse("RB026", "curl names no URL.", "Write: curl -s URL.")
    draft = Draft()
    read_url(urls[0], draft, around.params, globs=not given.on("globoff"))
    _add_headers(given, draft)
    _add_credentials(given, draft)
    _add_body(given, draft)
    if given.on("insecure"):
        draft.fields["insecure"] = True
    if given.on("location"):
        draft.fields["follow"] = True
    _check_write_out(given)
    discarded = [is_discarded(word) for word in given.all("output")]
    if (hook := by_its_address("curl", words, draft)) is not None:
        return hook
    kept = given.on("remote-name") or not all(discarded)
    if kept:
        return download("curl", words, draft)
    if given.manual:
        return by_hand("curl", words, draft, given.manual[0])
    return typed(draft)


def _add_headers(given: Given, draft: Draft) -> None:
    for word in given.all("header"):
        add_header(word, draft)
    for option, name in _HEADERS.items():
        for word in given.all(option):
            add_header((f"{name}: {'bytes=' if option == 'range' else ''}", *word), draft)
    for word in given.all("cookie"):
        if "=" not in shown(word):
            _refuse("RB035", "Cookies are read from a file.", "Write them as name=value.")
        draft.name_credential(word)
    for word in given.all("dump-header"):
        if not is_discarded(word):
            _refuse("RB035", "The headers are written to a file.", "Write -D -.")


def _add_credentials(given: Given, draft: Draft) -> None:
    for word in given.all("user"):
        if ":" not in shown(word) and all(isinstance(part, str) for part in word):
            _refuse("RB035", "curl would ask for a password.", "Write -u 'name:<password>'.")
        draft.name_credential(word)
    for word in given.all("oauth2-bearer"):
        draft.name_credential(word)


def _add_body(given: Given, draft: Draft) -> None:
    data = [(name, word) for name, word in given.options if name in _DATA]
    forms = [(name, word) for name, word in given.options if name in {"form", "form-string"}]
    to_query = given.on("get")
    has_body = add_data(data, draft, to_query=to_query) and not to_query
    add_data([pair for pair in given.options if pair[0] == "url-query"], draft, to_query=True)
    has_form = add_form(forms, draft)
    if has_body + has_form + given.on("head") > 1:
        _refuse("RB026", "curl is told two methods at once.", "Leave out -I, or the data.")
    method = "HEAD" if given.on("head") else ("POST" if has_body or has_form else "GET")
    for word in given.all("request"):
        asked = literal(word, "The method")
        if not _METHOD.fullmatch(asked):
            _refuse("RB035", f"'{asked}' is not a method.", "Write GET, HEAD or POST.")
        # A server may take another case for another method; the worst of both is kept.
        method = asked.upper()
    if method != "GET":
        draft.fields["method"] = method


def _check_write_out(given: Given) -> None:
    for word in given.all("write-out"):
        text = shown(word)
        if text.startswith("@") or "%output{" in text.replace(" ", "").lower():
            _refuse("RB035", "What curl says is read from or written to a file.", "Leave -w out.")
        if not isinstance(word[0], str):
            _refuse("RB027", "What curl says is a parameter.", "Write it out, or leave -w out.")


def _refuse(code: str, message: str, remedy: str) -> NoReturn:
    raise RefusedError(code, message, remedy=remedy)


GRAMMAR = _Grammar()
