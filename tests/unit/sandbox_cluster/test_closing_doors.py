"""A server ends at once, whoever listens; the clients here are real connections."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from stanch.sandbox.cluster.door import HOST, door, listen, opened
from tests.time_bounds import below

QUICK = 0.6


async def _endless() -> AsyncIterator[bytes]:
    yield b"first\n"
    await asyncio.Event().wait()
    yield b"never\n"


async def _stream(_request: Request) -> Response:
    return StreamingResponse(_endless())


async def _deaf(_request: Request) -> Response:
    await asyncio.Event().wait()
    return PlainTextResponse("never")


async def _word(_request: Request) -> Response:
    return PlainTextResponse("here")


APPLICATION = Starlette(
    routes=[Route("/stream", _stream), Route("/deaf", _deaf), Route("/word", _word)]
)


async def _ask(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


async def _seconds_to_end(paths: list[str], sign: str) -> float:
    """Serve, let a client ask for each of `paths`, and measure how long the end takes."""
    listener = listen(0)
    port = listener.getsockname()[1]
    async with opened([door(APPLICATION, listener)]):
        clients = [await _ask(port, path) for path in paths]
        if sign:
            for reader, _ in clients:
                async with asyncio.timeout(10):
                    await reader.readuntil(sign.encode())
        begun = time.monotonic()
    taken = time.monotonic() - begun
    for reader, writer in clients:
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                while await reader.read(1000):
                    pass
        writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(HOST, port)
    return taken


@pytest.mark.parametrize(
    ("paths", "sign"),
    [
        (["/stream"] * 5, "first\n"),
        (["/word"], "here"),
        (["/deaf", "/stream"], ""),
        ([], ""),
    ],
    ids=["open streams", "a connection that is kept", "a request without an answer", "nobody"],
)
def test_an_end_waits_for_nobody(
    paths: list[str], sign: str, caplog: pytest.LogCaptureFixture
) -> None:
    below(asyncio.run(_seconds_to_end(paths, sign)), QUICK)
    assert len(caplog.records) == paths.count("/deaf"), "only what was cut off is worth a word"


def test_a_taken_port_is_told_at_once() -> None:
    with listen(0) as listener, pytest.raises(OSError, match="in use"):
        listen(listener.getsockname()[1])


def test_small_answers_do_not_wait_for_the_acknowledgement_of_earlier_ones() -> None:
    async def ask_often() -> float:
        listener = listen(0)
        async with opened([door(APPLICATION, listener)]):
            reader, writer = await asyncio.open_connection(HOST, listener.getsockname()[1])
            begun = time.monotonic()
            for _ in range(50):
                writer.write(f"GET /word HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                async with asyncio.timeout(10):
                    await reader.readuntil(b"here")
            taken = time.monotonic() - begun
            writer.close()
        return taken

    below(asyncio.run(ask_often()), 50 * 0.03)
