"""Builds the site from the code into site/: `python docs/build.py [--run] [FOLDER]`.

With `--run` every rule's examples run on a scratch database, and its page shows what was said.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from dbwright import api
from dbwright.core.rule import Rule
from dbwright.frontends.pages import rule_page

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
JOBS = ("models", "migrations", "queries", "drift")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site: where it stands, its Markdown, and the group that lists it."""

    path: str
    title: str
    text: str
    group: str = ""

    @property
    def up(self) -> str:
        """The way from this page to the site's root."""
        return "../" * self.path.count("/")


SCHEMAS = {
    "report": "What `dbwright check --format json` writes.",
    "rehearsal": "What `dbwright migrations rehearse --format json` writes.",
    "answer": "What `dbwright models change` and `models design` write with `--format json`.",
    "brief": "What `dbwright models design --brief FILE` reads.",
}
"""Each published schema, and what it is the schema of."""


GUIDES = {
    "ask": "Ask in words",
    "watch": "Watch a program",
    "backfill": "Backfills",
    "fleet": "Upgrades and fleets",
    "model": "A language model beside ask",
    "agents": "Coding agents",
    "safe-hands": "Safe hands",
}
"""Each guide of this folder, and its title."""


def pages(lab: Any = None) -> Iterator[Page]:
    """Gives every page; with a laboratory the rules' pages say what its databases said."""
    yield Page("index.html", "dbwright", _read(ROOT / "README.md"))
    yield Page("rules/index.html", "Rules", rules_index())
    for rule in api.rules():
        group = f"Rules for {rule.job}"
        yield Page(f"rules/{rule.name}.html", rule.name, rule_page(rule, lab=lab), group)
    for name in ("commands", "settings"):
        yield Page(f"reference/{name}.html", name.title(), _read(HERE / "reference" / f"{name}.md"))
    for name, written in SCHEMAS.items():
        schema = _read(HERE / "reference" / f"{name}.schema.json")
        text = f"# The {name}'s schema\n\n{written}\n\n```json\n{schema}\n```"
        yield Page(f"reference/{name}.html", f"{name.title()} schema", text)
    for name, title in GUIDES.items():
        yield Page(f"{name}.html", title, _read(HERE / f"{name}.md"))
    yield Page("contributing.html", "Contributing", _read(ROOT / "CONTRIBUTING.md"))
    for file in sorted((HERE / "decisions").glob("*.md")):
        text = _read(file)
        title = text.splitlines()[0].lstrip("# ")
        yield Page(f"decisions/{file.stem}.html", title, text, "Decisions")


def rules_index() -> str:
    """Gives the page that lists the rules of each job with their summaries."""
    parts = ["# Rules", "What dbwright knows to be wrong, by job. Each page shows the examples."]
    for job in JOBS:
        found: list[Rule] = [rule for rule in api.rules() if rule.job == job]
        rows = [f"- [{rule.name}]({rule.name}.html): {rule.summary}" for rule in found]
        parts += [f"## {job.title()} ({len(found)})", "\n".join(rows)]
    return "\n\n".join(parts)


def build(folder: Path, lab: Any = None) -> int:
    """Writes the site; gives the number of pages."""
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    template = environment.get_template("page.html")
    markdown = MarkdownIt("commonmark", {"highlight": _colored}).enable("table")
    every = list(pages(lab))
    for page in every:
        target = folder / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        body = _linked(markdown.render(page.text), page)
        groups = [p for p in every if page.group and p.group == page.group]
        html = template.render(page=page, body=body, siblings=groups)
        target.write_text(html, encoding="utf-8")
    style = (HERE / "style.css").read_text(encoding="utf-8")
    colors = HtmlFormatter(style="default").get_style_defs(".code")
    (folder / "style.css").write_text(f"{style}\n{colors}\n", encoding="utf-8")
    return len(every)


def _linked(html: str, page: Page) -> str:
    """Links to files of the repository become links to their pages."""
    for file, target in (
        ("docs/reference/commands.md", "reference/commands.html"),
        *((f"docs/{name}.md", f"{name}.html") for name in GUIDES),
        *((f"{name}.md", f"{name}.html") for name in GUIDES),
        ("docs/reference/settings.md", "reference/settings.html"),
        *((f"docs/reference/{name}.schema.json", f"reference/{name}.html") for name in SCHEMAS),
        ("CONTRIBUTING.md", "contributing.html"),
        ("docs/decisions", "decisions/0001-the-bridge.html"),
    ):
        html = html.replace(f'href="{file}"', f'href="{page.up}{target}"')
    return html.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )


def _colored(code: str, language: str, _: str) -> str:
    if language in ("", "text"):
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    inner: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code"><code>{inner}</code></pre>'


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def main() -> None:
    """Builds the site."""
    arguments = [word for word in sys.argv[1:] if word != "--run"]
    folder = Path(arguments[0]) if arguments else ROOT / "site"
    with contextlib.ExitStack() as stack:
        lab = None
        if "--run" in sys.argv:
            from dbwright.testing import laboratory

            lab = stack.enter_context(laboratory())
        print(f"wrote {build(folder, lab)} pages to {folder}")


if __name__ == "__main__":
    main()
