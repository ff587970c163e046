"""`make new-rule JOB=migrations NAME=blocking_thing`: a rule's file with all its parts to fill.

The file is whole: it imports, its page has every heading, its examples run. The suite fails on it
until the rule finds what its bad example does wrong.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import get_args

from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.finding import Job
from dbwright.frontends.writing import write_whole

FACTS = {
    "models": ("core.schema", "Schema", "schema"),
    "migrations": ("core.migration", "Migration", "migration"),
    "queries": ("core.query", "Query", "query"),
    "drift": ("core.drift", "Drift", "drift"),
}
EXAMPLES = {
    "models": (
        "ModelsExample",
        '''ModelsExample(
    code="""
        class Order(Base):
            __tablename__ = "orders"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,''',
    ),
    "migrations": (
        "RevisionExample",
        """RevisionExample(
    before="create table orders (id bigint primary key)",
    upgrade='op.add_column("orders", sa.Column("note", sa.Text()))',
    downgrade='op.drop_column("orders", "note")',""",
    ),
    "queries": (
        "QueryExample",
        """QueryExample(
    schema="create table orders (id bigint primary key)",
    sql="select id from orders",""",
    ),
}
EXAMPLES["drift"] = EXAMPLES["migrations"]

PAGE = '''"""One sentence that names the problem of {words}.

## What it does

Which code it points at.

## Why is this bad?

What happens then, and to whom.

## When to leave it

Where it does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator

{imports}

APPLIES = Applies(dialects=("postgresql",))
SEVERITY = "warning"

BAD = {bad}
    claims=("{claim}",),
)
GOOD = {bad}
)


def check({name}: {fact}) -> Iterator[Finding]:
    found: list[str] = []
    for key in found:
        yield Finding(
            message="what happens, in the reader's words",
            location=Location(object=key),
            claims=(Claim("{claim}", key),),
        )


def advise(finding: Finding, {name}: {fact}) -> Advice:
    return Advice(
        reason="why the database does so",
        fix=Fix("what to do", code="the code, with the user's names"),
        alternatives=(Alternative("another way", "its price"),),
        risk=Risk("what the fix may do", "what to do about that"),
        undo=Undo("the way back"),
        tests="how to see that it works",
        backup="none needed: why",
    )
'''
PARTS = """(
    Advice,
    Alternative,
    Finding,
    Fix,
    Location,
    Risk,
    Undo,
)"""
CLAIMS = {
    "models": "accepts_bad_row",
    "migrations": "blocks_writes",
    "queries": "reads_whole_table",
    "drift": "schema_differs",
}


def new_rule(job: str, name: str, package: Path) -> Path:
    """Writes the file of a new rule below a package of rules; gives its path.

    A job that is none, a name that is no rule's name, or a file that is there raises UsageError.
    """
    if job not in get_args(Job):
        raise UsageError(f"JOB={job!r} is none of {', '.join(get_args(Job))}")
    name = name.replace("-", "_")
    if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name):
        raise UsageError(
            f"NAME={name!r} is not a name of words",
            way_out="Name the problem, so that it reads well after `allow`: blocking_index_build",
        )
    path = package / job / f"{name}.py"
    if path.exists():
        raise UsageError(f"{path} is there already; it was left as it is")
    write_whole(path, page(job, name), "Run it in a clone that you may write to.")
    return path


def page(job: str, name: str) -> str:
    """Gives the text of a new rule."""
    module, fact, parameter = FACTS[job]
    example, bad = EXAMPLES[job]
    imports = {
        "core.claim": "Claim",
        "core.finding": PARTS,
        "core.rule": f"Applies, {example}",
        module: fact,
    }
    lines = [f"from dbwright.{place} import {names}" for place, names in sorted(imports.items())]
    return PAGE.format(
        words=name.replace("_", " "),
        imports="\n".join(lines),
        fact=fact,
        name=parameter,
        bad=bad,
        claim=CLAIMS[job],
    )


def main() -> None:
    """Writes the rule that the arguments name, and says what to do next."""
    rules = Path(__file__).parents[1] / "rules"
    try:
        job, name = sys.argv[1:]
        path = new_rule(job, name, rules)
    except ValueError:
        sys.exit("Say which: make new-rule JOB=migrations NAME=blocking_thing")
    except DbwrightError as error:
        sys.exit(str(error))
    published = path.stem.replace("_", "-")
    print(f"Wrote {path}.\nFill it, then prove it: make prove RULE={published}")


if __name__ == "__main__":
    main()
