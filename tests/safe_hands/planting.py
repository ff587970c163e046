"""Dangerous expressions planted in the trees of good queries, and written out by the parser."""

from __future__ import annotations

from hypothesis import strategies as st

from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.grammar import nodes

from .grammar import POSTGRESQL

GOOD = (
    "select id, rank() over (partition by owner order by id rows 2 preceding) from account",
    "select owner, percentile_cont(0.5) within group (order by id) from account group by 1",
    "select a.id, l.n from account a cross join lateral (select a.id + 1 as n limit 3) l",
    "with recursive r (n) as (select 1 union all select n + 1 from r where n < 5) select * from r",
    "select count(*) filter (where id > 1), array_agg(owner order by id) from account having true",
    "select * from account a left join audit b using (id) where a.owner like 'a%' order by 1",
    "select case owner when 'ann' then 1 else 2 end, balance between 1 and 5 from account limit 2",
    "select * from rows from (generate_series(1, 3), unnest(array['a'])) with ordinality t",
    "select distinct on (owner) owner, (select max(id) from audit) from account offset 1",
    "select id in (1, 2), id = any (array[1]), exists (select from audit) from account",
    "select grouping(owner), sum(balance) from account group by rollup (owner, id)",
    "select coalesce(owner, 'x'), greatest(id, 2), nullif(id, 1), owner collate \"C\" from account",
    "values (1, 'a'), (2, 'b') order by 1",
    "(select id from account except select id from audit) union select 3 order by 1",
    "select xmlelement(name a, owner), row(id, owner), owner::varchar(3) from account",
    "explain (costs off) select * from account where id = 1 and owner = 'x'",
)  # fmt: skip
PLACES = ("func_call", "column_ref", "a_const", "a_expr", "type_cast", "sub_link")


def planted() -> st.SearchStrategy[str]:
    """Good queries with one to three dangerous expressions in them."""
    calls = st.lists(st.sampled_from(POSTGRESQL.calls), min_size=1, max_size=3)
    return st.builds(_planted, st.sampled_from(GOOD), calls, st.randoms(use_true_random=False))


def _planted(good: str, calls: list[str], random: object) -> str:
    (tree,) = grammar.parse(good)
    for call in calls:
        (bad,) = grammar.parse(f"select {call.replace('<<victim>>', '0')}")
        expression = bad.select_stmt.target_list[0].res_target.val
        places = [node for node in _wrappers(tree) if node.WhichOneof("node") in PLACES]
        if places:
            random.choice(places).CopyFrom(expression)  # type: ignore[attr-defined]
    try:
        kind = tree.WhichOneof("node")
        return grammar.text_of_statement(getattr(tree, kind), kind)
    except grammar.Failure:
        return good


def _wrappers(tree: object) -> list[object]:
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Node):
            found.append(node)
        for slot, value in node.ListFields():  # type: ignore[attr-defined]
            if slot.message_type is not None:
                waiting += list(value) if slot.is_repeated else [value]
    return found
