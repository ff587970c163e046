"""One module of models: the parts in their order, and what stays SQL."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from dbwright.core.inventory import Ddl, Inventory
from dbwright.core.reversed import as_one_text
from dbwright.recipes.reverse import parts, relations, statements
from dbwright.recipes.reverse.writer import Key, Writer

HEADING = "# What the mappers cannot declare, in the database's own words."


@dataclass(frozen=True, slots=True)
class Written:
    """Models: their files by path, and what is in them; `kept` are the kinds that stay SQL."""

    files: Mapping[str, str]
    classes: int
    relationships: int
    cascades: int
    kept: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """All the code; of several files each stands under its path."""
        return as_one_text(self.files)


def blocks_of(writer: Writer) -> tuple[list[str], list[str]]:
    """Gives the helpers that a module needs, and all that it declares, in their order."""
    types = [*parts.enums(writer), *parts.domains(writer), *parts.sequences(writer)]
    body = [parts.entity(each, writer) for each in writer.entities if each.kind != "association"]
    early, late = statements_of(writer)
    blocks = [statements.attach_function(writer)] if early or late else []
    blocks += [statements.attached(early, writer, early=True)] if early else []
    pairs = [parts.entity(each, writer) for each in writer.entities if each.kind == "association"]
    blocks += [*types, *pairs, *body]
    if late:
        blocks.append(f"{HEADING}\n{statements.attached(late, writer, early=False)}")
    helpers = [parts.database_type(writer)] if "DatabaseType" in writer.imports.own else []
    return helpers, blocks


def module(inventory: Inventory, kept: Set[Key] = frozenset()) -> Written:
    """Gives the source of one module that declares all of a database.

    `kept` are the keys of constraints and indexes that are to stay statements, as the database
    spells them: those that SQLAlchemy would make otherwise.
    """
    writer = writer_of(inventory, kept)
    helpers, blocks = blocks_of(writer)
    head = [parts.base(writer), *helpers, *parts.views(writer)]
    text = spaced([doc(writer), writer.imports.lines()], [*head, *blocks])
    return written({"models.py": text}, writer)


def writer_of(inventory: Inventory, kept: Set[Key]) -> Writer:
    """Gives the writer, which keeps as statements what SQLAlchemy has no words for, too."""
    writer = Writer(inventory, kept)
    writer.kept = {*kept, *writer.dialect.undeclarable(inventory)}
    return writer


def statements_of(writer: Writer) -> tuple[list[Ddl], list[Ddl]]:
    """Gives what runs before all tables, and what runs after them; types are written by then."""
    early, off = statements.first(writer), writer.dialect.BODIES_UNCHECKED
    # Functions are made before the tables that their bodies name, so bodies wait for a check.
    if off and any(each.kind == "function" for each in early):
        early = [Ddl("setting", "", off), *early]
    return early, statements.after(writer)


def doc(writer: Writer) -> str:
    """Gives the docstring of the models."""
    first = '"""The models of a database, read from its catalog by dbwright.'
    note = writer.dialect.NOTE
    return f'{first}\n\n{note}\n"""' if note else f'{first}"""'


def written(files: Mapping[str, str], writer: Writer) -> Written:
    """Gives the files with what is counted of them."""
    classes = [entity for entity in writer.entities if entity.is_class]
    made = [each for entity in classes for each in parts.relations_of(entity, writer)]
    early, late = statements.first(writer), statements.after(writer)
    return Written(
        files,
        len(classes) + sum(entity.kind == "mapped view" for entity in writer.entities),
        len(made),
        sum(_is_told_by_database(each) for each in made),
        tuple(each.kind for each in [*early, *late]),
    )


def _is_told_by_database(each: relations.Relation) -> bool:
    return any(name in ("cascade", "passive_deletes") for name, _ in each.arguments)


def spaced(head: list[str], blocks: list[str]) -> str:
    """Gives a file: two lines around classes and functions, one between plain statements."""
    text = "\n\n".join(head)
    previous = ""
    for block in blocks:
        roomy = any(each.startswith(("class ", "def ")) for each in (block, previous))
        text += ("\n\n\n" if roomy else "\n\n") * bool(text) + block
        previous = block
    return text.replace("\n\n\n\n", "\n\n\n") + "\n"
