"""The models that an env.py names, read from its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.collect.env_models import models_of_env

ENV = """
from shop.models.base import Base
from shop import models, VERSION
import os

target_metadata = Base.metadata
"""


@pytest.mark.parametrize("root", ["", "shop"])
def test_modules_that_are_imported_from_a_package_bring_their_models(
    tmp_path: Path, root: str
) -> None:
    for name in ("__init__", "models/__init__", "models/base"):
        path = tmp_path / "shop" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    env = tmp_path / "env.py"
    env.write_text(ENV)
    found = models_of_env(env, tmp_path / root)
    expected = ("shop.models.base", "shop", "shop.models")
    assert found == ("shop.models.base:Base.metadata", expected)
