"""Statements made at random: dangerous calls in every place that a query has."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Parts:
    """What a dialect offers to a statement: `calls` are dangerous, `plain` are not."""

    calls: tuple[str, ...]
    plain: tuple[str, ...]
    relations: tuple[str, ...]
    statements: tuple[str, ...]
    wraps: tuple[str, ...] = ()


COMMON_PLAIN = (
    "1", "'x'", "null", "id", "owner", "balance", "count(*)", "length(owner)", "abs(id - 2)",
    "'; drop table account; --'", "coalesce(owner, 'y')", "max(id)",
)  # fmt: skip
COMMON_STATEMENTS = (
    "update account set balance = 0", "delete from account", "drop table account",
    "insert into audit (note) values ('mine')", "create table mine (x int)", "commit", "rollback",
    "begin", "truncate account", "alter table account add column x int",
)  # fmt: skip
POSTGRESQL = Parts(
    calls=(
        "wipe()", "wipe_stable()", "wipe_immutable()", "draw()", "nextval('ticket')",
        "setval('ticket', 99)", "away('update account set balance = 0')", "hold_lock()",
        "pg_sleep(30)", "long_wait()", "pg_read_file('<<secret_file>>')", "card_number()",
        "lo_export(424242, '<<folder>>/fuzz')", "lo_import('<<secret_file>>')",
        "pg_terminate_backend(<<victim>>)", "pg_advisory_lock(9)", "txid_current()",
        "set_config('search_path', 'vault', false)", "run('update account set balance = 0')",
        "query_to_xml('select wipe()', true, true, '')", "account.wipe_row", "account.away_row",
        "dblink_exec('<<conninfo>>', 'delete from account')", "pg_stat_reset()",
        "(select rolpassword from pg_authid limit 1)", "file_text('<<secret_file>>')",
        "(select string_agg(query, ',') from pg_stat_activity)", "pg_export_snapshot()",
    ),
    plain=(*COMMON_PLAIN, "now()", "random()", "array[1, 2]", "row(1, 2)", "account"),
    relations=(
        "account", "audit", "generate_series(1, 5) as id", "pg_class", "pg_authid", "drawn",
        "far_ticket", "file_lines", "pg_ls_dir('<<folder>>') as owner", "wipe() as id",
        "(values (1, 'a', 2)) as account (id, owner, balance)", "pg_stat_activity",
        "dblink('<<conninfo>>', 'delete from account returning id') as t (id int)",
        "generate_series(1, 1000000000) as id",
    ),
    statements=(
        *COMMON_STATEMENTS, "copy account to program 'touch <<folder>>/fuzz'",
        "do $$ begin delete from account; end $$", "set statement_timeout = 0",
        "lock table account", "vacuum account", "notify jobs", "prepare p as delete from account",
        "with w as (delete from account returning id) select * from w", "call wipe()",
        "select * into mine from account", "select * from account for update",
        "table pg_authid", "listen jobs",
    ),
    wraps=(
        "({})::text", "array[{}]", "coalesce({}, null)", "case when id = 1 then {} end",
        "(select {})", "exists (select 1 where {} is null)", "{} is null", "row({}, 1)",
        "max({}) over ()", "count(*) filter (where {} is not null)", "pg_typeof({})",
        "to_jsonb({})", "({}) in (select 1)", "format('%s', {})", "not ({} is null)",
    ),
)  # fmt: skip
MARIADB = Parts(
    calls=(
        "wipe()", "wipe_old()", "draw()", "nextval(ticket)", "setval(ticket, 99)", "hold_lock()",
        "sleep(30)", "long_wait()", "load_file('<<secret_file>>')", "get_lock('mine', 0)",
        "`sleep`(30)", "sleep /* x */ (30)", "/*! sleep(30) + */ 1", "benchmark(900000000, md5(1))",
        "(select authentication_string from mysql.user where user = 'attack_manager')",
        "next value for ticket", "file_text('<<secret_file>>')", "release_all_locks()",
        "@x := 1", "(select group_concat(info) from information_schema.processlist)",
    ),
    plain=(*COMMON_PLAIN, "now()", "rand()", "@@version", "`id`"),
    relations=(
        "account", "audit", "seq_1_to_5 as account", "mysql.user", "drawn", "report", "people",
        "information_schema.processlist", "(select 1 as id) as d", "seq_1_to_1000000000000 as s",
        "<<vault>>.card",
    ),
    statements=(
        *COMMON_STATEMENTS, "select * from account into outfile '<<folder>>/fuzz'",
        "select * from account for update", "select 1 into @x", "do sleep(30)",
        "set statement max_statement_time = 0 for select sleep(30)", "call wipe_all()",
        "handler account open", "lock tables account write", "show grants for attack_manager@'%'",
        "select * from account lock in share mode", "kill <<victim>>", "use <<vault>>",
    ),
    wraps=(
        "cast({} as char)", "coalesce({}, null)", "case when id = 1 then {} end", "(select {})",
        "exists (select 1 from dual where {} is null)", "{} is null", "if(id = 1, {}, 2)",
        "concat('a', {})", "({}) in (select 1)", "not ({} is null)", "json_array({})",
    ),
)  # fmt: skip
SQLITE = Parts(
    calls=(
        "load_extension('<<folder>>/evil')", "readfile('<<secret_file>>')",
        "writefile('<<folder>>/fuzz', 'x')", "fts3_tokenizer('simple')", "randomblob(200000000)",
        "zeroblob(200000000)", "hex(zeroblob(90000000))", "printf('%.90000000c', 'x')",
        "(select count(*) from pragma_optimize(0xfffe))",
    ),
    plain=(*COMMON_PLAIN, "random()", "date('now')", "json_object('a', 1)"),
    relations=(
        "account", "audit", "note", "report", "sqlite_master", "pragma_table_info('account')",
        "json_each('[1, 2]')", "(select 1 as id, 'a' as owner)", "pragma_database_list",
        "(with recursive r (n) as (select 1 union all select n + 1 from r) select n as id from r)",
    ),
    statements=(
        *COMMON_STATEMENTS, "attach '<<folder>>/fuzz.db' as e", "vacuum into '<<folder>>/fuzz.db'",
        "pragma user_version = 7", "pragma journal_mode = wal", "detach main", "reindex",
        "pragma writable_schema = on", "replace into account values (1, 'x', 0)", "analyze",
        "insert into note (note) values ('optimize')", "vacuum",
    ),
    wraps=(
        "cast({} as text)", "coalesce({}, null)", "case when id = 1 then {} end", "(select {})",
        "exists (select 1 where {} is null)", "{} is null", "iif(id = 1, {}, 2)", "'a' || {}",
        "({}) in (select 1)", "max({}) over ()", "typeof({})", "json_array({})",
    ),
)  # fmt: skip
BETWEEN = st.sampled_from(("; ", ";", " ; -- x\n", "/* */;", ";\n;", "\n", " union ", " /* ; */ "))
BEFORE = st.sampled_from(
    (
        "",
        "",
        "",
        "explain ",
        "explain analyze ",
        "/* x */ ",
        "-- x\n",
        "( ",
        "explain (analyze) ",
        "\t",
    )
)


def expressions(parts: Parts) -> st.SearchStrategy[str]:
    """Expressions with at most a few dangerous calls, in wraps within wraps."""
    plain = st.sampled_from(parts.plain)
    leaves = st.one_of(plain, plain, plain, st.sampled_from(parts.calls))
    wraps = st.sampled_from(parts.wraps)

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        wrapped = st.builds(lambda wrap, value: wrap.replace("{}", value), wraps, inner)
        joined = st.builds("{} = {}".format, inner, inner)
        return st.one_of(wrapped, joined)

    return st.recursive(leaves, deeper, max_leaves=4)


def statements(parts: Parts) -> st.SearchStrategy[str]:
    """Texts of one or more statements."""
    some = expressions(parts)
    relation = st.one_of(st.just("account"), st.sampled_from(parts.relations))
    plain = st.sampled_from(parts.plain)

    def clause(word: str, value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(st.just(""), st.builds(f" {word} {{}}".format, value))

    query = st.builds(
        "select {} from {}{}{}{}{}{}".format,
        st.one_of(plain, some, st.just("*")),
        relation,
        clause(",", relation),
        clause("where", some),
        clause("group by", some),
        clause("order by", some),
        clause("limit", st.one_of(st.just("3"), some)),
    )
    with_query = st.builds("with a as ({}) select * from a{}".format, query, clause(",", relation))
    both = st.builds("{} union all {}".format, query, query)
    table = st.builds("select {} from account{}".format, some, clause("where", some))
    one = st.one_of(table, table, query, with_query, both, st.sampled_from(parts.statements))
    alone = st.builds("{}{}".format, BEFORE, one)
    return st.one_of(one, alone, alone, st.builds("{}{}{}".format, alone, BETWEEN, one))
