"""Which lines of a file are run again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.collect.loops import Loops

FIXED = """
KINDS = ("new", "paid", "sent")

def ask(one): ...

def named():
    for kind in KINDS:
        ask(kind)  # few

def written(rows):
    pairs = (("a", 1), ("b", 2))
    for number, (key, value) in enumerate(pairs):
        ask(key)  # few
    for key, value in {"a": 1, "b": 2}.items():
        ask(key)  # few
    for row in rows:
        for kind in KINDS:
            ask(row)  # many
    many = ("a", *rows)
    for key in many:
        ask(key)  # many
    grown = ["a"]
    grown += rows
    for key in grown:
        ask(key)  # many
    again = ("a", "b")
    again = rows
    for key in again:
        ask(key)  # many
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9):
        ask(number)  # many
    for row in rows:
        if row:
            return ask(row)  # few
        if row is None:
            return [
                ask(each)  # many
                for each in row
            ]
        raise ValueError(ask(row))  # few
    for number in range(5):
        try:
            with ask(number) as one:  # few
                ask(one)  # few
                return one
        except OSError:
            ask(number)  # many
    for row in rows:
        try:
            if ask(row):  # many
                continue
            return row
        except OSError:
            pass
    for archiver in config.archivers.enabled():
        ask(archiver)  # few
    for name, plugin in sorted(self.settings["plugins"].items()):
        ask(plugin)  # few
    for row in load(config):
        ask(row)  # many
    few = [ask(kind) for kind in ("a", "b", "c")]  # few
    return [ask((kind, row)) for kind in KINDS for row in rows]  # many
"""
TEMPLATE = """
<ul>
{% for author in authors %}
  {% if author.id == shown and author.age > 3 %}
    <b>{{ author.name }}</b>
  {% endif %}
{% endfor %}
</ul>
"""


def test_a_few_values_that_stand_in_the_source_are_no_loop(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(FIXED, encoding="utf-8")
    loops = Loops(tmp_path)
    for number, line in enumerate(FIXED.splitlines(), 1):
        if line.endswith(("# few", "# many")):
            assert loops.around("app.py", number)[0] is line.endswith("# many"), line


@pytest.mark.parametrize("line", [4, 5])
def test_a_comparison_in_a_template_has_no_line_of_its_own(tmp_path: Path, line: int) -> None:
    (tmp_path / "page.html").write_text(TEMPLATE, encoding="utf-8")
    assert Loops(tmp_path).around("page.html", line) == (True, 3)


def test_what_a_comprehension_goes_through_is_made_once(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("found = {each: 1 for each in asked()}\n", encoding="utf-8")
    within, around = "work.<locals>.<dictcomp>", "work"
    loops = Loops(tmp_path)
    assert [loops.around("app.py", 1, each)[0] for each in (within, around)] == [True, False]
    assert loops.around("app.py", 1) == (True, 1)


VALUES = """
def remove(session, keys):
    for key in keys:
        session.execute(query(key))  # dropped
        ignored = session.execute(query(key))  # dropped
        result = session.execute(query(key))  # kept
        self.count = session.execute(query(key)).rowcount  # kept
        if not session.query(Entry).filter_by(id=key).delete():  # kept
            raise Gone(key)
        total += result.rowcount
        with session.begin():
            session.execute(
                query(key)  # dropped
            )
    return session.execute(query(0))  # returned
"""


def test_what_becomes_of_the_value_of_a_call(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(VALUES, encoding="utf-8")
    loops = Loops(tmp_path)
    for number, line in enumerate(VALUES.splitlines(), 1):
        if "  # " in line:
            said = line.split("  # ")[1].replace("dropped", "")
            assert loops.value("app.py", number) == said, line
    assert loops.value("app.html", 1) == ""


GUARDED = """
def save(session, rows):
    for row in rows:
        session.add(row)  # no
        session.flush()  # no
    for row in rows:
        try:
            session.flush()  # turn
        except IntegrityError:
            failed.append(row)
    try:
        for row in rows:
            made = Entry(row)
            session.flush()  # turn
    except IntegrityError as error:
        raise Duplicate(made.name) from error
    try:
        for row in rows:
            session.flush()  # no
    except IntegrityError:
        session.rollback()
        raise
    while waiting:
        try:
            for each in waiting:
                each.start()  # turn
        except Stop:
            break
        session.flush()  # no


def saved(session):
    try:
        session.commit()  # caught
    except IntegrityError:
        session.rollback()
    try:
        session.commit()  # no
    except IntegrityError:
        session.rollback()
        raise
    try:
        session.commit()  # told
    except IntegrityError as error:
        raise Duplicate from error
"""


def test_turns_that_may_fail_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(GUARDED, encoding="utf-8")
    loops = Loops(tmp_path)
    for number, line in enumerate(GUARDED.splitlines(), 1):
        if "  # " in line:
            found = loops.guard("app.py", number)
            assert (found or "no") == line.split("  # ")[1], line


STATEMENTS = """
def found(session, key):
    if (
        key
        and session
    ):
        return session.scalars(
            select(Author)
            .where(Author.id == key),
        ).all()
    with session.begin(): session.add(key)
    for one in (  # those of today
        session
    ):
        print(one)
"""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (4, "if (key and session):"),
        (8, "return session.scalars(select(Author).where(Author.id == key)).all()"),
        (11, "with session.begin(): session.add(key)"),
        (13, "session"),
        (15, "print(one)"),
        (99, ""),
    ],
)
def test_a_line_is_told_with_its_whole_statement(tmp_path: Path, line: int, code: str) -> None:
    (tmp_path / "app.py").write_text(STATEMENTS, encoding="utf-8")
    assert Loops(tmp_path).code("app.py", line) == code
