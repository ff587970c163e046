"""The declarative base in the source: where it is, and edits of what all models share."""

from __future__ import annotations

import ast

import libcst as cst

from dbwright.core.finding import Location
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.recipes import model_parts, model_syntax
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_source import _assignment, _edited, _Editor, _wrapper

_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta"}


def base_class(mapping: Mapping) -> tuple[str, Place] | None:
    """Gives the name and place of the class that derives from DeclarativeBase, if it was read."""
    for source in model_syntax.readable(mapping.sources):
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef):
                names = {model_syntax.dotted(base).rpartition(".")[2] for base in node.bases}
                if names & _BASES:
                    return node.name, Place(source.path, node.lineno)
    return None


def mapped_type(draft: Draft, place: Place | Location, base: str, python: str, sql: str) -> Draft:
    """Gives the draft with an entry in the base's `type_annotation_map`."""
    source = draft.mapping.source(place.file or "")
    if source is None:
        return draft.change(None, lambda text: None)
    key, module = python, ""
    if python == "datetime":
        imports = model_syntax.imported(source, "datetime")
        known = {value: name for name, value in imports.items()}
        key = known.get("datetime.datetime") or (
            f"{known['datetime']}.datetime" if "datetime" in known else "datetime"
        )
        module = "" if known else "datetime"
    draft = draft.change(Place(place.file or "", 0), lambda text: _mapped(text, base, key, sql))
    return draft.imports(place, module, "datetime") if module else draft


def _mapped(text: str, base: str, key: str, value: str) -> str | None:
    wrapper = _wrapper(text)
    edited = _edited(wrapper, _TypeMap(base, key, value)) if wrapper else None
    if edited is not None:
        return edited
    return model_parts.add_class_statement(text, base, f"type_annotation_map = {{{key}: {value}}}")


class _TypeMap(_Editor):
    def __init__(self, class_name: str, key: str, value: str) -> None:
        super().__init__()
        self.class_name = class_name
        self.element = cst.DictElement(cst.parse_expression(key), cst.parse_expression(value))

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef:
        body = updated_node.body
        if original_node.name.value != self.class_name or not isinstance(body, cst.IndentedBlock):
            return updated_node
        statements = list(body.body)
        at = _assignment(statements, "type_annotation_map")
        line = statements[at] if at is not None else None
        if at is None or not isinstance(line, cst.SimpleStatementLine):
            return updated_node
        assign = line.body[0]
        if not isinstance(assign, cst.Assign | cst.AnnAssign):
            return updated_node
        if not isinstance(assign.value, cst.Dict):
            return updated_node
        first = assign.value.elements[:1]
        comma = first[0].comma if first and isinstance(first[0].comma, cst.Comma) else cst.Comma()
        elements = [self.element.with_changes(comma=comma), *assign.value.elements]
        value = assign.value.with_changes(elements=elements)
        statements[at] = line.with_changes(body=[assign.with_changes(value=value)])
        self.done = True
        return updated_node.with_changes(body=body.with_changes(body=statements))
