"""A change of models shown and written: what `models change` and `ask` have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.asking import Pairs, answered_by, option_words, quoted

if TYPE_CHECKING:
    from dbwright.core.model_change import ModelsChanged

COMMAND = "dbwright models change"


def changed(
    author: Callable[[Pairs], ModelsChanged],
    words: str,
    given: Pairs,
    spelled: Callable[[str, str], str] | None = None,
) -> ModelsChanged:
    """Gives the change once the migration's questions have an answer.

    UsageError says what keeps the request from being done, or how to answer a question.
    """

    def spell(option: str, value: str) -> str:
        if option:
            return option_words(option, value)
        return f"{COMMAND} {quoted(words)} {value}"

    found = answered_by(author, lambda item: item.questions, given, spelled or spell)
    if found.request.problems:
        from dbwright.render import models_changed

        read = "\n".join(models_changed.reading(found))
        why = "\n".join(models_changed.problems(found))
        raise UsageError("\n".join(filter(None, ("nothing was changed.", read, why))))
    return found


def tell(found: ModelsChanged, words: str) -> None:
    """Shows how the request was read, what is done and why, the diff, other ways, the proofs."""
    from dbwright.jobs.fix import diff
    from dbwright.render import models_changed, parts

    for line in models_changed.reading(found):
        click.echo(line)
    click.echo("")
    for line in (*models_changed.summary(found), *models_changed.chosen(found)):
        click.echo(line)
    click.echo("")
    click.echo(parts.printable(diff(found.edits)), nl=False)
    for line in models_changed.others(found):
        click.echo(line)
    click.echo("")
    for line in (*models_changed.proofs(found), *models_changed.after(found)):
        click.echo(line)


def offer(found: ModelsChanged, path: Path, values: dict[str, object], words: str) -> None:
    """Writes the files when told to, or when somebody at the terminal says yes."""
    from dbwright.frontends import offering
    from dbwright.jobs.fix import root_of

    again = f"{COMMAND} {quoted(words)}{_again(values)} --write"
    asks = not values.get("diff")
    if not offering.agreed(found.edits, write=bool(values.get("write")), ask=asks, again=again):
        return
    config, section = values.get("config"), values.get("section")
    root = root_of(path, str(config) if config else None, str(section) if section else None)
    offering.save(root, found.edits, words)
    if found.authored and found.authored.revisions:
        click.echo("Next: read them, then alembic upgrade head")
    elif found.why_no_revision and not found.statements:
        click.echo("Next: alembic revision --autogenerate, then dbwright check")


def _again(values: dict[str, object]) -> str:
    from dbwright.core.authoring import WORDS

    words = ""
    for name in ("path", "choose", "config", "section", "models", "python", "target"):
        value = values.get(name)
        if value and not (name == "path" and value == "."):
            words += f" --{name} {quoted(str(value))}"
    for name in WORDS:
        for text in values.get(name.replace("-", "_")) or ():  # type: ignore[attr-defined]
            words += f" --{name} {quoted(text)}"
    return words
