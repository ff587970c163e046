"""Docs that cannot go stale: what is derived from the code equals what the code gives."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
WRITE = "write it anew: python docs/derived.py"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


derived = load("derived")


@pytest.mark.parametrize("path", derived.derived(), ids=lambda path: path.name)
def test_derived_text_is_what_the_code_gives(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == derived.derived()[path], WRITE


@pytest.mark.database
def test_screen_of_the_readme_is_the_first_of_the_tour(tour: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = derived.section(readme, "screen").strip("`").removeprefix("text\n")
    _, command, rest = tour.partition("$ dbwright check\n")
    seen = command + rest.partition("The same as a page ")[0]
    assert derived.normalised(shown) == derived.normalised(seen), f"{WRITE} --screen"


def test_every_key_of_the_settings_has_a_meaning() -> None:
    for row in derived.settings_table().splitlines()[2:]:
        assert re.fullmatch(r"\| `[a-z-]+` \| [\w ]+ \| [`\w]* \| [A-Z`].*\. \|", row), row


def test_links_of_the_readme_lead_somewhere() -> None:
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (ROOT / target).exists(), f"{page}: {target}"


def test_commands_of_the_readme_exist() -> None:
    from dbwright.frontends.cli import cli

    known = {" ".join(path) for path, _ in derived.commands(cli)}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("## Commands\n\n")[2].partition("\n\n")[0]
    for line in block.splitlines():
        words = line.split()[1:]
        assert words[0] in known or " ".join(words[:2]) in known, line
    assert {line.split()[1] for line in block.splitlines()} == {name.split()[0] for name in known}


def test_site_has_a_page_for_every_rule_command_and_decision(tmp_path: Path) -> None:
    from dbwright import api

    build = load("build")
    build.build(tmp_path)
    pages = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert {f"rules/{rule.name}.html" for rule in api.rules()} <= pages
    decisions = {f"decisions/{p.stem}.html" for p in (ROOT / "docs" / "decisions").glob("*.md")}
    assert decisions <= pages


def test_links_inside_the_site_lead_somewhere(tmp_path: Path) -> None:
    load("build").build(tmp_path)
    broken = []
    for page in tmp_path.rglob("*.html"):
        for target in re.findall(r'href="(?!http)([^"#]+)"', page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(tmp_path)}: {target}")
    assert broken == []


def test_page_of_a_rule_shows_its_examples_as_code(tmp_path: Path) -> None:
    load("build").build(tmp_path)
    html = (tmp_path / "rules" / "blocking-index-build.html").read_text(encoding="utf-8")
    assert '<pre class="code">' in html
    assert "Why is this bad?" in html
