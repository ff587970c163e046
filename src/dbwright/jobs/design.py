"""The design job: a brief, words or both become models, which are run before they are shown."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.collect import brief as briefs
from dbwright.core.brief import Brief, Reading, Unused
from dbwright.core.design import Designed
from dbwright.core.errors import UsageError
from dbwright.core.finding import Edit
from dbwright.core.options import Options, Progress
from dbwright.jobs.design_proof import proved
from dbwright.recipes.design import designer, problems, together, write

WORDS = "dbwright.collect.words"
EXAMPLE = "For example:  dbwright models design --brief brief.yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be designed: a brief, words, or both; for which database, into which file."""

    brief: Brief | Path | None = None
    words: str = ""
    database: str = "postgresql"
    into: str = "models.py"
    root: Path = Path()


def run(request: Request, options: Options, progress: Progress) -> Designed:
    """Gives the files of a design that held when they were run; nothing is written.

    Raises UsageError for a request that says nothing, contradicts itself, or leads to a file that
    is there; CollectError for a brief that cannot be designed; FixError where the design did not
    hold; ServerError where no database could be had.
    """
    target = request.root / request.into
    if target.exists():
        raise UsageError(
            f"{request.into} is there already, and is not changed",
            way_out="Name another file:  -o models_new.py",
        )
    brief, reading = _understood(request)
    progress(f"designing {len(brief.entities)} entities")
    plan = designer.designed(brief, request.database)
    text = write.module(plan)
    proof = proved(plan, {"models.py": text}, options, progress)
    return Designed(
        brief,
        (Edit(request.into, None, text),),
        tuple(plan.decisions),
        proof.proved,
        proof.unverified,
        tuple(plan.notes),
        reading,
    )


def _understood(request: Request) -> tuple[Brief, Reading | None]:
    """The brief that is meant: the file's, what words add to it, or the words' alone."""
    given = request.brief
    stated = briefs.read(given, request.database) if isinstance(given, Path) else given
    if not request.words.strip():
        if stated is None:
            raise UsageError("there is nothing to design: no words and no brief", way_out=EXAMPLE)
        return _checked(stated, request.database), None
    reading = _read(request.words)
    if stated is not None:
        brief, told = together.joined(stated, reading.brief)
        unused = tuple(Unused(text, 1, "the brief says otherwise, and wins") for text in told)
        reading = replace(reading, unused=(*reading.unused, *unused))
    else:
        _no_problems(reading)
        brief = reading.brief
    return _checked(brief, request.database), reading


def _read(words: str) -> Reading:
    """How words are understood, by the reader of words where it is there."""
    if importlib.util.find_spec(WORDS) is None:
        raise UsageError(
            "words cannot be read yet; a brief can",
            way_out="Say it as a brief:  dbwright models design --schema",
        )
    reading: Reading = importlib.import_module(WORDS).read(words)
    return reading


def _no_problems(reading: Reading) -> None:
    if reading.problems:
        first, *others = reading.problems
        more = [f"line {item.line}: “{item.text}”: {item.why}" for item in others]
        raise UsageError(
            f"line {first.line}: “{first.text}”: {first.why}",
            way_out="\n".join(["Say which is meant, and ask again.", *more]),
        )
    if not reading.brief.entities:
        raise UsageError(
            "these words name nothing that could be stored",
            way_out="For example:  dbwright models design \"a User model with a Profile\"",
        )


def _checked(brief: Brief, database: str) -> Brief:
    found = problems.of(brief, database)
    if found:
        more = [f"{item.message}. {item.way_out}" for item in found[1:6]]
        raise UsageError(found[0].message, way_out="\n".join([found[0].way_out, *more]) or None)
    return brief
