"""The revision asks the database, and a script that `alembic upgrade --sql` writes cannot.

## What it does
Reports a revision that takes the connection (`op.get_bind()`, `sa.inspect`) when `--sql` fails on
it, or writes a script that leaves another database than the revision does, up or down. Only where
env.py asks `context.is_offline_mode()`. It is an info unless `[tool.dbwright] offline = true`, and
silent with `offline = false`, or when the older revisions cannot be written as a script either:
then nobody writes any. A revision that raises in words of its own is not reported. On SQLite
batch mode always needs the database, so nothing is reported there.

## Why is this bad?
Where somebody else runs the SQL, the script is the migration. It cannot be written once a
revision reads a row or inspects a table, and that shows on the day of the release. A script that
silently lacks a statement is worse.

## When to leave it
Your migrations are always run by Alembic with a connection: set `offline = false`.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal
from dbwright.recipes import offline_script, revision

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
ENVIRONMENT = """from alembic import context
from sqlalchemy import MetaData, create_engine

metadata = MetaData()
if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql", target_metadata=metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine("postgresql://").connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
"""
FILES = (("migrations/env.py", ENVIRONMENT),)
TABLES = "create table countries (code text primary key, name text)"
ASK = """
    columns = sa.inspect(op.get_bind()).get_columns("countries")
    if "note" {} [column["name"] for column in columns]:
        {}
    """

BAD = RevisionExample(
    before=TABLES,
    upgrade=ASK.format("not in", 'op.add_column("countries", sa.Column("note", sa.Text()))'),
    downgrade=ASK.format("in", 'op.drop_column("countries", "note")'),
    claims=("fails_offline",),
    files=FILES,
)
BAD_ANOTHER_SCRIPT = RevisionExample(
    before=TABLES,
    upgrade="""
        if op.get_bind().execute(sa.text("SELECT 1")) is not None:
            op.add_column("countries", sa.Column("note", sa.Text()))
        """,
    downgrade='op.drop_column("countries", "note")',
    claims=("differs_offline",),
    files=FILES,
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute(
            "INSERT INTO countries (code) SELECT 'ch' "
            "WHERE NOT EXISTS (SELECT FROM countries WHERE code = 'ch')"
        )
        op.get_bind().execute(sa.text("COMMENT ON TABLE countries IS 'ISO 3166'"))
        """,
    downgrade="""
        op.execute("DELETE FROM countries WHERE code = 'ch'")
        op.execute("COMMENT ON TABLE countries IS NULL")
        """,
    files=FILES,
)
GOOD_ON_PURPOSE = RevisionExample(
    before=TABLES,
    upgrade="""
        if op.get_context().as_sql:
            raise RuntimeError("it reads rows: run it with a connection")
        op.execute("SET LOCAL lock_timeout = '5s'")
        if op.get_bind().scalar(sa.text("SELECT count(*) FROM countries")) < 1000:
            op.add_column("countries", sa.Column("note", sa.Text()))
        """,
    downgrade='op.drop_column("countries", "note")',
    files=FILES,
)
GOOD_NO_OFFLINE_MODE = RevisionExample(
    before=TABLES,
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        if op.get_bind().scalar(sa.text("SELECT count(*) FROM countries")) < 1000:
            op.add_column("countries", sa.Column("note", sa.Text()))
        """,
    downgrade='op.drop_column("countries", "note")',
)


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    for script in rehearsal.scripts:
        if script.error is None and not script.difference:
            continue
        way, why = script.direction, (script.error or script.difference[0]).splitlines()[0]
        if script.error is not None:
            claim, message = Claim("fails_offline"), f"alembic {way} --sql cannot write it: {why}"
        else:
            claim, message = (
                Claim("differs_offline"),
                f"alembic {way} --sql writes something else: {why}",
            )
        migration = rehearsal.migration
        place = script.place or (migration.place if migration else None)
        location = Location.at(place, None, rehearsal.revision)
        yield Finding(message, location, (claim,), _severity(rehearsal, claim))
        return


def _severity(rehearsal: Rehearsal, claim: Claim) -> Severity:
    if not rehearsal.scripts_wanted:
        return "info"
    return "error" if claim.kind == "differs_offline" else "warning"


def advise(finding: Finding, rehearsal: Rehearsal) -> Advice:
    assert rehearsal.migration is not None
    fix = offline_script.branched(rehearsal.migration, rehearsal)
    return Advice(
        reason="a script is written without a connection: get_bind() gives a stand-in that returns "
        "nothing, and inspect() refuses it.",
        fix=fix,
        alternatives=(
            Alternative(
                "raise where op.get_context().as_sql is true, and say that it needs a connection",
                "one line, and nobody wonders; this revision has to be run by Alembic",
            ),
            Alternative(
                "[tool.dbwright] offline = false",
                "nobody is told again; a script that somebody needs one day will not be written",
            ),
        ),
        risk=Risk(
            "the script does not look: run on a database that is not at the revision before, it "
            "fails or does too much",
            "a script has no more than its first line to say where it starts: write it from there",
        ),
        undo=revision.undo(fix, "take the lines for the script away again."),
        tests="write the script and run it on a copy: the schema is the one after the revision.",
        backup="none needed: what the revision does with a connection stays as it is.",
    )
