"""A request to change existing models, read clause by clause against the project's mappers.

A hand-written grammar: a clause is matched whole by a form of `change_forms`, or it is named as
not used. Pure: words and a Mapping in, a ChangeRequest out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dbwright.collect.change_clauses import clauses
from dbwright.collect.change_context import COMMAND, Context, Refused, Taken
from dbwright.collect.change_forms import FORMS
from dbwright.collect.change_grammar import compiled
from dbwright.collect.change_many import Spread, spread
from dbwright.collect.change_spelling import corrected
from dbwright.collect.change_told import told, told_of_many
from dbwright.collect.change_types import Column, tails
from dbwright.core.brief import Understood, Unused
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import AddColumn, ChangeRequest, Step

LONGEST = 5_000
MOST = 8
"""So many models are offered where a clause names none."""
LIKELY = 3
_IT = re.compile(
    r"^(?:it|this|they|these|the\s+(?:new\s+)?(?:column|field)s?|make\s+it)\s+"
    r"(?:(?:should|must|has\s+to|needs?\s+to|may|can)\s+(?:be\s+|have\s+)?|is\s+|are\s+|be\s+)?(?P<rest>.+)$",
    re.IGNORECASE,
)
_REASON = re.compile(r"\s*,?\s*\b(?:because|so\s+that|in\s+order\s+to|since|as\s+we)\b.*$", re.I)
NOTHING = "nothing in it names a change of a model that it knows"


@dataclass(slots=True)
class _Reading:
    context: Context
    steps: list[Step] = field(default_factory=list)
    understood: list[Understood] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)
    problems: list[Unused] = field(default_factory=list)

    def take(self, text: str, line: int) -> None:
        """Reads one clause."""
        reason = _REASON.search(text)
        if reason and reason.start():
            said = reason.group().strip(" ,")
            self.unused.append(Unused(said, line, "a reason; nothing follows from it"))
            text = text[: reason.start()]
        text, slips = corrected(text, self._is_name)
        if self._about_the_last(text, line):
            return
        try:
            many = spread(text, self.context)
            steps = self._of_many(many, line) if many else self._steps(text)
        except Refused as refused:
            self.problems.append(Unused(text, line, refused.told(text)))
            return
        if steps is None:
            self._unread(text, line)
            return
        self.steps += steps
        mapping = self.context.names.mapping
        meaning = told_of_many(steps, mapping) if many else [told(s, mapping) for s in steps]
        self.understood.append(Understood(text, line, (*meaning, *slips)))

    def _unread(self, text: str, line: int) -> None:
        """A clause of no form: one that lacks only the model is asked about, others are told."""
        ways = self._with_a_model(text)
        if not ways:
            self.unused.append(Unused(text, line, NOTHING))
            return
        commands = "\n".join(f'{COMMAND} "{way}"' for way in ways[:MOST])
        self.problems.append(Unused(text, line, f"it does not say of which model:\n{commands}"))

    def _with_a_model(self, text: str) -> list[str]:
        """The clause with each model behind it, where that makes it one that is read."""
        bare = text.rstrip(" .?!")
        for mapper in self.context.names.mapping.mappers[:LIKELY]:
            for word in ("to", "of", "on"):
                try:
                    read = next(filter(None, self._tried(f"{bare} {word} {mapper.name}")), None)
                except Refused:
                    continue
                if read is not None:
                    mappers = self.context.names.mapping.mappers
                    return [f"{bare} {word} {each.name}" for each in mappers]
        return []

    def _steps(self, text: str) -> list[Step] | None:
        """The steps of a clause about one model; what they add is known to the next clauses."""
        steps = next(filter(None, self._tried(text)), None)
        if steps is not None:
            self.context.planned(steps)
        return steps

    def _of_many(self, many: Spread, line: int) -> list[Step] | None:
        """The steps for each model; of all models those that have it already are left out."""
        found: list[Step] = []
        taken: list[str] = []
        first: Taken | None = None
        for mapper, text in many.clauses:
            try:
                steps = self._steps(text)
            except Taken as refused:
                if not many.whole:
                    raise
                first = first or refused
                taken.append(mapper.name)
                continue
            if steps is None:
                return None
            found += steps
        if not found and first is not None:
            raise first
        if taken:
            self.unused.append(Unused(", ".join(taken), line, "they have it already"))
        return found

    def _is_name(self, word: str) -> bool:
        names = self.context.names
        return names.is_model(word) or bool(names.owners(word))

    def _tried(self, text: str) -> Iterator[list[Step] | None]:
        for form, read in FORMS:
            match = compiled(form).fullmatch(text)
            if match is not None:
                yield read(self.context, match)

    def _about_the_last(self, text: str, line: int) -> bool:
        """Whether the clause says more of the column that was added last: `it must be unique`."""
        match = _IT.match(text)
        last = self.steps[-1] if self.steps else None
        if match is None or not isinstance(last, AddColumn):
            return False
        left, more = tails(f" {match['rest']}", _column_of(last))
        if left.strip(" ,"):
            return False
        if more.wrong:
            self.problems.append(Unused(text, line, more.wrong))
            return True
        step = replace(last, attribute=more.attribute, required=more.required, indexed=more.indexed)
        self.steps[-1] = step
        meaning = (told(step, self.context.names.mapping),)
        self.understood.append(Understood(text, line, meaning))
        return True


def _column_of(step: AddColumn) -> Column:
    return Column(
        step.attribute.name, step.attribute, step.required, step.indexed, step.sql, typed=True
    )


def read(text: str, mapping: Mapping) -> ChangeRequest:
    """Gives what a request asks of the models of a mapping.

    A request that is empty, or about something else, has a problem and no step.
    """
    if not text.strip():
        return ChangeRequest(text, problems=(Unused("", 1, "the request is empty"),))
    if len(text) > LONGEST:
        why = f"it has {len(text)} characters; up to {LONGEST} are read at once"
        return ChangeRequest(text, problems=(Unused(text[:60], 1, why),))
    reading = _Reading(Context(mapping))
    for clause, line in clauses(text):
        reading.take(clause, line)
    found = ChangeRequest(
        text,
        tuple(reading.steps),
        tuple(reading.understood),
        tuple(reading.unused),
        tuple(reading.problems),
    )
    if not found.steps and not found.problems:
        first = reading.unused[0].text if reading.unused else text
        return replace(found, problems=(Unused(first, 1, NOTHING),))
    return found
