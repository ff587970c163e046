"""`dbwright check` end to end on sound projects."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.database


def test_models_revisions_and_drift_are_reviewed_and_proved(project):
    answer = project.standard().check()
    assert answer.status == 1
    assert {"float-money", "blocking-index-build"} <= answer.rules
    assert answer.found("blocking-index-build")["proof"]["level"] == "verified"
    assert answer.found("float-money")["proof"]["level"] == "verified"
    assert (answer.summary["models"], answer.summary["revisions_run"]) == (1, 2)
    assert answer.report["unverified"] == []
