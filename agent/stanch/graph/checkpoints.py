"""Where the graphs of a shared store stand: in its own tables, under its own fence.

A checkpoint is written in a transaction of the store, and only while this process holds
the lock of the incident: a run that lost it cannot move the graph that another now runs.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from sqlalchemy import Connection, Row, Select, delete, select

from stanch.store.database import Database
from stanch.store.tables import checkpoint_writes, checkpoints


class StoreSaver(BaseCheckpointSaver[int]):
    """Keeps checkpoints in the tables of a database; the thread of a graph is its incident."""

    def __init__(self, database: Database, *, serde: SerializerProtocol) -> None:
        super().__init__(serde=serde)
        self._database = database

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread."""
        query = self._chosen(config).order_by(checkpoints.c.name.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else self._tuple(connection, row)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - LangGraph names it
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Give the checkpoints that fit, newest first."""
        query = self._chosen(config)
        if before is not None and (name := get_checkpoint_id(before)):
            query = query.where(checkpoints.c.name < name)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(checkpoints.c.name.desc())).all()
            found = [self._tuple(connection, row) for row in rows]
        wanted = (filter or {}).items()
        fitting = [one for one in found if wanted <= dict(one.metadata).items()]
        yield from fitting[:limit]

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 - every checkpoint is kept whole
    ) -> RunnableConfig:
        """Keep a checkpoint.

        Raises:
            LostLockError: another process runs the incident by now.
        """
        thread, space, parent = _place(config)
        kind, body = self.serde.dumps_typed(checkpoint)
        values = {
            "parent": parent,
            "kind": kind,
            "body": body,
            "about": json.dumps(get_checkpoint_metadata(config, metadata)),
        }
        name = checkpoint["id"]
        place = {"thread": thread, "space": space, "name": name}
        with self._database.write() as connection:
            self._database.fence(connection, thread)
            same = (checkpoints.c[column] == value for column, value in place.items())
            change = checkpoints.update().where(*same).values(**values)
            if connection.execute(change).rowcount != 1:
                connection.execute(checkpoints.insert().values(**place, **values))
        return _config(thread, space, name)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep what a task wrote after a checkpoint; a task's own values stay as they were first.

        Raises:
            LostLockError: another process runs the incident by now.
        """
        thread, space, name = _place(config)
        table = checkpoint_writes
        of_task = (
            table.c.thread == thread,
            table.c.space == space,
            table.c.name == name,
            table.c.task == task_id,
        )
        with self._database.write() as connection:
            self._database.fence(connection, thread)
            have = set(connection.execute(select(table.c.place).where(*of_task)).scalars())
            for index, (channel, value) in enumerate(writes):
                place = WRITES_IDX_MAP.get(channel, index)
                if place in have and place >= 0:
                    continue
                kind, body = self.serde.dumps_typed(value)
                connection.execute(delete(table).where(*of_task, table.c.place == place))
                connection.execute(
                    table.insert().values(
                        thread=thread,
                        space=space,
                        name=name,
                        task=task_id,
                        place=place,
                        path=task_path,
                        channel=channel,
                        kind=kind,
                        body=body,
                    )
                )

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything of a thread."""
        with self._database.write() as connection:
            self._database.fence(connection, thread_id)
            for table in (checkpoint_writes, checkpoints):
                connection.execute(delete(table).where(table.c.thread == thread_id))

    def _chosen(self, config: RunnableConfig | None) -> Select[Any]:
        if config is None:
            return select(checkpoints)
        thread, space, name = _place(config)
        query = select(checkpoints).where(
            checkpoints.c.thread == thread, checkpoints.c.space == space
        )
        return query if name is None else query.where(checkpoints.c.name == name)

    def _tuple(self, connection: Connection, row: Row[Any]) -> CheckpointTuple:
        table = checkpoint_writes
        query = select(table).where(
            table.c.thread == row.thread, table.c.space == row.space, table.c.name == row.name
        )
        writes = connection.execute(query).all()
        return CheckpointTuple(
            config=_config(row.thread, row.space, row.name),
            checkpoint=self.serde.loads_typed((row.kind, row.body)),
            metadata=json.loads(row.about),
            parent_config=_config(row.thread, row.space, row.parent) if row.parent else None,
            pending_writes=[
                (one.task, one.channel, self.serde.loads_typed((one.kind, one.body)))
                for one in sorted(writes, key=lambda w: writes_sort_key(w.path, w.task, w.place))
            ],
        )


def _place(config: RunnableConfig) -> tuple[str, str, str | None]:
    """Return the thread, the space within it, and the checkpoint if one is named."""
    named = config["configurable"]
    return str(named["thread_id"]), named.get("checkpoint_ns", ""), get_checkpoint_id(config)


def _config(thread: str, space: str, name: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": space, "checkpoint_id": name}}
