"""A relationship says the contrary of its foreign key: a list where there is one, or the wrong end.

## What it does

Looks for `Mapped[List[X]]` on the side that holds the foreign key, and for a `parent` over the
table's own `parent_id` without remote_side.

## Why is this bad?

The foreign key decides, not the annotation: the "list" is one object or None, and code that a type
checker has passed fails at its first loop. A `parent` without remote_side is the child: setting it
makes the parent's row point at its own child.

## When to leave it

Never: one of the two is wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_annotations, model_directions, model_syntax, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
LISTS = {"List", "list", "Set", "set", "Sequence", "Collection", "MutableSequence", "MutableSet"}

BAD = ModelsExample(
    code="""
class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)

class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"), index=True)
    shelves: Mapped[List[Shelf]] = relationship()
""",
    claims=("shape_differs",),
    object="Item.shelves",
)
BAD_PARENT = ModelsExample(
    code="""
class Folder(Base):
    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("folders.id"), index=True)
    parent: Mapped[Optional["Folder"]] = relationship()
""",
    claims=("links_wrong_row",),
    object="Folder.parent",
)
BAD_PARENT_14 = ModelsExample(
    code="""
class Folder(Base):
    __tablename__ = "folders"
    id = Column(Integer, primary_key=True)
    parent_id = Column(Integer, ForeignKey("folders.id"), index=True)
    parent = relationship("Folder")
""",
    claims=("links_wrong_row",),
    object="Folder.parent",
)
GOOD = ModelsExample(
    code="""
class Folder(Base):
    __tablename__ = "folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("folders.id"), index=True)
    parent: Mapped[Optional["Folder"]] = relationship(
        remote_side=[id], back_populates="children"
    )
    children: Mapped[List["Folder"]] = relationship(
        back_populates="parent", passive_deletes="all"
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each relationship whose key says otherwise."""
    # what SQLAlchemy refuses is told by mapper-problem, with the same cure
    refused = {problem.mapper for problem in mapping.problems if problem.severity == "error"}
    for mapper in mapping.mappers:
        for found in mapper.relationships if mapper.qualified not in refused else ():
            if found.inherited:
                continue
            if model_directions.is_backwards(mapping, mapper, found):
                yield _backwards(mapper, found)
            elif _is_listed(found) and found.direction == "MANYTOONE" and not found.uselist:
                yield _single(mapper, found)


def _is_listed(found: Relationship) -> bool:
    node = model_annotations.parsed(found.annotation or "")
    if not isinstance(node, ast.Subscript):
        return False
    return model_syntax.dotted(node.value).rpartition(".")[2] in LISTS


def _backwards(mapper: Mapper, found: Relationship) -> Finding:
    probe = MapperProbe("links_backwards", mapper=mapper.qualified, attribute=found.name)
    return Finding(
        message=f"it leads to the rows that point at this one: x.{found.name} = y writes y's row",
        location=Location.at(found.place, f"{mapper.name}.{found.name}"),
        claims=(Claim("links_wrong_row", mapper.table, probe=probe),),
        details={"mapper": mapper.qualified, "name": found.name},
    )


def _single(mapper: Mapper, found: Relationship) -> Finding:
    probe = MapperProbe("is_single", mapper=mapper.qualified, attribute=found.name)
    return Finding(
        message=f"Mapped[{found.annotation}] is one object: the foreign key is in this table",
        location=Location.at(found.place, f"{mapper.name}.{found.name}"),
        claims=(Claim("shape_differs", mapper.table, probe=probe),),
        details={"mapper": mapper.qualified, "name": found.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives remote_side for a parent, the plain class for what is no list."""
    mapper = mapping.mapper(finding.details["mapper"])
    assert mapper is not None
    found = mapper.relationship(finding.details["name"])
    assert found is not None
    if model_directions.is_backwards(mapping, mapper, found):
        local = found.pairs[0][0]
        attribute = mapper.attribute_of(local)
        side = f'"{mapper.name}.{attribute.name if attribute else local}"'
        draft = Draft(mapping).keyword(
            finding.location, "remote_side", side, ("relationship", "Relationship")
        )
        fix = draft.fix("say which side is remote", otherwise=f"relationship(remote_side={side})")
        reason = "of a table's relationship with itself remote_side alone tells the direction"
    else:
        inner = _element(found.annotation or "")
        text = mapping.source(finding.location.file or "")
        if _may_be_null(mapping, mapper, found):
            inner = model_annotations.optional(inner, text.text if text else "")
        draft = Draft(mapping).annotation(finding.location, inner)
        fix = draft.fix("annotate what it is", otherwise=f"{found.name}: Mapped[{inner}]")
        reason = "many-to-one follows this table's own key, and a row has one value in it"
    return Advice(
        reason=reason,
        fix=fix,
        alternatives=(
            Alternative(
                "an association table, or the foreign key on the other side",
                "where there are to be many: rows have to be moved",
            ),
        ),
        risk=Risk(
            "code written for what the attribute was so far reads and writes the other side",
            f"search for .{found.name}",
        ),
        undo=models.undo(fix, "put the former relationship back"),
        tests=f"set {found.name} of a row, commit, and read this row's own foreign key",
        backup="none needed: only the mapping changes",
    )


def _element(annotation: str) -> str:
    node = model_annotations.parsed(annotation)
    return ast.unparse(node.slice) if isinstance(node, ast.Subscript) else annotation


def _may_be_null(mapping: Mapping, mapper: Mapper, found: Relationship) -> bool:
    table = mapping.schema.table(mapper.table)
    columns = [table.column(local) for local, _ in found.pairs] if table else []
    return any(column is not None and column.nullable for column in columns)
