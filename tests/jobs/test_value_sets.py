"""A new set of values is kept as the project keeps its others, and the other way is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dbwright import api
from dbwright.core.model_change import ModelsChanged
from dbwright.core.options import Options

from .projects import CREATE, Project, revision

HEAD = """
import enum

from sqlalchemy import CheckConstraint, Enum, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


"""
REST = """

class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
CLASS = """class Color(str, enum.Enum):
    RED = "red"
    DARK_BLUE = "dark blue"


"""
CAR = """class Car(Base):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
BARE = HEAD + CLASS + CAR + "    color: Mapped[Color]\n" + REST
CALLED = (
    HEAD
    + CLASS
    + CAR
    + '    color: Mapped[Color] = mapped_column(\n        Enum(Color, name="car_color", '
    "native_enum=False, values_callable=lambda e: [m.value for m in e])\n    )\n" + REST
)
TEXTS = (
    HEAD
    + CAR
    + '    color: Mapped[str] = mapped_column(Enum("red", "blue", name="color"))\n'
    + REST
)
CHECKED = (
    HEAD
    + CAR.replace(
        '    __tablename__ = "cars"\n',
        '    __tablename__ = "cars"\n    __table_args__ = (\n        CheckConstraint("color IN '
        "('red', 'blue')\", name=\"ck_cars_color\"),\n    )\n",
    )
    + "    color: Mapped[str] = mapped_column(String(20))\n"
    + REST
)
NONE = HEAD + CAR + REST
REQUEST = "add a status (open, on hold, paid) to orders, default open"


def change(
    folder: Path, models: str, request: str = REQUEST, choose: str = ""
) -> tuple[str, ModelsChanged]:
    (folder / "models.py").write_text(models.lstrip("\n"))
    options = Options(models="models:Base", sandbox=False, target="postgresql-18")
    found = api.change_models(request, folder, options, choose=choose)
    assert found.edits, found.request.problems
    return str(found.edits[0].after), found


def test_a_class_that_annotations_name_gets_a_like(tmp_path: Path) -> None:
    text, found = change(tmp_path, BARE)
    assert (
        'class OrderStatus(str, enum.Enum):\n    OPEN = "open"\n    ON_HOLD = "on hold"\n'
        '    PAID = "paid"\n\n\nclass Order(Base):' in text
    )
    # SQLAlchemy stores the members' names
    assert '    status: Mapped[OrderStatus] = mapped_column(server_default="OPEN")\n' in text
    assert "CheckConstraint(" not in text
    decision = next(item for item in found.decisions if item.about == "Order.status")
    assert decision.reason == "the project keeps its others so, as in Car.color (models.py:20)"
    assert [way.name for way in decision.others] == ["check"]


def test_what_the_call_of_another_enum_says_is_said_again(tmp_path: Path) -> None:
    text, _ = change(tmp_path, CALLED)
    assert 'Enum(OrderStatus, name="order_status", native_enum=False,' in " ".join(
        text.split()
    ) or ('OrderStatus, name="order_status", native_enum=False' in " ".join(text.split()))
    assert text.count("values_callable=lambda e: [m.value for m in e]") == 2
    assert 'server_default="open"' in text


def test_texts_in_an_enum_are_kept_so(tmp_path: Path) -> None:
    text, _ = change(tmp_path, TEXTS)
    assert 'Enum("open", "on hold", "paid", name="order_status")' in text
    assert "status: Mapped[str]" in text


@pytest.mark.parametrize("models", [CHECKED, NONE], ids=["others have a CHECK", "no others"])
def test_without_an_enum_it_is_a_check_and_the_enum_is_offered(models: str, tmp_path: Path) -> None:
    text, found = change(tmp_path, models)
    assert "status IN ('open', 'on hold', 'paid')" in text
    decision = next(item for item in found.decisions if item.about == "Order.status")
    assert [way.name for way in decision.others] == ["enum"]
    text, _ = change(tmp_path, models, choose="enum")
    assert 'Enum("open", "on hold", "paid", name="order_status")' in text


def test_a_check_can_be_chosen_where_the_habit_is_an_enum(tmp_path: Path) -> None:
    text, _ = change(tmp_path, BARE, choose="check")
    assert "status IN ('open', 'on hold', 'paid')" in text
    assert "class OrderStatus" not in text


def test_pythons_enum_is_not_taken_for_sqlalchemys(tmp_path: Path) -> None:
    models = BARE.replace("import enum\n", "from enum import Enum\n").replace("enum.Enum", "Enum")
    models = models.replace("CheckConstraint, Enum, String", "String")
    text, _ = change(tmp_path, models)
    assert "class OrderStatus(str, Enum):" in text
    assert "import Enum, String" not in text


@pytest.mark.database
def test_the_revision_makes_the_type_and_takes_it_back(project: Project) -> None:
    models = BARE.replace(CLASS, "").replace("    color: Mapped[Color]\n", "") + (
        '    kind: Mapped[str] = mapped_column(Enum("web", "shop", name="order_kind"))\n'
    )
    create = """
op.create_table("cars", sa.Column("id", sa.Integer(), primary_key=True))
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("kind", sa.Enum("web", "shop", name="order_kind"), nullable=False),
)
"""
    drop = 'op.drop_table("orders")\nop.drop_table("cars")\nop.execute("drop type order_kind")'
    assert CREATE
    project.standard(models=models).revisions(b2=None, a1=revision("a1", None, create, drop))
    answer = project.run("models", "change", REQUEST, "--format", "json")
    assert answer.status == 0, answer.stderr
    data = json.loads(answer.stdout)
    (path,) = data["revisions"]
    assert "order_status" in data["files"][path]
    assert any("went up, down and up" in proof["witness"] for proof in data["proof"])
