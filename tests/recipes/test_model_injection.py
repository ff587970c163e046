"""SQL made of values: what leads back to a parameter is found, what is checked is not."""

from __future__ import annotations

import textwrap

import pytest

from dbwright.core.source import Source
from dbwright.recipes import injection, injection_fix, injection_proof

HEAD = "from sqlalchemy import text, literal_column\nALLOWED = {'a': 'x'}\n"


def found(code: str, path: str = "app.py", *others: str) -> list[injection.Injection]:
    sources = [Source(path, HEAD + textwrap.dedent(code))]
    sources += [Source(f"other{n}.py", textwrap.dedent(other)) for n, other in enumerate(others)]
    return list(injection.injections(sources))


@pytest.mark.parametrize(
    "code",
    [
        "def f(s, q):\n    s.execute(text(f'select 1 where x = {q}'))\n",
        "def f(s, q):\n    s.execute(text('select 1 where x = ' + q))\n",
        "def f(s, q):\n    s.execute(text('select 1 where x = %s' % q))\n",
        "def f(s, q):\n    s.execute(text('select 1 where x = {}'.format(q)))\n",
        "def f(s, q):\n    sql = f'select {q}'\n    s.execute(text(sql))\n",
        "def f(s, q):\n    sql = 'select 1'\n    sql += ' and ' + q\n    s.execute(text(sql))\n",
        "def f(s, q):\n    s.exec_driver_sql(f'select {q.strip().lower()}')\n",
        "def f(s, q):\n    s.execute(f'select {q}')\n",
        "def f(s, qs):\n    names = ', '.join(qs)\n    s.execute(text(f'select {names}'))\n",
        "def f(s, request):\n    s.execute(text(f\"select {request.args['q']}\"))\n",
        "def f(q, sort):\n    return q.order_by(text(sort))\n",
        "def f(q: str):\n    return literal_column(f'x + {q}')\n",
    ],
)
def test_a_value_from_a_parameter_is_found(code: str):
    assert [one.function for one in found(code)] == ["f"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(s, q):\n    s.execute(text('select 1 where x = :q'), {'q': q})\n",
        "def f(s, q: int):\n    s.execute(text(f'select {q}'))\n",
        "def f(s, q):\n    s.execute(text(f'select {int(q)}'))\n",
        "def f(s, q):\n    s.execute(text(f'select {ALLOWED[q]}'))\n",
        "def f(s, q):\n    c = ALLOWED.get(q)\n    s.execute(text(f'select {c}'))\n",
        "def f(s, q):\n    if q not in ALLOWED:\n        raise ValueError\n"
        "    s.execute(text(f'select {q}'))\n",
        "def f(s, q):\n    if not q.isidentifier():\n        raise ValueError\n"
        "    s.execute(text(f'select {q}'))\n",
        "def f(s, model):\n    s.execute(text(f'select 1 from {model.__tablename__}'))\n",
        "def f(s):\n    for t in ('a', 'b'):\n        s.execute(text(f'select 1 from {t}'))\n",
        "def f(s, q):\n    s.execute(text(f'select {quote(q)}'))\n",
        "def f(s, ids):\n    marks = ', '.join(f':p{n}' for n in range(len(ids)))\n"
        "    s.execute(text(f'select 1 where x in ({marks})'))\n",
        "def f(s, sql):\n    s.execute(text(sql))\n",
        "def f(s, sql):\n    s.execute(text(f'explain {sql}'))\n",
        "NAME = 'x'\ndef f(s):\n    s.execute(text(f'select {NAME}'))\n",
        "def f(s, q, full):\n    s.execute(text(f\"select {'a' if full else 'b'}\"))\n",
    ],
)
def test_a_value_that_is_checked_or_constant_is_left_alone(code: str):
    assert found(code) == []


def test_a_function_that_is_only_called_with_constants_is_left_alone():
    code = "def count(s, table):\n    s.execute(text(f'select count(*) from {table}'))\n"
    head = "from app import count\ncount(s, 'users')\n"
    assert found(code, "app.py", f"{head}count(s, table='orders')\n") == []
    assert len(found(code, "app.py", f"{head}count(s, name)\n")) == 1


def test_tests_and_migrations_are_left_alone():
    code = "def f(s, q):\n    s.execute(text(f'select {q}'))\n"
    assert found(code, "tests/test_app.py") == []
    assert found(code, "migrations/versions/1.py") == []


def test_the_proof_puts_a_division_into_the_users_own_text():
    code = (
        "def f(s, q):\n    s.execute(text(f\"select id from t where a like '%{q}%' limit :n\"))\n"
    )
    probe = injection_proof.probe(found(code)[0], "postgresql")
    assert probe is not None
    assert probe.code == "22012"
    assert probe.statements == (
        "select id from t where a like '%x%' limit null",
        "select id from t where a like '%x' || (1/0)::text || 'x%' limit null",
    )


def test_a_mere_piece_of_sql_has_no_proof():
    code = "def f(q, sort):\n    return q.order_by(text(sort))\n"
    assert injection_proof.probe(found(code)[0], "postgresql") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("text(f'select 1 where x = {q}')", "text('select 1 where x = :q').bindparams(q=q)"),
        (
            "text(f\"a like '%{q}%'\")",
            'text("a like :q").bindparams(q=f"%{q}%")',
        ),
        ("text(f\"a = '{form.name}'\")", 'text("a = :name").bindparams(name=form.name)'),
        (
            "text(f'a = {q} and b = {q}')",
            "text('a = :q and b = :q_').bindparams(q=q, q_=q)",
        ),
    ],
)
def test_a_value_becomes_a_bound_parameter(before: str, after: str):
    assert injection_fix.bound(f"x = {before}\n", 1) == f"x = {after}\n"


def test_a_name_of_a_table_or_column_cannot_be_bound():
    assert injection_fix.bound("x = text(f'select 1 from {t}')\n", 1) is None
    assert injection_fix.bound("x = text(f'select 1 order by {t}')\n", 1) is None
