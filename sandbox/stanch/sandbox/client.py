"""How other processes talk to a running sandbox: over its control endpoint."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from stanch.sandbox.errors import NotUpError, SandboxError
from stanch.sandbox.home import Home, Running, not_up

TIMEOUT = 180.0


def running(home: Home) -> Running:
    """Return how to reach the sandbox of `home`, which has answered just now.

    Raises:
        NotUpError: there is none, or its process is gone.
        SandboxError: the state file cannot be read.
    """
    state = home.read()
    if state is None:
        raise not_up(home)
    ask(home, "/status")
    return state


def ask(home: Home, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Send one request to the control endpoint and return its answer; a `body` makes it a POST.

    Raises:
        NotUpError: nobody answers, or somebody else does.
        SandboxError: the sandbox refused.
    """
    state = home.read()
    if state is None:
        raise not_up(home)
    address = urlsplit(state.control_url)
    connection = http.client.HTTPConnection(
        address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT
    )
    headers = {"Authorization": f"Bearer {home.read_token()}", "Connection": "close"}
    try:
        text = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, text, headers)
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _gone(home, state) from error
    finally:
        connection.close()
    if response.status == 401:
        raise _gone(home, state)
    return _content(content, response.status)


def _content(content: bytes, status: int) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise SandboxError(
            f"the sandbox answered {status} and nothing readable",
            remedy="See log.txt in its home.",
        )
    if status != 200:
        raise SandboxError(str(data.get("error")), remedy=str(data.get("remedy")))
    return data


def _gone(home: Home, state: Running) -> NotUpError:
    return NotUpError(
        f"the sandbox of {home.folder} (process {state.pid}) does not answer",
        remedy=f"Start it anew with `stanch-sandbox up`; its last words are in {home.log}.",
    )
