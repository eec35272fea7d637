"""Drafts: a pull request of GitHub, or a merge request of GitLab, for people to review.

It is opened as a draft, and nothing here can merge one. The branch that it is about is on
the remote already: where no draft can be opened, a person opens it.
"""

import contextlib
import json
import ssl
from typing import Any, Final
from urllib.parse import quote

from stanch.settings.targets import PullsSettings
from stanch.tools.clients.patience import Deadline
from stanch.tools.operations.git_acts import PrepareRevert

_MOST: Final = 256 * 1024


class NoDraftError(Exception):
    """No draft is known to be open; says why."""


def open_draft(settings: PullsSettings, change: PrepareRevert, deadline: Deadline) -> str:
    """Open a draft that asks to merge the branch of `change`; return a sentence with its URL.

    Raises:
        NoDraftError: the server refused, or gave no usable answer.
    """
    token = settings.token.get_secret_value()
    if settings.kind == "github":
        path = f"/repos/{settings.project}/pulls"
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Authorization": f"Bearer {token}",
        }
        asked: dict[str, Any] = {
            "title": change.title,
            "head": change.branch,
            "base": change.onto,
            "body": _body(change),
            "draft": True,
            "maintainer_can_modify": True,
        }
    else:
        path = f"/projects/{quote(settings.project, safe='')}/merge_requests"
        headers = {"PRIVATE-TOKEN": token}
        asked = {
            "title": f"Draft: {change.title}",
            "source_branch": change.branch,
            "target_branch": change.onto,
            "description": _body(change),
            "remove_source_branch": True,
        }
    answer = _post(settings, path, headers, asked, deadline)
    where = answer.get("html_url" if settings.kind == "github" else "web_url")
    if not isinstance(where, str) or not where.startswith(("https://", "http://")):
        raise NoDraftError("the server does not say where it is")
    if answer.get("draft") is not True:
        return f"a pull request was opened, which the server says is no draft: {where[:300]}"
    return f"a draft was opened: {where[:300]}"


def _body(change: PrepareRevert) -> str:
    side = ""
    if change.mainline is not None:
        side = f", keeping its parent {change.parents[change.mainline - 1][:10]}"
    return (
        f"This undoes {change.commit}{side} on `{change.onto}` as it was at {change.head}.\n\n"
        f"> {change.about}\n\n"
        "It was prepared by stanch, after a person had approved that it be prepared. It was "
        "not built and not tested: review it, let the checks run, and merge it or close it.\n\n"
        f"Stanch-Operation: {change.digest}\n"
    )


def _post(
    settings: PullsSettings,
    path: str,
    headers: dict[str, str],
    asked: dict[str, Any],
    deadline: Deadline,
) -> dict[str, Any]:
    import httpx2  # noqa: PLC0415 - the package costs start-up time

    try:
        trust = ssl.create_default_context(cafile=settings.ca.expanduser() if settings.ca else None)
    except OSError as error:
        raise NoDraftError(f"{settings.ca} cannot be read: {error.strerror}") from error
    body = bytearray()
    try:
        # Neither proxies nor redirects: the token goes where the settings say, and only once.
        with (
            httpx2.Client(
                transport=httpx2.HTTPTransport(verify=trust, trust_env=False),
                trust_env=False,
                follow_redirects=False,
                timeout=deadline.left,
            ) as client,
            client.stream(
                "POST",
                settings.url.rstrip("/") + path,
                headers={**headers, "Content-Type": "application/json", "User-Agent": "stanch"},
                content=json.dumps(asked).encode(),
                extensions={"trace": _watch(deadline)},
            ) as response,
        ):
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST or deadline.passed:
                    raise NoDraftError("the server's answer has no end")
    except httpx2.HTTPError as error:
        raise NoDraftError(f"no whole answer: {type(error).__name__}") from error
    if response.status_code != httpx2.codes.CREATED:
        raise NoDraftError(f"the server answered {response.status_code}{_said(bytes(body))}")
    try:
        answer = json.loads(bytes(body))
    except ValueError as error:
        raise NoDraftError("the server's answer is no JSON") from error
    return answer if isinstance(answer, dict) else {}


def _watch(deadline: Deadline) -> Any:
    """Return what has the connection cut off at the end of the time."""

    def watch(event: str, info: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            deadline.watch(info["return_value"].get_extra_info("socket"))

    return watch


def _said(body: bytes) -> str:
    with contextlib.suppress(ValueError):
        told = json.loads(body)
        if isinstance(told, dict) and isinstance(told.get("message"), str):
            return f": {told['message'][:200]}"
    return ""
