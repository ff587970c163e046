"""The tools of the model: dbwright's own functions, which read, run in a scratch and propose.

None writes a file or a database. No argument names a URL, a path outside of the project, or
another database: these are the user's to say.
"""

from __future__ import annotations

import ctypes
import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.options import Options, Progress
from dbwright.frontends.agent import documents
from dbwright.frontends.agent.documents import Document
from dbwright.frontends.agent.hiding import Hiding
from dbwright.frontends.agent.ledger import Ledger

ROOM = 26_000
"""So many characters an answer to a model has at most: less than 8,000 tokens."""
LONGEST = 20_000
ROWS = 50
What = Literal["project", "models", "migrations", "queries"]
JOBS = {
    "project": ("models", "migrations", "drift"),
    "models": ("models", "drift"),
    "migrations": ("migrations",),
    "queries": ("queries",),
}


@dataclass(slots=True)
class Tools:
    """The tools for one request. `options` are the user's; `called` counts what was called.

    `given` are the statements that the user pasted, by their ids; `until` is when time is over;
    `rows` are the tables whose rows the user lets a model see.
    """

    path: Path
    options: Options
    ledger: Ledger
    hiding: Hiding
    progress: Progress
    given: dict[str, str] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    known: dict[str, Document] = field(default_factory=dict, repr=False)
    until: float = math.inf
    rows: tuple[str, ...] = ()
    _thread: int = 0

    def all(self) -> Sequence[Callable[..., Document]]:
        """Gives the tools; their names, signatures and docstrings are what the model is told."""
        return (
            self.review, self.review_query, self.finding, self.schema, self.question,
            self.change_models, self.design_models, self.rehearse, self.rule,
            *((self.tune_indexes,) if self.options.db or self.options.twin else ()),
            *((self.read_rows,) if self.rows and self.options.db else ()),
        )  # fmt: skip

    def review(self, what: What = "project", file: str = "") -> Document:
        """Reviews the project, its models, its migrations, or the queries in its code.

        `file` is a file of the project to review alone. Each finding has an id to cite.
        """

        def run() -> Any:
            from dbwright.api import check

            path = self._inside(file) if file else self.path
            return check(path, replace(self.options, jobs=JOBS[what], db=None), self.told)

        return self._answer("review", run, what, file)

    def review_query(self, statement: str = "", sql: str = "") -> Document:
        """Says why a query is slow or wrong, and what was seen to help.

        `statement` is the id of one that the user pasted (s1). `sql` is a SELECT that you write:
        it runs on a scratch database of the project's schema only.
        """

        def run() -> Any:
            from dbwright.api import review_query

            options = replace(self.options, db=None, twin=None, run=False)
            if statement:
                text, options = self._given(statement), self.options
            else:
                text = self.select(sql)
            self.hiding.learn(text)
            return review_query(text, self.path, options, self.told)

        return self._answer("review_query", run, statement, sql)

    def finding(self, id: str) -> Document:
        """Gives a finding with all its parts: reason, evidence, fix, alternatives, risk, undo."""

        def run() -> Document:
            source = self.ledger.sources.get(id)
            if source is None or source.kind != "recommendation":
                raise UsageError(f"there is no finding {id[:20]!r}")
            return documents.finding(source)

        return self._answer("finding", run, id)

    def schema(self, table: str = "") -> Document:
        """Gives the tables of the models, a line each; one in full where `table` names it."""

        def run() -> Document:
            from dbwright.api import describe
            from dbwright.frontends.mcp_server.tables import documents as of_tables
            from dbwright.frontends.mcp_server.tables import lines

            options = replace(self.options, db=None)
            described = describe(self.path, None, options, self.told)
            documents.learn(described.schema, self.ledger)
            found = of_tables(described)["tables"]
            if not table:
                source = self.ledger.add("table", lines(found, 2))
                return {"id": source.id, "count": len(found), "tables": lines(found, 2)}
            named = next((each for each in found if each["name"] == table), None)
            if named is None:
                raise UsageError(f"there is no table {table[:80]!r}")
            return {"id": self.ledger.add("table", named).id, "table": named}

        return self._answer("schema", run, table)

    def read_rows(self, sql: str) -> Document:
        """Reads rows of the tables that the user has named, by one SELECT; at most 50."""

        def run() -> Document:
            from dbwright.collect.settings import read_settings
            from dbwright.frontends.mcp_server import work
            from dbwright.frontends.mcp_server.start import Start

            text = self.select(sql)
            self._check_tables(text)
            almighty = bool(read_settings(self.path).allow_superuser)
            start = Start(self.path, self.options.db, allow_superuser=almighty)
            found = work.read(start, self.told, sql=text, parameters=())
            found["rows"] = found["rows"][:ROWS]
            return {"id": self.ledger.add("rows", found).id, **found}

        return self._answer("read_rows", run, sql)

    def _check_tables(self, sql: str) -> None:
        """Refuses a SELECT on any table but those whose rows may be seen."""
        from sqlglot import exp

        from dbwright.dialects.sqlglot_queries import tree_of
        from dbwright.frontends.agent.tokens import GRAMMARS

        tree = tree_of(sql, GRAMMARS.get(self.ledger.dialect, "postgres"))
        assert tree is not None
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            name = f"{table.db}.{table.name}" if table.db else table.name
            if name not in self.rows and not (name in own and not table.db):
                raise UsageError(f"the rows of {name[:80]} are not for a model to see")

    def question(self, request: str) -> Document:
        """Answers a question about the models, in plain words: "what does Order reference?"."""

        def run() -> Any:
            from dbwright.jobs import question
            from dbwright.jobs.workplace import workplace

            options = replace(self.options, db=None)
            with workplace(self.path, options, self.told) as place:
                place.ask_models()
                return question.run(place, request)

        return self._answer("question", run, request)

    def change_models(self, request: str, choose: str = "") -> Document:
        """Proposes a change of existing models with its safe migration, proved with rows.

        `request` says it in plain words ("add a phone to User"). Nothing is written.
        """

        def run() -> Any:
            from dbwright.api import change_models

            return change_models(request, self.path, self.options, self.told, choose=choose)

        return self._answer("change_models", run, request, choose)

    def design_models(self, request: str) -> Document:
        """Proposes new models for a request in plain words, run first. Nothing is written."""

        def run() -> Any:
            from dbwright.api import design

            return design(request, path=self.path, options=self.options, progress=self.told)

        return self._answer("design_models", run, request)

    def rehearse(self, revisions: str = "") -> Document:
        """Runs revisions up, down and up with rows on a scratch database: locks, dangers, times.

        `revisions` is a range as `alembic history -r` takes it; "" are those that can change.
        """

        def run() -> Any:
            from dbwright.api import rehearse

            options = replace(self.options, db=None)
            return rehearse(revisions or None, self.path, options, self.told)

        return self._answer("rehearse", run, revisions)

    def tune_indexes(self, workload: str = "", budget_percent: float = 20) -> Document:
        """Finds the indexes that a workload is worth, and those to drop, on a twin of the database.

        `workload` is a file of the project with SQL, or "" for what the server counted;
        `budget_percent` is how large new indexes may be beside the tables. Nothing is built.
        """

        def run() -> Document:
            from dbwright.api import tune
            from dbwright.render.tuned import as_json

            file = str(self._inside(workload)) if workload else None
            twin, options = self.options.twin, replace(self.options, db=None, twin=None)
            url = None if twin else self.options.db
            budget = budget_percent / 100
            data = as_json(tune(twin, url, file, options, self.told, budget=budget))
            told = {name: data[name] for name in ("before", "after", "indexes", "drops", "notes")}
            return {"id": self.ledger.add("index", told).id, **told}

        return self._answer("tune_indexes", run, workload, f"{budget_percent:g}")

    def rule(self, name: str) -> Document:
        """Gives a rule's page: what it does, why it is bad, when to leave it."""

        def run() -> Document:
            from dbwright.api import rule

            found = rule(name)
            if found is None:
                raise UsageError(f"there is no rule {name[:60]!r}")
            source = self.ledger.add("rule", {"rule": found.name, "page": found.page})
            return {"id": source.id, "name": found.name, "job": found.job, "page": found.page}

        return self._answer("rule", run, name)

    def first(self, found: Any) -> Document:
        """Gives what the model is told of the answer that dbwright gave by itself."""
        return self._sent(documents.document(found, self.ledger))

    def _answer(self, name: str, run: Callable[[], Any], *arguments: str) -> Document:
        """Runs a tool once for the same arguments; an error is an answer too."""
        self.called.append(name)
        key = json.dumps([name, *arguments])
        if key in self.known:
            return {"same_as_before": True, **self.known[key]}
        if sum(map(len, arguments)) > LONGEST:
            return {"error": {"message": f"more than {LONGEST:,} characters are not read"}}
        try:
            self._thread = threading.get_ident()
            found = run()
            told = found if isinstance(found, dict) else documents.document(found, self.ledger)
            answer = self._sent(told)
        except DbwrightError as error:
            answer = self._sent(refusal(error))
        except Exception as error:
            answer = self._sent({"error": {"message": f"{type(error).__name__}: {error}"}})
        finally:
            self._thread = 0
        self.known[key] = answer
        return answer

    def stop(self) -> None:
        """Ends the tool that runs, as Ctrl-C would: what it holds is given back on the way."""
        if self._thread:
            ident, late = ctypes.c_ulong(self._thread), ctypes.py_object(TimeoutError)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, late)

    def told(self, text: str) -> None:
        """Passes on what a job is doing; once time is over the job is stopped here."""
        if time.monotonic() > self.until:
            raise TimeoutError("the time for this request is over")
        self.progress(text)

    def _sent(self, told: Document) -> Document:
        self.hiding.names |= self.ledger.names
        sent: Document = documents.fitted(self.hiding.document(told), ROOM)
        return sent

    def _inside(self, name: str) -> Path:
        root = self.path.resolve() if self.path.is_dir() else self.path.resolve().parent
        found = (root / name).resolve()
        if not found.is_relative_to(root) or not found.exists():
            raise UsageError(f"there is no {name[:80]!r} in the project")
        return found

    def select(self, sql: str) -> str:
        """Gives a statement of the model's own: one SELECT, never the name of a file."""
        from sqlglot import exp

        from dbwright.dialects.sqlglot_queries import tree_of
        from dbwright.frontends.agent.tokens import GRAMMARS

        writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock)
        unknown = (exp.Anonymous, exp.AnonymousAggFunc)
        sql = self.hiding.restored(sql)
        tree = tree_of(sql, GRAMMARS.get(self.ledger.dialect, "postgres"))
        if not isinstance(tree, exp.Query) or tree.find(*writes):
            raise UsageError("`sql` is not one SELECT that only reads")
        strange = sorted({each.name for each in tree.find_all(*unknown)})
        if strange:
            raise UsageError(f"the function {strange[0]} is not one that a model may call")
        return sql

    def _given(self, id: str) -> str:
        if id not in self.given:
            raise UsageError(f"there is no statement {id[:20]!r}")
        return self.given[id]


def refusal(error: DbwrightError) -> Document:
    """Gives an error as data."""
    return {"error": {"message": error.message, "file": error.file, "way_out": error.way_out or ""}}
