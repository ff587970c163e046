"""What an installation made, as it is noted in what it wrote: so that it can be taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

LEFT = "it was left as it is"


@dataclass(frozen=True, slots=True)
class Made:
    """What was not there before: the file, the object that holds the entry, folders."""

    file: bool = False
    group: bool = False
    folders: tuple[str, ...] = ()

    def with_file(self) -> Made:
        """Gives the same with the file."""
        return replace(self, file=True)

    def with_group(self) -> Made:
        """Gives the same with the object around the entry."""
        return replace(self, group=True)

    def words(self) -> str:
        """Gives it as it is noted.

        >>> Made(file=True, folders=(".vscode",)).words()
        'made:file folder:.vscode'
        """
        words = [f"made:{name}" for name in ("file", "group") if getattr(self, name)]
        return " ".join([*words, *(f"folder:{name}" for name in self.folders)])

    @classmethod
    def read(cls, words: Iterable[str]) -> Made:
        """Gives what was noted; words that say something else are passed over."""
        found = list(words)
        folders = tuple(w.removeprefix("folder:") for w in found if w.startswith("folder:"))
        return cls("made:file" in found, "made:group" in found, folders)
