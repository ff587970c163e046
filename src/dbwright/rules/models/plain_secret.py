"""A password, token or key is stored as it is, so whoever reads the table can use it.

## What it does

Looks for text columns named as a secret: password, api_token, secret_key, card_number, ssn.

## Why is this bad?

A backup, a log of statements, an injection or a curious colleague then has every password and
token, and can use them at once. A digest is of no use to them.

## When to leave it

When the value is no secret, or is hashed or encrypted before it is stored: rename it (`…_hash`),
or let a type do it. Names that say hash, digest, count or id, types that encrypt, attributes that
the application fills by a function named as a hash or a cipher, and paths of files that it opens
are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_secrets, model_types, models
from dbwright.recipes.model_words import SecretKind, secret

APPLIES = Applies()
SEVERITY = "error"
SECURITY = True
SAMPLES = {
    "password": "correct horse battery staple",
    "token": "tok-readable-1234",
    "key": "key-readable-1234",
    "personal": "4111111111111111",
}

BAD = ModelsExample(
    code="""
class Client(Base):
    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    api_token: Mapped[str] = mapped_column(String(64), unique=True)
""",
    claims=("exposes_secret",),
    object="clients.api_token",
)
GOOD = ModelsExample(
    code="""
class Client(Base):
    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    token_count: Mapped[int]
    secret_santa: Mapped[str]
    password_hash: Mapped[str]
    password_changed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
""",
)
GOOD_HASHED = ModelsExample(
    code="""
def hash_password(password: str) -> str:
    return password[::-1]

class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    password: Mapped[str]

    def set_password(self, password: str) -> None:
        self.password = hash_password(password)
""",
)
# as privacyIDEA's servers: an attribute's cipher stands in other code, the key is a file's path
GOOD_ENCRYPTED = ModelsExample(
    code="""
class Mailer(Base):
    __tablename__ = "mailers"
    id: Mapped[int] = mapped_column(primary_key=True)
    password: Mapped[str]
    private_key: Mapped[Optional[str]]

def change(mailer: Mailer, password: str) -> None:
    encrypted = encrypt_password(password)
    mailer.password = encrypted

def read_key(mailer: Mailer) -> bytes:
    with open(mailer.private_key, "rb") as file:
        return file.read()
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each column that holds a secret in the clear."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            kind = secret(column.name)
            if kind is None or not model_types.is_text(column.type):
                continue
            attribute = mapping.attribute(table.key, column.name)
            if not model_secrets.is_hidden(mapping, table, column, attribute):
                yield _finding(mapping, table, column, attribute, kind)


def _finding(
    mapping: Mapping, table: Table, column: Column, attribute: Attribute | None, kind: SecretKind
) -> Finding:
    length = attribute.type.length if attribute else None
    sample = SAMPLES[kind][: length or 40]
    lone = column.name.lower() == "token"
    probe = RowProbe(table.key, ({column.name: sample},))
    return Finding(
        message="it is stored readable: whoever reads the table or a backup can use it",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("exposes_secret", table.key, column=column.name, probe=probe),),
        severity="warning" if lone else None,
        details={"table": table.key, "column": column.name, "kind": kind},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a digest for tokens, a slow hash for passwords, encryption for what is read back."""
    table, column, kind = (finding.details[name] for name in ("table", "column", "kind"))
    fix: Fix = model_secrets.hiding(mapping, finding.location, table, column, kind)
    return Advice(
        reason=model_secrets.REASONS[kind],
        fix=fix,
        alternatives=(
            Alternative(
                "keep it in a vault or with an identity provider, and store its reference",
                "one more service that has to be up",
            ),
        ),
        risk=Risk(
            "old values have to be converted once, and code that reads the secret back stops",
            "convert in the migration, and hand out new tokens where somebody needs the old one",
        ),
        undo=models.undo(fix, "a digest cannot be turned back: hand out new secrets instead"),
        tests=f"a stored {column} differs from what was given, and a login with it works",
        backup=f"none to keep: a copy of {table} would keep the readable secrets",
    )
