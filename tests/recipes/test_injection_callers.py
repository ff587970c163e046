"""Values are followed to where they enter; what is told runs as SQL, what is not told cannot."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from dbwright.core.source import Source
from dbwright.recipes import injection

HEAD = "import sqlalchemy as sa\nfrom sqlalchemy import text, literal_column\n"
HOSTILE = "0 union select secret from vault"
QUOTED = "' union select secret from vault --"


@dataclass(frozen=True, slots=True)
class Case:
    """A file with `run`, the hole; further files; what is sent to `enter` to read the vault."""

    code: str
    hostile: str = QUOTED
    entry: str = "enter"


CASES = {
    "FastAPI, f-string in text": Case("""
        @app.get("/items")
        def enter(s, q: str):
            return s.execute(text(f"select id from items where title = '{q}'")).all()
        """),
    "FastAPI, through a service": Case("""
        def _find(s, word):
            return s.execute(text("select id from items where title = '" + word + "'")).all()
        @app.get("/items")
        async def enter(s, q: str = Query(max_length=80)):
            return _find(s, q)
        """),
    "Flask, request.args in a format": Case("""
        @app.route("/items")
        def enter(s, request):
            sql = "select id from items where title = '{}'".format(request.args["q"])
            return s.execute(text(sql)).all()
        """),
    "Flask, request.args.get through two functions": Case("""
        def _where(s, where):
            return s.execute(text("select id from items where " + where)).all()
        def _by_title(s, title):
            return _where(s, f"title = '{title}'")
        @app.route("/items")
        def enter(s, request):
            return _by_title(s, request.args.get("q"))
        """),
    "percent": Case("""
        @app.post("/items")
        def enter(s, q: str):
            return s.execute(text("select id from items where title = '%s'" % q)).all()
        """),
    "a sort order by text": Case("""
        def _sorted(s, order):
            query = sa.select(text("id")).select_from(text("items"))
            return s.execute(query.order_by(text(order))).all()
        @app.get("/items")
        def enter(s, sort: str = "id"):
            return _sorted(s, sort)
        """, "(select leak(secret) from vault)"),
    "a column by literal_column": Case("""
        @app.get("/items")
        def enter(s, column: str):
            query = sa.select(literal_column(f"max({column})")).select_from(text("items"))
            return s.execute(query).all()
        """, "(select secret from vault)"),
    "exec_driver_sql": Case("""
        @router.get("/items")
        def enter(s, q: str):
            return s.exec_driver_sql(f"select id from items where id = {q}").all()
        """, HOSTILE),
    "a name of a table from a path": Case("""
        def _count(s, table):
            return s.execute(text(f"select * from {table}")).all()
        @app.get("/count/{table}")
        def enter(s, table: str):
            return _count(s, table)
        """, "vault"),
    "a body's field": Case("""
        class Search(BaseModel):
            words: str
        def _find(s, search: Search):
            return s.execute(text(f"select id from items where title = '{search.words}'")).all()
        @app.post("/items")
        def enter(s, body: Search):
            return _find(s, body)
        """, QUOTED, "body"),
    "click": Case("""
        @cli.command()
        @click.option("--table")
        def enter(s, table):
            return s.execute(text(f"select * from {table}")).all()
        """, "vault"),
    "argparse": Case("""
        def _dump(s, table):
            return s.execute(text(f"select * from {table}")).all()
        def enter(s, parser):
            parser.add_argument("--table")
            args = parser.parse_args()
            return _dump(s, args.table)
        """, "vault", "args"),
    "a method of a repository": Case("""
        class Items:
            def __init__(self, s):
                self.s = s
            def find(self, *, title):
                return self.s.execute(text(f"select id from items where title = '{title}'")).all()
        @app.get("/items")
        def enter(s, q: str):
            return Items(s).find(title=q.strip())
        """),
    "keywords passed on": Case("""
        def _find(s, title=None):
            return s.execute(text(f"select id from items where title = '{title}'")).all()
        def find(s, **words):
            return _find(s, **words)
        @app.get("/items")
        def enter(s, q: str):
            return find(s, title=q)
        """),
    "nobody calls it": Case("""
        def enter(s, words):
            return s.execute(text(f"select id from items where title like '%{words}%'")).all()
        """, "%' union select secret from vault --"),
}  # fmt: skip


class Anything:
    """Stands for what is no part of a case: an application, a router, a type of pydantic's."""

    def __getattr__(self, name: str) -> Any:
        return Anything()

    def __call__(self, *args: Any, **words: Any) -> Any:
        plain = len(args) == 1 and not words and callable(args[0])
        return args[0] if plain else Anything()


class Sent:
    """A request, a body and arguments that hold the same text everywhere."""

    def __init__(self, text: str) -> None:
        self.words = self.table = text
        self.args = {"q": text}

    def add_argument(self, name: str) -> None:
        """Takes an argument's name."""

    def parse_args(self) -> Sent:
        """Gives itself."""
        return self


def ran(case: Case) -> str:
    """Gives what the database answered to the hostile text, and what its function was handed."""
    leaked: list[str] = []
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.connection.driver_connection.create_function("leak", 1, leaked.append)  # type: ignore[union-attr]
        connection.exec_driver_sql("create table vault (secret text)")
        connection.exec_driver_sql("insert into vault values ('the secret')")
        connection.exec_driver_sql("create table items (id integer, title text)")
        connection.exec_driver_sql("insert into items values (1, 'one')")
        names: dict[str, Any] = dict.fromkeys(
            ("app", "router", "cli", "click", "Query"), Anything()
        )
        names["BaseModel"] = object
        exec(HEAD + textwrap.dedent(case.code), names)
        wraps = case.entry != "enter" or "request" in case.code
        given = Sent(case.hostile) if wraps else case.hostile
        answer = names["enter"](connection, given)
        if hasattr(answer, "send"):
            try:
                answer.send(None)
            except StopIteration as ended:
                answer = ended.value
    return f"{answer} {leaked}"


def told(code: str, *others: str) -> list[str]:
    head = HEAD if "Injection" not in code else ""
    callers = [Source(f"shop/more{n}.py", textwrap.dedent(one)) for n, one in enumerate(others)]
    source = Source("shop/pages.py", head + textwrap.dedent(code))
    return [one.function for one in injection.injections([source], callers)]


@pytest.mark.parametrize("name", CASES)
def test_what_reads_the_vault_is_told(name: str) -> None:
    assert "the secret" in ran(CASES[name])
    assert len(told(CASES[name].code)) == 1


SINK = "def _find(s, word):\n    s.execute(text(f\"select 1 from items where title = '{word}'\"))\n"


@pytest.mark.parametrize(
    "caller",
    [
        "def a(s):\n    _find(s, 'x')\n",
        "def a(s, word='id'):\n    _find(s, word)\ndef b(s):\n    a(s)\n",
        "def a(s):\n    _find(s, config_get('db', 'word'))\n",
        "def a(s, m):\n    _find(s, m.__tablename__)\n",
        "def a(s):\n    for t in inspect(s).get_table_names():\n        _find(s, t)\n",
        "@app.get('/')\ndef a(s, word: Literal['x', 'y']):\n    _find(s, word)\n",
        "@app.get('/')\ndef a(s, word: int):\n    b(s, word)\n"
        "def b(s, word):\n    _find(s, word)\n",
        "@app.get('/')\ndef a(s, word: str = Query(pattern='^[a-z]+$')):\n    _find(s, word)\n",
        "@app.get('/')\ndef a(s, word: str):\n    _find(s, uuid.UUID(word))\n",
        "W = Annotated[str, Predicate(ok)]\n@app.get('/')\n"
        "def a(s, ws: list[W]):\n    _find(s, ws[0])\n",
        "@cli.command()\n@click.option('--word', type=click.Choice('ab'))\ndef a(s, word):\n"
        "    _find(s, word)\n",
        "def a(s, parser):\n    parser.add_argument('--word', choices=['x'])\n"
        "    args = parser.parse_args()\n    _find(s, args.word)\n",
        "class P(BaseModel):\n    word: Kind\nclass Kind(StrEnum):\n    a = 'x'\n"
        "@app.get('/')\ndef a(s, p: P):\n    _find(s, p.word)\n",
        "@app.get('/')\ndef a(s, word: str):\n    re._find(s, word)\nimport re\n",
        "",
    ],
)  # fmt: skip
def test_a_private_function_is_judged_at_its_callers(caller: str) -> None:
    assert told(SINK + caller) == []


def test_callers_and_types_in_further_files_are_followed() -> None:
    sink = SINK.replace("_find", "find")
    assert told(sink) == ["find"]
    middle = "from shop.pages import find\ndef search(s, w):\n    find(s, w)\n"
    entry = "from .more0 import search as go\n@app.get('/')\ndef page(s, w: {}):\n    go(s, w)\n"
    assert told(sink, middle, entry.format("str")) == ["find"]
    assert told(sink, middle, entry.format("Word"), "Word = Literal['x']\n") == []


def test_a_tool_that_takes_a_tables_name_is_told_when_something_from_outside_reaches_it() -> None:
    tool = "def empty(s, table):\n    s.execute(text(f'delete from {table}'))\n"
    assert told(tool) == []
    entry = "from shop.pages import empty\n@app.post('/')\ndef page(s, table: str):\n"
    assert told(tool, entry + "    empty(s, table)\n") == ["empty"]


def test_the_names_to_look_for_are_asked_for_only_where_a_text_is_suspect() -> None:
    assert (
        injection.wanted([Source("a.py", HEAD + "def f(s):\n    s.execute(text('x'))\n")]) == set()
    )
    assert injection.wanted([Source("a.py", HEAD + SINK)]) == {"_find"}
