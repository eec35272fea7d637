"""A program under a pseudo-terminal, as a person would sit before it."""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

_WIPE = "\x1b[2K"
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The person's side of a terminal: what it shows, and the keys."""

    def __init__(self, master: int, program: "subprocess.Popen[bytes]") -> None:
        self._master = master
        self.program = program
        self.raw = ""
        # A read may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def text(self) -> str:
        """What stands there now: of a line that was wiped, what was written after that."""
        lines = self.raw.replace("\r\n", "\n").split("\n")
        return "\n".join(_STEERING.sub("", line.rpartition(_WIPE)[2]) for line in lines)

    @property
    def seen(self) -> str:
        """Everything that was ever written, without the steering codes."""
        return _STEERING.sub("", self.raw).replace("\r\n", "\n")

    def until(self, words: str, *, seconds: float = 240) -> str:
        """Read until `words` are there, and return the text so far."""
        self._read(lambda: words in self.seen, seconds, f"'{words}' did not appear")
        return self.text

    def end(self, *, code: int = 0, seconds: float = 240) -> str:
        """Read until the program ends, and require its exit status."""
        self._read(lambda: False, seconds, "the program did not end")
        assert self.program.wait(timeout=60) == code, self.text
        assert "Traceback" not in self.text
        return self.text

    def type(self, text: str) -> Self:
        """Type a line."""
        os.write(self._master, f"{text}\n".encode())
        return self

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.program.send_signal(signal.SIGINT)

    def _read(self, enough: Callable[[], bool], seconds: float, complaint: str) -> None:
        end = time.monotonic() + seconds
        while not enough():
            left = end - time.monotonic()
            assert left > 0, f"{complaint} within {seconds} s:\n{self.text}"
            if not select.select([self._master], [], [], min(left, 1))[0]:
                continue
            try:
                read = os.read(self._master, 65536)
            except OSError:  # Linux says so when the other side has gone.
                read = b""
            if not read:
                assert complaint == "the program did not end", f"it ended:\n{self.text}"
                return
            self.raw += self._decoder.decode(read)


@contextmanager
def terminal(
    command: Sequence[str], environment: dict[str, str], *, columns: int = 100
) -> Iterator[Terminal]:
    """Run `command` in a terminal of this width; at the end it is gone."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    program = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment | {"TERM": "xterm-256color"},
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(master, program)
    finally:
        if program.poll() is None:
            program.kill()
        program.wait()
        os.close(master)
