"""Questions: asked on a terminal, refused elsewhere with the command that answers them."""

from __future__ import annotations

import pytest

from dbwright.core.authoring import Authored, Choice, Question
from dbwright.core.errors import UsageError
from dbwright.frontends import asking
from dbwright.frontends.asking import Pairs, answered, option_words, quoted

QUESTION = Question(
    "users.name",
    "The models have no column users.name any more; its values would be lost.",
    (
        Choice("Is users.names the renamed users.name?", "rename", "users.name:names"),
        Choice("Is it to be dropped?", "drop", "users.name"),
    ),
)
VALUE = Question(
    "users.email",
    "users.email is new and NOT NULL, without a server default.",
    (Choice("What do the rows get?", "fill", "users.email:SQL", needs="SQL"),),
)


def author(question: Question, seen: list[Pairs]) -> asking.Callable[[Pairs], Authored]:
    """Gives an author that asks until something was said."""

    def run(given: Pairs) -> Authored:
        seen.append(given)
        return Authored() if given else Authored(questions=(question,))

    return run


def test_without_a_terminal_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "is_terminal", lambda: False)
    with pytest.raises(UsageError) as raised:
        answered(author(QUESTION, []), (), option_words)
    told = str(raised.value)
    assert "--rename users.name:names" in told
    assert "--drop users.name" in told


def test_an_answer_on_a_terminal_becomes_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "is_terminal", lambda: True)
    answers = iter([False, True])
    monkeypatch.setattr(asking.click, "confirm", lambda *_, **__: next(answers))
    seen: list[Pairs] = []
    answered(author(QUESTION, seen), (), option_words)
    assert seen == [(), (("drop", "users.name"),)]


def test_no_to_every_choice_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "is_terminal", lambda: True)
    monkeypatch.setattr(asking.click, "confirm", lambda *_, **__: False)
    with pytest.raises(UsageError, match="nothing was written"):
        answered(author(QUESTION, []), (), option_words)


def test_sql_that_is_typed_stands_in_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "is_terminal", lambda: True)
    monkeypatch.setattr(asking.click, "prompt", lambda *_, **__: "'none'")
    seen: list[Pairs] = []
    answered(author(VALUE, seen), (), option_words)
    assert seen[-1] == (("fill", "users.email:'none'"),)


def test_words_are_quoted_for_the_shell() -> None:
    assert quoted("users.name:names") == "users.name:names"
    assert quoted("users.email:name || 'x'") == "\"users.email:name || 'x'\""
    assert quoted('a:"B" || $1') == "'a:\"B\" || $1'"
