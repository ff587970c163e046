"""Questions that mean a rule: found by the words of the rules' own pages."""

from __future__ import annotations

import pytest

from dbwright.collect.question_rules import meant
from dbwright.rules.registry import rules_for

PAGES = {rule.name: rule.page for rule in rules_for("models")}
MEANT = {
    "which columns hold money as float?": "float-money",
    "are prices stored as floats?": "float-money",
    "which models have no index on their foreign keys?": "foreign-key-without-index",
    "are passwords stored in plain text?": "plain-secret",
    "which timestamps have no time zone?": "naive-datetime",
    "are there circular foreign keys?": "foreign-key-cycle",
    "do I have redundant indexes?": "redundant-index",
    "are any indexes duplicates?": "redundant-index",
    "which status columns have no CHECK?": "open-status",
    "which columns store lists in a text?": "multi-valued-text",
    "which defaults are mutable?": "shared-mutable-default",
    "do any tables have too many indexes?": "too-many-indexes",
    "which columns are pickled?": "pickled-column",
    "which secrets are shown in the repr?": "secret-in-repr",
    "are emails unique regardless of letter case?": "case-sensitive-email",
    "do any models use reserved words?": "reserved-name",
    "which names are too long?": "name-too-long",
    "which keys are random UUIDs?": "random-key",
    "are there foreign keys whose type differs from the key?": "foreign-key-type-mismatch",
    "which constraints have no name?": "unnamed-constraint",
    "does anything use utcnow?": "naive-utc-default",
    "which collections load with a join?": "joined-collection",
    "is there a soft delete with unique values?": "soft-delete-unique",
}
NONE = [
    "what is the weather today",
    "tell me a joke about databases",
    "which shop is open?",
    "what is the best model",
    "who wrote these models?",
    "how old is the code",
    "which model is the most beautiful?",
    "?",
]


@pytest.mark.parametrize(("question", "rule"), MEANT.items(), ids=MEANT)
def test_a_question_finds_the_rule_that_it_means(question: str, rule: str) -> None:
    assert list(meant(question, PAGES))[:1] == [rule]


@pytest.mark.parametrize("question", NONE)
def test_a_question_about_something_else_finds_no_rule(question: str) -> None:
    assert list(meant(question, PAGES)) == []


def test_rules_that_only_share_a_word_are_left_out() -> None:
    assert list(meant("which names are too long?", PAGES)) == ["name-too-long"]
