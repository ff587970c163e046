"""The models of tests of what is counted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.recipes.loops.counted import MODELS

from dbwright.core.mapping import Mapping
from dbwright.jobs.models import read_mapping
from dbwright.scratch.worker import Worker


@pytest.fixture(scope="module")
def counted_mapping(tmp_path_factory: pytest.TempPathFactory) -> Mapping:
    """The models as SQLAlchemy configures them."""
    root = tmp_path_factory.mktemp("models")
    worker = Worker(Path(sys.executable), root, dialect="sqlite", timeout=120)
    try:
        return read_mapping(worker, {"code": MODELS, "filename": "models.py"}, root)[0]
    finally:
        worker.close()
