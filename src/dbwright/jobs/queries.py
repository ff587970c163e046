"""The queries job: statements read beside their schema and plan, and advice that was tried.

The plan comes from the user's database (`--db`, only read), from a twin of it, from the project's
own schema with made-up rows, or from nowhere: then text and schema alone are read.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlglot import exp

from dbwright import dialects
from dbwright.collect.code_reference import CodeReference, references
from dbwright.collect.database import dialect_of
from dbwright.collect.placeholders import Numbered, numbered
from dbwright.collect.recorded import is_recording, read_recording
from dbwright.collect.settings import read_settings
from dbwright.collect.statements import given_plan, read_statements
from dbwright.core.candidate import Candidate
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.explained import Explained
from dbwright.core.finding import Recommendation, Unverified
from dbwright.core.options import Options, Progress
from dbwright.core.plan import WorkloadStatement
from dbwright.core.query import Query
from dbwright.core.report import Looked, Report, Summary
from dbwright.core.rule import Rule
from dbwright.core.target import Target
from dbwright.dialects.postgresql import statements
from dbwright.dialects.sqlglot_queries import tree_of
from dbwright.jobs import query_live, query_project
from dbwright.jobs.check import chosen_rules
from dbwright.jobs.flow import Reviewed, analyze, order, review
from dbwright.jobs.query_answer import NO_CAUSE, distinct, tried
from dbwright.jobs.query_code import Spelling
from dbwright.jobs.query_counted import COUNTED, review_counted
from dbwright.jobs.query_grounds import Opened, on_clone
from dbwright.jobs.query_many import MOST, Choice, chosen, only_read
from dbwright.jobs.query_named import in_code
from dbwright.jobs.query_refusals import quoted, refused, stopped
from dbwright.jobs.remedies import told_once
from dbwright.recipes.queries.remedies import MYSQL, plain
from dbwright.recipes.queries.seen_through import seen_through
from dbwright.rules.registry import rules_for
from dbwright.verify.queries.ground import CannotTry, Ground, Side
from dbwright.verify.queries.layered import Planned

_GIVE = "Give one SELECT, INSERT, UPDATE or DELETE; of another database, name it: --target, --db."
_UNREAD = "See that it is one for MySQL or MariaDB; with --db URL the server says what it thinks."
_LONGEST = 200_000
"""A longer statement is not read: its tree alone would take minutes."""


def run(sql: str, path: Path, options: Options, progress: Progress) -> Report:
    """Gives the report on the statements of a text or file.

    Raises CollectError when there is no statement or nothing answers, UsageError when there is
    nothing to run on.
    """
    started = time.monotonic()
    rules = chosen_rules(rules_for("queries"), options.select, options.ignore)
    if options.db and options.twin:
        raise UsageError("give one of --db URL and --twin FILE, not both")
    with contextlib.ExitStack() as stack:
        work = _Work(rules, options, progress, Spelling(path, options, progress, stack))
        clone = options.prove_on
        others = [stack.enter_context(on_clone(clone, options.db))] if clone else []
        opened = work.open(stack, sql, path, others)
        work.look_at_all(opened)
    summary = Summary(
        project=work.project,
        dialect=str(opened.target),
        server=opened.words,
        milliseconds=(time.monotonic() - started) * 1000,
        notes=tuple(work.notes),
    )
    items = tuple(sorted(work.reviewed.recommendations, key=_order))
    missed = (*work.missed, *work.reviewed.unverified)
    return Report(items, unverified=missed, summary=summary, looked=tuple(work.looked))


def _doing(number: int, count: int) -> str:
    return f"reading statement {number:,} of {count:,}" if count > 1 else "reading the plan"


def _order(item: Recommendation) -> tuple[float, ...]:
    """The worst first; of equal ones what spares the statement, then that which gains most."""
    gain = max((proof.factor or 0.0 for proof in item.proofs), default=0.0)
    severity, level, *_ = order(item)
    return (severity, item.rule != COUNTED, -gain, level)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement as the user wrote it, and as the database reads it."""

    given: WorkloadStatement
    numbered: Numbered


class _Work:
    """One review on its way: what was found so far."""

    def __init__(
        self, rules: Sequence[Rule], options: Options, progress: Progress, spelling: Spelling
    ) -> None:
        self.rules, self.options, self.progress = rules, options, progress
        self.spelling = spelling
        self.statements: list[_Statement] = []
        self.reviewed = Reviewed()
        self.missed: list[Unverified] = []
        self.notes: list[str] = []
        self.looked: list[Looked] = []
        self.project = ""
        self.given: Explained | None = None
        self.recording = False
        self.code: Sequence[CodeReference] = ()
        self.choice: Choice | None = None

    def open(
        self, stack: contextlib.ExitStack, sql: str, path: Path, others: Sequence[Ground]
    ) -> Opened:
        """Reads the statements and opens the ground that the options name."""
        self.code = references(sql, path)
        self.recording = not self.code and is_recording(sql, path)
        self.given = None if self.recording or self.code else given_plan(sql, path)
        if self.given is not None:
            sql = self.given.sql or ""
        if self.options.twin:
            self._read(sql, "postgresql", path)
            ground = query_live.on_twin(
                Path(self.options.twin), self.options, self.progress, self._more
            )
            return stack.enter_context(ground)
        if self.options.db:
            dialect = dialect_of(self.options.db)
            self._read(sql, dialect if dialect in dialects.names() else "postgresql", path)
            return stack.enter_context(
                query_live.on_database(
                    self.options.db,
                    self._texts,
                    self._options(path, dialect),
                    self.progress,
                    self.miss,
                    self._more,
                    others,
                )
            )
        found = stack.enter_context(
            query_project.on_project(path, self.options, self.progress, self.miss)
        )
        self.project = found.name
        if found.place is not None:
            self.spelling.on(found.place)
        self._read(sql, found.dialect, path)
        opened = stack.enter_context(found.opened(self._texts))
        self.notes += found.notes
        return opened

    def _options(self, path: Path, dialect: str) -> Options:
        """The options, with the throw-away server that the settings name where one is needed."""
        if dialect not in MYSQL or self.options.sandbox_url:
            return self.options
        settings = read_settings(path, sandbox_url=None)
        return replace(self.options, sandbox_url=settings.sandbox_url)

    @property
    def _texts(self) -> list[str]:
        return [each.numbered.sql for each in self.statements]

    def _read(self, sql: str, dialect: str, path: Path) -> None:
        if self.given is not None and not sql:
            way_out = "Give the statement as well: its form cannot be judged by its plan."
            self.miss("the statement", "a plan alone was given", way_out)
            self.notes += self.given.unread
            self.statements.append(_Statement(WorkloadStatement(""), Numbered("")))
            return
        for each in self._listed(sql, dialect, path):
            text = spelled_as(each.sql, dialect)
            why = _unfit(text.sql, dialect)
            if why:
                self.miss(named(each), why, _GIVE)
                continue
            self.statements.append(_Statement(each, text))
        if self.missed and not self.statements:
            first = self.missed[0]
            raise CollectError(f"{first.what}: {first.why}", way_out=first.way_out)

    def _listed(self, sql: str, dialect: str, path: Path) -> Sequence[WorkloadStatement]:
        """Gives the statements of a text or a file; of a recording, each of them once."""
        if self.code:
            return in_code(self.spelling, self.code, dialect, self.miss)
        if not self.recording:
            return read_statements(sql, dialect, path)
        found = read_recording(sql, dialect, path)
        self.notes += [f"{each}." for each in found.left_out]
        return found.statements

    def miss(self, what: str, why: str, way_out: str = "") -> None:
        """Takes down something that could not be looked at, once."""
        found = Unverified(what, why, way_out)
        if found not in self.missed:
            self.missed.append(found)

    def _choose(self, opened: Opened) -> Choice:
        """Gives the statements that are tried."""
        if self.choice is None:
            pairs = [(each.given, each.numbered.sql) for each in self.statements]
            self.choice = chosen(opened, pairs, self.options.tries or MOST)
        return self.choice

    def _more(self, opened: Opened) -> tuple[Sequence[str], Sequence[Candidate]]:
        """Gives the statements that are tried, and the indexes that rules think of for them."""
        tried = [self.statements[number] for number in sorted(self._choose(opened).numbers)]
        found: list[Candidate] = []
        for each in tried:
            read = self._query(opened, each, told=False)
            facts = filter(None, (read, seen_through(read)))
            found += (each for fact in facts for each in self._thought_of(fact, opened.target))
        return [each.numbered.sql for each in tried], list(dict.fromkeys(found))

    def _thought_of(self, query: Query, target: Target) -> Iterator[Candidate]:
        """Gives them for one statement: all its rules share one reading of it."""
        for each in analyze(self.rules, [query], target):
            if isinstance(each, Unverified):
                continue
            for remedy in each[2].remedies:
                if remedy.candidate is not None:
                    yield remedy.candidate

    def look_at_all(self, opened: Opened) -> None:
        """Reviews the statements; those that are not tried by their text and plan."""
        choice = self._choose(opened)
        other = only_read(opened, choice.why)
        for number, each in enumerate(self.statements):
            self.progress(_doing(number + 1, len(self.statements)))
            self._look(opened if number in choice.numbers else other, each)
        left = choice.left()
        self.missed += [left] if left is not None else []
        if len(self.statements) > 1:
            self.notes.insert(
                0, f"{len(self.statements):,} statements were read on {opened.words}."
            )
        if self.code:
            self._look_at_code(opened)

    def _look_at_code(self, opened: Opened) -> None:
        """Adds what the code does with the rows of its statements."""
        given = [(each.given.place, each.numbered.sql) for each in self.statements]
        found = review_counted(self.spelling, self.code, self.rules, opened, given)
        if found.recommendations:
            self.notes = [each for each in self.notes if not each.startswith(NO_CAUSE)]
        self.reviewed.add(found)

    def _look(self, opened: Opened, statement: _Statement) -> None:
        """Reviews one statement."""
        query = self._query(opened, statement)
        found = review(self.rules, [query], opened.target, opened.prover())
        self._look_through(opened, query, found)
        found.recommendations = distinct(told_once(sorted(found.recommendations, key=_order)))
        after = self._after(opened, query, found.recommendations)
        if not found.recommendations and len(self.statements) == 1:
            text = tried(query, found.refuted, offered=opened.offer is not None)
            self.notes += [text] if text else []
        self.looked.append(Looked(query.sql, query.place, query.explained, after))
        found.recommendations = [
            with_placeholders(each, statement.numbered) for each in found.recommendations
        ]
        found.recommendations = self.spelling.spelled(
            found.recommendations, opened.target.dialect, statement.numbered.names
        )
        self.reviewed.add(found)

    def _look_through(self, opened: Opened, query: Query, found: Reviewed) -> None:
        """Adds what rules find in a plainer form of a statement, and did not in its own."""
        other = seen_through(query)
        if other is None:
            return
        told = {each.rule for each in found.recommendations if each.severity != "info"}
        rules = [rule for rule in self.rules if rule.name not in told]
        found.add(review(rules, [other], opened.target, opened.prover()))

    def _after(
        self, opened: Opened, query: Query, found: Sequence[Recommendation]
    ) -> Explained | None:
        """Gives the plan with the first advice followed, run where the one before was."""
        if not found or query.explained is None:
            return None
        fix = found[0].advice.fix
        other = next((each.after for each in fix.edits if each.after), query.sql)
        side = Side(other, tuple(plain(step.sql) for step in fix.steps), values=query.values)
        try:
            return opened.after(side, run=query.ran)
        except Exception:  # CannotTry or the driver's own: the picture is of one plan then
            return None

    def _query(self, opened: Opened, statement: _Statement, *, told: bool = True) -> Query:
        """Gives the statement with its plan; without one where the database refuses it."""
        sql, place = statement.numbered.sql, statement.given.place
        plain = Query(sql, opened.schema, opened.target, place=place, rows=opened.rows)
        plain = replace(plain, statistics=opened.statistics, ground=opened.kind)
        if self.given is not None:
            return replace(plain, explained=self.given, ground="given")
        what = named(statement.given)
        if told and opened.target.dialect in MYSQL and tree_of(sql, "mysql") is None:
            self.miss(f"the form of {what}", "it was not read as a statement of MySQL", _UNREAD)
        if opened.kind == "none":
            return plain
        try:
            sql = opened.literal(sql)
            plain = replace(plain, sql=sql)
            values = opened.values(sql)
            found = opened.query(sql, place, values=values, offer=told)
        except CannotTry as refusal:
            if told:
                self.miss(f"the plan of {what}", str(refusal), "Its text alone was looked at.")
            return plain
        except Exception as error:  # the driver's own tree: the statement cannot be planned
            why, way_out = refused(error, sql, opened.schema)
            if told:
                self.miss(f"the plan of {what}", why, way_out)
            return plain
        if not (self.options.run and told and not isinstance(opened.ground, Planned)):
            return found
        try:
            return replace(found, explained=opened.run(sql, values))
        except CannotTry as refusal:
            self.miss(f"a run of {what}", str(refusal), "Its plan was looked at unrun.")
        except Exception as error:  # the time was up, or the database refused it
            refused(error, sql, opened.schema)
            self.miss(f"a run of {what}", stopped(error), "Its plan was looked at unrun.")
        return found


def named(statement: WorkloadStatement) -> str:
    """Gives a statement as it is named to the user: its begin, and where it stands."""
    place = statement.place
    where = f" ({place.file}:{place.line})" if place and place.line else ""
    return f"{quoted(statement.sql)}{where}"


def spelled_as(sql: str, dialect: str) -> Numbered:
    """Gives a statement with its placeholders as the database's grammar reads them."""
    if len(sql) > _LONGEST:
        return Numbered(sql)
    if dialect in MYSQL:
        from dbwright.dialects.mysql.placeholders import named

        return Numbered(named(sql)[0])
    return numbered(sql) if dialect == "postgresql" else Numbered(sql)


def _unfit(sql: str, dialect: str) -> str:
    """Gives why a text is not looked at, empty where it is."""
    if len(sql) > _LONGEST:
        return f"it has {len(sql):,} characters, and more than {_LONGEST:,} are not read"
    if dialect in MYSQL:
        return _unfit_of_mysql(sql)
    if dialect != "postgresql":
        return ""
    if sql.startswith("\\"):
        return "it is a command of psql, which no database knows"
    if found := statements.fault(sql):
        return f"it is no statement of PostgreSQL: {found}"
    return "" if statements.is_planned(sql) else "it is a statement that has no plan"


def _unfit_of_mysql(sql: str) -> str:
    """What nobody here reads goes to the server, which says what is wrong with it."""
    tree = tree_of(sql, "mysql")
    planned = (exp.Query, exp.Insert, exp.Update, exp.Delete)
    if tree is not None and not isinstance(tree, planned):
        return "it is a statement that has no plan"
    return ""


def with_placeholders(item: Recommendation, numbered: Numbered) -> Recommendation:
    """Gives a recommendation whose code has the placeholders as the user writes them."""
    if not numbered.names:
        return item
    fix = replace(item.advice.fix, code=numbered.spelled(item.advice.fix.code))
    return replace(item, advice=replace(item.advice, fix=fix))
