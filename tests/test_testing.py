"""The test of the tests: what is wrong with a rule must be told, a sound rule must pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

from dbwright.core.errors import RuleError
from dbwright.core.finding import Job
from dbwright.core.rule import Rule
from dbwright.rules.registry import all_rules, read_rule
from dbwright.testing import Laboratory, Tally, page_problems, problems
from dbwright.verify.queries import postgresql
from dbwright.verify.queries.ground import Compared
from dbwright.verify.queries.postgresql import compared as postgresql_compared

PAGE = """A page count may be NULL.

## What it does
Looks at the column pages.

## Why is this bad?
A book without pages cannot be priced.

## When to leave it
Never.
"""
IMPORTS = """
from dataclasses import replace
from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import (
    Advice, Alternative, Edit, Finding, Fix, Irreversible, Location, Risk, Undo
)
from dbwright.core.mapping import Mapping
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex
from dbwright.core.rule import Applies, ModelsExample, QueryExample, RevisionExample
"""
ADVISE = """
def advise(finding, fact):
    source = fact.sources[0] if isinstance(fact, Mapping) else fact.source
    before, after = source.text, source.text.replace(*CURE)
    return Advice(
        reason="because",
        fix=Fix("cure it", "as code", edits=(Edit(source.path, before, after),)),
        alternatives=(Alternative("leave it", "it stays"),),
        risk=Risk("none", "none needed"),
        undo=Undo("put it back", (Edit(source.path, after, before),)),
        tests="insert one",
        backup="none needed: nothing changes",
    )
"""
OF_MODELS = (
    IMPORTS
    + '''
CODE = """
class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    pages: Mapped[Optional[int]]
"""
CURE = ("Mapped[Optional[int]]", "Mapped[int]")
APPLIES = Applies()
BAD = ModelsExample(CODE, claims=("accepts_bad_row",), object="books.pages")
GOOD = ModelsExample(CODE.replace(*CURE))

def check(mapping: Mapping):
    for table in mapping.schema.tables:
        for column in table.columns:
            if column.name == "pages" and column.nullable:
                probe = RowProbe("books", ({"pages": None},))
                yield Finding(
                    "it may be NULL",
                    Location.at(table.place, "books.pages"),
                    (Claim("accepts_bad_row", "books", probe=probe),),
                )
'''
    + ADVISE
)
OF_REVISIONS = (
    IMPORTS
    + """
CURE = ('["name"])', '["name"], postgresql_concurrently=True)')
BUILD = 'op.create_index("ix_names", "books", ["name"])'
SAFE = "with op.get_context().autocommit_block():" + chr(10) + "    "
APPLIES = Applies(("postgresql",))
BAD = RevisionExample(
    before="create table books (id int primary key, name text);",
    upgrade=SAFE + BUILD,
    downgrade='op.drop_index("ix_names", table_name="books")',
    claims=("blocks_writes",),
)
GOOD = RevisionExample(
    before=BAD.before, upgrade=SAFE + BUILD.replace(*CURE), downgrade=BAD.downgrade
)

def check(migration: Migration):
    for _, statement, operation in migration.each(CreateIndex):
        if not operation.concurrently and migration.stood_before("books"):
            yield Finding(
                "it waits",
                migration.locate(statement, "books"),
                (Claim("blocks_writes", "books", "ShareLock"),),
            )
"""
    + ADVISE
)


def made(source: str, job: Job = "models", *changes: tuple[str, str], page: str = PAGE) -> Rule:
    """Gives the rule of a module's text after these replacements, each of which must apply."""
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    module = types.ModuleType("on_the_fly", page)
    exec(source, module.__dict__)
    return read_rule(module, job)


def told(rule: Rule, lab: Laboratory) -> str:
    """Gives the problems of the rule, on its own, as one text."""
    return "\n".join(problems(rule, lab, among=[rule]))


@pytest.mark.database
@pytest.mark.parametrize(("source", "job"), [(OF_MODELS, "models"), (OF_REVISIONS, "migrations")])
def test_a_sound_rule_has_no_problems(source: str, job: Job, rule_lab: Laboratory) -> None:
    assert told(made(source, job), rule_lab) == ""


@pytest.mark.database
@pytest.mark.parametrize(
    ("words", "changes"),
    [
        pytest.param(
            "BAD: the claim accepts_bad_row is refuted",
            [('{"pages": None}', '{"pages": "words"}')],
            id="a false claim",
        ),
        pytest.param(
            "BAD: the claim accepts_bad_row is reasoned: the rule gives no way to see it",
            [(", probe=probe", "")],
            id="a claim without a probe",
        ),
        pytest.param(
            "BAD: it makes no claim that a run could prove",
            [('(Claim("accepts_bad_row", "books", probe=probe),)', "()")],
            id="no claim",
        ),
        pytest.param(
            "BAD: it does not claim delete_fails",
            [('claims=("accepts_bad_row",)', 'claims=("delete_fails",)')],
            id="another claim than the example's",
        ),
        pytest.param(
            "GOOD: it should be silent, but on-the-fly says: it may be NULL",
            [(" and column.nullable", "")],
            id="a check that is too wide",
        ),
        pytest.param(
            "BAD: it does not fire",
            [('== "pages"', '== "leaves"')],
            id="a check that is too narrow",
        ),
        pytest.param(
            "BAD: it fires on books.pages, not on books.id",
            [('object="books.pages"', 'object="books.id"')],
            id="a finding on another object",
        ),
        pytest.param(
            "BAD: the fix does not cure: it may be NULL",
            [("before, after = source.text, ", "before, after = source.text, source.text or ")],
            id="a fix that does not cure",
        ),
        pytest.param(
            "BAD: the fix has neither edits nor steps",
            [(", edits=(Edit(source.path, before, after),)", "")],
            id="a fix that nobody can try",
        ),
        pytest.param(
            "BAD: after the fix the example does not run: models.py:20: does not parse",
            [('"Mapped[int]")', '"Mapped[int")')],
            id="a fix that breaks the models",
        ),
        pytest.param(
            "BAD: the undo does not restore the files",
            [("Edit(source.path, after, before)", "Edit(source.path, after, before + '#')")],
            id="an undo that does not restore",
        ),
        pytest.param(
            "BAD: the fix edits files and the undo does not",
            [(", (Edit(source.path, after, before),)", "")],
            id="an undo without edits",
        ),
        pytest.param(
            "BAD: the advice has no mitigation",
            [('"none needed")', '"")')],
            id="advice with an empty part",
        ),
        pytest.param(
            "GOOD: the example does not run: UserCodeError",
            [("GOOD = ModelsExample(", 'GOOD = ModelsExample("class" + ')],
            id="a broken example",
        ),
        pytest.param(
            "GOOD: the models' tables could not be created",
            [
                (
                    "*CURE))",
                    "'[Optional[int]]', '[int] = mapped_column(server_default=text(\"no()\"))'))",
                )
            ],
            id="an example whose tables the database refuses",
        ),
        pytest.param(
            "BAD: the example does not run: NameError: name 'unknown' is not defined",
            [('if column.name == "pages"', "if unknown")],
            id="a check that raises",
        ),
    ],
)
def test_a_fault_of_a_rule_on_models_is_told(
    words: str, changes: list[tuple[str, str]], rule_lab: Laboratory
) -> None:
    assert words in told(made(OF_MODELS, "models", *changes), rule_lab)


@pytest.mark.database
@pytest.mark.parametrize(
    ("words", "changes"),
    [
        pytest.param(
            "BAD: the claim table_rewrite is refuted",
            [('"blocks_writes"', '"table_rewrite"')],
            id="a false claim",
        ),
        pytest.param(
            "GOOD: it should be silent, but on-the-fly says: it waits",
            [("not operation.concurrently and ", "")],
            id="a check that is too wide",
        ),
        pytest.param(
            "BAD: the fix does not cure: it waits",
            [("text.replace(*CURE)", "text + '# better'")],
            id="a fix that does not cure",
        ),
        pytest.param(
            "BAD: after the fix revision example fails",
            [
                (
                    "source.text.replace(*CURE)",
                    "source.text.replace(*CURE).replace('name\"]', 'no\"]')",
                )
            ],
            id="a fix that fails",
        ),
        pytest.param(
            "BAD: after the fix the downgrade leaves: ",
            [("downgrade='op.drop_index(", "downgrade='0 and op.drop_index(")],
            id="a downgrade that does not restore",
        ),
        pytest.param(
            "GOOD: the example does not run: UserCodeError",
            [("before=BAD.before", 'before="create tabel"')],
            id="an example on a broken schema",
        ),
        pytest.param(
            "GOOD: the example does not run: UserCodeError",
            [("before=BAD.before", 'before=BAD.before, environment="1/0"')],
            id="an example with a broken env.py",
        ),
        pytest.param(
            "GOOD: revision example fails",
            [("upgrade=SAFE + BUILD.replace(*CURE)", "upgrade='op.drop_table(\"none\")'")],
            id="an example that the database refuses",
        ),
    ],
)
def test_a_fault_of_a_rule_on_revisions_is_told(
    words: str, changes: list[tuple[str, str]], rule_lab: Laboratory
) -> None:
    assert words in told(made(OF_REVISIONS, "migrations", *changes), rule_lab)


@pytest.mark.database
def test_what_ran_is_counted_and_an_example_for_newer_servers_is_left_out_by_name(
    rule_lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_lab, "tally", Tally())
    server = rule_lab.target("postgresql")
    newer = (server.major or 0) + 1
    broken = f'ModelsExample("class", applies=Applies(since=({newer},)))'
    later = ("GOOD = ModelsExample(", f"GOOD_LATER = {broken}\nGOOD = ModelsExample(")
    assert told(made(OF_MODELS, "models", later), rule_lab) == ""
    assert rule_lab.tally == Tally(
        {str(server): 2},
        {(str(server), "verified"): 1},
        [
            f"models/on-the-fly GOOD_LATER: the example is for postgresql from {newer}, "
            f"the server is {server}"
        ],
    )


@pytest.mark.database
def test_a_rule_for_older_servers_is_left_out_by_name(
    rule_lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_lab, "tally", Tally())
    server = rule_lab.target("postgresql")
    older = ("APPLIES = Applies()", f"APPLIES = Applies(before=({server.major},))")
    assert told(made(OF_MODELS, "models", older), rule_lab) == ""
    assert not rule_lab.tally.examples
    why = f"the rule is for postgresql before {server.major}, the server is {server}"
    assert rule_lab.tally.left_out == [
        f"models/on-the-fly BAD: {why}",
        f"models/on-the-fly GOOD: {why}",
    ]


@pytest.mark.parametrize(
    "heading", ["## What it does", "## Why is this bad?", "## When to leave it"]
)
def test_a_missing_heading_is_told(heading: str) -> None:
    page = PAGE.replace(heading, "## Else")
    assert page_problems(made(OF_MODELS, page=page)) == [f"the page has no {heading!r}"]


def test_a_page_that_begins_without_a_sentence_is_told() -> None:
    found = page_problems(made(OF_MODELS, page=PAGE.replace("NULL.", "NULL")))
    assert found == ["the page does not begin with a sentence"]


def test_an_example_that_is_none_is_told() -> None:
    rule = made(OF_MODELS, "models", ("GOOD = ModelsExample(", "GOOD = str("))
    assert page_problems(rule) == ["there is no GOOD example"]


@pytest.mark.parametrize("part", ["APPLIES", "BAD", "GOOD", "check", "advise"])
def test_a_module_without_a_part_is_no_rule(part: str) -> None:
    with pytest.raises(RuleError, match=f"has no {part}"):
        made(OF_MODELS + f"\ndel {part}\n")


@pytest.mark.database
def test_a_good_example_must_be_silent_under_every_rule(rule_lab: Laboratory) -> None:
    wide = made(OF_MODELS, "models", (" and column.nullable", ""))
    narrow = made(OF_MODELS)
    object.__setattr__(wide, "module", "another")
    assert problems(narrow, rule_lab, among=[wide, narrow]) == [
        "GOOD: it should be silent, but on-the-fly says: it may be NULL"
    ]
    assert problems(narrow, rule_lab, among=[narrow]) == []


PROVE = """
import json, sys
from dbwright.rules.registry import rule_named
from dbwright.testing import laboratory, problems, rules_of
import house_rules
rule, = rules_of(house_rules)
assert rule == rule_named("books-without-pages")
with laboratory() as lab:
    print(json.dumps(problems(rule, lab)))
"""


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """A folder with an installed package of one rule, announced by an entry point."""
    folder = tmp_path / "site"
    for name, text in {
        "house_rules/__init__.py": "",
        "house_rules/models/__init__.py": "",
        "house_rules/models/books_without_pages.py": f'"""{PAGE}"""\n{OF_MODELS}',
        "house_rules-1.0.dist-info/METADATA": "Name: house-rules\nVersion: 1.0\n",
        "house_rules-1.0.dist-info/entry_points.txt": "[dbwright.rules]\nhouse = house_rules\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Gives what Python prints with the folder on its path."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_third_party_rule_is_listed_with_ours(third_party: Path) -> None:
    listed = run(third_party, "-m", "dbwright.frontends.cli", "rule")
    assert "books-without-pages" in listed
    assert "foreign-key-without-index" in listed
    page = run(third_party, "-m", "dbwright.frontends.cli", "rule", "books-without-pages")
    assert "A book without pages cannot be priced." in page


@pytest.mark.database
def test_a_third_party_rule_gets_the_same_test(third_party: Path) -> None:
    rule = third_party / "house_rules/models/books_without_pages.py"
    assert json.loads(run(third_party, "-c", PROVE)) == []
    rule.write_text(rule.read_text().replace('{"pages": None}', '{"pages": "words"}'))
    assert "is refuted" in json.loads(run(third_party, "-c", PROVE))[0]


def test_two_rules_of_one_name_are_refused(third_party: Path) -> None:
    rule = third_party / "house_rules/models/books_without_pages.py"
    rule.rename(rule.with_name("float_money.py"))
    with pytest.raises(AssertionError, match="two rules are named float-money"):
        run(third_party, "-m", "dbwright.frontends.cli", "rule")


@pytest.mark.database
def test_a_claim_of_the_example_that_no_remedy_proves_is_told(rule_lab: Laboratory) -> None:
    """An index stands there, so that the rewrite's claim may fall, but not in the example."""
    (rule,) = (each for each in all_rules() if each.name == "arithmetic-on-column")
    bad = replace(rule.examples["BAD_PLUS"], claims=("same_rows", "cheaper_plan"))
    texts = problems(replace(rule, examples={"BAD": bad}), rule_lab, among=[rule])
    assert [text for text in texts if "the claim same_rows is refuted" in text] != []


@pytest.mark.database
@pytest.mark.parametrize(("hidden", "sound"), [(2, True), (3, False)])
def test_a_gain_that_a_busy_machine_hides_is_looked_for_again(
    rule_lab: Laboratory, monkeypatch: pytest.MonkeyPatch, hidden: int, sound: bool
) -> None:
    """Only what a clock says: the first comparisons are made as if nothing were gained."""
    left = [hidden]

    def compared(first: postgresql.Seen, second: postgresql.Seen) -> Compared:
        found = postgresql_compared(first, second)
        left[0] -= 1
        return found if left[0] < 0 else replace(found, beyond_noise=False)

    monkeypatch.setattr(postgresql, "_is_lost", lambda first, second: False)
    monkeypatch.setattr(postgresql, "compared", compared)
    rule = next(each for each in all_rules() if each.name == "grouped-after-join")
    rule = replace(rule, examples={"BAD": rule.examples["BAD"]})
    told = [text for text in problems(rule, rule_lab, every_fix=False) if "is refuted" in text]
    assert bool(told) is not sound
