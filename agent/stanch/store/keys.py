"""The key of the journal and the mark of its end, both kept outside the database.

Who can write to the database alone can neither forge an entry (the key is missing) nor
cut the journal short (the mark says how long it was).
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from stanch.store.chain import same
from stanch.store.errors import JournalKeyError

_LEAST_BYTES = 32


def key(home: Path, given: str | None, *, may_make: bool) -> bytes:
    """Return the key: the given one, or that of the home, made on first use.

    `given` is hexadecimal, at least 32 bytes.

    Raises:
        JournalKeyError: it is unreadable, too short, or missing while a journal exists.
    """
    file = home / "keys" / "journal.key"
    if given is not None:
        return _parsed(given, "STANCH_AUDIT_KEY")
    try:
        text = file.read_text(encoding="ascii")
    except FileNotFoundError:
        if not may_make:
            raise JournalKeyError(
                f"the key of the journal is missing: {file}. Put it back from your copy, or set "
                "STANCH_AUDIT_KEY; without it nothing can be verified or appended"
            ) from None
        return _made(file)
    except (OSError, UnicodeDecodeError) as error:
        raise JournalKeyError(f"the key of the journal cannot be read: {error}") from None
    return _parsed(text, str(file))


def known(home: Path, given: str | None) -> bytes | None:
    """Return the key of the home if there is one; make none.

    Raises:
        JournalKeyError: it is unreadable or too short.
    """
    if given is None and not (home / "keys" / "journal.key").exists():
        return None
    return key(home, given, may_make=False)


def fingerprint(secret: bytes) -> str:
    """Return what tells one key from another, and tells nothing about the key."""
    return hmac.new(secret, b"stanch journal key", hashlib.sha256).hexdigest()[:32]


def _parsed(text: str, source: str) -> bytes:
    try:
        value = bytes.fromhex(text.strip())
    except ValueError:
        raise JournalKeyError(f"{source} is not hexadecimal") from None
    if len(value) < _LEAST_BYTES:
        raise JournalKeyError(f"{source} is too short: {_LEAST_BYTES} bytes are needed")
    return value


def _made(file: Path) -> bytes:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    value = secrets.token_bytes(_LEAST_BYTES)
    new = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(value.hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        # A link fails when another process was first; its key then stands.
        os.link(new, file)
    except FileExistsError:
        return _parsed(file.read_text(encoding="ascii"), str(file))
    finally:
        new.unlink()
    return value


class Head:
    """The mark of the journal's end: how many entries there were, and the last one's code."""

    def __init__(self, home: Path, secret: bytes) -> None:
        self._file = home / "keys" / "journal.head"
        self._lock = home / "keys" / "head.lock"
        self._secret = secret
        self._key = fingerprint(secret)

    def read(self) -> tuple[int, str] | None:
        """Return (number of entries, code of the last), or None when there is no mark yet.

        Raises:
            JournalKeyError: the mark is damaged or was not written with this key.
        """
        try:
            mark = json.loads(self._file.read_text(encoding="ascii"))
            seq, mac, tag = int(mark["seq"]), str(mark["mac"]), str(mark["tag"])
            # A mark of an earlier release names no key.
            by = str(mark.get("key", self._key))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise JournalKeyError(f"the mark {self._file} cannot be read: {error}") from None
        if by != self._key:
            raise JournalKeyError(
                f"the mark {self._file} was not written with this key: it names the key {by}, "
                f"and the key in use is {self._key}"
            )
        if not same(tag, self._tag(seq, mac)):
            raise JournalKeyError(f"the mark {self._file} was not written with this key")
        return seq, mac

    def advance(self, seq: int, mac: str) -> None:
        """Move the mark to entry `seq`; never back."""
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            now = self.read()
            if now is not None and now[0] >= seq:
                return
            new = self._file.with_suffix(".new")
            mark = {"seq": seq, "mac": mac, "key": self._key, "tag": self._tag(seq, mac)}
            new.write_text(json.dumps(mark), encoding="ascii")
            new.replace(self._file)

    def _tag(self, seq: int, mac: str) -> str:
        return hmac.new(self._secret, f"head:{seq}:{mac}".encode(), hashlib.sha256).hexdigest()
