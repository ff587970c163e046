"""The first step: a table and a class for each entity, with its key."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.brief import BriefEntity
from dbwright.recipes.design import names
from dbwright.recipes.design.parts import Column, Habits, Plan, Table, Unique


def add(plan: Plan) -> None:
    """Adds the table of each entity to the plan, with its key where that needs no other part."""
    for entity in plan.brief.entities:
        if entity.name in plan.existing:
            continue
        table = Table(
            name=names.plural(names.snake(entity.name)),
            cls=names.class_name(entity.name),
            doc=entity.doc,
            entity=entity,
        )
        plan.tables[entity.name] = table
        if entity.kind_of:
            continue  # its key is the parent's
        _key(plan, table, entity)
    if plan.habits is not None:
        return
    plan.decide(
        "all tables",
        "constraints and indexes are named by one naming convention",
        "a migration can drop or change only what has a name that it knows",
    )


def _as_the_others(plan: Plan, table: Table, habits: Habits) -> None:
    """The key that the project's other classes have."""
    if "id" in habits.inherited:
        return
    found = habits.column("id")
    own = Column("id", "int", "BigInteger", primary=True, family="identity")
    table.columns.append(replace(found) if found else own)
    plan.decide(
        table.name,
        "the key is the one that the project's other tables have",
        "one kind of key is less to know",
        "`key: uuid` in the brief",
    )


def _key(plan: Plan, table: Table, entity: BriefEntity) -> None:
    kind = entity.key or plan.brief.keys
    if plan.habits is not None and kind == "integer" and not entity.key:
        _as_the_others(plan, table, plan.habits)
        return
    if kind == "natural":
        return
    if kind == "uuid":
        table.columns.append(
            Column("id", "UUID", primary=True, arguments={"default": "uuid4"}, family="uuid")
        )
        plan.decide(
            table.name,
            "the key is a random UUID that the application makes",
            "the brief asks for it: keys can be made before a row is written, and tell nothing",
            "bigint: half the size, and rows that are written together lie together",
        )
        return
    table.columns.append(Column("id", "int", "BigInt", primary=True, family="identity"))
    plan.decide(
        table.name,
        "the key is a bigint that the database counts up",
        "small, never runs out, and new rows lie at the end of the index",
        "UUIDs (`keys: uuid`): where keys are made outside of the database",
    )
    if entity.public_id:
        table.columns.append(
            Column("public_id", "UUID", arguments={"default": "uuid4"}, family="uuid")
        )
        table.uniques.append(Unique(("public_id",)))
        plan.decide(
            f"{table.name}.public_id",
            "a random UUID stands in addresses, the counted key stays inside",
            "a counted key tells the public how many there are and lets them be tried in turn",
            "a UUID as the key: one column less, larger in every foreign key",
        )
