"""The parts of a recommendation in words, shared by every format."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from dbwright.core.claim import Proof
from dbwright.core.finding import Irreversible, Location, Recommendation
from dbwright.core.report import Report


def printable(text: str) -> str:
    """Gives the text without control and bidirectional characters, which stay visible as escapes.

    Names, comments and errors come from databases and files: data, never terminal commands.
    """
    return "".join(
        character if character in "\n\t" or _is_plain(character) else _escaped(character)
        for character in text
    )


def markup(text: str) -> str:
    """Gives text from outside as it may stand in a page or a drawing, also in an attribute."""
    plain = printable(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return escape(plain, quote=True)


def place(location: Location) -> str:
    """Gives `file:line`, or the revision, or the object."""
    if location.file:
        return f"{location.file}:{location.line}" if location.line else location.file
    return location.revision or location.object or ""


def proofs(item: Recommendation) -> str:
    """Gives the proof of the finding, and whether its fix was seen to cure."""
    holds = item.trial is not None and item.trial.holds
    found, semicolon, rows = proof_words(item.proof).partition(";")
    return f"{found}{', fix tried' if holds else ''}{semicolon}{rows}"


def title(item: Recommendation) -> str:
    """Gives the first line: the object and the effect."""
    name = item.location.object or item.location.revision
    return f"{name}: {item.message}" if name else item.message


def proof_words(proof: Proof) -> str:
    """Gives the proof in one phrase: `verified on PostgreSQL 18.6`."""
    if proof.holds and proof.scope:
        return f"{proof.level} on {proof.scope}"
    return proof.level


def seen(item: Recommendation) -> str:
    """Gives what was seen: the witnesses of the proofs, else the evidence, else why not run."""
    proofs = sorted(item.proofs or (item.proof,), key=lambda proof: proof.factor is None)
    witnesses = [proof.witness for proof in proofs if proof.witness]
    lines = list(dict.fromkeys([*witnesses, *item.evidence]))
    untried = [p.why for p in proofs if p.level == "reasoned" and p.why and witnesses]
    lines += [f"the gain was not measured: {why}" for why in dict.fromkeys(untried)]
    why = item.proof.why
    if not witnesses and item.proof.level == "reasoned" and why:
        lines.append(f"Not run: {why}")
    return sentences(lines)


def tried(item: Recommendation) -> str:
    """Gives what became of the fix when it was tried on a copy, or why nobody tried it."""
    trial = item.trial
    if trial is None:
        return ""
    if trial.level == "refuted":
        return sentences([f"it did not hold: {trial.why}"])
    return sentences([trial.witness or f"not on a copy: {trial.why}"])


def undo(item: Recommendation) -> str:
    """Gives the way back, or why there is none."""
    found = item.advice.undo
    if isinstance(found, Irreversible):
        return f"cannot be undone: {found.why}"
    return found.text


def risk(item: Recommendation) -> str:
    """Gives the risk of the fix with what to do about it."""
    found = item.advice.risk
    return sentences([found.text, found.mitigation])


def sentences(lines: Sequence[str]) -> str:
    """Gives the lines as sentences on one line; what begins with code keeps its letter.

    >>> sentences(["it ran twice", "shop/queries.py:7: all()"])
    'It ran twice. shop/queries.py:7: all().'
    """
    ended = [line if line.endswith((".", "!", "?", ":")) else f"{line}." for line in lines if line]
    return " ".join(_begun(line) for line in ended)


def _begun(line: str) -> str:
    is_word = line.partition(" ")[0].rstrip(".,;:'’").isalpha()
    return line[0].upper() + line[1:] if is_word else line


def plural(count: int, noun: str, many: str = "") -> str:
    """Gives `1 error`, `2 errors`, `40,000 rows`."""
    return f"1 {noun}" if count == 1 else f"{count:,} {many or noun + 's'}"


def totals(report: Report) -> str:
    """Gives the last line's counts: errors, warnings, remarks, what they are in."""
    counted = [
        plural(report.count("error"), "error"),
        plural(report.count("warning"), "warning"),
        plural(report.count("info"), "remark"),
    ]
    shown = [text for text in counted if not text.startswith("0 ")] or ["nothing to mend"]
    text = ", ".join(shown)
    where = scope_words(report)
    text = f"{text} in {where}" if where else text
    side = side_totals(report)
    return f"{text} · {side}" if side else text


def outcome(report: Report) -> str:
    """Gives the one line that a report comes to; a clean one says so."""
    if report.recommendations or report.errors:
        return totals(report)
    if report.unverified:
        return f"Nothing to mend was seen · {side_totals(report)}"
    what = scope_words(report) or "all that was read"
    side = side_totals(report)
    if report.looked:
        return f"✓ nothing was seen that would help{f' · {side}' if side else ''}"
    return f"✓ {what}: nothing to mend{f' · {side}' if side else ''}"


def read_words(report: Report) -> str:
    """Gives the first line: what was read and run, where, and why just that."""
    summary = report.summary
    read = [f"read {plural(summary.models, 'model')}"] if summary.models else []
    if summary.revisions:
        read.append(f"ran {summary.revisions_run} of {plural(summary.revisions, 'revision')}")
    if not read:
        return ""
    where = f" on {summary.server}" if summary.server else "; no database was there to run on"
    text = " and ".join(read)
    return f"{text[0].upper()}{text[1:]}{where}. {summary.scope}".strip()


def side_totals(report: Report) -> str:
    """Gives what was waived and what was not verified, in counts."""
    counted = {"waived": len(report.waived), "not verified": len(report.unverified)}
    return " · ".join(f"{count} {word}" for word, count in counted.items() if count)


def scope_words(report: Report) -> str:
    """Gives what was read, in counts."""
    summary = report.summary
    parts = []
    if summary.revisions:
        new = summary.revisions_new
        parts.append(
            plural(new, "new revision") if new != summary.revisions else plural(new, "revision")
        )
    if summary.models:
        parts.append(plural(summary.models, "model"))
    return " and ".join(parts)


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) > 0xFF else f"\\x{ord(character):02x}"
