"""Whole models: a new one beside those that are there, values without a list, one that goes."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from dbwright.core.brief import BriefAttribute
from dbwright.core.errors import FixError
from dbwright.core.mapping import Attribute, Mapper
from dbwright.core.model_change import (
    AddBag,
    AddColumn,
    AddModel,
    AddRelationship,
    RemoveModel,
    Way,
)
from dbwright.core.source import Source
from dbwright.recipes import model_edits_relationships, model_insert, model_syntax
from dbwright.recipes.model_names import camel, plural, singular, snake
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_values import default_of
from dbwright.recipes.model_work import Work
from dbwright.recipes.model_write import Planned, column_type

Adder = Callable[[Work, AddColumn], None]
STAMPS = ("created_at", "created", "created_on", "date_created")


def add(work: Work, step: AddModel) -> Style:
    """Adds a class with the key, the base and the time stamp that its neighbour has."""
    model = step.beside or _usual(work)
    style = work.style(model)
    if style.kind == "table":
        raise FixError(
            f"{style.mapper.name} is mapped by hand; a new model of this kind is not written yet",
            way_out="Write its Table() and class by hand, then: dbwright migrations new",
        )
    table = _table_name(work, style, step.name)
    if work.mapping.schema.table(table) is not None:
        raise FixError(f"there is a table {table} already")
    key = _copied(style, _key_name(style))
    stamp, stamped = _stamp(work, style)
    if stamp:
        work.stamps[step.name] = stamped
    body = [line for line in (_tablename(style, table), *_blocks(key), *_blocks(stamp)) if line]
    head = f"class {step.name}({_bases(work, style)}):\n"
    code = head + "".join(
        f"    {line}\n" if line else "\n" for line in "\n".join(body).splitlines()
    )
    mapper = _mapper(style, step.name, table)
    path = style.source.path
    work.change(
        path,
        lambda text: model_insert.behind_class(text, style.mapper.name, code),
        step.name,
    )
    work.new[step.name] = replace(style, mapper=mapper, node=None)
    work.touch(table)
    return work.new[step.name]


def _blocks(code: str) -> list[str]:
    return [code] if code else []


def _usual(work: Work) -> str:
    """The model beside which one stands that is related to none: the last of the fullest file."""
    files = Counter(m.place.file for m in work.mapping.mappers if m.place)
    path = files.most_common(1)[0][0] if files else ""
    mine = [m for m in work.mapping.mappers if m.place and m.place.file == path]
    if not mine:
        raise FixError("this project has no models to put another one beside")
    return max(mine, key=lambda m: (m.place.line if m.place else 0) or 0).qualified


def _table_name(work: Work, style: Style, name: str) -> str:
    """As the project's tables are called: plural or singular, with their schema."""
    own = snake(name)
    tables = [mapper.table.rpartition(".")[2] for mapper in work.mapping.mappers]
    singular_ones = sum(1 for table in tables if singular(table) == table)
    found = own if singular_ones * 2 > len(tables) else plural(own)
    if not _sets_tablename(style) and all(
        mapper.table == mapper.name.lower() for mapper in work.mapping.mappers
    ):
        found = name.lower()
    schema = style.mapper.table.rpartition(".")[0]
    return f"{schema}.{found}" if schema else found


def _sets_tablename(style: Style) -> bool:
    body = style.node.body if style.node else []
    return any(
        isinstance(i, ast.Assign) and ast.unparse(i.targets[0]) == "__tablename__" for i in body
    )


def _tablename(style: Style, table: str) -> str:
    if not _sets_tablename(style):
        return ""
    return f"__tablename__ = {style.quote}{table.rpartition('.')[2]}{style.quote}\n"


def _key_name(style: Style) -> str:
    keys = [item.name for item in style.mapper.attributes if item.primary_key]
    return keys[0] if len(keys) == 1 else ""


def _copied(style: Style, name: str) -> str:
    """The statement of the neighbour's own class that declares an attribute, as it stands."""
    lines = style.source.text.splitlines()
    for item in style.node.body if style.node else ():
        target = item.targets[0] if isinstance(item, ast.Assign) else getattr(item, "target", None)
        if isinstance(target, ast.Name) and target.id == name:
            own = lines[item.lineno - 1 : item.end_lineno]
            return "\n".join(line[item.col_offset :] if line.strip() else line for line in own)
    return ""


def _stamp(work: Work, style: Style) -> tuple[str, str]:
    """When a row was made, where most models of the project keep it."""
    have = [m for m in work.mapping.mappers if any(a.name in STAMPS for a in m.attributes)]
    if len(have) * 2 < len(work.mapping.mappers):
        return "", ""
    return next(((code, name) for name in STAMPS if (code := _copied(style, name))), ("", ""))


def _bases(work: Work, style: Style) -> str:
    """The bases of the neighbour that most models have, and `table=True`."""
    lists = []
    for mapper in work.mapping.mappers:
        source = work.mapping.source(mapper.place.file) if mapper.place else None
        node = model_syntax.class_named(source, mapper.name) if source else None
        lists.append([ast.unparse(base) for base in node.bases] if node else [])
    counts = Counter(base for bases in lists for base in bases)
    own = [ast.unparse(base) for base in style.node.bases] if style.node else ["Base"]
    kept = [base for base in own if counts[base] * 2 >= len(lists)] or own[-1:]
    words = [ast.unparse(item) for item in style.node.keywords] if style.node else []
    return ", ".join([*kept, *words])


def _mapper(style: Style, name: str, table: str) -> Mapper:
    module = style.mapper.qualified.rpartition(".")[0]
    key = tuple(item for item in style.mapper.attributes if item.primary_key)
    keys: tuple[Attribute, ...] = tuple(replace(item, table=table) for item in key)
    return Mapper(name, f"{module}.{name}", table, keys, place=style.mapper.place)


def bag(work: Work, step: AddBag, add_column: Adder) -> None:
    """Adds values without a fixed list of names, by the way that fits the project best."""
    style = work.style(step.model)
    ways = _ways(style, step)
    usual, reason = _pick(work, style, step)
    chosen = work.choose if work.choose in ways else usual
    if chosen == "settings-table" and not step.known:
        raise FixError(
            "a typed table needs the names of its columns",
            way_out=f'Say them: "track {snake(style.mapper.name)} {step.topic}: theme, language '
            'and newsletter flag" --choose settings-table',
        )
    others = [way for name, way in ways.items() if name != chosen]
    why = reason if chosen == usual else "it was chosen by --choose"
    if chosen == "jsonb":
        one = snake(style.mapper.name)
        why += f'; in Python it is a dict: {one}.{step.topic}["theme"] = "dark"'
    about = f"{step.topic} of each {style.mapper.name}"
    work.decide(about, ways[chosen].what, why, *others)
    work.offered |= set(ways)
    if chosen == "jsonb":
        attribute = BriefAttribute(step.topic, "json", required=True, default="{}")
        _json_column(work, style, attribute)
    elif chosen == "key-value":
        _key_value(work, style, step)
    else:
        _settings(work, style, step, add_column)


def _ways(style: Style, step: AddBag) -> dict[str, Way]:
    owner, topic = snake(style.mapper.name), step.topic
    kind = "JSONB" if style.mapping.schema.dialect == "postgresql" else "JSON"
    return {
        "jsonb": Way(
            "jsonb",
            f"one {kind} column {style.mapper.table}.{topic}",
            "no migration for another key, one row read; the database checks neither keys nor "
            "values, and each write rewrites the whole value",
        ),
        "key-value": Way(
            "key-value",
            f"a table {owner}_{topic}, one row for each name and {owner}",
            "names can be listed, indexed and counted, each is written by itself; one more join, "
            "values have no type of their own",
        ),
        "settings-table": Way(
            "settings-table",
            f"a table {owner}_{topic} with a typed column for each name, one row per {owner}",
            "types, defaults and checks by the database; each new name is a migration",
        ),
    }


def _pick(work: Work, style: Style, step: AddBag) -> tuple[str, str]:
    for table in work.mapping.schema.tables:
        names = {column.name for column in table.columns}
        if {"value"} < names and names & {"key", "name"} and len(names) <= 6 and table.foreign_keys:
            return "key-value", f"{table.key} keeps such values in this project already"
    if step.known:
        return (
            "settings-table",
            "the names are known, so the database can hold them to their types",
        )
    if style.mapping.schema.dialect == "postgresql":
        rows = work.mapping.rows.get(style.mapper.table)
        size = f"; the default rewrites none of the {rows:,} rows" if rows else ""
        return (
            "jsonb",
            "the names are not known yet, they are read together with their "
            f"{snake(style.mapper.name)}, and PostgreSQL can index what becomes important{size}",
        )
    return "jsonb", "the names are not known yet, and they are read together with their owner"


def _json_column(work: Work, style: Style, attribute: BriefAttribute) -> None:
    """One column; changes inside of the value are seen, for the type is a mutable one."""
    work.check_free(style, attribute.name)
    kind = column_type(style, attribute)
    mutable, need = style.named("MutableDict", "sqlalchemy.ext.mutable")
    special = "JSONB" in kind.sql
    home = "sqlalchemy.dialects.postgresql" if special else "sqlalchemy"
    spelled, base = style.named("JSONB" if special else "JSON", home)
    needs = [item for item in (need, base) if item]
    python = [item for item in kind.imports if not item[0].startswith("sqlalchemy")]
    kind = replace(
        kind, sql=f"{mutable}.as_mutable({spelled})", implied=False, imports=(*needs, *python)
    )
    planned = Planned(
        attribute.name, kind, False, default=default_of(style, attribute), python_default="dict"
    )
    from dbwright.recipes.model_edits import put

    put(work, style, planned)


def _key_value(work: Work, style: Style, step: AddBag) -> None:
    owner = style.mapper
    name, table = _part(work, style, step)
    work.check_free(style, step.topic)
    style = _bare(work, style, name, table)
    model = name
    key = model_edits_relationships.key_of(work, owner)
    planned = Planned(
        f"{snake(owner.name)}_id", model_edits_relationships.key_type(style, key), False,
        primary_key=True, foreign_key=f"{owner.table}.{key.column}", on_delete="CASCADE",
        init=style.kind != "dataclass",
    )  # fmt: skip
    _insert(work, model, planned)
    text = column_type(work.style(model), BriefAttribute("name", "string", length=100))
    _insert(work, model, Planned("name", text, False, primary_key=True))
    value = column_type(work.style(model), BriefAttribute("value", "json"))
    value = replace(value, python=value.python if not style.is_typed else "Any")
    _insert(work, model, Planned("value", replace(value, implied=False), False))
    work.imports(style.source.path, [("typing", "Any")] if style.is_typed else [])
    _sides(work, step.model, model, snake(owner.name), step.topic, one=False)


def _settings(work: Work, style: Style, step: AddBag, add_column: Adder) -> None:
    owner = style.mapper
    name, table = _part(work, style, step)
    name = camel(snake(owner.name)) + "".join(part.title() for part in step.topic.split("_"))
    work.check_free(style, step.topic)
    made = add(work, AddModel(name, (), owner.qualified))
    if made.mapper.table.rpartition(".")[2] != table.rpartition(".")[2] and _sets_tablename(style):
        work.change(
            made.source.path,
            lambda text: text.replace(
                f"{made.quote}{made.mapper.table}{made.quote}", f"{made.quote}{table}{made.quote}"
            ),
            table,
        )
        work.new[name] = replace(made, mapper=replace(made.mapper, table=table))
        work.tables[-1] = table
    for column in step.known:
        known = replace(column, model=name)
        add_column(work, known)
    model_edits_relationships.add(
        work,
        AddRelationship(
            name, step.model, "one-to-one", inverse=step.topic, required=True, on_delete="cascade"
        ),
    )


def _part(work: Work, style: Style, step: AddBag) -> tuple[str, str]:
    owner = style.mapper.name
    one = singular(step.topic)
    name = owner + "".join(part.title() for part in one.split("_"))
    schema = style.mapper.table.rpartition(".")[0]
    table = f"{snake(owner)}_{step.topic}"
    if not _sets_tablename(style):
        table = _table_name(work, style, name)
    if work.mapping.schema.table(table) is not None:
        raise FixError(f"there is a table {table} already")
    return name, f"{schema}.{table}" if schema else table


def _bare(work: Work, style: Style, name: str, table: str) -> Style:
    """A class without columns yet, behind its owner; its key comes next."""
    head = f"class {name}({_bases(work, style)}):\n"
    line = _tablename(style, table)
    code = head + (f"    {line}" if line else "    pass\n")
    mapper = Mapper(name, f"{style.mapper.qualified.rpartition('.')[0]}.{name}", table,
                    place=style.mapper.place)  # fmt: skip
    work.change(
        style.source.path,
        lambda text: model_insert.behind_class(text, style.mapper.name, code),
        name,
    )
    work.new[name] = replace(style, mapper=mapper, node=None)
    work.touch(table)
    return work.style(name)


def _insert(work: Work, model: str, planned: Planned) -> None:
    from dbwright.recipes.model_edits import put

    put(work, work.style(model), planned)
    if planned.foreign_key and work.style(model).kind != "sqlmodel":
        style = work.style(model)
        _, need = style.named("ForeignKey")
        work.imports(style.source.path, [need] if need else [])


def _sides(work: Work, owner: str, model: str, name: str, inverse: str, *, one: bool) -> None:
    whole, part = work.style(owner), work.style(model)
    words = model_edits_relationships.cascade_words("CASCADE", whole.kind == "sqlmodel")
    side = model_edits_relationships.Side
    put = model_edits_relationships.put_side
    put(work, model, side(name, whole.mapper, False, False, inverse))
    put(work, owner, side(inverse, part.mapper, not one, True, name, words))


def remove(work: Work, step: RemoveModel) -> None:
    """Takes a class out of its file, unless another model refers to it."""
    style = work.style(step.model)
    mapper = style.mapper
    for other in work.mapping.mappers:
        if other is mapper:
            continue
        for found in other.relationships:
            if found.target == mapper.qualified:
                at = f" ({found.place.file}:{found.place.line})" if found.place else ""
                raise FixError(
                    f"{other.name}.{found.name} leads to {mapper.name}{at}",
                    way_out="Take that relationship and its foreign key out first.",
                )
    for table in work.mapping.schema.tables:
        if table.key != mapper.table and any(
            k.referred == mapper.table for k in table.foreign_keys
        ):
            raise FixError(f"{table.key} refers to {mapper.table}", way_out="Take that out first.")
    path = style.source.path
    work.change(path, lambda text: _without_class(text, mapper.name), mapper.name)
    work.meant.append(("drop", mapper.table))
    work.touch(mapper.table)


def _without_class(text: str, name: str) -> str | None:
    node = model_syntax.class_named(Source("", text), name)
    if node is None:
        return None
    lines = text.splitlines(keepends=True)
    first = min([node.lineno, *(item.lineno for item in node.decorator_list)]) - 1
    after = "".join([*lines[:first], *lines[node.end_lineno or node.lineno :]])
    return re.sub(r"\n{4,}", "\n\n\n", after).rstrip("\n") + "\n"
