"""What libpg_query itself says of a text, held against its trees."""

from __future__ import annotations

import time

import postgast
import pytest

from dbwright.dialects.postgresql import grammar, statements
from dbwright.dialects.postgresql.grammar_summary import summary

TEXTS = (
    "select 1",
    "select 1; select * from t1",
    "select * from t1 join s.t2 using (id) where x in (select y from t3)",
    "with c as (select * from t1), t2 as (select 1) select * from c, t2, s.t2",
    "with d as (delete from t1 returning *) select (select max(a) from t2) from d",
    "insert into t1 select * from t2",
    "insert into t1 values (1) on conflict (x) do update set y = (select 1 from t2)",
    "insert into t1 values (1) returning exists (select 1 from t2)",
    "update only t1 set a = (select 1 from t2) from s.t3 where t3.x > (select 1 from t4)",
    "delete from t1 using t2 returning (select 1 from t3)",
    "merge into t1 using t2 on true when matched then do nothing",
    "merge into t1 using (select * from t3) t2 on true when matched then delete",
    "select sum(x) filter (where (select 1 from t2) > 1) over (order by (table t3)) from t1",
    "select 1 from t1, lateral (select 1 from t2) x limit (select 1 from t3)",
    "table t1",
    "create table t1 (a int references t2)",
    "drop table t1, s.t2",
    "explain select * from t1",
    "begin",
    "",
    "/* nothing */",
)


@pytest.mark.parametrize("sql", TEXTS)
def test_the_library_names_the_tables_of_the_tree(sql: str) -> None:
    named = set()
    for tree in grammar.parse(sql):
        own = {each.ctename for each in grammar.all_of(tree, "CommonTableExpr")}
        for each in grammar.all_of(tree, "RangeVar"):
            if each.schemaname or each.relname not in own:
                named.add((each.schemaname, each.relname))
    assert summary(sql).tables == named


def test_what_a_lock_is_for_is_no_table() -> None:
    assert summary("select 1 from t1 as a for update of a").tables == {("", "t1")}


def test_a_text_that_is_no_sql_or_nested_without_end_is_refused() -> None:
    for sql in ("selec", "select '", "select 1\0", "select \ud800", "(" * 5_000 + ")" * 5_000):
        with pytest.raises((grammar.Failure, UnicodeError)):
            summary(sql)


def test_a_long_sum_is_read() -> None:
    sql = "select " + " + ".join(["a"] * 20_000) + " from t1"
    assert summary(sql).tables == {("", "t1")}


KINDS = ("RangeVar", "ColumnRef", "A_Const", "String", "SelectStmt", "Alias")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sql", TEXTS)
def test_nodes_of_a_kind_are_those_of_the_whole_tree(sql: str, kind: str) -> None:
    for tree in grammar.parse(sql):
        every = [each for _, each in postgast.walk(tree) if type(each).__name__ == kind]
        assert list(grammar.all_of(tree, kind)) == every


def test_a_fingerprint_takes_less_than_to_make_one_tree() -> None:
    sql = f"select {', '.join(f'a.column_{n} as c{n}' for n in range(60))} from t1 a where b = 1"

    def seconds(question: object) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            for _ in range(40):
                question(sql)  # type: ignore[operator]
            times.append(time.process_time() - began)
        return min(times)

    both = seconds(statements.fingerprint) + seconds(statements.kind)
    assert both < seconds(grammar.parse)
