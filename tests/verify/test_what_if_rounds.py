"""Questions that go together have the answers that they have one by one."""

from __future__ import annotations

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from dbwright.verify.what_if_rounds import Ask, Configuration, Names, Questions, Rounds

TABLES = "abc"
CANDIDATES = [f"{table}{number}" for table in TABLES for number in range(4)]


def best(sql: str, allowed: Names) -> Configuration:
    """What a planner would say: of each table the candidate that the statement likes best."""
    used = {table: [each for each in sorted(allowed) if each[0] == table] for table in TABLES}
    liked = [min(names, key=lambda name: crc32(f"{sql}{name}".encode()))
             for names in used.values() if names]  # fmt: skip
    return Configuration(frozenset(liked[: len(sql) % 4]), 100.0 - len(liked))


def asks(several: list[tuple[str, Names]]) -> list[Ask]:
    """Asks whose next question depends on the last answer."""

    def questions(sql: str, allowed: Names) -> Questions:
        found = []
        while True:
            answer = yield allowed
            found.append((allowed, answer))
            if not answer.used:
                return found
            allowed -= answer.used

    return [
        Ask(sql, frozenset(name[0] for name in wanted) | {"a"}, questions(sql, wanted))
        for sql, wanted in several
    ]


def by_itself(ask: Ask) -> object:
    try:
        allowed = next(ask.questions)
        while True:
            allowed = ask.questions.send(best(ask.sql, allowed))
    except StopIteration as end:
        return end.value


@given(
    st.lists(st.tuples(st.text("xy", max_size=3), st.frozensets(st.sampled_from(CANDIDATES)))),
    st.booleans(),
)
def test_each_is_answered_as_it_is_alone(several: list[tuple[str, Names]], known: bool) -> None:
    def remembered(sql: str, allowed: Names) -> Configuration | None:
        return best(sql, allowed) if known and len(allowed) % 2 else None

    rounds = Rounds(asks(several), lambda name: name[0], remembered)
    while together := rounds.next():
        standing: Names = frozenset().union(*(each.wanted for each in together))
        for each in together:
            seen = frozenset(name for name in standing if name[0] in each.ask.tables)
            assert seen == each.wanted
            rounds.take(each, best(each.ask.sql, seen))
    assert rounds.found == [by_itself(each) for each in asks(several)]


def test_questions_about_other_tables_go_in_one_round() -> None:
    several = [("x", frozenset([f"{table}0"])) for table in TABLES for _ in range(2)]
    plain = [Ask(each.sql, frozenset(min(wanted)[0]), each.questions)
             for each, (_, wanted) in zip(asks(several), several, strict=True)]  # fmt: skip
    rounds = Rounds(plain, lambda name: name[0], lambda sql, allowed: None)
    assert len(rounds.next()) == len(several)
