"""What a function of the door takes where it is given nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbwright.core.options import Options


def silent(text: str) -> None:
    """Takes the place of a progress that nobody watches."""


def default_options() -> Options:
    """Gives the options as the command line has them unasked."""
    from dbwright.core.options import Options as Chosen

    return Chosen()
