"""Python of an unknown writer: declarations and operations are taken, all else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.collect.declarative import revision_of, why_not_declarative

MODELS = """\
from __future__ import annotations

import datetime
import enum
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Kind(enum.Enum):
    PAPER = "paper"
    CLOTH = "cloth"


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("length(name) > 0", name="ck_users_name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(40), index=True, server_default=text("'x'"))
    kind: Mapped[Kind] = mapped_column(default=Kind.PAPER)
    born: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    tags: Mapped[list[str]] = mapped_column(postgresql.ARRAY(String))
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    boss: Mapped["User | None"] = relationship(remote_side=[id])


Index("ix_users_lower", func.lower(User.name))
"""
REVISION = '''\
"""a revision"""
from alembic import op
import sqlalchemy as sa

revision = "abc123"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("age", sa.Integer(), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index("ix_users_age", "users", ["age"], postgresql_concurrently=True)
    with op.batch_alter_table("users") as batch:
        batch.alter_column("age", existing_type=sa.Integer(), nullable=False)
    op.execute("update users set age = 0 where age is null")
    op.execute(sa.text("delete from users where age < 0"))


def downgrade() -> None:
    op.drop_column("users", "age")
'''


@pytest.mark.parametrize("code", [MODELS, REVISION], ids=["models", "revision"])
def test_plain_code_is_taken(code: str) -> None:
    assert why_not_declarative(code) == ""


def test_revision_of_code_is_a_plain_word() -> None:
    assert revision_of(REVISION) == "abc123"
    assert revision_of("revision: str = '../../x'") == ""
    assert revision_of("revision = open") == ""
    assert revision_of("x = 1") == ""


EVIL = {
    "os": "import os\nos.system('x')",
    "a module of the library": "import sqlalchemy as sa\nsa.util.compat.os.system('x')",
    "a module that it imports": "from sqlalchemy import util",
    "an engine": "import sqlalchemy as sa\nsa.create_engine('sqlite:///x.db').connect()",
    "an engine by name": "from sqlalchemy import create_engine",
    "an event": "from sqlalchemy import event",
    "open": "open('x', 'w')",
    "eval": "eval('1')",
    "__import__": "__import__('os')",
    "a dunder": "from sqlalchemy import Integer\nInteger.__subclasses__()",
    "a dunder by a class": "class A:\n    pass\nA.__init__.__globals__",
    "mro": "from sqlalchemy import Integer\nInteger.mro()",
    "a method of a text": "'{0.__class__}'.format(1)",
    "a loop": "for x in []:\n    pass",
    "a comprehension": "[x for x in ()]",
    "a lambda": "f = lambda: 1",
    "a function of its own": "def f():\n    return 1",
    "a decorator": "import enum\n@enum.unique\nclass A:\n    pass",
    "a decorator call": "from alembic import op\n@op.f\ndef upgrade():\n    pass",
    "a default argument": "from alembic import op\ndef upgrade(x=op.get_bind()):\n    pass",
    "the connection": "from alembic import op\nop.get_bind().exec_driver_sql('x')",
    "run_async": "from alembic import op\nop.run_async(1)",
    "SQL put together": "from alembic import op\nop.execute('a' + 'b')",
    "a name of SQL": "from alembic import op\nx = 'attach'\nop.execute(x)",
    "attach": "from alembic import op\nop.execute(\"attach 'x.db' as y\")",
    "vacuum": "from alembic import op\nop.execute(\"vacuum into 'x.db'\")",
    "copy": "from alembic import op\nop.execute(\"copy t to program 'x'\")",
    "do": "from alembic import op\nop.execute('do $$ begin end $$')",
    "a function of SQL": "from alembic import op\nop.execute(\"select pg_read_file('/x')\")",
    "a function that is made": (
        "from alembic import op\n"
        "op.execute('create function f() returns int language sql as $$select 1$$')"
    ),
    "text that runs": "from alembic import op\nimport sqlalchemy as sa\n"
    "op.execute(sa.text(\"copy t from program 'x'\"))",
    "a pickle": "from sqlalchemy import PickleType",
    "another meaning": "import sqlalchemy as sa\nsa = 1",
    "an f-string": "from alembic import op\nop.execute(f'x {op}')",
    "a star": "from sqlalchemy import *",
    "no Python": "def (:",
    "a metaclass call": "class A(metaclass=print):\n    pass",
    "an assignment to an attribute": "import sqlalchemy as sa\nsa.String = 1",
    "deleted": "x = 1\ndel x",
    "an expression in brackets": "from sqlalchemy import Integer\n{}[Integer()].x",
    "typing": "import typing\ntyping.get_type_hints(1)",
    "a module as a value": "from alembic import op\nx = op\nx.get_bind()",
    "a module in a list": "import sqlalchemy as sa\nx = [sa]",
    "tables made": "from sqlalchemy.orm import DeclarativeBase\nclass B(DeclarativeBase):\n"
    "    pass\nB.metadata.create_all(1)",
    "its registry": "from sqlalchemy.orm import DeclarativeBase\nclass B(DeclarativeBase):\n"
    "    pass\nB.mro()",
    "the dialects": "import sqlalchemy as sa\nsa.dialects.postgresql.base.os",
    "sys by datetime": "import datetime\ndatetime.sys.exit()",
    "sys by enum": "from enum import sys",
    "ctypes by uuid": "import uuid\nuuid.os.system('x')",
}


@pytest.mark.parametrize("code", EVIL.values(), ids=EVIL)
def test_all_else_is_not_run(code: str) -> None:
    assert why_not_declarative(code)


@given(st.text(max_size=60))
def test_any_text_is_judged(code: str) -> None:
    why_not_declarative(code)
