"""The steps of the fold: one function for each kind of operation, found by its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbwright.core.draft import Draft

Step = Callable[[Draft, Any], None]
STEPS: dict[type, Step] = {}


def step(*kinds: type) -> Callable[[Step], Step]:
    """Register the function below as the step of these kinds of operation."""

    def register(found: Step) -> Step:
        STEPS.update(dict.fromkeys(kinds, found))
        return found

    return register
