"""`dbwright models diagram`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbwright.frontends.cli.options import OPTIONS, Command
from dbwright.frontends.cli.output import WAY_OUT, Progress, quiet_driver
from dbwright.frontends.writing import write_whole

TAKEN = ("path", "config", "section", "models", "python", "target", "timeout")
SUFFIXES = {".svg": "svg"}
PLAIN = "Drawn in rows: pip install 'dbwright[diagram]' brings the layout in layers."


class _Formats(click.ParamType[str]):
    """The formats of a diagram, looked for when one is asked for only."""

    name = "format"

    def convert(self, value: Any, param: Any, context: Any) -> str:
        from dbwright.render.diagram import diagram_formats

        if value not in diagram_formats():
            self.fail(f"{value!r} is not one of {', '.join(diagram_formats())}", param, context)
        return str(value)


def _options(command: Command) -> Command:
    """Adds PATH and the options of a review that say how the models are read."""
    for option in reversed(OPTIONS):
        probe: Any = option(lambda: None)
        if probe.__click_params__[0].name in TAKEN:
            command = option(command)
    return command


@click.command()
@_options
@click.option("--db", metavar="URL", help="Draw this database, not the models; it is only read.")
@click.option("--tables", metavar="NAMES", help="Draw only these, separated by commas.")
@click.option("--around", metavar="TABLE", help="Draw this table and those near it.")
@click.option(
    "--depth",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How many foreign keys, followed either way, --around goes.",
)
@click.option(
    "--format",
    type=_Formats(),
    help="mermaid or svg; without it what the file's name asks for, else mermaid.",
)
@click.option("-o", "--output", metavar="FILE", help="Write this file, not standard output.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(**values: Any) -> None:
    """Draw the tables of the project's models, or of a database, with their keys.

    Mermaid is for Markdown, and a FILE that ends in .md gets it with its fence. SVG stands alone:
    it loads nothing, and follows light and dark. Large schemas are drawn in groups: by schema,
    else by the foreign keys that tables share.
    """
    from dbwright.api import diagram

    output = Path(values["output"]) if values["output"] else None
    format = values["format"] or _format_of(output)
    names = [name.strip() for name in (values["tables"] or "").split(",") if name.strip()]
    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        text = diagram(
            values["path"],
            format,
            tables=names,
            around=values["around"],
            depth=values["depth"],
            db=values["db"],
            options=_given(values),
            progress=progress,
        )
    finally:
        progress.end()
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, _in_file(text, format, output), WAY_OUT)
    if format == "svg":
        _tell_plain(values["quiet"])


def _format_of(output: Path | None) -> str:
    return SUFFIXES.get(output.suffix.lower(), "mermaid") if output else "mermaid"


def _given(values: dict[str, Any]) -> Any:
    from dbwright.core.options import Options

    return Options(**{name: values[name] for name in TAKEN[1:] if values[name] is not None})


def _in_file(text: str, format: str, output: Path) -> str:
    """A Markdown file shows a diagram in a fence only."""
    if format == "mermaid" and output.suffix.lower() in (".md", ".markdown"):
        return f"```mermaid\n{text}```\n"
    return text


def _tell_plain(quiet: bool) -> None:
    from dbwright.render.diagram.layered import is_there

    if not quiet and not is_there():
        click.echo(PLAIN, err=True)
