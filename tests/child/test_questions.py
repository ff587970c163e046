"""Questions to the mappers, and the statements that they send."""

from __future__ import annotations

import psycopg
import pytest

CODE = """
import datetime, uuid
from typing import List, Optional
import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
class Base(DeclarativeBase):
    pass
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret: Mapped[str]
    born: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.utcnow())
    made: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.utcnow)
    seen: Mapped[datetime.datetime] = mapped_column(server_default=sa.func.now())
    data: Mapped[dict] = mapped_column(sa.JSON, default={})
    blob: Mapped[Optional[bytes]] = mapped_column(sa.PickleType)
    raw: Mapped[Optional[bytes]] = mapped_column(sa.LargeBinary)
    posts: Mapped[List["Post"]] = relationship(cascade="all, delete")
    def __repr__(self):
        return f"User({self.name!r}, {self._more()})"
    def _more(self):
        return self.secret
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
bad = sa.Table("bad", Base.metadata, sa.Column("x"))
"""
SOURCE = {"code": CODE, "filename": "models.py"}


def ask(lab, question: str, host=None, **probe) -> tuple[bool, str]:
    asked = {"question": question, "mapper": "User", **probe}
    answer = lab.worker().call("question", host, probe=asked, **SOURCE)
    return answer["answer"], answer["witness"]


@pytest.mark.parametrize(
    ("question", "attribute", "answer"),
    [
        ("repr_shows", "secret", True),
        ("repr_shows", "raw", False),
        ("default_repeats", "born", True),
        ("default_repeats", "made", False),
        ("default_shared", "data", True),
        ("default_shared", "made", False),
        ("pickle_runs_code", "blob", True),
        ("pickle_runs_code", "raw", False),
        ("configure_fails", "posts", False),
        ("configure_warns", "posts", False),
    ],
)
def test_a_question_is_answered_by_trying_it(lab, question, attribute, answer):
    found, witness = ask(lab, question, attribute=attribute)
    assert found is answer, witness


def test_a_table_that_cannot_be_written_is_told(lab):
    assert ask(lab, "compile_fails", table="bad")[0]
    assert not ask(lab, "compile_fails", table="users")[0]


def test_the_unknown_is_refused_by_name(lab):
    with pytest.raises(Exception, match="no mapped class is called Nobody"):
        ask(lab, "repr_shows", mapper="Nobody", attribute="x")


def made(lab) -> object:
    host = lab.host()
    good = {"code": CODE[: CODE.index("bad = ")], "filename": "models.py"}
    lab.worker().call("create_all", host, **good)
    return host


def test_deleting_through_the_orm_loads_the_children(lab):
    host = made(lab)
    with lab.database.connect() as connection:
        connection.execute(
            "insert into users (name, secret, born, made, data) values ('a','b',now(),now(),'{}')"
        )
        connection.execute("insert into posts (user_id) values (1)")
    good = {"code": CODE[: CODE.index("bad = ")], "filename": "models.py"}
    probe = {"question": "orm_delete", "mapper": "User", "attribute": "posts"}
    found = lab.worker().call("question", host, probe=probe, **good)
    assert found["answer"], found
    assert any(sql.startswith("DELETE FROM users") for sql in found["statements"])
    assert lab.query("select count(*) from posts") == [(1,)]


def test_the_mappers_statements_run_as_they_are(lab):
    made(lab)
    good = {"code": CODE[: CODE.index("bad = ")], "filename": "models.py"}
    found = lab.worker().call("statements", **good)
    users = {item["action"]: item for item in found if item["mapper"].endswith(".User")}
    assert list(users) == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    names = {parameter["column"] for parameter in users["INSERT"]["parameters"]}
    assert names == {"name", "secret", "born", "made", "data", "blob", "raw"}
    values = {"name": "n", "secret": "s", "data": "{}", "blob": None, "raw": None, "id": 1}
    values |= {"born": "2024-01-01", "made": "2024-01-01", "seen": "2024-01-01"}
    with lab.database.connect() as connection:
        cursor = psycopg.ClientCursor(connection)
        for action, item in users.items():
            bound = {p["name"]: values[p["column"]] for p in item["parameters"]}
            cursor.execute(item["sql"], bound or None)
            assert action == "SELECT" or cursor.rowcount == 1
