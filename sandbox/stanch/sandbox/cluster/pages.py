"""Lists in pages: the later pages show the list as it was at the first one."""

import base64
import binascii
import json
from collections import OrderedDict
from typing import TypeAlias

from stanch.sandbox.cluster.status import bad_request, expired
from stanch.sandbox.cluster.store import Object, Store

Place: TypeAlias = tuple[str, str]
_KEPT = 64


class Pages:
    """Keeps the newest lists of which clients have seen a first page."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lists: OrderedDict[tuple[str, int], list[Object]] = OrderedDict()

    def keep(self, plural: str) -> int:
        """Keep the present list of a resource; return the revision under which it is kept."""
        revision = self._store.journal.revision
        self._lists[plural, revision] = self._store.list(plural)
        self._lists.move_to_end((plural, revision))
        while len(self._lists) > _KEPT:
            self._lists.popitem(last=False)
        return revision

    def open(self, plural: str, token: str) -> tuple[int, list[Object]]:
        """Return the revision and the rest of the list that a continue token stands for.

        Raises:
            ApiError: the token cannot be read (400), or its list is no longer kept (410).
        """
        revision, after = _read(token)
        found = self._lists.get((plural, revision))
        if found is None:
            raise expired(revision, self._store.journal.revision)
        return revision, [obj for obj in found if place(obj) > after]


def place(obj: Object) -> Place:
    """Return where an object stands in the order of a list."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def token(revision: int, last: Object) -> str:
    """Return the continue token of a page that ends with `last`."""
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": place(last)})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(text: str) -> tuple[int, Place]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        namespace, name = found["start"]
        return int(found["rv"]), (str(namespace), str(name))
    except (binascii.Error, KeyError, TypeError, ValueError) as error:
        raise bad_request("continue key is not valid: encoding is wrong") from error
