"""What further forms of clauses mean: time stamps, soft deletes, sizes, and what is taken away."""

from __future__ import annotations

import re
from dataclasses import replace

from dbwright.collect.change_context import COMMAND, Context, Refused, Taken
from dbwright.collect.change_names import camel, listed, snake
from dbwright.collect.words.vocabulary import BUNDLE_NAMES, BUNDLES
from dbwright.core.brief import BriefAttribute
from dbwright.core.mapping import Mapper
from dbwright.core.model_change import AddColumn, ChangeColumn, RemoveColumn, Step

STAMPS = (("created_at", False), ("updated_at", True))


def stamps(context: Context, owner: Mapper | str) -> list[Step]:
    """Gives the steps of `timestamps`: when a row was made and when it was changed last.

    Taken where the model has both.
    """
    steps: list[Step] = []
    first: Taken | None = None
    for name, anew in STAMPS:
        try:
            context.new_name(owner, name)
        except Taken as taken:
            first = first or taken
            continue
        model = owner.qualified if isinstance(owner, Mapper) else owner
        attribute = BriefAttribute(name, "datetime", default="now")
        steps.append(AddColumn(model, attribute, True, on_update=anew))
    if not steps and first is not None:
        raise first
    return steps


def bundle(owner: Mapper | str, said: str) -> list[str] | None:
    """Gives the columns that `authentication fields` means and a model lacks, as phrases.

    None where the words name no such set.
    """
    name = BUNDLE_NAMES.get(" ".join(re.sub(r"^(?:the|some|an?)\s+", "", said.lower()).split()))
    if name is None or name == said.lower():
        return None
    have: set[str] = set()
    if isinstance(owner, Mapper):
        have = {part for item in owner.attributes for part in (item.name, item.column)}
    found = []
    for column, what in BUNDLES[name]:
        if "entity" not in what and not {column, f"{column}_hash"} & have:
            found.append(f"{column}, default true" if what.get("default") is True else column)
    return found


def lacking(found: Mapper, attributes: str, related: list[str], context: Context) -> str:
    """Gives the request that adds what a new model was to have to the one that is there."""
    clauses = []
    if attributes:
        clauses.append(f"add {attributes} to {found.name}")
    for name in (camel(item) for item in related):
        if context.names.is_model(name):
            continue
        columns = [column for column, _ in BUNDLES.get(snake(name), ())]
        with_ = f" with {listed(columns, 'and')}" if columns else ""
        clauses += [f"add a {name} model{with_}", f"a {found.name} has one {name}"]
    text = ". ".join(f"{clause[:1].upper()}{clause[1:]}" for clause in clauses)
    return f'{COMMAND} "{text}"' if text else (
        f'{COMMAND} "add a nickname to {found.name}"'
    )  # fmt: skip


def soft_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the step of `posts should be soft deletable`."""
    owner = context.owner(match["model"])
    name = context.new_name(owner, "deleted_at")
    model = owner.qualified if isinstance(owner, Mapper) else owner
    return [AddColumn(model, BriefAttribute(name, "datetime", required=False), False)]


def sized_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the step of `increase the length of Customer.name to 200`."""
    mapper, attribute = context.column(re.sub(r"['’]s\s+", ".", match["what"]))
    return [resized(mapper, attribute.name, int(match["size"]))]


def resized(mapper: Mapper, name: str, length: int) -> ChangeColumn:
    """Gives the step of a text with another length; Refused for what is no text of a length."""
    found = next(item for item in mapper.attributes if item.name == name)
    if not found.type.is_a("String") or found.type.is_a("Text", "Enum"):
        raise Refused(f"{mapper.name}.{name} is no text with a length")
    retyped = replace(BriefAttribute(name, "string", required=False), length=length)
    return ChangeColumn(mapper.qualified, name, retyped=retyped)


def nulls_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the step of `allow User.email to be null`."""
    mapper, attribute = context.column(re.sub(r"['’]s\s+", ".", match["what"]))
    return [ChangeColumn(mapper.qualified, attribute.name, required=False)]


def take_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the step of `drop the unique constraint on Tag.label`."""
    kind = match["kind"].lower()
    mapper, attribute = context.column(re.sub(r"['’]s\s+", ".", match["what"]))
    if kind.startswith("not"):
        return [ChangeColumn(mapper.qualified, attribute.name, required=False)]
    if kind.startswith("uniq"):
        return [ChangeColumn(mapper.qualified, attribute.name, unique=False)]
    return [ChangeColumn(mapper.qualified, attribute.name, indexed=False)]


def dropped_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the step of `alter table orders drop column note`."""
    mapper, attribute = context.column(f"{match['model']}.{match['what']}")
    if attribute.primary_key:
        raise Refused(f"{mapper.name}.{attribute.name} is the key of the table; it stays")
    return [RemoveColumn(mapper.qualified, attribute.name)]


def nothing_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Refuses `add a column`, which says neither which nor where."""
    names = [mapper.name for mapper in context.names.mapping.mappers]
    first = next((name for name in names if name.lower() in ("user", "account")), names[0])
    raise Refused(
        "it says neither which column nor of which model. For example:\n"
        f'dbwright models change "add a nullable phone to {first}"'
    )
