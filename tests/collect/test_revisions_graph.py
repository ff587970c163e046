"""The history of revisions as a graph, its order, its schemas, and files that are broken."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

from dbwright.collect.project import Project
from dbwright.collect.revisions import fold, history_of, read_history, rehearsal_order, shared
from dbwright.collect.revisions_graph import ancestors, descendants
from dbwright.core.migration import History
from dbwright.core.source import Source
from dbwright.core.target import Target

POSTGRESQL = Target("postgresql")


def revision(name: str, parents: str = "None", *, body: str = "pass", header: str = "") -> Source:
    text = (
        f'"""About {name}.\n\nRevision ID: {name}\n"""\nimport sqlalchemy as sa\n'
        f"from alembic import op\nrevision = {name!r}\ndown_revision = {parents}\n{header}\n"
        f"def upgrade():\n    {body}\n\ndef downgrade():\n    pass\n"
    )
    return Source(f"versions/{name}.py", text)


def history(*sources: Source) -> History:
    return history_of(sources, POSTGRESQL)


def test_a_chain_runs_from_its_base_to_its_head_whatever_the_files_order() -> None:
    found = history(revision("c", "'b'"), revision("a"), revision("b", "'a'"))
    assert rehearsal_order(found) == ["a", "b", "c"]
    assert (found.heads, found.bases) == (("c",), ("a",))


def test_the_message_is_the_first_paragraph_of_the_docstring() -> None:
    assert history(revision("a")).migrations[0].message == "About a."


def test_a_merge_comes_after_both_branches_and_a_branch_is_not_left_halfway() -> None:
    found = history(
        revision("m", "('b2', 'c2')"),
        revision("b1", "'a'"),
        revision("c1", "'a'"),
        revision("b2", "'b1'"),
        revision("c2", "['c1']"),
        revision("a"),
    )
    assert rehearsal_order(found) == ["a", "b1", "b2", "c1", "c2", "m"]


def test_a_dependency_counts_by_id_beginning_and_label() -> None:
    found = history(
        revision("b", header="depends_on = ('deadbeef', 'billing', 'feed')"),
        revision("deadbeef00"),
        revision("x", header="branch_labels = ('billing',)"),
        revision("feedback"),
    )
    assert rehearsal_order(found)[-1] == "b"
    assert found.missing == {}
    assert found.branches == ("billing",)


def test_annotated_headers_are_read() -> None:
    source = Source(
        "a.py", "revision: str = 'a'\ndown_revision: str | None = 'b'\ndepends_on: None = None\n"
    )
    found = history(source).migrations[0]
    assert (found.revision, found.down_revisions) == ("a", ("b",))


def test_duplicates_missing_parents_and_two_heads_are_noted() -> None:
    twin = Source("versions/other.py", revision("a").text)
    found = history(revision("a"), twin, revision("b", "'a'"), revision("c", "'gone'"))
    assert found.duplicates == {"a": ("versions/a.py", "versions/other.py")}
    assert found.missing == {"c": ("gone",)}
    assert set(found.heads) == {"b", "c"}
    assert rehearsal_order(found) == ["a", "b"]


def test_a_cycle_is_found_and_what_hangs_on_it_is_not_part_of_it() -> None:
    found = history(
        revision("a", "'c'"),
        revision("b", "'a'"),
        revision("c", "'b'"),
        revision("d", "'c'"),
        revision("own", "'own'"),
        revision("fine"),
    )
    assert set(found.cycles) == {"a", "b", "c", "own"}
    assert rehearsal_order(found) == ["fine"]


def test_ancestors_and_descendants_follow_all_edges() -> None:
    found = history(revision("a"), revision("b", "'a'"), revision("c", "'b'"), revision("d", "'a'"))
    assert ancestors(found, "c") == {"a", "b"}
    assert descendants(found, "a") == {"b", "c", "d"}


def test_the_order_of_any_graph_puts_parents_first() -> None:
    chance = random.Random(7)
    for _ in range(50):
        names = [f"r{number}" for number in range(12)]
        edges = {
            n: chance.sample(names[:i], min(i, chance.randint(0, 2))) for i, n in enumerate(names)
        }
        sources = [revision(name, repr(tuple(parents))) for name, parents in edges.items()]
        chance.shuffle(sources)
        order = rehearsal_order(history(*sources))
        assert sorted(order) == sorted(names)
        assert all(order.index(p) < order.index(n) for n, ps in edges.items() for p in ps)


def test_an_autocommit_block_parts_the_revisions_of_a_deployment() -> None:
    block = "with op.get_context().autocommit_block():\n        op.execute('SELECT 2')"
    body = f"op.execute('SELECT 1')\n    {block}\n    op.execute('SELECT 3')"
    found = history(
        revision("a", body="op.execute('SELECT 0')"),
        revision("b", "'a'", body=body),
        revision("c", "'b'", body="op.execute('SELECT 4')"),
        revision("d", "'c'"),
    )
    upgrades = {item.revision: item.upgrade for item in found.migrations}
    texts = {
        name: [sent.sql for sent in before]
        for name, before in shared(rehearsal_order(found), upgrades).items()
    }
    assert texts == {
        "a": [],
        "b": ["SELECT 0"],
        "c": ["SELECT 3"],
        "d": ["SELECT 3", "SELECT 4"],
    }
    del upgrades["a"]
    assert shared(rehearsal_order(found), upgrades)["b"] == ()


# the fold


def test_the_schema_before_and_after_each_revision_is_told() -> None:
    found = fold(
        history(
            revision("a", body="op.create_table('t', sa.Column('x', sa.Integer))"),
            revision("b", "'a'", body="op.add_column('t', sa.Column('y', sa.Text))"),
        ),
        "postgresql",
    )
    first, second = found.migrations
    assert first.before is not None
    assert first.before.tables == ()
    assert second.before == first.after
    assert second.after is not None
    table = second.after.table("t")
    assert table is not None
    assert [column.name for column in table.columns] == ["x", "y"]


def test_what_earlier_revisions_have_written_is_told() -> None:
    found = fold(
        history(
            revision("a", body="op.execute('UPDATE t SET x = 1 WHERE x IS NULL')"),
            revision("b", "'a'", body="op.execute('UPDATE t SET y = 1')"),
            revision("c", "'b'"),
        ),
        "postgresql",
    )
    assert [item.written for item in found.migrations] == [(), ("t.x",), ("t.x", "t.y")]


@pytest.mark.parametrize(
    "body",
    [
        "op.execute('DO $$ BEGIN END $$')",
        "op.drop_column('never_made', 'x')",
        "op.add_column('t', make_column())",
    ],
)
def test_from_what_cannot_be_foreseen_on_the_schema_is_unknown(body: str) -> None:
    found = fold(
        history(
            revision("a", body="op.create_table('t')"),
            revision("b", "'a'", body=body),
            revision("c", "'b'"),
        ),
        "postgresql",
    )
    sides = [(item.before is None, item.after is None) for item in found.migrations]
    assert sides == [(False, False), (False, True), (True, True)]


def test_rows_and_renamed_tables_do_not_make_the_schema_unknown() -> None:
    found = fold(
        history(
            revision("a", body="op.create_table('t'); op.rename_table('t', 'u')"),
            revision("b", "'a'", body="op.execute('DELETE FROM elsewhere'); op.drop_table('u')"),
        ),
        "postgresql",
    )
    assert found.migrations[-1].after is not None
    assert found.migrations[-1].after.tables == ()


# bad input: the rest is still read


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "good.py").write_text(revision("good").text)
    return Project(tmp_path, "revisions folder", version_locations=(tmp_path,), target=POSTGRESQL)


def problems_with(project: Project, name: str, content: bytes) -> list[tuple[str, int | None, str]]:
    (project.root / name).write_bytes(content)
    found = read_history(project)
    assert [item.revision for item in found.migrations] == ["good"]
    return [(item.file, item.line, item.message) for item in found.problems]


def test_a_syntax_error_is_a_problem_with_its_line(project: Project) -> None:
    ((file, line, message),) = problems_with(project, "bad.py", b"revision = 'x'\ndef (:\n")
    assert (file, line) == ("bad.py", 2)
    assert "syntax error" in message


def test_a_file_that_is_not_utf_8_is_a_problem_with_its_line(project: Project) -> None:
    ((file, line, message),) = problems_with(project, "bad.py", b"a = 1\nb = '\xe9'\n")
    assert (file, line) == ("bad.py", 2)
    assert "UTF-8" in message


def test_a_file_with_an_unknown_encoding_is_a_problem(project: Project) -> None:
    ((_, line, message),) = problems_with(project, "bad.py", b"# -*- coding: martian -*-\nx = 1\n")
    assert line == 1 or line is None
    assert "martian" in message


def test_a_cookie_names_the_encoding(project: Project) -> None:
    text = revision("latin", "'good'").text.replace("About", "Über")
    (project.root / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n" + text.encode("latin-1"))
    found = read_history(project)
    assert not found.problems
    assert found.migrations[-1].message == "Über latin."


def test_a_byte_order_mark_and_carriage_returns_are_no_problem(project: Project) -> None:
    text = revision("marked", "'good'").text.replace("\n", "\r\n")
    (project.root / "marked.py").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_history(project).heads == ("marked",)


def test_a_file_of_ten_megabytes_is_a_problem_and_not_parsed(project: Project) -> None:
    started = time.process_time()
    ((file, _, message),) = problems_with(project, "big.py", b"x = 1\n" * 1_700_000)
    assert file == "big.py"
    assert "10.2 MB" in message
    assert time.process_time() - started < 1


def test_null_bytes_and_deep_nesting_are_problems(project: Project) -> None:
    assert problems_with(project, "bad.py", b"x = 1\0\n")
    assert problems_with(project, "bad.py", b"x = " + b"(" * 5000 + b")" * 5000 + b"\n")
    assert problems_with(project, "bad.py", b"x = " + b"-" * 100_000 + b"1\n")


def test_a_file_without_a_revision_is_a_problem(project: Project) -> None:
    ((_, line, message),) = problems_with(project, "notes.py", b"x = 1\n")
    assert line == 1
    assert "names no revision" in message


def test_a_computed_down_revision_is_a_problem_with_its_line(project: Project) -> None:
    content = b"import os\nrevision = 'x'\ndown_revision = os.environ['UP']\n"
    ((_, line, message),) = problems_with(project, "odd.py", content)
    assert line == 3
    assert "down_revision" in message


def test_an_imported_branch_label_does_not_hide_the_revision(project: Project) -> None:
    (project.root / "labeled.py").write_text(
        "from x import LABEL\nrevision = 'x'\ndown_revision = 'good'\nbranch_labels = LABEL\n"
    )
    assert read_history(project).heads == ("x",)


def test_a_file_without_permission_is_a_problem(project: Project) -> None:
    # root may read everything, so a dangling link stands for what cannot be opened
    (project.root / "lost.py").symlink_to(project.root / "nowhere.py")
    found = read_history(project)
    assert [item.file for item in found.problems] == ["lost.py"]


def test_excluded_files_and_packages_are_left_out(project: Project) -> None:
    (project.root / "__init__.py").write_text("")
    (project.root / ".#lock.py").write_text("(")
    (project.root / "old.py").write_text("(")
    assert not read_history(project, exclude=["old*"]).problems


def test_reading_and_folding_a_thousand_revisions_takes_time_in_proportion(tmp_path: Path) -> None:
    def seconds(number: int) -> float:
        folder = tmp_path / str(number)
        folder.mkdir()
        for at in range(number):
            parent = repr(f"r{at - 1}") if at else "None"
            body = (
                f"op.create_table('t{at}', sa.Column('id', sa.Integer, primary_key=True),"
                f" sa.Column('name', sa.String({at + 1}), nullable=False))\n"
                f"    op.create_index('ix{at}', 't{at}', ['name'])\n"
                f"    op.execute('UPDATE t{at} SET name = 1 WHERE id = {at}')"
            )
            source = revision(f"r{at}", parent, body=body)
            (folder / f"r{at}.py").write_text(source.text)
        project = Project(
            folder, "revisions folder", version_locations=(folder,), target=POSTGRESQL
        )
        started = time.process_time()
        found = fold(read_history(project), "postgresql")
        assert found.migrations[-1].after is not None
        return time.process_time() - started

    seconds(20)
    few, many = seconds(200), seconds(1000)
    print(f"200: {few:.2f} s, 1000: {many:.2f} s", file=sys.stderr)
    assert many < few * 5 * 2 + 0.5
