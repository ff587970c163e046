"""Defaults of new columns as code: the server's, and the one that a dataclass needs."""

from __future__ import annotations

import re

from dbwright.core.brief import BriefAttribute
from dbwright.recipes import model_words
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_write import Code

_TRUE = {"true", "yes", "on", "1"}


def default_of(style: Style, attribute: BriefAttribute) -> Code | None:
    """Gives the server's default, so that rows that are there get it too."""
    value = attribute.default
    if value is None:
        return None
    if attribute.type == "boolean":
        return _truth(style, str(value).lower() in _TRUE)
    if attribute.type in ("datetime", "date", "time") and str(value).lower() in ("now", "today"):
        name, need = style.named("func")
        call = "current_date" if attribute.type == "date" else "now"
        return Code(f"{name}.{call}()", (need,) if need else ())
    if attribute.type == "json":
        return _sql(style, "'{}'")
    quote = style.quote
    return Code(f"{quote}{str(value).replace(quote, chr(92) + quote)}{quote}")


def _truth(style: Style, value: bool) -> Code:
    word = "true" if value else "false"
    texts = [source.text for source in style.mapping.sources]
    if any(re.search(r"server_default=[\"'](?:true|false)[\"']", text) for text in texts):
        return Code(f"{style.quote}{word}{style.quote}")
    name, need = style.named(word)
    return Code(f"{name}()", (need,) if need else ())


def _sql(style: Style, sql: str) -> Code:
    name, need = style.named("text")
    if style.mapping.schema.dialect == "mysql":
        sql = "(json_object())"
    return Code(f'{name}("{sql}")', (need,) if need else ())


def python_default(style: Style, attribute: BriefAttribute) -> str | None:
    """Gives the default that `__init__` of a dataclass or of SQLModel takes, as code."""
    value = attribute.default
    if attribute.type == "json" and value is not None:
        return "dict"
    if value is None or style.kind not in ("dataclass", "sqlmodel"):
        return None
    if attribute.type == "boolean":
        return str(str(value).lower() in _TRUE)
    if attribute.type in ("integer", "float"):
        return str(value)
    if attribute.type in ("decimal", "money", "percent"):
        return f'Decimal("{value}")'
    if attribute.type in ("datetime", "date", "time"):
        return "None"
    return f'"{value}"'


def natural_bounds(attribute: BriefAttribute) -> tuple[str, dict[str, float]] | None:
    """Gives what a number of that name cannot be below or above, in words and as bounds.

    >>> natural_bounds(BriefAttribute("unit_price", "money"))
    ('not negative', {'minimum': 0.0})
    """
    if attribute.type not in ("integer", "decimal", "money", "percent", "float"):
        return None
    said = model_words.words(attribute.name)
    if not said or {"change", "delta", "diff", "adjustment"}.intersection(said):
        return None
    if {"percent", "percentage"}.intersection(said):
        return "between 0 and 100", {"minimum": 0.0, "maximum": 100.0}
    if said[-1] in ("quantity", "qty"):
        return "positive", {"above": 0.0}
    return ("not negative", {"minimum": 0.0}) if said[-1] in ("price", "stock") else None
