"""The files of a design in a folder of its own: one module, or a package of several."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbwright.core.design import Layout
from dbwright.core.errors import UsageError
from dbwright.core.groups import ONE_FILE
from dbwright.recipes.design import write, write_package
from dbwright.recipes.design.parts import Plan

ALONE = "models"


@dataclass(frozen=True, slots=True)
class Models:
    """Files of models by path, and `module`, which all of them are imported by."""

    files: dict[str, str]
    module: str

    @property
    def first(self) -> str:
        """The file that the module is."""
        return next(iter(self.files))

    def as_module(self, name: str) -> dict[str, str]:
        """Gives the files as those of a module of another name."""
        own = self.first.removesuffix("/__init__.py").removesuffix(".py")
        return {f"{name}{path.removeprefix(own)}": text for path, text in self.files.items()}


def models(plan: Plan, into: str, layout: Layout) -> Models:
    """Gives the files that a design is written to; `into` is a file, or a folder that ends in /.

    UsageError where a package would be a file.
    """
    folder = into.rstrip("/\\") if into.endswith(("/", "\\")) else ""
    if layout == "package" and into.endswith(".py"):
        raise UsageError(
            f"a package is a folder, and {into} is a file",
            way_out=f"Name the folder: -o {into.removesuffix('.py')}/",
        )
    large = len(plan.tables) > ONE_FILE and not into.endswith(".py")
    if layout == "package" or (layout == "by size" and large):
        path = folder or into or ALONE
        made = write_package.package(plan)
        return Models({f"{path}/{name}": text for name, text in made.items()}, _module(path))
    path = f"{folder}/{ALONE}.py" if folder else into or f"{ALONE}.py"
    return Models({path: write.module(plan)}, _module(path))


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def check_free(root: Path, made: Models) -> None:
    """Refuses to change what is there; UsageError with another place."""
    package = made.first.removesuffix("/__init__.py")
    if package == made.first:
        found = [made.first] if (root / made.first).exists() else []
    else:
        there = root / package
        full = there.is_file() or (there.is_dir() and any(there.iterdir()))
        found = [package] if full else []
        found += [f"{package}.py"] if (root / f"{package}.py").exists() else []
    if found:
        other = f"{package}_new/" if package != made.first else "models_new.py"
        raise UsageError(
            f"{found[0]} is there already, and is not changed",
            way_out=f"Name another place:  -o {other}",
        )
