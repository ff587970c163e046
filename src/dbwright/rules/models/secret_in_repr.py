"""The repr of an object shows a secret, so logs and tracebacks do too.

## What it does

Looks for `__repr__` methods, and the generated ones of dataclasses, that show an attribute which
holds a password, a token or a key.

## Why is this bad?

repr() ends in log lines, error reports, debuggers and test output: places that many people read,
that are kept for years and that nobody treats as secret.

## When to leave it

Never: a repr is for telling objects apart, and a key does that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_parts, model_syntax, models
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_words import secret, words

APPLIES = Applies()
SEVERITY = "warning"
SECURITY = True

BAD = ModelsExample(
    code="""
class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str]

    def __repr__(self) -> str:
        return f"<Member {self.name} {self.password_hash}>"
""",
    claims=("exposes_secret",),
    object="Member.__repr__",
)
GOOD = ModelsExample(
    code="""
class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str]

    def __repr__(self) -> str:
        return f"<Member {self.name}>"
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each class whose repr shows a secret."""
    for mapper in mapping.mappers:
        shown = set(mapper.repr_attributes)
        for attribute in mapper.attributes:
            if attribute.name in shown and _is_secret(attribute):
                yield _finding(mapping, mapper, attribute)
                break


def _is_secret(attribute: Attribute) -> bool:
    said = words(attribute.name)
    hashed = {"password", "passwd"}.intersection(said) and said[-1] in {"hash", "digest", "salt"}
    return secret(attribute.name) is not None or bool(hashed)


def _finding(mapping: Mapping, mapper: Mapper, attribute: Attribute) -> Finding:
    probe = MapperProbe("repr_shows", mapper=mapper.qualified, attribute=attribute.name)
    place = _use(mapping, mapper, attribute.name)
    generated = place is None
    return Finding(
        message=f"it shows {attribute.name}, so logs and tracebacks have it",
        location=Location.at(place or attribute.place or mapper.place, f"{mapper.name}.__repr__"),
        claims=(Claim("exposes_secret", mapper.table, column=attribute.column, probe=probe),),
        details={"attribute": attribute.name, "mapper": mapper.name, "generated": generated},
    )


def _use(mapping: Mapping, mapper: Mapper, name: str) -> Place | None:
    """Where the class's own `__repr__` reads the attribute."""
    source = mapping.source(mapper.place.file) if mapper.place else None
    node = model_syntax.class_named(source, mapper.name) if source else None
    for function in node.body if node else ():
        if isinstance(function, ast.FunctionDef) and function.name in ("__repr__", "__str__"):
            for item in ast.walk(function):
                if isinstance(item, ast.Attribute) and item.attr == name and source:
                    return Place(source.path, item.lineno)
    return None


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the repr without the secret."""
    name, place = finding.details["attribute"], finding.location
    line = place.line or 0
    if finding.details["generated"]:
        draft = Draft(mapping).keyword(place, "repr", "False")
        otherwise = f"{name} = mapped_column(…, repr=False)"
    else:
        draft = Draft(mapping).change(
            place, lambda text: model_parts.mask_in_fstring(text, line, f"self.{name}")
        )
        otherwise = f"# leave self.{name} out of __repr__"
    fix = draft.fix(f"leave {name} out", otherwise=otherwise, safety="safe")
    return Advice(
        reason="repr() is called by loggers, debuggers and error reporters",
        fix=fix,
        alternatives=(
            Alternative(
                "show the last four characters only",
                "enough to tell tokens apart; a short secret is half given away",
            ),
        ),
        risk=Risk(
            "a test or a script may compare the repr",
            "those tests show themselves; search for the old text",
        ),
        undo=models.undo(fix, "put the attribute back into the repr"),
        tests=f"the value of {name} is not in repr() of an object",
        backup="none needed: no row changes; look whether old logs hold the value",
    )
