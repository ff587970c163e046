"""Index advice as one HTML page: the plot, each index, each statement; nothing is loaded."""

from __future__ import annotations

from markupsafe import Markup

from dbwright.core.advice import Tuned
from dbwright.core.placed import Placed
from dbwright.render import page, placed_words, tuned_plot, tuned_words
from dbwright.render.twin import size_words


def as_html(found: Tuned, placed: Placed | None = None) -> str:
    """Gives the page; all text from outside is escaped, and its policy lets nothing be loaded."""
    return page.filled(
        "tuned",
        styles=(page.text("tuned.css"),),
        found=found,
        placed=placed,
        words=tuned_words,
        place=placed_words.place,
        revision=placed_words.revision,
        size=size_words,
        plot=Markup(tuned_plot.drawing(found)),
    )
