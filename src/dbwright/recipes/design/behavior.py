"""What classes do: transitions, values that never change, e-mail, computed values, kinds."""

from __future__ import annotations

import ast
import textwrap

from dbwright.core.brief import BriefAttribute
from dbwright.recipes.design import layout, names
from dbwright.recipes.design.parts import Choice, Column, Method, Plan, Table


def add_kinds(plan: Plan) -> None:
    """Makes special cases tables of their own that share the key of what they are a case of."""
    for table in plan:
        if table.entity.kind_of:
            _kind(plan, table, plan.table(table.entity.kind_of))


def _kind(plan: Plan, table: Table, parent: Table) -> None:
    root = parent
    while root.entity.kind_of:
        root = plan.table(root.entity.kind_of)
    if "polymorphic_on" not in root.mapper:
        _discriminator(plan, root)
    table.parent = parent.cls
    python = (root.column("id") or Column("id", "int")).python
    table.columns.insert(
        0,
        Column(
            "id",
            python,
            primary=True,
            references=f"{parent.name}.id",
            on_delete="CASCADE",
            family="reference",
        ),
    )
    table.mapper["polymorphic_identity"] = f'"{names.snake(table.entity.name)}"'


def _discriminator(plan: Plan, root: Table) -> None:
    stated = {names.snake(found.name) for found in root.entity.attributes}
    name = next(
        each
        for each in ("kind", "type", f"{names.snake(root.entity.name)}_kind")
        if each not in stated
    )
    values = [root.entity.name, *_below(plan, root.entity.name)]
    choice = Choice(
        f"{root.cls}{names.class_name(name)}",
        tuple(names.snake(value) for value in values),
        f"What {names.phrase(root.cls)} is.",
    )
    root.choices.append(choice)
    root.columns.append(Column(name, choice.name, family="kind", enum=choice.name))
    root.mapper["polymorphic_on"] = name
    root.mapper["polymorphic_identity"] = f'"{names.snake(root.entity.name)}"'
    plan.decide(
        root.name,
        "each kind has a table of its own for what only it has, with the same key",
        "what a kind must have is NOT NULL, and others can refer to one kind",
        "one table for all kinds: no join, and its own columns must stay optional",
    )


def _below(plan: Plan, name: str) -> list[str]:
    found = []
    for entity in plan.brief.entities:
        if entity.kind_of == name:
            found += [entity.name, *_below(plan, entity.name)]
    return found


def add(plan: Plan) -> None:
    """Adds validators and computed values to the classes."""
    for table in plan:
        for choice in table.choices:
            if choice.following:
                _transitions(plan, table, choice)
        _frozen(plan, table)
        for attribute in table.entity.attributes:
            if attribute.type == "email" and not attribute.encrypted:
                _email(table, attribute)
            if attribute.computed:
                _computed(plan, table, attribute)


def following_name(choice: Choice) -> str:
    """Gives the name of the table of transitions.

    >>> following_name(Choice("OrderStatus", (), ""))
    'ORDER_STATUS_NEXT'
    """
    return f"{names.snake(choice.name).upper()}_NEXT"


def _transitions(plan: Plan, table: Table, choice: Choice) -> None:
    column = next(found for found in table.columns if found.enum == choice.name)
    what = names.phrase(table.cls)
    text = f'''
    @validates("{column.key}")
    def _check_{column.name}(self, key: str, value: str) -> {choice.name}:
        """Refuses a step that {following_name(choice)} does not have."""
        new, old = {choice.name}(value), self.{column.key}
        if old is not None and new is not old and new not in {following_name(choice)}[old]:
            raise ValueError(f"{what} cannot go from {{old}} to {{new}}")
        return new
    '''
    steps = {(old, new) for old, after in choice.following.items() for new in after}
    every = [(old, new) for old in choice.values for new in choice.values if old != new]
    method = Method(
        f"_check_{column.name}",
        _cleaned(text),
        refuses=tuple({column.key: pair} for pair in every if pair not in steps),
        accepts=tuple({column.key: pair} for pair in every if pair in steps),
    )
    table.methods.append(method)
    plan.decide(
        f"{table.name}.{column.name}",
        "only the stated steps from one value to the next are taken, in a validator",
        "the class that knows the old value refuses the wrong next one, with its name",
        "a trigger: holds for every writer, and is code in the database",
    )


def _frozen(plan: Plan, table: Table) -> None:
    wanted = [
        names.attribute(column)
        for attribute in table.entity.attributes
        if (attribute.immutable or attribute.copied_from) and not attribute.computed
        for column in table.known.get(attribute.name, ())
    ]
    for found in plan.brief.relationships:
        if found.immutable and found.source == table.entity.name:
            wanted += [names.attribute(c) for c in table.known[found.name or found.target]]
    busy = {column.key for column in table.columns for choice in table.choices
            if choice.following and column.enum == choice.name}  # fmt: skip
    wanted = [name for name in dict.fromkeys(wanted) if name not in busy]
    if not wanted or table.entity.append_only:
        return
    listed = ", ".join(f'"{name}"' for name in wanted)
    head = f"@validates({listed})"
    if len(head) > 78:
        inner = "".join(f'\n        "{name}",' for name in wanted)
        head = f"@validates({inner}\n    )"
    text = f'''
    {head}
    def _keep(self, key: str, value: Any) -> Any:
        """Refuses another value once one has been written."""
        if inspect(self).has_identity and getattr(self, key) != value:
            raise ValueError(f"{{key}} is written once and never changed")
        return value
    '''
    table.methods.append(Method("_keep", _cleaned(text)))
    plan.decide(
        table.name,
        f"{', '.join(wanted)}: never changed once written, in a validator",
        "the brief says so; the ORM refuses another value",
        "a trigger, or REVOKE UPDATE on the columns: holds for every writer",
    )


def _email(table: Table, attribute: BriefAttribute) -> None:
    name = table.known[attribute.name][0]
    key = names.attribute(name)
    optional = not attribute.required
    python = "str | None" if optional else "str"
    guard = "value is not None and " if optional else ""
    text = f'''
    @validates("{key}")
    def _check_{name}(self, key: str, value: {python}) -> {python}:
        """Refuses what cannot be an address; whether mail arrives only a mail can tell."""
        if {guard}not ("@" in value[1:-1] and value == value.strip()):
            raise ValueError(f"{{value!r}} is no e-mail address")
        return value
    '''
    method = Method(
        f"_check_{name}",
        _cleaned(text),
        refuses=({key: "nobody"}, {key: " ann@example.com"}),
        accepts=({key: "ann@example.com"},),
    )
    if not any(found.name == method.name for found in table.methods):
        table.methods.append(method)


def _computed(plan: Plan, table: Table, attribute: BriefAttribute) -> None:
    name = names.attribute(names.snake(attribute.name))
    tree = ast.parse(attribute.computed, mode="eval")
    used = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    optional = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            column = table.known[node.id][0]
            found = table.column(column)
            node.id = f"self.{names.attribute(column)}"
            if found is not None and found.nullable and node.id not in optional:
                optional.append(node.id)
    python = _result(table, attribute, used)
    doc = attribute.doc or f"Gives {attribute.computed}, in Python and in SQL."
    lines = [
        "@hybrid_property",
        f"def {name}(self) -> {python}{' | None' if optional else ''}:",
        *(line[4:] for line in layout.docstring(doc, " " * 8)),
    ]
    if optional:
        test = " or ".join(f"{each} is None" for each in optional)
        lines += [f"    if {test}:", "        return None"]
    lines.append(f"    return {ast.unparse(tree)}")
    table.methods.append(Method(name, "\n".join(lines)))
    plan.decide(
        f"{table.name}.{name}",
        "computed by a hybrid property, not stored",
        "it cannot disagree with what it is computed from, and queries can use it",
        "a generated column, where it is filtered or sorted by",
    )


def _result(table: Table, attribute: BriefAttribute, used: list[str]) -> str:
    from dbwright.recipes.design.types import typed

    if attribute.type != "string":
        return typed(attribute).python
    kinds = {found.python for name in used if (found := table.column(table.known[name][0]))}
    compares = any(isinstance(n, ast.Compare) for n in ast.walk(ast.parse(attribute.computed)))
    if compares:
        return "bool"
    for python in ("Decimal", "float", "int", "str"):
        if python in kinds:
            return python
    return next(iter(kinds), "str")


def _cleaned(text: str) -> str:
    return textwrap.dedent(text).strip("\n").rstrip()
