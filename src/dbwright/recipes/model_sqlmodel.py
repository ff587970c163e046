"""SQLModel's calls: what they do not know themselves goes to SQLAlchemy by a dictionary.

https://sqlmodel.tiangolo.com: `Field(sa_column_kwargs=…)`, `Relationship(sa_relationship_kwargs=…)`
"""

from __future__ import annotations

import libcst as cst

FIELD = """alias decimal_places default default_factory description discriminator exclude
    foreign_key ge gt include index le lt max_digits max_length min_length multiple_of nullable
    ondelete primary_key regex repr sa_column sa_column_args sa_column_kwargs sa_type schema_extra
    title unique"""
RELATIONSHIP = """back_populates cascade_delete link_model passive_deletes sa_relationship
    sa_relationship_args sa_relationship_kwargs"""
OWN = {"Field": FIELD, "Relationship": RELATIONSHIP}
"""The keywords of each call that are its own."""
HOLDERS = {"Field": "sa_column_kwargs", "Relationship": "sa_relationship_kwargs"}


def held(
    call: cst.Call, name: str, keyword: str, value: cst.BaseExpression | None
) -> tuple[str, cst.BaseExpression | None]:
    """Gives the keyword and value that bring `keyword=value` to SQLAlchemy; None takes it away."""
    if name not in OWN or keyword in OWN[name].split():
        return keyword, value
    present = [arg.value for arg in call.args if arg.keyword and arg.keyword.value == HOLDERS[name]]
    if present and not isinstance(present[0], cst.Dict):
        return keyword, value
    old = list(present[0].elements) if present and isinstance(present[0], cst.Dict) else []
    kept = [element for element in old if not _is_for(element, keyword)]
    if value is not None:
        space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        kept = [
            item if isinstance(item.comma, cst.Comma) else item.with_changes(comma=space)
            for item in kept
        ]
        kept.append(cst.DictElement(cst.SimpleString(f'"{keyword}"'), value))
    return HOLDERS[name], cst.Dict(kept) if kept else None


def _is_for(element: cst.BaseDictElement, keyword: str) -> bool:
    key = element.key if isinstance(element, cst.DictElement) else None
    return isinstance(key, cst.SimpleString) and key.evaluated_value == keyword
