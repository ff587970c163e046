"""The page that every HTML report is: one file, all text escaped, nothing loaded or sent."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from importlib import resources
from typing import TYPE_CHECKING

from dbwright.render.parts import printable

if TYPE_CHECKING:
    from markupsafe import Markup

_WORD = re.compile(r"(\w+)")


def filled(
    template: str, *, styles: tuple[str, ...] = (), script: str = "", **values: object
) -> str:
    """Gives a template of this package filled with values, each escaped and without control signs.

    `styles` and `script` are texts of ours. The page's policy names them by their hashes: no other
    style and no other script works in it, wherever it would come from, and nothing is loaded.
    """
    # a front end asks every format for its name, and this engine takes as long as all of them
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    style = "\n".join((text("page.css"), *styles))
    environment = Environment(
        loader=FunctionLoader(text), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["plain"] = printable
    environment.filters["coded"] = coded
    return environment.get_template(f"{template}.html.jinja").render(
        style=Markup(style), script=Markup(script), policy=Markup(_policy(style, script)), **values
    )


def coded(text: str) -> Markup:
    """Gives code, in which each word that is written from the right stands for itself.

    Such names would else turn the quotes and commas between them round as well.
    """
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(word) if _is_from_right(word) else escape(word)
        for word in _WORD.split(printable(text))
    )


def _is_from_right(word: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in word)


def text(name: str) -> str:
    """Gives a file of this package: a template, a style, a script."""
    return resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    parts = ["default-src 'none'", f"style-src {_hash(style)}"]
    parts += [f"script-src {_hash(script)}"] if script else []
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
