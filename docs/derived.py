"""Texts that are derived from the code and committed; a test compares them with the code.

`python docs/derived.py` writes them anew; with `--screen` also the README's screen, which runs
`dbwright check` on the example shop.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from dbwright.core.settings import Settings
from dbwright.frontends.cli import cli
from dbwright.render.answer_schema import answer_schema
from dbwright.render.brief_schema import brief_schema
from dbwright.render.rehearsal.schema import rehearsal_schema
from dbwright.render.report_schema import report_schema

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
README = ROOT / "README.md"


def derived() -> dict[Path, str]:
    """Gives each derived file with the text that the code gives now, the screen apart."""
    readme = README.read_text(encoding="utf-8")
    return {
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "settings.md": settings_page(),
        REFERENCE / "report.schema.json": json.dumps(report_schema(), indent=2) + "\n",
        REFERENCE / "rehearsal.schema.json": json.dumps(rehearsal_schema(), indent=2) + "\n",
        REFERENCE / "answer.schema.json": json.dumps(answer_schema(), indent=2) + "\n",
        REFERENCE / "brief.schema.json": json.dumps(brief_schema(), indent=2) + "\n",
        README: with_section(readme, "settings", settings_table()),
    }


def with_section(text: str, name: str, content: str) -> str:
    """Gives the text with the content between `<!-- NAME -->` and `<!-- /NAME -->`."""
    before, start, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not start or not end:
        raise ValueError(f"there is no section {name}")
    return f"{before}{start}{content.strip()}\n{end}{after}"


def section(text: str, name: str) -> str:
    """Gives the content of a section."""
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0].strip()


def commands_page() -> str:
    """Gives the page of all commands: the help of each, as the program shows it."""
    parts = ["# Commands", "What `--help` says. Options that several reviews share are the same."]
    for path, command in sorted(commands(cli)):
        name = " ".join(("dbwright", *path))
        with click.Context(command, info_name=name, max_content_width=88) as context:
            context.terminal_width = 88
            parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts) + "\n"


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Gives every command with its path."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def settings_page() -> str:
    """Gives the page of the keys of [tool.dbwright]."""
    text = (
        "The keys of `[tool.dbwright]` in `pyproject.toml`. All are optional; an unknown key is an "
        "error that names the nearest one."
    )
    return f"# Settings\n\n{text}\n\n{settings_table()}\n"


def settings_table() -> str:
    """Gives the keys with their types, defaults and meanings, from the docstring of Settings."""
    rows = ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
    meanings = dict(_meanings())
    for item in fields(Settings):
        kind = str(item.type).partition(" ")[0].replace("tuple[str,", "list of strings")
        kind = {"str": "string", "int": "number", "bool": "true or false"}.get(kind, kind)
        default = "" if item.default in (None, ()) else f"`{item.default}`"
        rows.append(
            f"| `{item.name.replace('_', '-')}` | {kind} | {default} | {meanings[item.name]} |"
        )
    return "\n".join(rows)


def _meanings() -> Iterator[tuple[str, str]]:
    text = " ".join((Settings.__doc__ or "").split("\n\n", 1)[1].split())
    for part in text.rstrip(".").split("; "):
        names, _, meaning = part.partition(": ")
        for name in names.split(", "):
            yield name, f"{meaning[0].upper()}{meaning[1:]}."


def screen() -> str:
    """Gives the first screen of `dbwright check` on the example shop, run now."""
    done = subprocess.run(
        [sys.executable, "-m", "dbwright", "check", "-q"],
        cwd=ROOT / "examples" / "shop",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 1:
        raise RuntimeError(done.stdout + done.stderr)
    return f"```text\n$ dbwright check\n\n{done.stdout.strip()}\n```"


def normalised(text: str) -> str:
    """Gives a screen without what differs from machine to machine: versions and ids."""
    return re.sub(r"(PostgreSQL|SQLAlchemy) [\d.]+", r"\1 N", " ".join(text.split()))


def main() -> None:
    """Writes what has changed."""
    for path, text in derived().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    if "--screen" in sys.argv:
        text = with_section(README.read_text(encoding="utf-8"), "screen", screen())
        README.write_text(text, encoding="utf-8")
        print("wrote the screen of README.md")


if __name__ == "__main__":
    main()
