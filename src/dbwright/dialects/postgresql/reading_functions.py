"""Which of the server's own functions a read may call, where volatility alone does not say so."""

from __future__ import annotations

from dbwright.core.secrets import is_secret_setting

# Volatile, and they change nothing that outlives the transaction.
_HARMLESS_NAMES = """
bernoulli system clock_timestamp timeofday random random_normal setseed currval lastval
gen_random_uuid uuidv4 uuidv7 current_query pg_blocking_pids pg_safe_snapshot_blocking_pids
pg_collation_actual_version pg_database_collation_actual_version pg_control_checkpoint
pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn
pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_size pg_indexes_size pg_table_size
pg_total_relation_size pg_relation_size pg_tablespace_size pg_is_in_recovery
pg_is_wal_replay_paused pg_get_wal_replay_pause_state pg_jit_available
pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage
pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_sequence_last_value
pg_show_replication_origin_status pg_xact_commit_timestamp pg_xact_commit_timestamp_origin
pg_xact_status txid_status pg_get_backend_memory_contexts pg_get_shmem_allocations
pg_get_wal_resource_managers pg_get_multixact_members pg_get_sequence_data
pg_get_wal_summarizer_state pg_get_aios pg_replication_origin_progress
"""
_HARMLESS = frozenset(_HARMLESS_NAMES.split())
_COUNTERS = "pg_stat_get_"
"""What begins so reads a counter, whatever its volatility."""

# Not volatile by their label, and what they read does not stand in the text.
_HIDDEN = dict.fromkeys(
    (
        *("table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema"),
        *("schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema"),
        *("database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema"),
    ),
    "it reads tables that the statement does not name",
) | {
    "pg_stat_get_backend_activity": "it tells what others send: read pg_stat_activity",
    "txid_current": "it takes a transaction number: txid_current_if_assigned() takes none",
    "pg_current_xact_id": "it takes a number: pg_current_xact_id_if_assigned() takes none",
}
# Extensions' functions that run a text as SQL, reach files or other servers, whatever their label.
_EXTENSION_HIDDEN = (
    "crosstab", "connectby", "xpath_table", "dblink", "lo_", "pg_file_", "get_raw_page",
    "file_fdw", "postgres_fdw", "http_", "plv8", "pg_background", "cron",
)  # fmt: skip
_EXTENSION_HARMLESS_NAMES = """
gen_random_uuid gen_random_bytes gen_salt uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4
uuid_generate_v7 pg_stat_statements pg_stat_statements_info normal_rand system_rows system_time
pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts pgstattuple
pgstattuple_approx pgstatindex pgrowlocks st_asgeojson hypopg
"""
_EXTENSION_HARMLESS = frozenset(_EXTENSION_HARMLESS_NAMES.split())
STATEMENT_TEXTS = frozenset({"pg_stat_activity", "pg_stat_statements"})
"""Relations whose column `query` holds what others have sent."""
TEXT_FUNCTIONS = frozenset({"pg_stat_get_activity", "pg_stat_statements"})
SETTINGS = frozenset(
    (
        *("pg_settings", "pg_show_all_settings", "current_setting", "pg_db_role_setting"),
        *("pg_foreign_server", "foreign_server_options", "pg_roles", "pg_user"),
    )
)
SETTINGS_SHOWN = SETTINGS - {"current_setting"}
"""Where the values of settings are read."""
SECRET_RELATIONS = {
    "pg_authid": "it holds the password hashes of roles: pg_roles has the rest",
    "pg_shadow": "it holds the password hashes of roles: pg_roles has the rest",
    "pg_user_mapping": "it holds passwords of other servers",
    "pg_user_mappings": "it holds passwords of other servers",
    "_pg_user_mappings": "it holds passwords of other servers",
    "user_mapping_options": "it holds passwords of other servers",
    "pg_subscription": "it holds passwords of other servers: pg_stat_subscription has the state",
    "pg_hba_file_rules": "it reads a file of the server",
    "pg_ident_file_mappings": "it reads a file of the server",
    "pg_file_settings": "it reads files of the server",
}
_SECRET_FUNCTIONS = frozenset(("pg_hba_file_rules", "pg_ident_file_mappings"))


def system_problem(name: str, volatility: str) -> str | None:
    """Gives why a function of the server's own is not called, None where it may be.

    >>> system_problem("lower", "i"), system_problem("pg_sleep", "v")
    (None, 'it is volatile and not known to be harmless')
    """
    if name in _HIDDEN:
        return _HIDDEN[name]
    if volatility != "v" or name in _HARMLESS or name.startswith(_COUNTERS):
        return None
    return "it is volatile and not known to be harmless"


def extension_problem(name: str, volatility: str) -> str | None:
    """Gives why a function of an extension is not called, None where it may be."""
    lowered = name.lower()
    if lowered.startswith(_EXTENSION_HIDDEN):
        return "it runs a text as SQL, or reaches files or other servers"
    if volatility != "v" or lowered in _EXTENSION_HARMLESS:
        return None
    return "it is volatile and not known to be harmless"


def setting_problem(name: str | None) -> str | None:
    """Gives why a setting is not read; None is a name that the statement computes."""
    if name is None:
        return "the setting's name is computed: write it as a constant, or read pg_settings"
    return "the setting holds a secret" if is_secret_setting(name) else None
