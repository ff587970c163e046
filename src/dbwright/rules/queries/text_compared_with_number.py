"""A text column that is held against a number is turned into a number for every row.

## What it does

Looks for a VARCHAR, CHAR or TEXT column that is compared with a number, or joined with a column of
numbers.

## Why is this bad?

MySQL and MariaDB compare the two as floating numbers: each text is read as one, so that the index
of the texts serves nothing and every row is read. It finds more than is meant, too: `'42 pieces'`,
`' 42'` and `'042'` are all equal to 42, and large numbers that differ are equal as floats.

## When to leave it

Where texts that only count as the number have to be found; better then to store a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from dbwright.core.finding import Advice, Finding, Remedy
from dbwright.core.query import Query
from dbwright.core.rule import Applies, QueryExample
from dbwright.recipes.queries import bare_column, remedies, tree
from dbwright.recipes.queries.comparisons import family
from dbwright.recipes.queries.reading import Block, Reading, Reference

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "warning"
TABLES = """
create table customers (id int primary key, account_no varchar(20) not null, name varchar(80));
create index ix_customers_account_no on customers (account_no);
create table payments (id int primary key, account int not null);
"""
ROWS = (
    "insert into customers select seq, concat('10', seq), concat('name ', seq) from seq_1_to_9000",
    "insert into payments select seq, 100 + seq % 900 from seq_1_to_3000",
)
BAD = QueryExample(
    schema=TABLES,
    sql="select c.id, c.name from customers c where c.account_no = 104711",
    claims=("cheaper_plan",),
    data=ROWS,
    dialect="mariadb",
)
BAD_SEVERAL = QueryExample(
    schema=TABLES,
    sql="select id from customers where account_no in (104711, 104712) and name <> ''",
    claims=("cheaper_plan",),
    data=ROWS,
    dialect="mariadb",
)
BAD_JOIN = QueryExample(
    schema=TABLES,
    sql="select c.id, p.id from payments p join customers c on c.account_no = p.account"
    " where p.id < 20",
    claims=("cheaper_plan",),
    data=ROWS,
    dialect="mariadb",
)
GOOD = QueryExample(
    schema=TABLES,
    sql="select id, name from customers where account_no = '104711'",
    data=ROWS,
    dialect="mariadb",
)
GOOD_NUMBER_AS_TEXT = QueryExample(
    schema=TABLES + "create index ix_payments_account on payments (account);",
    sql="select id from payments where account = '477'",
    data=ROWS,
    dialect="mariadb",
)
GOOD_FEW_BEFORE = QueryExample(
    schema=TABLES,
    sql="select id from customers where id = 7 and account_no = 107",
    data=ROWS,
    dialect="mariadb",
)
_TEXTS = ("varchar", "char", "text")
_NUMBERS = ("integer", "numeric", "float")
CHANGES = "texts that only count as the number are found no longer: '042', '42 pieces'"


def check(query: Query) -> Iterator[Finding]:
    """Yields a finding for each condition that reads texts as numbers."""
    reading = Reading(query)
    for block in reading.blocks:
        for condition in _all(block):
            for found, other in _compared(query, reading, condition):
                remedy = _sent_as_text(query, found, condition, other)
                yield remedies.finding(
                    query,
                    f"{found.key} is {found.column.type} and held against a number, so each row's "
                    "text is read as one",
                    found.key,
                    [remedy],
                )


def _all(block: Block) -> list[exp.Expr]:
    """The conditions of a block, those by which outer joins find their rows too."""
    joins = (each.join for each in block.sources.values() if each.join is not None)
    on = [join.args["on"] for join in joins if join.side and join.args.get("on") is not None]
    return [*block.conditions(), *(part for each in on for part in tree.conjuncts(each))]


def _compared(
    query: Query, reading: Reading, condition: exp.Expr
) -> Iterator[tuple[Reference, exp.Expr]]:
    """Gives the text column of a condition, and the condition with a text on the other side."""
    if isinstance(condition, exp.In):
        found, texts = _text(query, reading, condition.this), _texts(condition.expressions)
        if found is not None and texts:
            yield found, exp.In(this=condition.this.copy(), expressions=texts)
    if not isinstance(condition, exp.EQ):
        return
    for side, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        found, theirs = _text(query, reading, side.unnest()), reading.reference(other.unnest())
        texts = _texts([other])
        if found is not None and texts:
            yield found, exp.EQ(this=side.copy(), expression=texts[0])
        elif found is not None and theirs is not None and family(query, theirs) in _NUMBERS:
            as_text = exp.cast(other.copy(), "char")
            yield found, exp.EQ(this=side.copy(), expression=as_text)


def _text(query: Query, reading: Reading, node: exp.Expr) -> Reference | None:
    found = reading.reference(node)
    return found if found is not None and family(query, found) in _TEXTS else None


def _texts(values: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The numbers of a list as texts; none where one is no number that is written out."""
    found: list[exp.Expr] = []
    for each in values:
        if not isinstance(each, exp.Literal) or each.is_string or not str(each.this).isdigit():
            return []
        found.append(exp.Literal.string(str(each.this)))
    return found


def _sent_as_text(query: Query, found: Reference, condition: exp.Expr, other: exp.Expr) -> Remedy:
    joined = other.find(exp.Cast) is not None
    change = bare_column.Change(found, condition, ((condition, other),), (other,), changes=CHANGES)
    return bare_column.compared(
        query,
        change,
        title="cast the number to a text" if joined else "send the number as a text",
        sqlalchemy="cast(Model.number, String)" if joined else "a str as the parameter",
    )


def advise(finding: Finding, query: Query) -> Advice:
    """Gives the comparison of texts."""
    reason = "a text and a number are compared as floats, and an index of texts finds no floats"
    given = remedies.advice(finding, query, reason)
    return remedies.also(
        given, "make the column a number", "the rows have to be numbers all; a migration of its own"
    )
