"""Texts of computed size: refused where a function that looks at no cancel gets them, else read."""

from __future__ import annotations

import pytest

from dbwright.dialects.postgresql import grammar, reading_sizes

REFUSED = """
select similarity(repeat(md5('a'), n), 'x') from (values (1000000)) v (n)
select similarity(lpad('a', n), 'x') from (values (1000000)) v (n)
select similarity(repeat('a', (select 30000000)), 'x')
with t as (select repeat('ab', n) x from (values (1000000)) v (n)) select similarity(x, x) from t
select similarity(r, 'a') from (values (1000000)) v (n), lateral repeat(md5('a'), n) r
select similarity(x, 'a') from (select string_agg(md5(g::text), '') x from numbers g) t
select 'a' % x from (select string_agg(md5(g::text), '') x from numbers g) t
select similarity(array(select md5(g::text) from generate_series(1, 1000000) g)::text, 'a')
select show_trgm(replace(repeat('a', 100000), 'a', repeat('b', 1000)))
select similarity(format('%30000000s', 'a'), 'b')
select similarity(x, 'a') from (select y || y x from (select z || z y from c) v) w
with recursive t as (select 'a' x union all select x || 'b' from t) select x <-> 'b' from t
select name from c order by (select string_agg(name, '') from c) <-> 'abc'
select similarity(concat(x, x, x), 'a') from (select repeat('a', n) x from v) t
""".strip().splitlines()
READ = """
select similarity(name, 'custmer 1'), name % 'customer 1', show_trgm('word') from customer
select string_agg(name, ', ') from customer where similarity(name, 'x') > 0.3
select name from customer order by name <-> 'smith' limit 10
select a.name, b.name, similarity(a.name, b.name) from customer a join customer b on a.id < b.id
select city, string_agg(name, ', ' order by name <-> 'smith') from customer group by city
with n as (select id, name from customer where name % 'a') select string_agg(name, ',') from n
select repeat('  ', depth) || name from tree
select similarity(first || ' ' || last, 'john smith') from people
select similarity(full_name, 'x') from (select first || ' ' || last as full_name from people) p
select similarity(left(x, 1000), 'a') from (select string_agg(name, '') x from customer) t
select lpad(id::text, 10, '0'), similarity(lpad(name, 40), 'x') from customer
select similarity(lower(replace(name, '-', ' ')), 'x') from customer
select s from (select string_agg(name, ',') s from customer where name % 'x') t
select word_similarity('cust', name), (select array_agg(id) from orders) from customer
select similarity(format('%s %s', first, last), 'x') from people
with recursive t as (select id from tree union all select c.id from tree c, t) select a % 'x' from t
""".strip().splitlines()
SIGNS = frozenset(("%", "<->"))


@pytest.mark.parametrize("sql", REFUSED)
def test_text_of_computed_size_is_refused(sql: str) -> None:
    (tree,) = grammar.parse(sql)
    found = reading_sizes.problem(tree, reading_sizes.BUSY, SIGNS)
    assert found is not None
    assert "which looks at no cancel" in found
    assert reading_sizes.problem(tree, (), ()) is None


@pytest.mark.parametrize("sql", READ)
def test_reads_of_trigrams_are_read(sql: str) -> None:
    (tree,) = grammar.parse(sql)
    assert reading_sizes.problem(tree, reading_sizes.BUSY, SIGNS) is None
