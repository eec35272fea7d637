"""The grammar of wget: one request whose answer is shown; whatever writes a file is not run."""

import re
from typing import Final

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.http_data import add_data, add_header
from stanch.runbook.grammar.http_options import Given, Reader, table
from stanch.runbook.grammar.http_request import (
    by_hand,
    by_its_address,
    download,
    is_discarded,
    typed,
)
from stanch.runbook.grammar.http_url import Draft, read_url
from stanch.runbook.grammar.slots import literal
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.words import Word

_OPTIONS: Final = table(
    (
        "drop",
        False,
        """
            -q|--quiet -nv|--no-verbose -v|--verbose -S|--server-response -4|--inet4-only
            --no-cookies -6|--inet6-only --no-cache --no-proxy --content-on-error --no-config
            --no-hsts -d|--debug --show-progress --no-dns-cache --no-http-keep-alive
            --retry-connrefused -nc|--no-clobber --https-only --auth-no-challenge
        """,
        "",
    ),
    (
        "drop",
        True,
        """
            -T|--timeout -t|--tries --connect-timeout --read-timeout --dns-timeout -w|--wait
            --waitretry --max-redirect --limit-rate --progress --secure-protocol --compression
            --retry-on-http-error
        """,
        "",
    ),
    ("keep", False, "--spider --no-check-certificate", ""),
    (
        "keep",
        True,
        """
            -O|--output-document --header -U|--user-agent --referer --post-data --body-data
            --method --user --password --http-user --http-password
        """,
        "",
    ),
    ("manual", True, "--bind-address --ca-certificate --ca-directory", "it has rules of its own"),
    ("refuse", True, "-e|--execute --config --use-askpass", "it runs what it is given"),
    ("refuse", True, "-i|--input-file --post-file --body-file --load-cookies", "it reads a file"),
    (
        "refuse",
        True,
        """
            -o|--output-file -a|--append-output -P|--directory-prefix --save-cookies --hsts-file
            --warc-file --rejected-log
        """,
        "it writes a file",
    ),
    (
        "refuse",
        False,
        """
            -r|--recursive -m|--mirror -p|--page-requisites -b|--background -c|--continue -k
            -N|--timestamping -x|--force-directories --content-disposition --ask-password
        """,
        "it writes files, or goes on by itself",
    ),
    (
        "refuse",
        True,
        "--certificate --private-key --proxy-user --proxy-password",
        "a credential is named in the settings, and not in a command",
    ),
)
_READER: Final = Reader("wget", _OPTIONS, equals=True)
_METHOD: Final = re.compile(r"[A-Za-z]{3,16}")


def read(words: tuple[Word, ...], around: Surroundings) -> Typed:
    """Return what wget is told as one request.

    Raises:
        RefusedError: it is not one request, or has effects on this machine.
    """
    given = _READER.read(words)
    if len(given.rest) != 1:
        raise RefusedError(
            "RB026",
            f"wget names {len(given.rest)} URLs, not one.",
            remedy="Write: wget -qO- URL.",
        )
    draft = Draft()
    read_url(given.rest[0], draft, around.params, globs=False)
    _add_options(given, draft)
    outputs = given.all("output-document")
    discarded = [is_discarded(word) for word in outputs]
    if (hook := by_its_address("wget", words, draft)) is not None:
        return hook
    # Even when wget only looks, it empties the file that it is told to write.
    if not all(discarded) or not (outputs or given.on("spider")):
        return download("wget", words, draft)
    if given.manual:
        return by_hand("wget", words, draft, given.manual[0])
    return typed(draft)


def _add_options(given: Given, draft: Draft) -> None:
    for word in given.all("header"):
        add_header(word, draft)
    for option, name in (("user-agent", "User-Agent"), ("referer", "Referer")):
        for word in given.all(option):
            add_header((f"{name}: ", *word), draft)
    for option in ("user", "http-user", "password", "http-password"):
        for word in given.all(option):
            draft.name_credential(word)
    _add_method(given, draft)
    if given.on("no-check-certificate"):
        draft.fields["insecure"] = True
    draft.fields["follow"] = True


def _add_method(given: Given, draft: Draft) -> None:
    data = [pair for pair in given.options if pair[0] in {"post-data", "body-data"}]
    has_body = add_data(data, draft, to_query=False)
    # wget asks with HEAD first and may go on with GET, so the wider one is kept.
    method = "POST" if has_body else "GET"
    for word in given.all("method"):
        asked = literal(word, "The method")
        if not _METHOD.fullmatch(asked):
            raise RefusedError(
                "RB035", f"'{asked}' is not a method.", remedy="Write GET, HEAD or POST."
            )
        method = asked.upper()
    if method != "GET":
        draft.fields["method"] = method
