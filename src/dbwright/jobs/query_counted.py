"""What the code around a named statement does with its rows: nothing but to count them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from dbwright.collect.application import read_code
from dbwright.collect.code_reference import CodeReference
from dbwright.core.application import Counted
from dbwright.core.claim import Claim, Proof
from dbwright.core.finding import Finding
from dbwright.core.place import Place
from dbwright.core.rule import Rule
from dbwright.jobs.flow import Reviewed, review
from dbwright.jobs.models import model_prover
from dbwright.jobs.query_code import Spelling
from dbwright.jobs.query_grounds import Opened
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.loops.scan import scanned
from dbwright.recipes.queries import tree
from dbwright.verify.models import ModelProver

COUNTED = "rows-loaded-to-count"
Placed = tuple[Place | None, str]
"""A statement as the database reads it, and where it stands."""


def review_counted(
    spelling: Spelling,
    references: Sequence[CodeReference],
    rules: Sequence[Rule],
    opened: Opened,
    statements: Sequence[Placed],
) -> Reviewed:
    """Reviews the places that a user named, where all rows of a statement are loaded for a number.

    That is tried on the models' own tables, and measured on the ground of the statements.
    """
    dialect = opened.target.dialect
    models, place = spelling.models(dialect), spelling.workplace(dialect)
    wanted = [rule for rule in rules if rule.name == COUNTED]
    if models is None or place is None or not wanted:
        return Reviewed()
    mapping, source = models
    code = read_code(place.project, mapping)
    files = [each for each in code.asking if _named(place, each, references, spelling.path)]
    application = scanned(mapping, code.sources, (), files)
    root = place.project.root
    meant = [
        _with_sql(each, statements, opened)
        for each in application.counted
        if any(_is_meant(each, root, one, spelling.path) for one in references)
    ]
    if not meant:
        return Reviewed()
    fact = replace(application, repeats=(), counted=tuple(meant))
    why = place.why_no_sandbox or "no scratch database was made"
    with model_prover(mapping, place.worker, source, place.target, place.sandbox, why) as asked:
        prove = _Prover(opened, {each.place.line: each for each in meant}, asked)
        return review(wanted, [fact], opened.target, prove)


class _Prover:
    """Proves on the ground of the statements what it can, the rest on the models' own tables."""

    def __init__(
        self, opened: Opened, counted: dict[int | None, Counted], models: ModelProver
    ) -> None:
        self.opened, self.counted, self.models = opened, counted, models

    def __call__(self, finding: Finding, fact: object) -> Sequence[Proof]:
        """Gives the proofs of a finding's claims, in their order."""
        return [self._proof(claim, finding) for claim in finding.claims]

    def _proof(self, claim: Claim, finding: Finding) -> Proof:
        counted, said = self.counted[finding.location.line], finding.message
        if claim.kind == "fewer_rows":
            ran = counted.sql and self.models.database is None
            sent = self._sent(counted, said) if ran else None
            return sent or self.models.prove(claim, said)
        prover = self.opened.prover()
        prover.values = self.opened.values(counted.sql, "common")
        return prover.prove(claim, said)

    def _sent(self, counted: Counted, proposition: str) -> Proof | None:
        """The proof by the rows that the statement gives here, None where it is not run."""
        opened = self.opened
        try:
            values = opened.values(counted.sql, "common")
            rows = opened.run(counted.sql, values).root.actual_rows
        except Exception:  # CannotTry or the driver's own: the models tell it then
            return None
        if rows is None or rows < 2:
            return None
        words = f"{rows:,.0f} rows were sent to be counted, where a count sends one"
        level = opened.prover().level
        return Proof(level, proposition, opened.words, words)


def _named(place: Workplace, file: str, references: Sequence[CodeReference], path: Path) -> bool:
    here = Path(place.project.root, file).resolve()
    return any(Path(path, each.file).resolve() == here for each in references)


def _is_meant(counted: Counted, root: Path, reference: CodeReference, path: Path) -> bool:
    if Path(root, counted.place.file).resolve() != Path(path, reference.file).resolve():
        return False
    if reference.function:
        return counted.function == reference.function
    lines = [counted.place.line, counted.root, *(span[2] for span, _ in counted.edits)]
    return reference.line is None or reference.line in lines


def _with_sql(counted: Counted, statements: Sequence[Placed], opened: Opened) -> Counted:
    """Gives it with its statement, where that stands whole in the code, and the count of it."""
    for at, sql in statements if opened.kind != "none" else ():
        if at is None or (at.file, at.line) != (counted.place.file, counted.root):
            continue
        try:
            sql = opened.literal(sql)
        except Exception:  # CannotTry or the driver's own: it is not run then
            return counted
        counting = _counting(sql, "join" in counted.code, opened.target.dialect)
        return replace(counted, sql=sql, counting=counting)
    return counted


def _counting(sql: str, joined: bool, dialect: str) -> str:
    """Gives the count of a statement's rows as the new code sends it, empty where that is unsure.

    What is loaded ahead by a join is not joined to count, as long as the code joins nothing itself.
    """
    found = tree.parse(sql, dialect)
    if not isinstance(found, exp.Select) or (joined and found.find(exp.Join)):
        return ""
    parsed = found.copy()
    joins = parsed.args.get("joins") or []
    parsed.set("joins", [each for each in joins if each.side != "LEFT"])
    parsed.set("order", None)
    ahead = {each.alias_or_name for each in joins if each.side == "LEFT"}
    count = exp.Count(this=exp.Star())
    if any(parsed.args.get(each) for each in ("group", "having", "distinct", "limit", "offset")):
        parsed = exp.select(count).from_(parsed.subquery("counted"))
    else:
        parsed.set("expressions", [count])
    if any(each.table in ahead for each in parsed.find_all(exp.Column)):
        return ""
    return parsed.sql(dialect=tree.GLOT[dialect])
