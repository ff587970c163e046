"""A value of an enum is one that the code names, and no SQL from outside."""

from __future__ import annotations

import pytest

from dbwright.core.source import Source
from dbwright.recipes import injection

CODE = """
import enum
from sqlalchemy import text
class Kind(enum.StrEnum):
    new = "new"
def of_kind(session, kind: {annotation}):
    return session.execute(text(f"select id from products where tags = '{{kind}}'"))
"""


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ("Kind", []),
        ("Kind | None", []),
        ("Kind | str", ["of_kind"]),
        ("Other", ["of_kind"]),
        ("None", ["of_kind"]),
    ],
)
def test_a_parameter_of_an_enum_alone_is_no_injection(annotation: str, told: list[str]) -> None:
    source = Source("shop/pages.py", CODE.format(annotation=annotation))
    assert [each.function for each in injection.injections([source])] == told
