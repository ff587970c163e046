"""The kinds of model change, read from the folder `kinds`."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "kinds"
PRELUDE = """from decimal import Decimal
from typing import Any, List

from sqlalchemy import *
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import *


class Base(DeclarativeBase):
    pass


"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change.

    `options` say what was meant, as dbwright's options; without them it must be refused, with
    these options printed. `attempt` is SQL that must work on the new schema, `refuses` SQL that it
    must refuse, `seen` a question after the attempt and `expected` its answer. `lost` are columns
    whose values the downgrade cannot bring back.
    """

    name: str
    title: str
    before: str
    after: str
    rows: tuple[str, ...]
    options: tuple[str, ...] = ()
    attempt: str | None = None
    refuses: str | None = None
    seen: str | None = None
    expected: tuple[tuple[Any, ...], ...] = ()
    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)


def kinds() -> list[Kind]:
    """Gives every kind, in the order of their names."""
    return [_read(file) for file in sorted(FOLDER.glob("*.py"))]


def _read(file: Path) -> Kind:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Kind(
        file.stem,
        (module.__doc__ or "").strip(),
        PRELUDE + module.BEFORE.lstrip("\n"),
        PRELUDE + module.AFTER.lstrip("\n"),
        tuple(module.ROWS),
        tuple(getattr(module, "OPTIONS", ())),
        getattr(module, "TRY", None),
        getattr(module, "REFUSES", None),
        getattr(module, "SEEN", None),
        tuple(getattr(module, "EXPECT", ())),
        getattr(module, "LOST", {}),
    )
