"""New modules are imported as the others are, by the file that imports those."""

from __future__ import annotations

import pytest

from dbwright.recipes.design.registration import Registrar, added, chosen

MODULES = {"app.models.accounts", "app.models.orders"}
NEW = "app.models.blog"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from .accounts import User\nfrom .orders import Order\n\n"
            '__all__ = ["Order", "User"]\n',
            "from .accounts import User\nfrom .blog import Post\nfrom .orders import Order\n\n"
            '__all__ = [\n    "Order",\n    "Post",\n    "User",\n]\n',
        ),
        (
            "from app.models.orders import Order  # noqa: F401\n"
            "from app.models.accounts import User  # noqa: F401\n",
            "from app.models.orders import Order  # noqa: F401\n"
            "from app.models.accounts import User  # noqa: F401\n"
            "from app.models.blog import Post  # noqa: F401\n",
        ),
        ("from .accounts import *\n", "from .accounts import *\nfrom .blog import *\n"),
        ("from . import accounts, orders\n", "from . import accounts, blog, orders\n"),
        (
            "from app.models import (\n    orders,\n    accounts,\n)\n",
            "from app.models import (\n    orders,\n    accounts,\n    blog,\n)\n",
        ),
        (
            "import app.models.accounts\nimport app.models.orders  # noqa: F401\n",
            "import app.models.accounts\nimport app.models.blog  # noqa: F401\n"
            "import app.models.orders  # noqa: F401\n",
        ),
        (
            'from . import orders\n\n__all__ = ("orders",)\n',
            'from . import blog, orders\n\n__all__ = (\n    "blog",\n    "orders",\n)\n',
        ),
    ],
    ids=["relative", "unsorted", "star", "modules", "lines", "whole", "modules-in-all"],
)
def test_a_module_is_imported_as_the_others_are(before: str, after: str) -> None:
    file = Registrar("app/models/__init__.py", "app.models", before)
    assert added(file, MODULES, NEW, ["Post"]) == after


def test_a_file_elsewhere_names_the_package() -> None:
    """As `app/db/base.py` that brings all models for Alembic."""
    file = Registrar("app/db/base.py", "app.db", "from ..models.accounts import User\n")
    assert added(file, MODULES, NEW, ["Post"]).endswith("from ..models.blog import Post\n")


def test_the_package_itself_is_chosen_before_others() -> None:
    both = "from app.models.accounts import User\nfrom app.models.orders import Order\n"
    beside = Registrar("app/db/base.py", "app.db", both)
    own = Registrar("app/models/__init__.py", "app.models", "from . import orders\n")
    user = Registrar("app/views.py", "app", "from app.models.orders import Order\n")
    assert chosen([beside, own], "app.models", MODULES) is own
    assert chosen([user, beside], "app.models", MODULES) is beside
    assert chosen([user], "app.models", MODULES) is None
    assert chosen([user], "app.models", {"app.models.orders"}) is None
