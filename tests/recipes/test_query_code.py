"""Statements as SQLAlchemy 2 code: it compiles to the statement, or it is not given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbwright.core.mapping import Mapping
from dbwright.jobs.models import read_mapping
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.orm.code import Code, written
from dbwright.recipes.queries.orm.same import is_same
from dbwright.scratch.worker import Worker

MODELS = """
from datetime import date, datetime
from decimal import Decimal
from sqlalchemy import ForeignKey, Numeric, String, DateTime, Table, Column, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB, ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
tags = Table("tags", Base.metadata, Column("order_id", Integer), Column("values", Text))
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    active: Mapped[bool]
    parent: Mapped[int | None] = mapped_column("parent_id", ForeignKey("customers.id"))
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    day: Mapped[date]
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    status: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict] = mapped_column(JSONB)
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
class Item(Base):
    __tablename__ = "items"
    __table_args__ = {"schema": "stock"}
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    price: Mapped[Decimal]
"""
SAID = [
    (
        "select o.id, o.total from orders o where o.customer_id = 5 and o.status = 'open' "
        "order by o.created_at desc limit 10"
    ),
    ("select count(*) from orders where created_at >= '2024-01-01' and created_at < '2024-02-01'"),
    (
        "select c.email, count(*) as n, sum(o.total) from customers c join orders o on "
        "o.customer_id = c.id where c.active group by c.email having count(*) > 3 order by n "
        "desc, c.email limit 20 offset 40"
    ),
    (
        "select * from customers where not exists (select 1 from orders o where o.customer_id "
        "= customers.id)"
    ),
    (
        "select c.id from customers c left join orders o on o.customer_id = c.id and o.status "
        "<> 'done' where o.id is null"
    ),
    (
        "select id, (select max(total) from orders o where o.customer_id = c.id) as top from "
        "customers c"
    ),
    "select id from orders where customer_id in (select id from customers where active)",
    "select id from orders where customer_id not in (1, 2, 3) and total between 1.5 and 20",
    (
        "with top as (select customer_id, sum(total) as s from orders group by customer_id) "
        "select c.email, top.s from top join customers c on c.id = top.customer_id order by "
        "top.s desc"
    ),
    (
        "with top as not materialized (select customer_id, sum(total) as s from orders group "
        "by customer_id) select t.s from top t where t.s > $1"
    ),
    (
        "select s.n from (select customer_id, count(*) as n from orders group by customer_id) "
        "s where s.n > 2"
    ),
    (
        "select id from orders where total > 5 union all select id from customers where active "
        "order by id limit 3"
    ),
    (
        "select case when total > 10 then 'big' when total > 5 then 'mid' else 'small' end as "
        "size, count(*) from orders group by case when total > 10 then 'big' when total > 5 "
        "then 'mid' else 'small' end"
    ),
    (
        "select total::int, cast(id as text) from orders where created_at > now() - interval "
        "'7 days'"
    ),
    (
        "select distinct on (customer_id) customer_id, id from orders order by customer_id, "
        "created_at desc"
    ),
    "select distinct status from orders",
    (
        "select id, row_number() over (partition by customer_id order by created_at desc) as "
        "rn from orders"
    ),
    (
        "select s.id from (select id, row_number() over (partition by customer_id order by "
        "created_at desc, id) as rn from orders) s where s.rn = 1"
    ),
    (
        "select c.id, l.id from customers c join lateral (select o.id from orders o where "
        "o.customer_id = c.id order by o.created_at desc limit 1) l on true"
    ),
    (
        "select c.id, l.id from customers c cross join lateral (select o.id from orders o "
        "where o.customer_id = c.id order by o.created_at desc limit 1) l"
    ),
    (
        "select id from orders where (created_at, id) < ($1, $2) order by created_at desc, id "
        "desc limit 20"
    ),
    "select id from orders where id = any(array[1,2,3])",
    "select data->>'k' from orders where data @> '{\"a\": 1}' and data->'a'->>'b' = 'x'",
    "select id from orders where labels && array['a']",
    (
        "select date_trunc('day', created_at) as day, sum(total) from orders group by "
        "date_trunc('day', created_at) order by day"
    ),
    "select date_trunc('month', o.created_at), sum(total) from orders o group by 1",
    "select id from customers where lower(email) = lower($1)",
    "select id from customers where email like 'a%' or email ilike '%b' and active is true",
    (
        "select a.id, b.id from customers a join customers b on b.parent_id = a.id where "
        "a.email = b.email"
    ),
    "select c.id from customers c, orders o where o.customer_id = c.id",
    (
        "select count(distinct customer_id), avg(total) filter (where status = 'open'), "
        "string_agg(status, ',' order by id) from orders"
    ),
    (
        "select coalesce(sum(total), 0) from orders where customer_id = $1 and day = date "
        "'2024-03-01'"
    ),
    "select i.id from stock.items i join orders o on o.id = i.order_id where i.price > 3",
    'select order_id, "values" from tags where "values" = \'a\'',
    "select exists (select 1 from orders where customer_id = 4)",
    (
        "select id from orders o where exists (select 1 from orders p where p.customer_id = "
        "o.customer_id and p.created_at > o.created_at)"
    ),
    ("select extract(year from created_at), total * 2 + 1, -total, total / 3, id % 2 from orders"),
    "select id from orders order by total desc nulls last, id nulls first limit $1 offset $2",
    "select id from orders where created_at at time zone 'utc' > '2024-01-01'",
    "select id from orders for update skip locked",
    "select id from orders where status is distinct from 'a' and not (total > 3 or total < 1)",
    "select percentile_cont(0.5) within group (order by total) from orders",
    (
        "select sum(total) over (order by id rows between unbounded preceding and current row) "
        "from orders"
    ),
    "select email || '!' || 'x' from customers",
    "select id from customers where email ~ '^a' and email not like 'b%' escape '!'",
    (
        "select customers.id as customers_id, customers.email as customers_email from "
        "customers where customers.id = 3"
    ),
    (
        "select anon_1.id from (select orders.id as id from orders limit 5) as anon_1 left "
        "outer join stock.items as items_1 on anon_1.id = items_1.order_id"
    ),
    "select 1",
    "select id from orders where id in ($1, $2) and total > 10.50 and customer_id = -5",
    (
        "select max(o.total) - min(o.total) as spread, round(avg(o.total), 2) from orders o "
        "where o.day >= '2024-01-01'::date and o.created_at >= '2024-01-01'::date"
    ),
    "select o.id from orders o where o.id >= all (select p.id from orders p)",
    "select id from (select id from orders union select id from customers) u where u.id > 3",
    (
        "select greatest(id, 3), substring(status from 1 for 2), upper(status), "
        "length(status), abs(total) from orders"
    ),
    (
        "select to_char(created_at, 'YYYY-MM') as month, count(*) from orders group by "
        "to_char(created_at, 'YYYY-MM') order by count(*) desc"
    ),
    (
        "select c.email from customers c where c.id = (select o.customer_id from orders o "
        "where o.id = 3) and c.active = true"
    ),
    (
        "select nullif(status, ''), array_agg(id order by created_at) from orders group by "
        "nullif(status, '')"
    ),
    "select lag(total, 1) over (partition by customer_id order by created_at) from orders",
    "select o.status, count(*) from orders o group by o.status order by 2 desc",
    "select c.* from customers c join orders o on o.customer_id = c.id where o.id = 3",
    (
        "select o1.id from orders o1 where o1.total > (select avg(o2.total) from orders o2 "
        "where o2.customer_id = o1.customer_id and exists (select 1 from stock.items i where "
        "i.order_id = o1.id))"
    ),
    "select o.status, c.email from orders o join customers c using (id) where c.active",
    (
        'select c.id, count(o.id) as "values" from customers c left join orders o on '
        "o.customer_id = c.id group by c.id having count(o.id) = 0"
    ),
    'select x.values from (select status as "values" from orders) x',
    (
        "select o.id from orders o where o.customer_id = $1 and o.created_at >= now() - "
        "interval '30 days' and o.created_at < $2"
    ),
    (
        "select o.id from orders o where round(o.total, 1) > 3 and o.status is not null and "
        "o.id is null"
    ),
    (
        "select c.id from customers c where c.id in (select o.customer_id from orders o where "
        "o.day = '2024-05-05') or c.active = false"
    ),
    "select count(*) from (select 1 from orders where status = 'x' limit 1001) s",
    (
        "select o.id from orders o join lateral (select max(p.total) as m from orders p where "
        "p.customer_id = o.customer_id) t on true where o.total = t.m"
    ),
    "select sum(case when o.status = 'a' then o.total else 0 end) from orders o",
    (
        "select o.id, c.id, c.email from orders o inner join customers c on c.id = "
        "o.customer_id full join stock.items i on i.order_id = o.id"
    ),
]
UNSAID = [
    "select o.id from orders o join customers c using (customer_id)",
    (
        "with recursive t as (select 1 as n union all select n + 1 from t where n < 5) select "
        "n from t"
    ),
    "select id from orders where status in ('a', 'b') order by id fetch first 3 rows only",
]
EMAIL = """\
from datetime import datetime

from sqlalchemy import desc, func, select

from models import Customer, Order

statement = (
    select(Customer.email, func.count().label("orders"))
    .select_from(Customer)
    .join(Order, Order.customer_id == Customer.id)
    .where(Order.created_at >= datetime(2024, 1, 1), Customer.id == id_)
    .group_by(Customer.email)
    .order_by(desc("orders"))
    .limit(20)
)"""
SQLITE = [
    "select id from orders where total > 5 order by total desc limit 3",
    "select c.email, count(*) as n from customers c left join orders o on o.customer_id = c.id "
    "where c.email like 'a%' group by c.email having count(*) > 1",
    "select id from orders o where exists (select 1 from customers c where c.id = o.customer_id)",
    "with t as (select customer_id, sum(total) as s from orders group by customer_id) "
    "select s from t where s > 3",
]


class Project:
    """A file of models in a child, and what code on it compiles to."""

    def __init__(self, root: Path, dialect: str = "postgresql") -> None:
        (root / "models.py").write_text(MODELS)
        self.dialect = dialect
        self.source: dict[str, Any] = {"file": str(root / "models.py")}
        self.worker = Worker(Path(sys.executable), root, dialect=dialect, timeout=60)
        self.mapping: Mapping = read_mapping(self.worker, self.source, root)[0]

    def code(self, sql: str, *placeholders: str) -> Code | None:
        """Gives a statement's code, not proved."""
        return written(sql, self.mapping, self.dialect, placeholders)

    def sql(self, code: Code) -> str:
        """Gives what code compiles to."""
        answer = self.worker.call(
            "compiled",
            code=code.run,
            classes=dict(code.classes),
            variables=dict(code.tables),
            parameters=dict(code.parameters),
            **self.source,
        )
        assert answer["sql"] is not None, (answer["why"], code.run)
        return str(answer["sql"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("orm").resolve())
    yield made
    made.worker.close()


@pytest.mark.parametrize("sql", SAID)
def test_the_code_compiles_to_the_statement(project: Project, sql: str) -> None:
    code = project.code(sql)
    assert code is not None
    assert code.compiles_to(project.sql(code))
    compile(code.shown, "shown", "exec")


@pytest.mark.parametrize("sql", UNSAID)
def test_what_cannot_be_said_exactly_is_not_said(project: Project, sql: str) -> None:
    assert project.code(sql) is None


CHANGES: list[tuple[str, Callable[[str], str]]] = [
    ("a bound", lambda sql: sql.replace("> 5", ">= 5")),
    ("an order", lambda sql: sql.replace(" DESC", "")),
    ("a limit", lambda sql: sql.replace("LIMIT 3", "LIMIT 4")),
    ("a column", lambda sql: sql.replace("orders.status", "orders.total", 1)),
    ("a condition", lambda sql: sql.replace("AND orders.status = 'open'", "")),
    ("a value", lambda sql: sql.replace("'open'", "'Open'")),
    ("a negation", lambda sql: sql.replace("NOT IN", "IN")),
    ("a join", lambda sql: sql.replace("LEFT OUTER JOIN", "JOIN")),
    ("a name", lambda sql: sql.replace("AS worth", "AS sum_1")),
]


@pytest.mark.parametrize(("what", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_a_statement_that_differs_is_another(
    project: Project, what: str, change: Callable[[str], str]
) -> None:
    code = project.code(
        "select o.status, sum(o.total) as worth from orders o left join customers c "
        "on c.id = o.customer_id where o.total > 5 and o.status = 'open' and o.id not in (1, 2) "
        "group by o.status order by worth desc limit 3"
    )
    assert code is not None
    sql = project.sql(code)
    assert code.compiles_to(sql)
    assert change(sql) != sql
    assert not code.compiles_to(change(sql))


def test_it_reads_as_people_write_it(project: Project) -> None:
    code = project.code(
        "select c.email, count(*) as orders from customers c join orders o "
        "on o.customer_id = c.id where o.created_at >= '2024-01-01' and c.id = $1 "
        "group by c.email order by orders desc limit 20"
    )
    assert code is not None
    assert code.shown == EMAIL


def test_parameters_have_the_names_that_the_user_gave(project: Project) -> None:
    code = project.code("select id from orders where total > $1 and id < $2", ":least", "%(top)s")
    assert code is not None
    assert [name for name, _ in code.parameters] == ["least", "top"]


def test_what_is_grouped_by_with_a_value_is_written_once(project: Project) -> None:
    code = project.code("select date_trunc('day', day), count(*) from orders group by 1")
    assert code is not None
    assert code.shown.count("date_trunc") == 1


def test_two_classes_of_one_name_are_not_guessed(project: Project) -> None:
    twice = Mapping(project.mapping.schema, (*project.mapping.mappers, project.mapping.mappers[0]))
    name = project.mapping.mappers[0].table
    assert written(f"select id from {name}", twice, "postgresql") is None


def test_a_table_without_a_class_is_taken_from_the_metadata(project: Project) -> None:
    code = project.code("select order_id from tags")
    assert code is not None
    assert 'tags = metadata.tables["tags"]' in code.shown


def test_names_that_rows_depend_on_are_no_decoration() -> None:
    one = tree.parse("select s.n from (select id as n from a) as s", "postgresql")
    assert one is not None
    assert not is_same(one, "select s.m from (select id as m from a) as s", "postgresql")


def test_sqlite_is_said_in_its_own_words(tmp_path: Path) -> None:
    project = Project(tmp_path.resolve(), "sqlite")
    try:
        for sql in SQLITE:
            code = project.code(sql)
            assert code is not None, sql
            assert code.compiles_to(project.sql(code)), (sql, project.sql(code))
    finally:
        project.worker.close()
