"""What a review has read of a project, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dbwright.collect import origin
from dbwright.core.drift import Drift
from dbwright.core.errors import DbwrightError
from dbwright.core.mapping import Mapping
from dbwright.core.migration import Environment, History
from dbwright.jobs.chain import Chain, Replayed


@dataclass(slots=True)
class Collected:
    """What was read of the project; `source` are the worker's arguments that name the models."""

    history: History | None = None
    scope: origin.Scope | None = None
    mapping: Mapping | None = None
    source: dict[str, Any] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    chain: Chain | None = None
    replayed: Replayed | None = None
    drift: Drift | None = None
    models_error: DbwrightError | None = None
