"""Functions: what calling one does, by its name.

A name that is in no list is a function that somebody wrote: nobody can foresee what it does.
"""

from typing import Final

from stanch.tools.operations.base import Effect
from stanch.tools.operations.postgres import loads, pure
from stanch.tools.operations.postgres.tree import StatementError

_MUTATE: Final = frozenset(
    """
    brin_desummarize_range brin_summarize_new_values brin_summarize_range bt_index_parent_check
    gin_clean_pending_list lo_create lo_creat lo_from_bytea nextval pg_advisory_lock
    pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
    pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_backup_start pg_backup_stop
    pg_cancel_backend pg_copy_logical_replication_slot pg_copy_physical_replication_slot
    pg_create_logical_replication_slot pg_create_physical_replication_slot
    pg_create_restore_point pg_current_xact_id pg_export_snapshot pg_import_system_collations
    pg_log_backend_memory_contexts pg_log_standby_snapshot pg_logical_emit_message pg_notify
    pg_prewarm autoprewarm_dump_now autoprewarm_start_worker pg_reload_conf
    pg_replication_origin_create pg_replication_origin_session_reset
    pg_replication_origin_session_setup pg_replication_origin_xact_reset
    pg_replication_origin_xact_setup pg_rotate_logfile pg_start_backup pg_stat_force_next_flush
    pg_stop_backup pg_switch_wal pg_switch_xlog pg_sync_replication_slots pg_terminate_backend
    pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
    pg_try_advisory_xact_lock_shared pg_wal_replay_pause pg_wal_replay_resume
    pg_xlog_replay_pause pg_xlog_replay_resume postgres_fdw_disconnect
    postgres_fdw_disconnect_all set_limit setseed setval txid_current
    """.split()  # noqa: SIM905 - a list of one name per line would be two pages
)
"""Those that change something which can be put back."""

_DESTRUCTIVE: Final = frozenset(
    """
    lo_put lo_truncate lo_truncate64 lo_unlink loread lowrite lo_open lo_close
    pg_clear_attribute_stats pg_clear_relation_stats pg_drop_replication_slot
    pg_logical_slot_get_binary_changes pg_logical_slot_get_changes pg_promote
    pg_replication_origin_advance pg_replication_origin_drop pg_replication_slot_advance
    pg_restore_attribute_stats pg_restore_relation_stats pg_stat_kcache_reset
    pg_stat_monitor_reset pg_stat_statements_reset pg_truncate_visibility_map
    pg_buffercache_evict pg_buffercache_evict_all pg_buffercache_evict_relation
    pg_wait_sampling_reset_profile heap_force_kill heap_force_freeze
    """.split()  # noqa: SIM905 - as above
)
"""Those that lose something for good."""

_REFUSED: Final = {
    "server files": frozenset(
        """
        load_file lo_export lo_import pg_file_read pg_file_rename pg_file_sync pg_file_unlink
        pg_file_write pg_logdir_ls pg_ls_dir pg_read_binary_file pg_read_file pg_stat_file
        """.split()  # noqa: SIM905 - as above
    ),
    "what large objects or raw pages hold": frozenset(
        {"lo_get", "get_raw_page", "heap_page_items", "heap_page_item_attrs", "bt_page_items"}
    ),
    "statements in a text of their own": frozenset(
        """
        cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema
        database_to_xmlschema query_to_xml query_to_xml_and_xmlschema query_to_xmlschema
        schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml
        table_to_xml_and_xmlschema table_to_xmlschema ts_stat crosstab connectby xpath_table
        """.split()  # noqa: SIM905 - as above
    ),
    "nothing but time or load": frozenset(
        {"benchmark", "get_lock", "pg_sleep_for", "pg_sleep_until", "sleep", "master_pos_wait"}
    ),
    "keys that stand in the statement": frozenset({"crypt", "gen_salt", "hmac"}),
    "passwords and settings that hold them": frozenset(
        {"pg_hba_file_rules", "pg_show_all_file_settings"}
    ),
}
"""Those that are never called, by what they would reach."""

_OF_MYSQL: Final = frozenset({"benchmark", "get_lock", "load_file", "master_pos_wait", "sleep"})
"""Those that a database in which a column can be a call does not have."""

_REFUSED_PREFIXES: Final = {
    "dblink": "another server, with what credentials it is given",
    "pgp_": "keys that stand in the statement",
    "pg_read_": "server files",
    "sys_exec": "programs of the server",
    "sys_eval": "programs of the server",
}

_LONGEST_SLEEP: Final = 1.0
COUNTED: Final = frozenset({"generate_series", "lpad", "repeat", "rpad"})
"""Those that only read, as long as no number in them is huge."""

HELD_BACK: Final = frozenset({"current_setting", "pg_sleep"})
"""Those of one argument that decides: they are called in no way that hides it."""

_MOST_TOGETHER: Final = 10_000_000

_READING: Final = (
    pure.BUILT_IN | pure.FORMER | pure.OF_EXTENSIONS | COUNTED | {"current_setting", "pg_sleep"}
)


def effect(names: tuple[str, ...]) -> Effect | None:
    """Return what calling the function does; None when nobody can say.

    Raises:
        StatementError: it is one that is never called.
    """
    short = names[-1]
    for reached, refused in _REFUSED.items():
        if short.lower() in refused:
            raise _refused(short, reached)
    for prefix, reached in _REFUSED_PREFIXES.items():
        if short.lower().startswith(prefix):
            raise _refused(short, reached)
    if len(names) > 1 and names[:-1] != ("pg_catalog",):
        return None
    if short in _READING or short.startswith("pg_stat_get_"):
        return Effect.OBSERVE
    if short in _DESTRUCTIVE or short.startswith("pg_stat_reset"):
        return Effect.DESTRUCTIVE
    return Effect.MUTATE if short in _MUTATE or short == "set_config" else None


def effect_as_column(column: str) -> Effect | None:
    """Return what `value.column` does where it calls the function of that name.

    None when there is no such function of PostgreSQL's: it is a column.

    Raises:
        StatementError: it is a function that is never called.
    """
    return None if column in _OF_MYSQL else effect((column,))


def elsewhere(names: tuple[str, ...]) -> bool:
    """Return whether it is a reading function of another database than PostgreSQL."""
    return len(names) == 1 and names[0].lower() in pure.ELSEWHERE


def check_numbers(short: str, numbers: tuple[float, ...]) -> None:
    """Make sure that the numbers that a function is given ask for no heavy load.

    Raises:
        StatementError: they do.
    """
    most = _LONGEST_SLEEP if short == "pg_sleep" else loads.MOST
    if any(abs(number) > most for number in numbers):
        raise StatementError(
            f"{short}() is given more than {most:g}.", remedy="Ask for less at a time."
        )


def check_together(load: float) -> None:
    """Make sure that all counting functions of a statement together ask for no heavy load.

    Raises:
        StatementError: they do.
    """
    if load > _MOST_TOGETHER:
        raise StatementError(
            "Its counting functions together make too many rows or characters.",
            remedy="Ask for less at a time.",
        )


def _refused(short: str, reached: str) -> StatementError:
    return StatementError(f"{short}() reaches {reached}.", remedy="Leave it out.")
