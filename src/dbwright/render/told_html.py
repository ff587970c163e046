"""An answer as one HTML page that loads nothing."""

from __future__ import annotations

from dbwright.render import page, parts
from dbwright.render.told import Told


def as_html(told: Told) -> str:
    """Gives the page; its text is escaped by the template."""
    return page.filled(
        "answer", styles=(page.text("report.css"),), script="", told=told, parts=parts
    )
