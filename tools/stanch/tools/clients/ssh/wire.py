"""The one place that touches the inside of the SSH library, whose behaviour differs from ours.

* Its threads look ten times a second whether they were closed; ours are woken up instead,
  so that hundreds of warm connections cost nothing.
* It takes no note of the signal that ended a remote command.
* Waiting for the answer to an exec request, or to a keepalive, has no end there.
* It asks for the login service once for each key, and not every server takes that.
"""

import logging
import threading
from functools import lru_cache
from typing import Any

_LOOK_SECONDS = 30.0
_KEYS_SECONDS = 3.0


@lru_cache(maxsize=1)
def library() -> Any:
    """Return the SSH library, which takes a third of a second to import."""
    import paramiko  # type: ignore[import-untyped]  # noqa: PLC0415 - costs start-up time

    # It reports to its own log what it raises as well.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    return paramiko


class Bell:
    """Rings when something arrives on either stream of a channel, or it ends.

    It has the two methods of an event that the library's buffers call.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ring; called by the buffers."""
        self._event.set()

    def clear(self) -> None:
        """Do nothing: a buffer that was emptied says nothing about the other one."""

    def wait(self, seconds: float) -> None:
        """Wait until it has rung since the last call, or the time is up."""
        self._event.wait(seconds)
        self._event.clear()


@lru_cache(maxsize=1)
def transport_class() -> Any:
    """Return the library's transport with the three differences."""
    import paramiko  # noqa: PLC0415 - as above

    common = paramiko.common

    class Packets(paramiko.packet.Packetizer):  # type: ignore[misc]  # the library has no types
        """Packets without a thread of their own for the time limit: the caller has one."""

        def start_handshake(self, timeout: float) -> None:
            """Do nothing: whoever opens the connection closes it when the time is up."""

    class Transport(paramiko.Transport):  # type: ignore[misc]  # the library has no types
        """One connection as this client wants it."""

        _active_check_timeout = _LOOK_SECONDS

        def __init__(self, sock: Any, algorithms: tuple[str, ...]) -> None:
            super().__init__(sock, packetizer_class=Packets)
            self.algorithms = algorithms
            self.answered = threading.Event()
            # How long a message waits for new keys that the peer does not come to agree on.
            self.clear_to_send_timeout = _KEYS_SECONDS
            self._channel_handler_table = {
                **paramiko.Transport._channel_handler_table,  # noqa: SLF001 - see the module
                common.MSG_CHANNEL_REQUEST: _take_request,
                common.MSG_CHANNEL_FAILURE: _take_refusal,
            }

        @property
        def preferred_keys(self) -> tuple[str, ...]:
            """The algorithms of host keys, in the order of what is known of the host."""
            return self.algorithms

        def auth_publickey(self, username: str, key: Any, event: Any = None) -> Any:
            """Try a key; the service is asked for once, as some servers insist on."""
            handler = self.auth_handler
            if handler is None:
                return super().auth_publickey(username, key, event)
            accepted = paramiko.Message()
            accepted.add_string("ssh-userauth")
            accepted.rewind()
            with self.lock:
                handler.auth_event = event
                handler.auth_method = "publickey"
                handler.username = username
                handler.private_key = key
                handler._parse_service_accept(accepted)  # noqa: SLF001 - as if it were accepted again
            return []

        def _parse_request_success(self, message: Any) -> None:
            super()._parse_request_success(message)
            self.answered.set()

        def _parse_request_failure(self, message: Any) -> None:
            super()._parse_request_failure(message)
            self.answered.set()

        def ask_alive(self) -> None:
            """Ask the peer for a sign of life, without waiting for it."""
            self.answered.clear()
            message = paramiko.Message()
            message.add_byte(common.cMSG_GLOBAL_REQUEST)
            message.add_string("keepalive@openssh.com")
            message.add_boolean(True)
            self._send_user_message(message)

    return Transport


def _take_request(channel: Any, message: Any) -> None:
    """Note the signal that ended a command, and pass everything else on."""
    begin = message.packet.tell()
    if message.get_text() == "exit-signal":
        message.get_boolean()
        channel.exit_signal = message.get_text()
        return
    message.packet.seek(begin)
    channel._handle_request(message)  # noqa: SLF001 - the handler that this one stands before


def _take_refusal(channel: Any, message: Any) -> None:
    """Note that a request was refused: the library tells it apart from a channel's end no more."""
    channel.refused = True
    channel._request_failed(message)  # noqa: SLF001 - as above


def request_exec(channel: Any, command: bytes, seconds: float) -> bool | None:
    """Ask for a command to be run; None: no answer in time. False: refused, or cut off."""
    paramiko = library()
    message = paramiko.Message()
    message.add_byte(paramiko.common.cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("exec")
    message.add_boolean(True)
    message.add_string(command)
    channel._event_pending()  # noqa: SLF001 - the library's own exec waits without an end
    channel.transport._send_user_message(message)  # noqa: SLF001 - as above
    if not channel.event.wait(seconds):
        return None
    return bool(channel.event_ready)
