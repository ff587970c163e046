"""Rows are written one by one in a loop, each by a statement of its own.

## What it does

Looks for a line in a loop that sends the same INSERT, UPDATE or DELETE five and more times, each
for one row with other values. What a flush of the Session sends is none of it.

## Why is this bad?

Each row waits for the network, though one statement with a list of rows, or with a list of keys,
writes them all. Ten to a hundred times as long is common.

## When to leave it

When there are a few rows only, or each write needs what the last one gave. Silent are lists of
rows, writes of a range or of a list of keys, the same write tried again, updates and deletes whose
count of rows the program reads, and rows that are written in a savepoint or a transaction of
their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope, Shape
from dbwright.core.rule import Applies, ProgramExample
from dbwright.core.stack_lines import value_is_used
from dbwright.recipes.queries import repeats, watched, writing

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Entry(Base):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]

def fill(session):
    session.add_all(Entry(amount=number) for number in range(9))

KEYS = [2, 3, 4, 6, 7, 8]
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    for number in range(20):
        session.execute(insert(Entry).values(amount=number))
    return session.scalar(select(func.sum(Entry.amount)))
""",
    fixed="""
def work(session):
    session.execute(insert(Entry), [{"amount": number} for number in range(20)])
    return session.scalar(select(func.sum(Entry.amount)))
""",
    claims=("repeats_statement",),
    object="Entry",
)
BAD_UPDATE = ProgramExample(
    MODELS
    + """
def work(session):
    for key in KEYS:
        session.execute(update(Entry).where(Entry.id == key).values(amount=key * 10))
    return session.scalar(select(func.sum(Entry.amount)))
""",
    fixed="""
def work(session):
    session.execute(update(Entry), [{"id": key, "amount": key * 10} for key in KEYS])
    return session.scalar(select(func.sum(Entry.amount)))
""",
    object="Entry",
)
BAD_DELETE = ProgramExample(
    MODELS
    + """
def remove(session, key):
    session.execute(text("delete from entry where id = :key"), {"key": key})

def work(session):
    for key in KEYS:
        remove(session, key)
    return session.scalar(select(func.count(Entry.id)))
""",
    fixed="""
def work(session):
    session.execute(delete(Entry).where(Entry.id.in_(KEYS)))
    return session.scalar(select(func.count(Entry.id)))
""",
    object="entry",
)
BAD_UPSERT = ProgramExample(
    MODELS
    + """
from sqlalchemy.dialects.sqlite import insert as insert_or

def work(session):
    for key in range(1, 13):
        session.execute(insert_or(Entry).values(id=key, amount=1).on_conflict_do_nothing())
    return session.scalar(select(func.count(Entry.id)))
""",
    fixed="""
def work(session):
    rows = [{"id": key, "amount": 1} for key in range(1, 13)]
    session.execute(insert_or(Entry).on_conflict_do_nothing(), rows)
    return session.scalar(select(func.count(Entry.id)))
""",
    object="Entry",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    for start in range(0, 120, 20):
        rows = [{"amount": number} for number in range(start, start + 20)]
        session.execute(insert(Entry), rows)
    return session.scalar(select(func.sum(Entry.amount)))
"""
)
GOOD_RANGE = ProgramExample(
    MODELS
    + """
def work(session):
    for low in range(1, 9):
        query = update(Entry).where(Entry.id >= low, Entry.id < low + 3)
        session.execute(query.values(amount=Entry.amount + 1))
        session.commit()
    return session.scalar(select(func.sum(Entry.amount)))
"""
)
GOOD_COUNTED = ProgramExample(
    MODELS
    + """
def remove(session, key):
    return session.execute(delete(Entry).where(Entry.id == key)).rowcount

def work(session):
    gone = []
    for key in (2, 4, 6, 8, 70, 71, 72, 73, 74):
        if remove(session, key) == 0:
            gone.append(key)
    return gone
"""
)
GOOD_SAVEPOINT = ProgramExample(
    MODELS
    + """
def work(session):
    failed = 0
    for key in [7, 8, 9, 10, 11, 12]:
        try:
            with session.begin_nested():
                session.execute(insert(Entry).values(id=key, amount=1))
        except Exception:
            failed += 1
    return failed
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each statement and line."""
    for scope in recording.scopes:
        for group, shape in repeats.writes(recording, scope):
            if group.flushes or group.sets > 1 or repeats.apart(group):
                continue
            if repeats.ranged(shape) or repeats.listed(shape, group):
                continue
            loop = group.loop
            few = min(group.count, group.parameters) < writing.TURNS
            if few or not repeats.repeated(group) or loop is None or group.fails_alone:
                continue
            if shape.verb != "insert" and all(map(value_is_used, group.stacks)):
                continue
            if not writing.savepoints(recording, scope, loop):
                yield _finding(recording, scope, group, shape)


def _finding(recording: Recording, scope: Scope, group: Group, shape: Shape) -> Finding:
    names = repeats.Names(recording, scope)
    columns = repeats.equal(shape)
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} {shape.verb.upper()}s write one row each",
        names.of_write(shape),
        [Claim("repeats_statement", probe=RunProbe(shape.sql, group.count))],
        verb=shape.verb,
        upsert=shape.upsert,
        target=_target(names, shape),
        columns=[names.spelled(shape, each) for each in columns],
        keys=[name for *_, name in columns],
        written=[each for each in shape.written if each not in {name for *_, name in columns}],
    )


def _target(names: repeats.Names, shape: Shape) -> str:
    """Gives what is written as code: a class, or a table by its name."""
    return names.of_write(shape).replace(".", "_")


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one statement with a list of rows, or of keys."""
    verb, target = finding.details["verb"], finding.details["target"]
    code, title = {"insert": _insert, "update": _update, "delete": _delete}[verb](finding, target)
    return watched.code_advice(
        "each row is a statement of its own, and every statement waits for the network",
        title,
        code,
        (
            Alternative(
                "session.add_all(objects) and one flush",
                "the Session writes them together where the driver can; it holds all objects",
            ),
            Alternative(
                "COPY (psycopg's cursor.copy()) for very many new rows of PostgreSQL",
                "the fastest way in; no defaults of Python, no ON CONFLICT",
            ),
        ),
        Risk(
            "one bad row fails them all, and a long list is held in memory",
            "write in slices of some thousands, each in a savepoint where rows are doubtful",
        ),
    )


def _row(names: list[str]) -> str:
    return ", ".join(f'"{name}": …' for name in names) or "…"


def _insert(finding: Finding, target: str) -> tuple[str, str]:
    row = _row(finding.details["written"])
    rows = f"rows = [{{{row}}} for … in …]  # what the loop goes through\n"
    title = f"one insert({target}) with a list of rows"
    if finding.details["upsert"]:
        query = f"query = insert({target}).on_conflict…  # as it is in the loop, without its values"
        return f"{rows}{query}\nsession.execute(query, rows)  # one statement for all", title
    return f"{rows}session.execute(insert({target}), rows)  # one statement for all", title


def _update(finding: Finding, target: str) -> tuple[str, str]:
    keys, columns = finding.details["keys"], finding.details["columns"]
    row = _row([*keys, *finding.details["written"]])
    code = (
        f"rows = [{{{row}}} for … in …]\n"
        f"session.execute(update({target}), rows)  # rows by primary key, each with its values\n"
    )
    if columns:
        values = ", ".join(f"{name}=…" for name in finding.details["written"]) or "…"
        code += (
            "# or, where all get the same values:\n"
            f"session.execute(update({target}).where({repeats.keyed(columns)}).values({values}))"
        )
    return code, f"one update({target}) with a list of rows or of keys"


def _delete(finding: Finding, target: str) -> tuple[str, str]:
    columns = finding.details["columns"]
    condition = repeats.keyed(columns) if columns else "….in_(keys)"
    code = f"session.execute(delete({target}).where({condition}))  # one statement for all keys"
    return code, f"one delete({target}) with the list of keys"
