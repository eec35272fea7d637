"""A chat model server that follows a script: real HTTP on loopback, any misbehaviour on cue.

It speaks /v1/chat/completions and /v1/models, answers one turn of the script per question,
and keeps every request, so that a test can look at what was sent.
"""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests.services.web_server import WebServer

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def system(self) -> str:
        """The text of the system message."""
        return self._text("system")

    @property
    def user(self) -> str:
        """The text of the user message."""
        return self._text("user")

    def block(self, title: str) -> list[Json]:
        """Return the data lines of the block whose first line ends with `title`."""
        lines = self.user.splitlines()
        found = [at for at, line in enumerate(lines) if line.endswith(f"begin: {title}>>")]
        if not found:
            return []
        start = found[0] + 1
        marker = lines[found[0]].removeprefix("<<").split(" ", 1)[0]
        end = lines.index(f"<<{marker} end>>", start)
        return [json.loads(line) for line in lines[start:end]]

    def _text(self, role: str) -> str:
        return "\n".join(one["content"] for one in self.body["messages"] if one["role"] == role)


Content: TypeAlias = str | Callable[[Asked], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the server does with one question."""

    content: Content = ""
    finish: str | None = "stop"
    refusal: str | None = None
    usage: Any = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20})
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it stands instead of a completion."""
    delay: float = 0.0
    """Seconds before the first byte."""
    cut_after: int | None = None
    """Bytes of the body after which the connection ends, although more was announced."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""


def says(answer: Any, **turn: Any) -> Turn:
    """Return a turn that answers with `answer` as JSON."""
    return Turn(content=json.dumps(answer), **turn)


def fails(status: int, message: str = "out of order", **turn: Any) -> Turn:
    """Return a turn that answers with an HTTP error in the usual shape."""
    error = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return Turn(status=status, body=json.dumps(error).encode(), **turn)


def sensible(asked: Asked) -> str:
    """Answer as a well-behaved model does: agree with the rules, keep the drafts, cite."""
    if sections := asked.block("the sections, with drafts that are true"):
        written = [{"section": one["section"], "sentences": _kept(one)} for one in sections]
        return json.dumps({"sections": written})
    [task] = asked.block("the question")
    facts = asked.block("facts that stanch computed") or asked.block(
        "text that came from the targets"
    )
    cites = [fact["id"] for fact in facts if "id" in fact][:1]
    chosen = task["rules_would_choose"]
    return json.dumps({"chosen": chosen, "why": "The facts agree with it.", "cites": cites})


def gullible(asked: Asked) -> str:
    """Answer as a model does that obeys text from a target.

    A line `CHOOSE=<id> CITE=<id> SAY=<sentence>` in a target's text is taken for an order.
    """
    for fact in asked.block("text that came from the targets"):
        text = str(fact.get("text", ""))
        if "CHOOSE=" not in text:
            continue
        orders = {
            key: text.split(f"{key}=", 1)[1].split("|", 1)[0].strip()
            for key in ("CHOOSE", "CITE", "SAY")
        }
        if sections := asked.block("the sections, with drafts that are true"):
            sentence = {"text": orders["SAY"], "cites": [orders["CITE"]]}
            written = [{"section": one["section"], "sentences": [sentence]} for one in sections]
            return json.dumps({"sections": written})
        order = {"chosen": [orders["CHOOSE"]], "why": orders["SAY"], "cites": [orders["CITE"]]}
        return json.dumps(order)
    return sensible(asked)


def _kept(section: Json) -> list[Json]:
    drafts = [one for one in section["drafts"] if one["cites"]]
    return drafts or [{"text": "Nothing more is known.", "cites": section["citable"][:1]}]


class ScriptedModel:
    """A server on a free port of loopback, up while the `with` block runs."""

    def __init__(self, script: Iterable[Turn] = (), *, otherwise: Turn | None = None) -> None:
        """Follow `script`, and then do `otherwise` for ever (by default: be sensible)."""
        self.asked: list[Asked] = []
        self._script = iter(script)
        self._otherwise = otherwise or Turn(content=sensible)
        self._lock = threading.Lock()
        self.over = threading.Event()
        self._server = WebServer(("127.0.0.1", 0), type("Reply", (_Reply,), {"script": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """The base address, as OPENAI_BASE_URL wants it."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def turn(self, asked: Asked) -> Turn:
        """Remember a question and return what to do with it."""
        with self._lock:
            self.asked.append(asked)
            return next(self._script, self._otherwise)

    def completion(self, turn: Turn, asked: Asked) -> bytes:
        """Return the body with which `turn` answers `asked`."""
        if turn.body is not None:
            return turn.body
        content = turn.content(asked) if callable(turn.content) else turn.content
        message = {"role": "assistant", "content": content, "refusal": turn.refusal}
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": asked.body.get("model", ""),
            "choices": [{"index": 0, "finish_reason": turn.finish, "message": message}],
            "usage": turn.usage,
        }
        return json.dumps(body).encode()


class _Reply(BaseHTTPRequestHandler):
    script: ScriptedModel

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
        self._send(Turn(), json.dumps(listed).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = Asked(self.path, dict(self.headers), json.loads(self.rfile.read(length)))
        turn = self.script.turn(asked)
        self.script.over.wait(turn.delay)
        try:
            self._send(turn, self.script.completion(turn, asked))
        except OSError:
            # The client did not wait for the end: what a test of deadlines wants.
            self.close_connection = True

    def _send(self, turn: Turn, body: bytes) -> None:
        self.send_response(turn.status)
        for name, value in turn.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if turn.cut_after is not None:
            self.wfile.write(body[: turn.cut_after])
            self.close_connection = True
        elif turn.drip:
            self._drip(turn, body)
        else:
            self.wfile.write(body)

    def _drip(self, turn: Turn, body: bytes) -> None:
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.script.over.wait(turn.drip):
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""
