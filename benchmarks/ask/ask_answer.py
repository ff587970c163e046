"""The ways to answer: dbwright's command, a model with dbwright's tools, the bare model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ask_case import Case, Given

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from dbwright.frontends.agent import Scored
    from dbwright.frontends.agent.wanted import Wanted

LONGEST = 240.0
Answerer = Callable[[Case, Path], Given]
KINDS = {
    "answer": "answered", "design": "designed", "change": "changed", "phases": "phases",
    "explanation": "explained",
}  # fmt: skip
WRITES = ("changed", "designed", "phases")


def by_command() -> Answerer:
    """Gives what asks `dbwright ask`, without a model."""

    def answer(case: Case, folder: Path) -> Given:
        out = folder.parent / f"{folder.name}.json"
        command = [sys.executable, "-m", "dbwright", "ask", case.request, "--full", "-q"]
        command += ["-o", f"json:{out}", "--path", str(folder), "--model", "none"]
        started = time.monotonic()
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=LONGEST, check=False,
                stdin=subprocess.DEVNULL, cwd=folder.parent, env={**os.environ, "CI": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Given("none", "", crashed=f"no answer in {LONGEST:.0f} s")
        took = time.monotonic() - started
        data = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        text = f"{ran.stdout}\n{ran.stderr}"
        crashed = text if "Traceback (most recent call last)" in ran.stderr else ""
        kind = "refused" if ran.returncode == 2 or data.get("errors") else _kind(data)
        found = tuple(data.get("recommendations") or ())
        return Given(kind, text, data.get("files") or {}, found, crashed, took)

    return answer


def _kind(data: dict[str, Any]) -> str:
    if "recommendations" in data:
        return "report"
    return KINDS.get(str(data.get("kind")), "none")


def by_agent(wanted: Wanted, scripted: Model | None = None) -> Answerer:
    """Gives what asks a model with dbwright's tools, as `dbwright ask --model` does."""
    from dbwright.frontends.agent import answer as answered

    def answer(case: Case, folder: Path) -> Given:
        started = time.monotonic()
        try:
            scored = answered(case.request, folder, model=wanted, scripted=scripted)
        except Exception:  # of dbwright itself: of a model nothing is raised
            return Given("none", "", crashed=traceback.format_exc())
        return given_by_agent(case, scored, folder, time.monotonic() - started)

    return answer


def given_by_agent(case: Case, scored: Scored, folder: Path, seconds: float) -> Given:
    """Gives what a user is left with: dbwright's answer, what the model added, its own SQL.

    Of several answers the last one that writes counts, else dbwright's own, else the last that
    the model cites. What the model wrote itself is judged as any other.
    """
    from dbwright.core.codec import to_json
    from dbwright.core.finding import Recommendation

    asked = [text for each in scored.answers if (text := _asks(each))]
    whole = [_rendered(case, each, folder) for each in scored.answers if not _asks(each)]
    kinds = [(text, data) for text, data in whole if data]
    writing = [each for each in kinds if _kind(each[1]) in WRITES]
    text, data = (writing or kinds[:1] or [("", {})])[-1]
    found = [*(data.get("recommendations") or ())]
    found += [to_json(each) for each in scored.answers if isinstance(each, Recommendation)]
    found += [{"rule": "", "fix": {"code": code, "steps": [], "edits": []}, "location": {},
               "severity": "info"} for code in scored.code]  # fmt: skip
    said = [text, scored.refused, *asked, scored.text, *scored.traced, *scored.untraced]
    words = "\n".join(said)
    kind = _kind(data) if data else "refused" if scored.refused or asked else "none"
    return Given(kind, words, data.get("files") or {}, tuple(found), "", seconds, _spent(scored))


def _asks(found: Any) -> str:
    """The question that a change asks back before anything is done, "" where it asks none."""
    from dbwright.core.model_change import ModelsChanged
    from dbwright.render.models_changed import problems

    if not isinstance(found, ModelsChanged) or not (found.request.problems or found.questions):
        return ""
    return "\n".join([*problems(found), *(each.text for each in found.questions)])


def _rendered(case: Case, found: Any, folder: Path) -> tuple[str, dict[str, Any]]:
    """An answer in words and as data, as the command gives it; nothing of what is no answer."""
    from dbwright.core.answered import Answered
    from dbwright.core.authoring import Authored
    from dbwright.core.design import Designed
    from dbwright.core.explanation import Explanation
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.report import Report
    from dbwright.frontends.answering import Exchange, rendered
    from dbwright.render import render

    if isinstance(found, Report):
        return render(found, "terminal", full=True), json.loads(render(found, "json", full=True))
    if not isinstance(found, (Answered, Authored, Designed, Explanation, ModelsChanged)):
        return "", {}
    exchange = Exchange(case.request, "", found, folder)
    text = rendered(exchange, "text", full=True)
    return text, json.loads(rendered(exchange, "json", full=True))


def by_bare_model(wanted: Wanted, scripted: Model | None = None) -> Answerer:
    """Gives what sends an expert's prompt and the project's files to the model, without tools."""
    from dbwright.frontends.agent import bare

    def answer(case: Case, folder: Path) -> Given:
        files = [*sorted(folder.rglob("*.py")), folder / "alembic.ini"]
        shown = "\n\n".join(
            f"# FILE: {file.relative_to(folder)}\n{file.read_text()}" for file in files
            if file.is_file()
        )  # fmt: skip
        scored = bare(case.request, shown, model=wanted, scripted=scripted)
        return given_by_text(scored)

    return answer


def given_by_text(scored: Scored) -> Given:
    """Gives what a text in Markdown answers: its kind, its files and its SQL."""
    files: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    for language, body in _fences(scored.text):
        first, _, rest = body.partition("\n")
        named = first.lstrip("#- ").removeprefix("FILE:").strip()
        if "FILE:" in first and named:
            files[named] = rest
        elif language == "sql":
            found.append({"fix": {"code": body, "steps": [], "edits": []}})
    first = scored.text.strip().partition("\n")[0].strip("*# .:")
    kind = "refused" if first in ("OUTSIDE", "QUESTION") else "any" if scored.text else "none"
    return Given(kind, scored.text, files, tuple(found), "", scored.seconds, _spent(scored))


def _fences(text: str) -> Iterator[tuple[str, str]]:
    from markdown_it import MarkdownIt

    for token in MarkdownIt().parse(text):
        if token.type == "fence":
            yield token.info.strip(), token.content


def _spent(scored: Scored) -> dict[str, Any]:
    return {
        "failed": scored.failed, "requests": scored.requests, "calls": scored.calls,
        "tokens": scored.tokens, "traced": len(scored.traced), "untraced": len(scored.untraced),
    }  # fmt: skip
