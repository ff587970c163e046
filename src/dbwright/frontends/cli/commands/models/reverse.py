"""`dbwright models reverse`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.cli.output import WAY_OUT, Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.design import Layout
    from dbwright.core.reversed import Reversed

LAYOUTS = ("module", "package")
REQUEST = "dbwright models reverse"


@click.command()
@click.option("--db", "url", required=True, metavar="URL", help="The database; it is only read.")
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--tables", multiple=True, metavar="NAME", help="Only this table, or a*; repeatable.")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="Write the models here, not to the screen: a file, or FOLDER/.",
)
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    help="One module, or a package; unasked FOLDER/ is a package above 15 tables.",
)
@click.option(
    "--path",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="A project: what its models lack is written as they are; -o is a file of it.",
)
@click.option("--sides", is_flag=True, help="Give its classes the other sides of relationships.")
@click.option("--write", is_flag=True, help="Write into the project of --path, not only show.")
@click.option("--models", metavar="MODULE:BASE", help="Its models, when env.py has none.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--force", is_flag=True, help="Replace the files of -o.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the answer is printed; JSON holds the files, the proof, what differs or is left out.",
)
@click.option("--sandbox-url", metavar="URL", help="A throw-away server for the proof.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the proof.")
@click.option("--sandbox/--no-sandbox", default=True, help="Write the models and prove nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    url: str,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    output: str | None,
    layout: str | None,
    path: str | None,
    sides: bool,
    write: bool,
    force: bool,
    format_: str,
    quiet: bool,
    **values: Any,
) -> None:
    """Write the models of an existing database, and compare what they make with it.

    \b
    dbwright models reverse --db postgresql://me@host/shop -o shop/models.py
    dbwright models reverse --db postgresql://me@host/shop -o shop/models/
    dbwright models reverse --db sqlite:///shop.db --tables 'order*'
    dbwright models reverse --db postgresql://me@host/shop --path . --write
    """
    from dbwright.api import Options, reverse
    from dbwright.render.reverse import as_json, as_text

    if path is not None:
        _check_project(layout, force)
    else:
        _check_alone(output, sides or write, force)
    wanted = _layout(output, layout) if path is None else "module"
    quiet_driver()
    progress = Progress(quiet)
    options = Options(**{name: value for name, value in values.items() if value is not None})
    into = (output or "") if path else ""
    try:
        found = reverse(url, options, progress, schemas=schemas, tables=tables, layout=wanted,
                        path=path, into=into, sides=sides)  # fmt: skip
    finally:
        progress.end()
    if path is not None:
        _tell_project(found, Path(path), format_, write)
    written = _write(found, output, force) if output else None
    if format_ == "json":
        click.echo(json.dumps(as_json(found, written), indent=2, ensure_ascii=False))
        sys.exit(found.exit_status)
    if written is None:
        sys.stdout.write(found.code)
        sys.stdout.flush()
    click.echo(as_text(found, output), nl=False, err=True)
    sys.exit(found.exit_status)


def _check_alone(output: str | None, of_project: bool, force: bool) -> None:
    if of_project:
        raise UsageError("--sides and --write are of a project", way_out="Name it: --path FOLDER")
    _check_free(output, force)


def _check_project(layout: str | None, force: bool) -> None:
    if layout == "package" or force:
        given = "--force" if force else "--layout package"
        raise UsageError(
            f"{given} is of models that stand alone",
            way_out="Leave it out: into a project one file is written, and none is replaced.",
        )


def _tell_project(found: Reversed, root: Path, format_: str, write: bool) -> NoReturn:
    from dbwright.frontends.offering import save
    from dbwright.render.reverse import as_json, as_text, edits_text

    assert found.project is not None
    if write:
        save(root, found.project.edits, REQUEST, lambda line: click.echo(line, err=True))
    if format_ == "json":
        paths = {edit.path: root / edit.path for edit in found.project.edits} if write else None
        click.echo(json.dumps(as_json(found, paths), indent=2, ensure_ascii=False))
        sys.exit(found.exit_status)
    if not write:
        sys.stdout.write(edits_text(found.project.edits))
        sys.stdout.flush()
    click.echo(as_text(found, None), nl=False, err=True)
    last = "Next: dbwright check" if write else "Nothing is written yet: --write does."
    click.echo(last, err=True)
    sys.exit(found.exit_status)


def _is_folder(output: str) -> bool:
    return output.endswith(("/", "\\")) or Path(output).is_dir()


def _layout(output: str | None, layout: str | None) -> Layout:
    if layout == "package":
        if output and output.endswith(".py"):
            raise UsageError(
                f"a package is a folder, and {output} is a file",
                way_out=f"Name the folder: -o {output.removesuffix('.py')}/",
            )
        return "package"
    return "by size" if layout is None and output and _is_folder(output) else "module"


def _check_free(output: str | None, force: bool) -> None:
    """Nothing is read for an answer that could not be written."""
    path = Path(output) if output else None
    if path is None or force or not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    what = "is there already and not empty" if path.is_dir() else "is there already"
    raise UsageError(
        f"{output} {what}", way_out="Name another place, or replace what is there: --force"
    )


def _write(found: Reversed, output: str, force: bool) -> dict[str, Path]:
    """Writes the files, and gives where each stands."""
    from dbwright.core.finding import Edit
    from dbwright.frontends import undoing

    alone = not found.is_package and not _is_folder(output)
    files = {"": found.code} if alone else found.files
    root, below = undoing.place(Path(output))
    paths = {name: f"{below}/{name}" if name else below for name in files}
    try:
        there = [name for name in files if force and (root / paths[name]).exists()]
        before = {name: (root / paths[name]).read_text(encoding="utf-8") for name in there}
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot write {output}: {error}", way_out=WAY_OUT) from error
    edits = [Edit(paths[name], before.get(name), text) for name, text in files.items()]
    if undoing.write(root, [edit for edit in edits if edit.before != edit.after], REQUEST):
        click.echo(f"Undo: {undoing.words(root)}", err=True)
    return {name or "models.py": root / path for name, path in paths.items()}
