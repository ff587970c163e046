"""The declarative base in the source: where it is, and edits of what all models share."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from dbwright.core.finding import Location
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.recipes import model_parts, model_splice, model_syntax
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_source import assignment

_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta"}


def base_class(mapping: Mapping) -> tuple[str, Place] | None:
    """Gives the name and place of the class that derives from DeclarativeBase, if it was read."""
    told = [source for source in mapping.sources if "DeclarativeBase" in source.text]
    for source in model_syntax.readable(told):
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
    element = cst.DictElement(cst.parse_expression(key), cst.parse_expression(value))
    edited = model_splice.at_class(text, base, lambda node: _with_entry(node, element))
    if edited is not None:
        return edited
    return model_parts.add_class_statement(text, base, f"type_annotation_map = {{{key}: {value}}}")


def _with_entry(node: cst.ClassDef, element: cst.DictElement) -> cst.ClassDef | None:
    """The class with one more entry in its type map, None where it has none."""
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    statements = list(body.body)
    at = assignment(statements, "type_annotation_map")
    line = statements[at] if at is not None else None
    if at is None or not isinstance(line, cst.SimpleStatementLine):
        return None
    assign = line.body[0]
    if not isinstance(assign, cst.Assign | cst.AnnAssign):
        return None
    if not isinstance(assign.value, cst.Dict):
        return None
    first = assign.value.elements[:1]
    comma = first[0].comma if first and isinstance(first[0].comma, cst.Comma) else cst.Comma()
    elements = [element.with_changes(comma=comma), *assign.value.elements]
    value = assign.value.with_changes(elements=elements)
    statements[at] = line.with_changes(body=[assign.with_changes(value=value)])
    return node.with_changes(body=body.with_changes(body=statements))


def made_bases(mapping: Mapping) -> Iterator[tuple[str, Place]]:
    """Gives the name and place of each base that declarative_base() makes in a models' file."""
    told = [source for source in mapping.sources if "declarative_base" in source.text]
    for source in model_syntax.readable(told):
        for node in source.tree.body:
            called = _base_call(node)
            if called is not None and isinstance(node, ast.Assign):
                yield model_syntax.dotted(node.targets[0]), Place(source.path, node.lineno)


def as_class(text: str, line: int, name: str) -> str | None:
    """Gives the text with the base at the line made a class; None where its call says more."""
    for node in ast.parse(text).body:
        called = _base_call(node) if node.lineno == line else None
        if called is None:
            continue
        words = {word.arg: ast.unparse(word.value) for word in called.keywords}
        if called.args or not set(words) <= {"metadata"}:
            return None
        body = f"metadata = {words['metadata']}" if words else "pass"
        lines = text.splitlines(keepends=True)
        end = node.end_lineno or line
        new = f"class {name}(DeclarativeBase):\n    {body}\n"
        return "".join([*lines[: line - 1], new, *lines[end:]])
    return None


def _base_call(node: ast.stmt) -> ast.Call | None:
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return None
    called = model_syntax.dotted(node.value.func).rpartition(".")[2]
    return node.value if called == "declarative_base" else None
