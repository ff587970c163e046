"""What a read of MySQL or MariaDB may not name: functions, tables, words."""

from __future__ import annotations

WORDS = {
    "into": "it writes a file or a variable (INTO)",
    "update": "it writes or locks rows (UPDATE)",
    "delete": "it writes rows (DELETE)",
    "procedure": "it calls a procedure",
    "handler": "HANDLER reads without a transaction",
}
"""Reserved: a column of that name stands in backticks."""
PAIRS = {
    ("for", "update"): "it locks rows (FOR UPDATE)",
    ("for", "share"): "it locks rows (FOR SHARE)",
    ("lock", "in"): "it locks rows (LOCK IN SHARE MODE)",
    ("next", "value"): "it takes a number of a sequence",
}
FUNCTIONS = {
    "sleep": "it holds the connection",
    "benchmark": "it holds the processor",
    "get_lock": "it takes a lock that outlives the statement",
    "release_lock": "it gives a lock away",
    "release_all_locks": "it gives locks away",
    "load_file": "it reads a file of the server",
    "nextval": "it takes a number of a sequence",
    "setval": "it sets a sequence",
    "master_pos_wait": "it waits",
    "source_pos_wait": "it waits",
    "master_gtid_wait": "it waits",
    "wait_for_executed_gtid_set": "it waits",
    "wait_until_sql_thread_after_gtids": "it waits",
    "sys_exec": "it runs a program",
    "sys_eval": "it runs a program",
    "sys_set": "it changes the server's environment",
    "sys_get": "it reads the server's environment",
}
PREFIXES = {
    "wsrep_": "it waits or changes the cluster",
    "keyring_": "it reads keys",
    "group_replication_": "it changes the cluster",
    "asynchronous_connection_failover_": "it changes replication",
    "version_tokens_": "it changes tokens",
    "service_get_": "it takes locks",
    "service_release_": "it gives locks away",
    "audit_log_": "it changes or reads the audit log",
    "lib_mysqludf": "it runs a program",
}
_PLAIN_OF_MYSQL_NAMES = """
help_topic help_category help_keyword help_relation time_zone time_zone_name
time_zone_transition time_zone_transition_type time_zone_leap_second innodb_table_stats
innodb_index_stats table_stats column_stats index_stats
"""
PLAIN_OF_MYSQL = frozenset(_PLAIN_OF_MYSQL_NAMES.split())
"""Tables of the schema mysql that hold no accounts and no statements."""
_TEXT_COLUMNS_NAMES = """
info info_binary sql_text processlist_info trx_query query_sample_text digest_text argument
waiting_query blocking_query current_statement last_statement query
"""
TEXT_COLUMNS = frozenset(_TEXT_COLUMNS_NAMES.split())
"""Columns that hold what others have sent, in the tables of TEXT_TABLES."""
_TEXT_TABLES_NAMES = """
processlist threads events_statements_current events_statements_history
events_statements_history_long events_statements_summary_by_digest
prepared_statements_instances innodb_trx query_cache_info session x$processlist x$session
innodb_lock_waits x$innodb_lock_waits schema_table_lock_waits x$schema_table_lock_waits
statement_analysis x$statement_analysis
"""
TEXT_TABLES = frozenset(_TEXT_TABLES_NAMES.split())
SECRET_TABLES = {
    "user_variables_by_thread": "it holds the variables of others",
    "replication_connection_configuration": "it holds accounts of other servers",
    "session_account_connect_attrs": "it tells about connections of others",
    "session_connect_attrs": "it tells about connections of others",
    "keyring_keys": "it tells about keys",
    "general_log": "it holds statements of others",
    "slow_log": "it holds statements of others",
    "global_priv": "it holds password hashes",
    "user_attributes": "it tells about accounts",
}
_SHOWN_NAMES = """
databases schemas tables table columns fields index indexes keys variables status engines
storage warnings errors collation character charset triggers events plugins processlist
privileges open grants create procedure function count sequences
"""
SHOWN = frozenset(_SHOWN_NAMES.split())
_SHOWN_CREATE_NAMES = """
table view database schema procedure function trigger event sequence package
"""
SHOWN_CREATE = frozenset(_SHOWN_CREATE_NAMES.split())
_SHOW_MODIFIERS_NAMES = """
full global session local extended
"""
SHOW_MODIFIERS = frozenset(_SHOW_MODIFIERS_NAMES.split())
SECRET_VARIABLES = frozenset(("wsrep_sst_auth", "wsrep_provider_options", "rpl_semi_sync_password"))
