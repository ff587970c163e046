"""The reader of revisions takes any Python source text without a crash."""

from __future__ import annotations

import ast
import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.collect.revisions import history_of, operations_of
from dbwright.collect.source_files import read_source
from dbwright.collect.waivers import read_waivers
from dbwright.core.source import Problem, Source
from dbwright.core.target import Target

NAMES = ["op", "sa", "x", "connection", "STATUS", "batch_op", "postgresql", "self"]
CALLS = """create_table drop_table add_column drop_column alter_column create_index drop_index
execute create_foreign_key create_unique_constraint create_check_constraint bulk_insert
batch_alter_table rename_table drop_constraint get_bind get_context f Column String Enum
ForeignKey Index Computed Identity text table update where values create append format join
with_variant autocommit_block create_exclude_constraint PrimaryKeyConstraint"""
KEYWORDS = """schema name nullable type_ server_default new_column_name unique postgresql_where
postgresql_concurrently postgresql_include postgresql_ops primary_key index existing_type
ondelete table_name if_exists using"""
LITERALS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=3)
).map(repr)
FORMS = [
    "[{0}, {1}]",
    "({0}, {1})",
    "{{{0}: {1}}}",
    "({0} + {1})",
    "({0} % {1})",
    "({0} * {1})",
    "({0} in {1})",
    "({0})[{1}]",
    "[{0} for x in {1}]",
    "op.create_table('t', *[{0}, {1}])",
    "op.execute({0}, {1})",
]
HEADS = [
    "if {0}:",
    "for x in {0}:",
    "with {0} as batch_op:",
    "while {0}:",
    "def helper(x, *rest, y={0}, **more):",
    "try:",
]
SIMPLE = ["{0}", "x = {0}", "x, *connection = {0}", "x += {0}", "return {0}", "helper(op, *{0})"]
HEADER = (
    "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression of the words that revisions are made of."""
    shape = draw(st.integers(0, 3)) if depth else draw(st.integers(0, 1))
    if shape == 0:
        return draw(LITERALS)
    if shape == 1:
        return draw(st.sampled_from(NAMES))
    inner = expressions(depth=depth - 1)
    if shape == 2:
        return draw(st.sampled_from(FORMS)).format(draw(inner), draw(inner))
    arguments = draw(st.lists(inner, max_size=4))
    names = draw(st.lists(st.sampled_from(KEYWORDS.split()), max_size=3, unique=True))
    arguments += [f"{name}={draw(inner)}" for name in names]
    owner = draw(st.sampled_from([*NAMES, f"({draw(inner)})"]))
    return f"{owner}.{draw(st.sampled_from(CALLS.split()))}({', '.join(arguments)})"


@st.composite
def bodies(draw: st.DrawFn, depth: int = 2) -> list[str]:
    """Lines of a function's body."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        expression = draw(expressions())
        if depth and draw(st.booleans()):
            head = draw(st.sampled_from(HEADS))
            lines.append(head.format(expression))
            lines += [f"    {line}" for line in draw(bodies(depth=depth - 1))]
            lines += ["finally:", "    helper(x)"] if head == "try:" else []
        else:
            lines.append(draw(st.sampled_from(SIMPLE)).format(expression))
    return lines


@settings(max_examples=400)
@given(lines=bodies(), top=expressions())
def test_no_program_of_alembic_calls_makes_the_reader_fail(lines: list[str], top: str) -> None:
    body = "".join(f"    {line}\n" for line in lines)
    text = f"{HEADER}STATUS = {top}\ndef upgrade():\n{body}"
    try:
        ast.parse(text)
    except SyntaxError:
        return
    for dialect in ("postgresql", None):
        for statement in operations_of(Source("r.py", text), dialect)[0]:
            assert statement.operations
            assert statement.place is not None


@settings(max_examples=300)
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_file_content_makes_the_reader_fail(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.py")
        path.write_bytes(content)
        found = read_source(path, path.parent)
    assert isinstance(found, (Source, Problem))
    if isinstance(found, Source):
        history = history_of([found], Target("postgresql"))
        assert len(history.migrations) + len(history.problems) == 1


@settings(max_examples=200)
@given(text=st.text(alphabet="# dbwright:alow-fiebcusp(\n'\"\\", max_size=120))
def test_no_text_makes_the_reader_of_waivers_fail(text: str) -> None:
    for waiver in read_waivers([Source("f.py", text)]):
        assert waiver.line >= 1


def test_the_modules_of_the_standard_library_are_read() -> None:
    files = sorted(Path(ast.__file__).parent.glob("*.py"))
    for path in random.Random(3).sample(files, 60):
        found = read_source(path, path.parent)
        if isinstance(found, Source):
            history = history_of([found], Target("postgresql"))
            assert len(history.migrations) + len(history.problems) == 1
