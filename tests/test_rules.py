"""Every rule, our own and those of installed packages, put to the test on real databases."""

from __future__ import annotations

import pytest

from dbwright.core.rule import Rule
from dbwright.rules.registry import all_rules
from dbwright.testing import Laboratory, problems


@pytest.mark.database
@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: f"{rule.job}/{rule.name}")
def test_rule_is_sound(rule: Rule, rule_lab: Laboratory) -> None:
    assert problems(rule, rule_lab) == []
