"""The code of an application: its Python files and its templates, tests and migrations apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dbwright.collect.models_source import MOST_FILES, python_files, top_packages
from dbwright.collect.project import Project
from dbwright.collect.source_files import SIZE_LIMIT, SKIPPED_FOLDERS, decoded, relative
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source

_TOUCHES = (
    b".execute(", b".scalar", b".stream", b".exec(", b".query", b".commit()", b".flush()",
    b"session.get(",
)  # fmt: skip
_RENDERS = ("render_template", "TemplateResponse", "get_template", ".render(")
_TEMPLATES = (".html", ".jinja", ".jinja2", ".j2")


@dataclass(frozen=True, slots=True)
class Code:
    """Files of an application; `asking` are the paths of those that ask a database."""

    sources: tuple[Source, ...] = ()
    templates: tuple[Source, ...] = ()
    asking: tuple[str, ...] = ()


def read_code(project: Project, mapping: Mapping) -> Code:
    """Reads the packages that the models stand in; files that cannot be read are left out."""
    known = {source.path for source in mapping.sources}
    known |= {mapper.place.file for mapper in mapping.mappers if mapper.place}
    sources: dict[str, Source] = {}
    asking: list[str] = []
    tops = top_packages(project.root, known)
    for top in tops:
        for count, file in enumerate(python_files(top)):
            if count >= MOST_FILES:
                break
            content = _content(file)
            text = decoded(content, file.name) if content is not None else None
            if not isinstance(text, str) or content is None:
                continue
            path = relative(file, project.root)
            sources[path] = Source(path, text)
            if any(word in content for word in _TOUCHES):
                asking.append(path)
    rendering = any(word in sources[path].text for path in asking for word in _RENDERS)
    templates = tuple(_templates(project.root, tops)) if rendering else ()
    return Code(tuple(sources.values()), templates, tuple(dict.fromkeys(asking)))


def _templates(root: Path, tops: list[Path]) -> Iterator[Source]:
    """Yields the templates in folders of that name."""
    seen: set[Path] = set()
    for top in dict.fromkeys([*tops, *(root / name for name in ("templates",))]):
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
            if "templates" not in Path(folder).parts:
                continue
            for name in sorted(files):
                file = Path(folder, name)
                content = _content(file) if name.endswith(_TEMPLATES) else None
                text = decoded(content, name) if content is not None else None
                if isinstance(text, str) and file not in seen and len(seen) < MOST_FILES:
                    seen.add(file)
                    yield Source(relative(file, root), text)


def _content(file: Path) -> bytes | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return content if len(content) <= SIZE_LIMIT else None
