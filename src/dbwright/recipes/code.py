"""Python and SQL text for revisions: quoted, wrapped, and safe inside `op.execute`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from dbwright import dialects
from dbwright.core.schema import Column

WIDTH = 88
LOCK_TIMEOUT = """op.execute("SET LOCAL lock_timeout = '5s'")"""
_WORD = re.compile(r"""(?:'(?:[^']|'')*'|"[^"]*"|[^\s'"])+""")
_BIND = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def quoted(key: str) -> str:
    """Gives a table's key, or a plain name, as it stands in PostgreSQL's SQL.

    >>> quoted("orders"), quoted("billing.order")
    ('orders', 'billing."order"')
    """
    quote = dialects.get("postgresql").names.quoted
    return ".".join(quote(part) for part in key.split("."))


def listed(columns: tuple[str, ...]) -> str:
    """Gives column names as a list in SQL: `a, b`."""
    return ", ".join(quoted(column) for column in columns)


def literal(text: str) -> str:
    """Gives a Python string literal, in double quotes where that reads well.

    >>> literal("it's")
    '"it\\'s"'
    """
    if '"' in text or "\\" in text or "\n" in text:
        return repr(text)
    return f'"{text}"'


def names(columns: tuple[str, ...]) -> str:
    """Gives a Python list of names: `["a", "b"]`."""
    return f"[{', '.join(literal(column) for column in columns)}]"


def execute(sql: str) -> str:
    """Gives an `op.execute` of the SQL: on one line where it fits, else as a block."""
    safe = escaped_binds(textwrap.dedent(sql).strip())
    line = f"op.execute({literal(safe)})"
    if "\n" not in safe and len(line) <= WIDTH - 4:
        return line
    if "\n" not in safe:
        safe = wrapped(safe, WIDTH - 12)
    mark = "r" if "\\" in safe else ""
    return f'op.execute(\n    {mark}"""\n{textwrap.indent(safe, "    ")}\n    """\n)'


def wrapped(sql: str, width: int = WIDTH) -> str:
    """Gives the SQL on several lines; what stands in quotes is never cut."""
    if "$" in sql or "\n" in sql:
        return sql  # a body in dollar quotes is kept as it is
    lines = [""]
    for word in _WORD.findall(sql):
        longer = f"{lines[-1]} {word}".lstrip()
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def escaped_binds(sql: str) -> str:
    """Gives SQL for `sa.text`, to which a colon before a word is a parameter."""
    return _BIND.sub(r"\\:", sql)


def verbatim(sql: str) -> str:
    """Gives an `op.execute` of SQL whose every space counts, whatever the code is indented by."""
    lines = escaped_binds(sql.strip("\n")).splitlines(keepends=True)
    inner = "".join(f"    {line!r}\n" for line in lines)
    return f"op.execute(\n{inner})"


def call(function: str, arguments: Sequence[str]) -> str:
    """Gives a call on one line where it fits, else an argument a line.

    >>> call("op.drop_table", ['"orders"'])
    'op.drop_table("orders")'
    """
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= WIDTH - 8:
        return line
    inner = "".join(f"    {argument},\n" for argument in arguments)
    return f"{function}(\n{inner})"


def autocommit(code: str) -> str:
    """Gives the code in a block that runs it outside the migration's transaction."""
    return f"with op.get_context().autocommit_block():\n{textwrap.indent(code, '    ')}"


def column(found: Column, default: str | None = None) -> str:
    """Gives a column as it stands in ADD COLUMN: name, type, default, NOT NULL."""
    text = f"{quoted(found.name)} {found.type}"
    value = default or found.default
    text += f" DEFAULT {value}" if value else ""
    return text if found.nullable else f"{text} NOT NULL"


def lines(*parts: str | None) -> str:
    """Gives the parts that are there, one below the other."""
    return "\n".join(part for part in parts if part)


def name_for(*parts: str, limit: int = 63) -> str:
    """Gives a name of the parts, cut to what PostgreSQL keeps of a name."""
    return "_".join(part.replace(".", "_") for part in parts)[:limit]
