"""Each SELECT of an object brings a file's bytes along, though few readers want them.

## What it does

Looks for binary columns of open size that are not deferred. Digests, salts, keys and columns with
a small length are left alone.

## Why is this bad?

A list of two hundred documents transfers two hundred files to show their names, and keeps them in
memory as long as the objects live.

## When to leave it

When almost every reader uses the bytes, or they are a few hundred.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_weight, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
MOST = 1_024
SHORT = {
    "checksum", "cipher", "ciphertext", "dek", "digest", "encrypted", "etag", "fingerprint", "hash",
    "id", "iv", "key",
    "md5", "nonce", "password", "salt", "secret", "sha1", "sha256", "signature", "state", "tag",
    "token", "uuid", "version", "wrapped",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Document(Base):
    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)
""",
    claims=("loads_value",),
    object="documents.content",
)
GOOD = ModelsExample(
    code="""
class Document(Base):
    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    seal: Mapped[bytes] = mapped_column(LargeBinary(64))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each binary column that every SELECT fetches."""
    for mapper in mapping.mappers:
        columns = len(mapper.attributes)
        for attribute in mapper.attributes:
            if columns > 2 and _is_file(attribute):
                yield _finding(mapping, mapper, attribute)


def _is_file(attribute: Attribute) -> bool:
    if attribute.deferred or attribute.inherited or attribute.primary_key:
        return False
    if not attribute.type.is_a("LargeBinary") or attribute.type.is_a("TypeDecorator"):
        return False
    if SHORT.intersection(word.rstrip("s") for word in model_words.words(attribute.table)):
        return False
    if attribute.type.length is not None and attribute.type.length <= MOST:
        return False
    return not SHORT.intersection(model_words.words(attribute.column))


def _finding(mapping: Mapping, mapper: Mapper, attribute: Attribute) -> Finding:
    probe = MapperProbe("selected_by_default", mapper=mapper.qualified, attribute=attribute.name)
    rows = mapping.rows.get(mapper.table)
    many = rows is not None and rows >= model_weight.LARGE
    return Finding(
        message=f"each SELECT of a {mapper.name} fetches its bytes",
        location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
        claims=(Claim("loads_value", attribute.table, column=attribute.column, probe=probe),),
        severity="warning" if many else None,
        evidence=model_weight.evidence(mapping, mapper.table),
        details={"mapper": mapper.name, "attribute": attribute.name,
                 "classic": attribute.annotation is None},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the deferred column: loaded when it is looked at."""
    mapper, name = finding.details["mapper"], finding.details["attribute"]
    draft = Draft(mapping)
    if not finding.details["classic"]:
        draft = draft.keyword(finding.location, "deferred", "True", ("mapped_column",))
    fix = draft.fix(
        "load the bytes when they are looked at",
        otherwise=f"{name} = deferred(Column(…))"
        if finding.details["classic"]
        else f"{name} = mapped_column(…, deferred=True)",
    )
    return Advice(
        reason="a mapped column is part of every SELECT of its class unless it is deferred",
        fix=fix,
        alternatives=(
            Alternative(
                "a table of its own with the same key, or an object store and its address here",
                "one more write for each file; backups of the database stay small",
            ),
        ),
        risk=Risk(
            "readers of many objects that use the bytes send one SELECT each",
            f"undefer({mapper}.{name}) in their queries; an AsyncSession needs it everywhere",
        ),
        undo=models.undo(fix, "take deferred away"),
        tests=f"select({mapper}) names no column {name}; the attribute still has its bytes",
        backup="none needed: only how objects are loaded changes",
    )
