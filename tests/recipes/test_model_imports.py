"""New imports of model files: where isort, as ruff runs it, leaves them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dbwright.recipes.model_source import add_import

MUTABLE = ("sqlalchemy.ext.mutable", ("MutableDict",))
JSONB = ("sqlalchemy.dialects.postgresql", ("JSONB",))
ANY = ("typing", ("Any",))
DECIMAL = ("decimal", ("Decimal",))
OWN = frozenset({"shop"})
STYLES = {
    "groups": """from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped

from shop.db import Base
from shop.types import Money
""",
    "plain imports": """import datetime
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

import shop.types
from shop.db import Base
""",
    "only its own": """from shop.extensions import db
""",
    "third party behind": """from sqlalchemy import ForeignKey
from zope.interface import implementer

from shop.db import Base
""",
    "relative": """from __future__ import annotations

from sqlalchemy import ForeignKey

from .base import Base
""",
    "broken over lines": """from sqlalchemy import (
    ForeignKey,
    String,
)

from shop.db import (
    Base,
    Dated,
)
""",
    "docstring alone": '''"""Models."""
''',
    "future": '''"""Models."""

from __future__ import annotations

from shop.db import Base
''',
}


def sorted_by_ruff(text: str, folder: Path) -> str:
    """Gives the text as ruff's isort rules leave it, `shop` being the project's own."""
    file = folder / "models.py"
    file.write_text(text)
    settings = ['lint.select=["I"]', 'lint.isort.known-first-party=["shop"]']
    arguments = [word for setting in settings for word in ("--config", setting)]
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--isolated", "-q", "--fix", *arguments, file], check=True)
    return file.read_text()


@pytest.mark.parametrize("need", [MUTABLE, JSONB, ANY, DECIMAL], ids=lambda need: need[0])
@pytest.mark.parametrize("style", STYLES)
def test_a_new_import_stands_where_isort_leaves_it(
    style: str, need: tuple[str, tuple[str, ...]], tmp_path: Path
) -> None:
    rest = "\n\nclass User(Base):\n    pass\n"
    before = sorted_by_ruff(STYLES[style] + rest, tmp_path)
    after = add_import(before, need[0], *need[1], own=OWN)
    assert after != before
    assert after == sorted_by_ruff(after, tmp_path)


def test_without_knowing_whose_a_package_is_an_import_joins_its_own_block() -> None:
    after = add_import(STYLES["groups"], *("sqlalchemy.ext.mutable", "MutableDict"))
    assert "Mapped\n" in after
    lines = after.splitlines()
    assert lines.index("from sqlalchemy.ext.mutable import MutableDict") == 3


def test_modules_in_one_order_stay_so() -> None:
    text = "from datetime import date\nimport uuid\nfrom zoneinfo import ZoneInfo\n"
    after = add_import(text, "typing", "Any")
    assert after.splitlines()[1] == "from typing import Any"


def test_names_that_stand_alone_get_lines_of_their_own() -> None:
    text = (
        "from sqlalchemy import asc\nfrom sqlalchemy import DateTime\nfrom sqlalchemy import orm\n"
    )
    after = add_import(text, "sqlalchemy", "func", "Boolean")
    names = [line.rpartition(" ")[2] for line in after.splitlines()]
    assert names == ["asc", "Boolean", "DateTime", "func", "orm"]
