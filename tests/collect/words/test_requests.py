"""Our own set of requests, judged by what their briefs must hold."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from dbwright.collect.words import read

sys.path.insert(0, str(Path(__file__).parent))
from brief_checks import failures

SET = Path(__file__).parents[3] / "benchmarks" / "design" / "requests"
REQUESTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(SET.glob("own_*.yaml"))
}
GOALS = {"one-liner": 0.95, "bullets": 0.9, "prose": 0.8}
MISSES: dict[str, list[str]] = {}


def test_the_set_has_all_sizes() -> None:
    kinds = [each["kind"] for each in REQUESTS.values()]
    assert len(kinds) >= 30
    assert min(kinds.count("one-liner"), kinds.count("bullets")) >= 12
    assert kinds.count("prose") >= 6


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_read(name: str) -> None:
    request = REQUESTS[name]
    assert failures(read(request["request"]), request["must"]) == MISSES.get(name, [])


@pytest.mark.parametrize("kind", GOALS)
def test_musts_are_met_as_often_as_promised(kind: str) -> None:
    chosen = [each for each in REQUESTS.values() if each["kind"] == kind]
    musts = sum(len(each["must"]) for each in chosen)
    missed = sum(len(failures(read(each["request"]), each["must"])) for each in chosen)
    assert 1 - missed / musts >= GOALS[kind]
