"""What looks after databases and their backups: patroni, wal-g, pgbackrest, barman, repmgr."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Reader, program

_PATRONI: Final = program(
    observe="list, history, show-config, topology, version, dsn",
    mutate="pause, resume, restart, reload, switchover",
    script="edit-config, query",
    values="-c --config-file -d --dcs-url --dcs",
    switches="-k --insecure",
    worse={"-w": "it never ends by itself", "-W": "it never ends by itself"},
    calm="--scheduled --force",
    dry={},
)
_WALG: Final = program(
    observe="backup-list, wal-show, wal-verify, backup-show, st ls, st check",
    mutate="backup-push, wal-push, backup-mark",
    values="--config --turbo",
)
_PGBACKREST: Final = program(
    observe="info, version, verify, repo-ls, help, server-ping",
    mutate="backup, check, stanza-create, stanza-upgrade, start, stop, archive-push, annotate",
    values="--stanza --config --repo --log-level-console",
)
_BARMAN: Final = program(
    observe="""
        list-servers, list-server, list-backups, list-backup, show-server, show-servers,
        show-backup, list-files, status, check, diagnose, replication-status, check-backup,
        verify-backup, list-processes
    """,
    mutate="backup, cron, switch-wal, switch-xlog, receive-wal, archive-wal, keep, sync-info",
    values="-c --config",
    switches="-q --quiet -d --debug",
)
_REPMGR: Final = program(
    observe="""
        cluster show, cluster matrix, cluster crosscheck, cluster event, node status,
        node check, daemon status, service status
    """,
    mutate="""
        standby follow, standby switchover, daemon pause, daemon unpause, service pause,
        service unpause
    """,
    values="-f --config-file -h --host -d --dbname -U --username -p --port",
    dry={"standby switchover": "--dry-run", "standby follow": "--dry-run"},
)
READERS: Final[dict[str, Reader]] = {
    "patronictl": _PATRONI.read,
    "gitlab-patronictl": _PATRONI.read,
    "wal-g": _WALG.read,
    "wal-e": _WALG.read,
    "pgbackrest": _PGBACKREST.read,
    "barman": _BARMAN.read,
    "repmgr": _REPMGR.read,
}
