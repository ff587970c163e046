"""Code on few lines: the same Python, and what is no Python stays as it is."""

from __future__ import annotations

import ast

import pytest

from dbwright.render.code import squeezed

from .reports import CODE


def test_arguments_go_on_as_few_lines_as_fit() -> None:
    assert squeezed(CODE, 72) == [
        "with op.get_context().autocommit_block():",
        '    op.create_index("ix_orders_customer_id", "orders", ["customer_id"],',
        "                    postgresql_concurrently=True)",
    ]


@pytest.mark.parametrize(
    "code",
    [
        CODE,
        "x = (\n    1,\n)\n",
        'op.execute(\n    """\n    select 1\n    """\n)',
        "# a comment\n\nx = [\n    1,  # one\n    2,\n]\n",
        "def upgrade():\n    op.drop_table(\n        'a'\n    )\n\n\ndef downgrade():\n    pass",
        "f(\n    a for a in b\n)\n",
        "f(\n    *a,\n    **b,\n)",
    ],
)
def test_squeezed_code_is_the_same_python(code: str) -> None:
    lines = squeezed(code, 60)
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(code))
    assert len(lines) <= len(code.splitlines())


@pytest.mark.parametrize("code", ["select (\n  1\n", "ALTER TABLE a\n\nADD b int", "f(", "'''"])
def test_what_is_no_python_stays(code: str) -> None:
    assert squeezed(code, 60) == [line for line in code.splitlines() if line.strip()]


def test_what_does_not_fit_behind_its_bracket_hangs_by_four() -> None:
    inner = "select(func.count()).select_from(Order).where(Order.a)"
    code = f"return await session.scalar(\n    {inner}\n)"
    assert squeezed(code, 60)[1].startswith("    select(func")
