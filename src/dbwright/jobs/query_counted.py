"""What the code around a named statement does with its rows: nothing but to count them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from dbwright.collect.application import read_code
from dbwright.collect.code_reference import CodeReference
from dbwright.core.application import Counted
from dbwright.core.claim import Proof, QueryProbe
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
        _with_sql(each, statements, dialect)
        for each in application.counted
        if any(_is_meant(each, root, one, spelling.path) for one in references)
    ]
    if not meant:
        return Reviewed()
    fact = replace(application, repeats=(), counted=tuple(meant))
    why = place.why_no_sandbox or "no scratch database was made"
    with model_prover(mapping, place.worker, source, place.target, place.sandbox, why) as prover:

        def prove(finding: Finding, fact: object) -> Sequence[Proof]:
            return [
                _measured(opened, claim.probe, finding, fact)
                if isinstance(claim.probe, QueryProbe)
                else prover.prove(claim, finding.message)
                for claim in finding.claims
            ]

        return review(wanted, [fact], opened.target, prove)


def _measured(opened: Opened, probe: QueryProbe, finding: Finding, fact: object) -> Proof:
    """The proof that a count takes less than the rows."""
    prover = opened.prover()
    prover.values = opened.values(probe.sql)
    (claim,) = (each for each in finding.claims if each.probe is probe)
    return prover.prove(claim, finding.message)


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


def _with_sql(counted: Counted, statements: Sequence[Placed], dialect: str) -> Counted:
    """Gives it with its statement, where that stands whole in the code, and the count of it."""
    for at, sql in statements:
        if at is not None and (at.file, at.line) == (counted.place.file, counted.root):
            joined = "join" in counted.code
            return replace(counted, sql=sql, counting=_counting(sql, joined, dialect))
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
