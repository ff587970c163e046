"""A small suite of its own, on which pytest runs with the plugin in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.jobs.zygote import Zygote

SRC = Path(__file__).parents[2] / "src"
SHOP = """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))


def authors(session):
    return session.scalars(select(Author).order_by(Author.id)).all()


def page(session):
    return [[post.id for post in author.posts] for author in authors(session)]
"""
CONFTEST = """
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from shop import Author, Base, Post

ENGINE = create_engine(
    "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
)

@pytest.fixture
def session():
    Base.metadata.drop_all(ENGINE)
    Base.metadata.create_all(ENGINE)
    with Session(ENGINE) as session:
        session.add_all(Author(posts=[Post()]) for _ in range(25))
        session.commit()
        for author in session.query(Author):
            assert author.posts
        session.expunge_all()
        yield session
"""
TESTS = """
from shop import Author, authors, page

def test_page(session):
    print("a page")
    assert len(page(session)) == 25

def test_page_again(session):
    assert page(session)[0] == [1]

def test_one(session):
    assert session.get(Author, 1) is not None
"""


PLUGINS = ["-p", "dbwright.frontends.pytest_plugin", "-p", "no:cacheprovider", "-q"]


class Suite:
    """A folder with a suite, and runs of pytest in it."""

    def __init__(self, root: Path, zygote: Zygote) -> None:
        self.root = root
        self.zygote = zygote
        path = f"{SRC}{os.pathsep}{root}"
        self.environment = {**zygote.environment, "PYTHONPATH": path}
        self.write({"shop.py": SHOP, "conftest.py": CONFTEST, "test_shop.py": TESTS})

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str]:
        """Runs pytest with the plugin; gives its status and what it said."""
        said = self.root.parent / "said"
        status = self.zygote.run([*PLUGINS, *arguments], self.root, self.environment, said)
        files = [Path(f"{said}.{name}") for name in ("out", "err")]
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        for file in files:
            file.unlink()
        return status, text

    def run_from_nothing(self, *arguments: str) -> tuple[int, str]:
        """Runs it in a process that is started for it."""
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", *PLUGINS, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr
