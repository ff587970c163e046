"""The hook for env.py: `alembic revision --autogenerate` then writes complete, tested revisions.

    from dbwright.alembic_hook import process_revision_directives

    context.configure(..., process_revision_directives=process_revision_directives)

What Alembic found is replaced by what dbwright wrote and ran on a scratch database with rows; the
database of the settings is left as it is. What could lose data by a guess is asked on a terminal,
given by `alembic -x rename=users.name:fullname revision --autogenerate`, or refused.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright import dialects

if TYPE_CHECKING:
    from dbwright.core.authoring import Authored, Written

HEADS = ("head", "heads")
NAMED = ("mysql", "mariadb")
"""The databases whose scratch server has to be named: where none is, Alembic goes on by itself."""
ITSELF = "dbwright: this is what Alembic writes by itself."


def process_revision_directives(context: Any, revision: Any, directives: list[Any]) -> None:
    """Puts the revisions that dbwright wrote and ran in the place of those that Alembic found.

    Where it cannot (no scratch server of MySQL or MariaDB, several databases) Alembic's stay, and
    it says so. What has to be said first, and what did not hold when it was run, raises Alembic's
    CommandError: then nothing is written.
    """
    command = getattr(context.config, "cmd_opts", None)
    if not directives or not getattr(command, "autogenerate", True):
        return
    why = _cannot(context, directives)
    if why is not None:
        print(f"dbwright: {why}.\n{ITSELF}", file=sys.stderr)
        return
    from dbwright.frontends.asking import left_alone

    found = _authored(context, directives[0], getattr(command, "x", None) or [])
    if found is None:
        return
    if found.left_alone:
        print(f"dbwright: no model declares {left_alone(found)}: left alone.", file=sys.stderr)
    if not found.revisions:
        print("dbwright: the revisions make what the models declare.", file=sys.stderr)
        directives[:] = []
        return
    directives[:] = _directives(directives[0], found.revisions)
    if found.proof is not None:
        print(f"dbwright: {found.proof.witness}.", file=sys.stderr)


def _cannot(context: Any, directives: Sequence[Any]) -> str | None:
    """Why the hook stands back; None where it can work."""
    if context.dialect.name not in dialects.names():
        return f"dbwright knows no {context.dialect.name}"
    if len(directives[0].upgrade_ops_list) > 1 or len(directives) > 1:
        return "these are several databases"
    if directives[0].splice or directives[0].head not in (None, *HEADS):
        return "the revision is not to follow the head"
    return None


def _authored(context: Any, directive: Any, given: Sequence[str]) -> Authored | None:
    from alembic.util import CommandError

    from dbwright.api import Options, autogenerate
    from dbwright.core.authoring import WORDS
    from dbwright.core.errors import DbwrightError, NoScratchError
    from dbwright.frontends.asking import answered, quoted
    from dbwright.frontends.cli.output import Progress

    def spell(option: str, value: str) -> str:
        if not option:
            return f"alembic {value} revision --autogenerate"
        return f"-x {quoted(f'{option}={value}')}"

    config = context.config
    file = Path(config.config_file_name).resolve() if config.config_file_name else None
    options = Options(
        config=str(file) if file else None,
        section=config.config_ini_section,
        python=sys.executable,
    )
    split = [text.partition("=") for text in given]
    meant = tuple((name, value) for name, _, value in split if name in WORDS)
    progress = Progress(quiet=not sys.stderr.isatty())
    try:
        return answered(
            lambda pairs: autogenerate(
                file.parent if file else ".",
                directive.message or "",
                pairs,
                options,
                progress,
                revision=directive.rev_id,
            ),
            meant,
            spell,
        )
    except NoScratchError as error:
        if context.dialect.name not in NAMED:
            raise CommandError(f"dbwright: {error}") from error
        print(f"dbwright: {error}\n{ITSELF}", file=sys.stderr)
        return None
    except DbwrightError as error:
        raise CommandError(f"dbwright: {error}") from error
    finally:
        progress.end()


def _directives(first: Any, revisions: Sequence[Written]) -> list[Any]:
    """The directives with the code that was run; Alembic writes them by the project's template."""
    from alembic.operations import ops

    found: list[Any] = []
    for number, written in enumerate(revisions):
        notes = "".join(f"# {line}\n" for line in written.notes.splitlines())
        up = ops.UpgradeOps([_code(notes + written.upgrade)])
        down = ops.DowngradeOps([_code(written.downgrade)])
        up.upgrade_token = first.upgrade_ops.upgrade_token
        down.downgrade_token = first.downgrade_ops.downgrade_token
        script = ops.MigrationScript(
            written.revision,
            up,
            down,
            message=written.title,
            imports=set(written.imports),
            head=found[-1].rev_id if found else first.head,
            version_path=first.version_path,
            branch_label=None if number else first.branch_label,
            depends_on=None if number else first.depends_on,
        )
        found.append(script)
    return found


def _code(text: str) -> Any:
    """Gives an operation that Alembic renders as the text of code that it is."""
    from alembic.autogenerate import renderers
    from alembic.operations import ops

    class Code(ops.MigrateOperation):
        """Code as it was run."""

    @renderers.dispatch_for(Code)
    def render(context: Any, operation: Any) -> str:
        return text

    return Code()
