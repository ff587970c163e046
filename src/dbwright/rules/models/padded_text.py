"""A text of varying length is stored as CHAR, which fills it up with blanks.

## What it does

Looks for CHAR columns of more than one character, unless their name says that each value has the
same length (codes, hashes, currencies) or a CHECK speaks of the length.

## Why is this bad?

'Ada' comes back as 'Ada' and 37 blanks: comparisons in Python fail, LIKE and length() count other
characters than were stored, and each row takes the whole length.

## When to leave it

When every value has exactly this length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_probes, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
EXACT = {
    "bic", "checksum", "code", "country", "currency", "digest", "ean", "fingerprint", "guid",
    "hash", "hex", "iban", "id", "isbn", "isin", "iso", "key", "lang", "language", "lei", "locale",
    "md5", "nip", "pin", "plate", "sha", "sha1", "sha256", "sha512", "siren", "siret", "ssn",
    "token", "uid", "ulid", "uuid", "vin", "zip",
}  # fmt: skip
CHAR = re.compile(r"character\((\d+)\)")

BAD = ModelsExample(
    code="""
class Client(Base):
    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(CHAR(40))
""",
    claims=("stores_wrong_value",),
    object="clients.city",
)
GOOD = ModelsExample(
    code="""
class Client(Base):
    __tablename__ = "clients"
    __table_args__ = (CheckConstraint("length(badge) = 6", name="ck_clients_badge"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(40))
    country_code: Mapped[str] = mapped_column(CHAR(2))
    badge: Mapped[str] = mapped_column(CHAR(6))
    grade: Mapped[str] = mapped_column(CHAR(1))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each CHAR whose values need not have its length."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        keys = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            found = CHAR.fullmatch(column.type)
            if found is None or int(found[1]) < 2 or column.name in keys:
                continue
            exact = EXACT.intersection(model_words.words(column.name))
            if not exact and not any(column.name in one.expression for one in table.checks):
                yield _finding(mapping, table, column, int(found[1]))


def _finding(mapping: Mapping, table: Table, column: Column, length: int) -> Finding:
    name, key = model_probes.quoted(mapping.schema.dialect, column.name, table.key)
    one = f"(select ctid from {key} limit 1)"
    statements = (
        f"update {key} set {name} = 'a' where ctid = {one}",
        f"select count(*) > 0 from {key} where {name} = 'a' and octet_length({name}) = {length}",
    )
    claim = Claim(
        "stores_wrong_value", table.key, column=column.name, probe=SqlProbe(statements, "true")
    )
    return Finding(
        message=f"each value is filled up with blanks to {length} characters",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        details={"table": table.key, "column": column.name, "length": length},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives String of the same length."""
    table, column = finding.details["table"], finding.details["column"]
    new = f"String({finding.details['length']})"
    draft = Draft(mapping).column_type(finding.location, ("CHAR", "NCHAR"), new, "String")
    fix = draft.fix(
        "store what was given",
        otherwise=f"{column} = mapped_column({new})",
        migration=model_migrations.change_type(
            mapping, table, column, f"sa.{new}", f"rtrim({column})"
        ),
    )
    return Advice(
        reason="varchar stores the characters it is given and refuses more than its length",
        fix=fix,
        alternatives=(
            Alternative(
                "keep CHAR and add a CHECK on the length",
                "right where every value has the same length",
            ),
        ),
        risk=Risk(
            "code that pads or strips the values by itself does so in vain",
            "search for rstrip() on the attribute; it does no harm",
        ),
        undo=models.undo(fix, f"change back to CHAR({finding.details['length']})"),
        tests="store 'Ada' and read 'Ada'",
        backup="none needed: only trailing blanks go",
    )
