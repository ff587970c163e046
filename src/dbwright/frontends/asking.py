"""Questions to the user: asked on a terminal, or refused with the command to answer."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from dbwright.core.authoring import Authored, Choice, Question
from dbwright.core.errors import DbwrightError, UsageError

Pairs = tuple[tuple[str, str], ...]
Made = TypeVar("Made")
Spell = Callable[[str, str], str]
"""How an option and its text are written in the command that the user runs."""
ROUNDS = 5
MOST = 9
PREFIXES = ("dbwright ask", "dbwright models change")
SHOWN = 3


def answered(author: Callable[[Pairs], Authored], given: Pairs, spell: Spell) -> Authored:
    """Gives what is authored once every question has an answer.

    On a terminal it asks, and goes on with the answers; elsewhere, or where an answer is
    missing, UsageError says how to give them.
    """
    return answered_by(author, lambda found: found.questions, given, spell)


def answered_by(
    author: Callable[[Pairs], Made],
    questions_of: Callable[[Made], Sequence[Question]],
    given: Pairs,
    spell: Spell,
) -> Made:
    """Does what `answered` does for whatever holds questions."""
    for _ in range(ROUNDS):
        found = author(given)
        questions = questions_of(found)
        if not questions:
            return found
        more = _asked(questions) if is_terminal() else None
        if more is None:
            raise UsageError(refusal(questions, spell), way_out=_example(questions, spell))
        given = (*given, *more)
        click.echo(f"Next time: {' '.join(spell(*pair) for pair in given)}", err=True)
    raise UsageError("the answers lead to ever more questions", way_out="Give them as options.")


def left_alone(found: Authored) -> str:
    """Gives the names of what stays though no model has it, the first few of many."""
    names = found.left_alone
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def allow_clone(url: str | None, *, yes: bool) -> None:
    """Asks whether the clone of --prove-on may be written to.

    Raises UsageError where nobody can be asked, or who is asked says no.
    """
    if url is None or yes:
        return
    if not is_terminal():
        raise UsageError(
            "--prove-on makes indexes and statistics on the clone, and nobody can be asked "
            "whether it may",
            way_out="Say so:  --yes   Each is made in a transaction that is rolled back.",
        )
    from dbwright.collect.database import without_password

    click.echo(
        "Indexes and statistics are made there, the query is run, and each is rolled back.\n"
        "Others wait for its locks meanwhile.",
        err=True,
    )
    if not click.confirm(f"Do this on {without_password(url)}?", default=False, err=True):
        raise UsageError("nothing was run on the clone", way_out="Leave --prove-on away.")


def refusal(questions: Sequence[Question], spell: Spell) -> str:
    """Gives what has to be said before anything is written, each with its options."""
    lines = ["nothing was written, for this has to be said first:"]
    for question in questions:
        lines.append(f"\n  {question.text}")
        for choice in question.choices:
            lines.append(f"    {choice.text}\n        {spell(choice.option, choice.value)}")
    return "\n".join(lines)


def _example(questions: Sequence[Question], spell: Spell) -> str:
    firsts = [question.choices[0] for question in questions]
    words = " ".join(spell(choice.option, choice.value) for choice in firsts)
    return f"For example: {spell('', words)}"


def _asked(questions: Sequence[Question]) -> Pairs | None:
    """The answers as options, None where a question got none."""
    found: list[tuple[str, str]] = []
    for question in questions:
        click.echo(question.text, err=True)
        answer = next(filter(None, map(_answer, question.choices)), None)
        if answer is None:
            return None
        found.append(answer)
    return tuple(found)


def _answer(choice: Choice) -> tuple[str, str] | None:
    if not choice.needs:
        yes = click.confirm(f"  {choice.text}", default=False, err=True)
        return (choice.option, choice.value) if yes else None
    text = click.prompt(f"  {choice.text}", default="", show_default=False, err=True).strip()
    return (choice.option, choice.value.replace(choice.needs, text)) if text else None


def option_words(option: str, value: str) -> str:
    """Gives an option as `dbwright migrations new` takes it."""
    return f"--{option} {quoted(value)}"


def quoted(text: str) -> str:
    """Gives a word for the shell, in double quotes where it needs quotes and they suffice."""
    if shlex.quote(text) == text:
        return text
    return shlex.quote(text) if any(sign in text for sign in '"$`\\!') else f'"{text}"'


def choices_of(error: DbwrightError) -> list[str]:
    """Gives the requests that an error offers as commands, to be chosen by number."""
    found: dict[str, None] = {}
    for line in str(error).splitlines():
        for prefix in PREFIXES:
            if not line.strip().startswith(f"{prefix} "):
                continue
            try:
                words = shlex.split(line.strip())[len(prefix.split()) :]
            except ValueError:
                continue
            if words and "…" not in words[0] and not words[0].startswith("-"):
                found[words[0]] = None
    return list(found)[:MOST]
