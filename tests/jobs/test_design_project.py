"""A design into a project is written as its models are, and proved among them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dbwright import api
from dbwright.core.brief import (
    Brief,
    BriefAccess,
    BriefAttribute,
    BriefEntity,
    BriefRelationship,
    BriefUnique,
)
from dbwright.core.design import Designed
from dbwright.core.errors import UsageError

from .projects import INI

FILES = {
    "alembic.ini": INI,
    "migrations/env.py": """
from alembic import context
from sqlalchemy import engine_from_config, pool
from app.models import Base

config = context.config
engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
""",
    "migrations/versions/0001_first.py": """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"),
                  nullable=False),
        sa.Column("email", sa.Text(), nullable=False, unique=True),
    )


def downgrade() -> None:
    op.drop_table("users")
""",
    "app/__init__.py": "",
    "app/models/__init__.py": """
from app.models.accounts import User
from app.models.base import Base

__all__ = ["Base", "User"]
""",
    "app/models/base.py": """
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = Annotated[int, mapped_column(BigInteger, primary_key=True)]


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}


class Dated:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
""",
    "app/models/accounts.py": """
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Dated, Key


class User(Dated, Base):
    __tablename__ = "users"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(unique=True)
""",
}
TITLE = BriefAttribute("title", length=100, minimum=1)
BLOG = Brief(
    domain="blog",
    entities=(
        BriefEntity(
            "Post",
            attributes=(
                TITLE,
                BriefAttribute("published_at", "datetime", required=False),
                BriefAttribute("status", values=("draft", "live"), default="draft"),
            ),
            uniques=(BriefUnique(("author", "title")),),
        ),
    ),
    relationships=(BriefRelationship("Post", "User", name="author"),),
    accesses=(BriefAccess("Post", by=("author",), order=("-created_at",)),),
)


def _project(folder: Path) -> Path:
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


CONFTEST = """
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.models import Base


@pytest.fixture
def keeping() -> Iterator[Session]:
    engine = create_engine("postgresql+psycopg://app:secret@db.example.invalid/test")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
        if session.is_active:
            session.commit()


@pytest.fixture
def rows() -> Iterator[Session]:
    engine = create_engine("postgresql+psycopg://app:secret@db.example.invalid/test")
    Base.metadata.create_all(engine)
    with engine.connect() as connection, connection.begin() as outer:
        yield Session(connection, join_transaction_mode="create_savepoint")
        outer.rollback()
"""


@pytest.fixture(scope="module")
def designed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Designed, Path]:
    folder = _project(tmp_path_factory.mktemp("blog"))
    (folder / "tests").mkdir()
    (folder / "tests/conftest.py").write_text(CONFTEST, encoding="utf-8")
    return api.design(brief=BLOG, path=folder), folder


@pytest.mark.database
def test_new_classes_are_written_as_the_others(designed: tuple[Designed, Path]) -> None:
    found, _ = designed
    files = {edit.path: edit.after or "" for edit in found.edits}
    text = files["app/models/blog.py"]
    assert "from app.models.base import Base, Dated, Key\n" in text
    assert "if TYPE_CHECKING:\n    from app.models.accounts import User\n" in text
    assert "class Post(Dated, Base):\n" in text
    assert "    id: Mapped[Key]\n" in text
    assert "    published_at: Mapped[datetime | None]\n" in text
    assert 'author: Mapped["User"] = relationship(back_populates="posts")' in text
    assert 'name="ck_posts_title_length"' in text
    assert 'name="uq_posts_author_id_title"' in text
    assert "class Base" not in text
    assert "created_at" not in text.replace("created_at DESC", "").replace("id_created_at", "")


@pytest.mark.database
def test_the_other_sides_and_the_package_are_edited(designed: tuple[Designed, Path]) -> None:
    found, folder = designed
    files = {edit.path: edit.after or "" for edit in found.edits}
    assert 'posts: Mapped[list["Post"]] = relationship(' in files["app/models/accounts.py"]
    assert "    from app.models.blog import Post\n" in files["app/models/accounts.py"]
    assert "from app.models.blog import Post\n" in files["app/models/__init__.py"]
    assert '    "Post",\n' in files["app/models/__init__.py"]
    assert not (folder / "app/models/blog.py").exists()


@pytest.mark.database
def test_the_proof_is_of_the_whole_project(designed: tuple[Designed, Path]) -> None:
    found, _ = designed
    counts = {item.what: item.count for item in found.proved}
    assert found.unverified == ()
    assert counts["tables created"] == 1
    assert counts["bad rows refused"] >= 6
    assert counts["revision up, down and up, its catalog the one that the models make"] == 1
    revisions = [edit.after for edit in found.edits if edit.path.startswith("migrations/")]
    assert len(revisions) == 1
    assert 'down_revision = "0001"' in (revisions[0] or "")


@pytest.mark.database
def test_the_tests_take_the_session_that_leaves_no_rows(designed: tuple[Designed, Path]) -> None:
    found, folder = designed
    files = {edit.path: edit.after or "" for edit in found.edits}
    text = files["tests/test_blog.py"]
    assert "def new_post(rows: Session, **values: Any) -> Post:" in text
    assert "from app.models.accounts import User\n" in text
    counts = {item.what: item.count for item in found.proved}
    assert counts["tests passed in the project"] == 10
    told = "keeping (tests/conftest.py) is not used: it leaves rows behind in posts"
    assert any(told in note for note in found.notes)
    assert not (folder / "tests/test_blog.py").exists()


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        (BriefEntity("User", attributes=(TITLE,)), r"User is there already .*accounts\.py:8"),
        (BriefEntity("User"), "all of this is there already: User"),
    ],
    ids=["another-one", "the-same"],
)
def test_a_taken_name_is_told_with_its_line(tmp_path: Path, entity: BriefEntity, said: str) -> None:
    folder = _project(tmp_path)
    with pytest.raises(UsageError, match=said):
        api.design(brief=Brief(entities=(entity,)), path=folder,
                   options=api.Options(sandbox=False))  # fmt: skip


def test_without_a_package_they_stand_behind_the_others(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n\n"
        "Base = declarative_base()\n\n\nclass Author(Base):\n"
        '    __tablename__ = "authors"\n    id = sa.Column(sa.Integer, primary_key=True)\n',
        encoding="utf-8",
    )
    born = BriefAttribute("written_on", "date")
    brief = Brief(
        entities=(BriefEntity("Book", attributes=(TITLE, born)),),
        relationships=(BriefRelationship("Book", "Author"),),
    )
    options = api.Options(target="sqlite")
    found = api.design(brief=brief, path=tmp_path, options=options)
    assert [edit.path for edit in found.edits] == ["models.py"]
    text = found.edits[0].after or ""
    assert "    id = sa.Column(sa.Integer, primary_key=True)\n    author_id: Mapped[int]" in text
    assert "    written_on: Mapped[datetime.date]\n" in text
    assert '    books = relationship("Book", back_populates="author"' in text
    assert any("use Column()" in note for note in found.notes)


EACH = {
    "app/models/__init__.py": "from .base import Base\nfrom .order_item import OrderItem\n"
    'from .user import User\n\n__all__ = ["Base", "OrderItem", "User"]\n',
    "app/models/base.py": FILES["app/models/base.py"],
    "app/models/user.py": FILES["app/models/accounts.py"].replace("app.models.base", ".base"),
    "app/models/order_item.py": """
from sqlalchemy.orm import Mapped

from .base import Base, Key


class OrderItem(Base):
    __tablename__ = "order_items"

    id: Mapped[Key]
""",
}
KINDS = Brief(
    entities=(
        BriefEntity("Post", "What is read.", attributes=(TITLE,)),
        BriefEntity("Tag", attributes=(BriefAttribute("name", unique=True),)),
        BriefEntity(
            "VideoPost", kind_of="Post", attributes=(BriefAttribute("seconds", "integer"),)
        ),
    ),
    relationships=(
        BriefRelationship("Post", "User", name="author"),
        BriefRelationship("Post", "Tag", "many-to-many"),
    ),
)


def _each(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {**FILES, **files}.items():
        if name == "app/models/accounts.py":
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


@pytest.mark.database
def test_one_file_a_model_stays_one_file_a_model(tmp_path: Path) -> None:
    found = api.design(brief=KINDS, path=_each(tmp_path, EACH))
    files = {edit.path: edit.after or "" for edit in found.edits}
    new = [edit.path for edit in found.edits if edit.before is None and "models" in edit.path]
    assert new == ["app/models/post.py", "app/models/tag.py", "app/models/video_post.py"]
    assert files["app/models/post.py"].startswith('"""What is read."""\n')
    assert "from .post import Post\n" in files["app/models/video_post.py"].partition("if TYPE")[0]
    assert "if TYPE_CHECKING:\n    from .tag import Tag\n    from .user import User\n" in (
        files["app/models/post.py"])  # fmt: skip
    assert "    from .post import Post\n" in files["app/models/user.py"]
    assert files["app/models/__init__.py"] == (
        "from .base import Base\nfrom .order_item import OrderItem\nfrom .post import Post\n"
        "from .tag import Tag\nfrom .user import User\nfrom .video_post import VideoPost\n\n"
        '__all__ = [\n    "Base",\n    "OrderItem",\n    "Post",\n    "Tag",\n    "User",\n'
        '    "VideoPost",\n]\n'
    )
    counts = {item.what: item.count for item in found.proved}
    assert counts["tables created"] == 4
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "app"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.database
def test_a_file_beside_that_brings_all_models_brings_the_new_ones(tmp_path: Path) -> None:
    """`app/db/base.py`, which env.py imports, names each model; the package itself none."""
    env = FILES["migrations/env.py"].replace("app.models import", "app.db.base import")
    base = (
        "from app.models.base import Base  # noqa: F401\n"
        "from app.models.user import User  # noqa: F401\n"
        "from app.models.order_item import OrderItem  # noqa: F401\n"
    )
    changed = {"app/models/__init__.py": "", "app/db/base.py": base, "migrations/env.py": env}
    found = api.design(brief=BLOG, path=_each(tmp_path, {**EACH, **changed}))
    files = {edit.path: edit.after or "" for edit in found.edits}
    assert "app/models/post.py" in files
    assert files["app/db/base.py"] == f"{base}from app.models.post import Post  # noqa: F401\n"


def test_a_named_layout_is_kept_to(tmp_path: Path) -> None:
    folder = _each(tmp_path, EACH)
    options = api.Options(sandbox=False)
    found = api.design(brief=KINDS, path=folder, layout="module", options=options)
    assert [edit.path for edit in found.edits if edit.before is None] == ["app/models/posts.py"]
