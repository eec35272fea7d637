"""Events: what the controllers tell about an object; repeated ones are counted."""

import hashlib
from typing import Any

from stanch.sandbox.cluster.status import ApiError
from stanch.sandbox.cluster.store import Store
from stanch.sandbox.cluster.times import seconds, stamp

KEPT_SECONDS = 3600.0


class Recorder:
    """Writes Events into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def normal(self, obj: dict[str, Any], reason: str, message: str, **source: str) -> None:
        """Tell something expected; `source` is component, host and field_path."""
        self._record(obj, "Normal", reason=reason, message=message, source=source)

    def warning(self, obj: dict[str, Any], reason: str, message: str, **source: str) -> None:
        """Tell something that may need a look; `source` is component, host and field_path."""
        self._record(obj, "Warning", reason=reason, message=message, source=source)

    def _record(
        self, obj: dict[str, Any], level: str, *, reason: str, message: str, source: dict[str, str]
    ) -> None:
        metadata, now = obj["metadata"], stamp(self._store.now())
        path, component = source.get("field_path", ""), source.get("component", "")
        text = "\n".join((metadata["uid"], level, reason, message, path, component))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        namespace, name = metadata.get("namespace", "default"), f"{metadata['name']}.{digest}"
        old = self._store.find("events", namespace, name)
        if old is not None:
            again = {**old, "count": old["count"] + 1, "lastTimestamp": now}
            self._store.replace("events", again)
            return
        about = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": metadata["name"]}
        about |= {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        if "namespace" in metadata:
            about["namespace"] = metadata["namespace"]
        if path:
            about["fieldPath"] = path
        event = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "source": {key: source[key] for key in ("component", "host") if source.get(key)},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": level,
            "reportingComponent": component,
            "reportingInstance": source.get("host", ""),
        }
        try:
            self._store.create("events", namespace, event)
        except ApiError as error:
            # Nothing new can be written into a namespace that is going or gone.
            if error.code not in {403, 404}:
                raise

    def forget_old(self) -> None:
        """Remove events that were not repeated for an hour."""
        limit = self._store.now() - KEPT_SECONDS
        for event in self._store.list("events"):
            last = event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]
            if seconds(last) < limit:
                metadata = event["metadata"]
                self._store.remove("events", metadata["namespace"], metadata["name"])
