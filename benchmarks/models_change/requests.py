"""The requests, each with what must be true of the diff and of the catalog afterwards.

Written before the code that answers them. `columns` are facts of the catalog after the change
(a column's `type`, `nullable`, `default`, `unique`, `indexed`, `references`, `on_delete`), `sides`
are relationships that the mappers must have, `has` and `hasnt` texts of the diff. `refused` is a
text of the refusal or question; nothing may be changed then.
"""

from __future__ import annotations

from case import STAMP, Case

CASES: tuple[Case, ...] = (
    # the typed style of SQLAlchemy 2, one module
    Case(
        "blog",
        "I need to add a new column to track user preferences",
        {"users.preferences": {"type": "jsonb", "nullable": False, "default": "'{}'"}},
        has=("preferences: Mapped[dict[str, Any]]", "from typing import Any, List, Optional"),
    ),
    Case(
        "blog",
        "add a column to track user preferences",
        {
            "user_preferences.user_id": {"references": "users", "on_delete": "CASCADE"},
            "user_preferences.name": {"nullable": False},
            "user_preferences.value": {"type": "jsonb", "nullable": False},
        },
        ("User.preferences", "UserPreference.user"),
        choose="key-value",
    ),
    Case(
        "blog",
        "track user preferences: theme, language and newsletter flag",
        {
            "user_preferences.theme": {"nullable": True},
            "user_preferences.newsletter": {"type": "boolean"},
            "user_preferences.user_id": {"unique": True, "references": "users"},
        },
        choose="settings-table",
    ),
    Case(
        "blog",
        "add a nullable phone to User",
        {"users.phone": {"type": "character varying(32)", "nullable": True}},
        has=("phone: Mapped[Optional[str]]",),
    ),
    Case(
        "blog",
        "Add a status (draft, published, archived) to posts, default draft",
        {"posts.status": {"nullable": False, "default": "'draft'"}},
        checks=("posts: archived",),
    ),
    Case(
        "blog",
        "make User.email unique",
        has=('Index("uq_users_email_lower", text("lower(email)"), unique=True)',),
        hasnt=("email: Mapped",),
    ),
    Case(
        "blog",
        "make User.email unique",
        {"users.email": {"unique": True}},
        has=("unique=True",),
        choose="exact",
    ),
    Case("blog", "User.name should be required", asks="fill"),
    Case(
        "blog",
        "User.name should be required",
        {"users.name": {"nullable": False}},
        has=("Mapped[str] = mapped_column(String(100))  # shown beside posts",),
        given=(("fill", "users.name:'nobody'"),),
    ),
    Case(
        "blog",
        "posts have many tags and tags have many posts",
        {
            "post_tags.post_id": {"references": "posts", "on_delete": "CASCADE"},
            "post_tags.tag_id": {"references": "tags", "indexed": True},
        },
        ("Post.tags", "Tag.posts"),
    ),
    Case(
        "blog",
        "add an optional editor to Post referencing User",
        {
            "posts.editor_id": {
                "nullable": True,
                "indexed": True,
                "references": "users",
                "on_delete": "SET NULL",
            }
        },
        ("Post.editor", "User.editor_posts", "Post.author", "User.posts"),
    ),
    Case(
        "blog",
        "add a Comment model with body and an optional edited_at related to Post and User",
        {
            "comments.body": {"type": "text", "nullable": False},
            "comments.edited_at": {"type": STAMP, "nullable": True},
            "comments.post_id": {"nullable": False, "indexed": True, "references": "posts"},
            "comments.user_id": {"nullable": False, "references": "users"},
        },
        ("Comment.post", "Comment.user", "Post.comments", "User.comments"),
    ),
    Case(
        "blog",
        "we list a user's posts newest first",
        indexes=(("posts", "author_id", "created_at"),),
    ),
    Case(
        "blog",
        "rename Post.body to content",
        {"posts.content": {"type": "text"}},
        gone=("posts.body",),
    ),
    Case("blog", "drop the label column from tags", gone=("tags.label",)),
    Case(
        "blog",
        "add a rating between 1 and 5 to posts",
        {"posts.rating": {"type": "integer"}},
        checks=("posts: rating",),
    ),
    Case("blog", "create a User model with authentication fields", refused="User is there already"),
    Case("blog", "add a title to posts", refused="title already (models.py:"),
    Case("blog", "add a phone to Custmer", refused="there is no model Custmer"),
    Case("blog", "add a shade to Usr", refused="did you mean User"),
    Case("blog", "make created_at unique", refused="Post.created_at or User.created_at"),
    Case("blog", "add a metadata column to User", refused="reserved"),
    Case("blog", "add a nickname of type frobnicator to User", refused="no type"),
    Case("blog", "add a required nullable nickname to User", refused="required and nullable"),
    Case(
        "blog", "add a status (draft, done) to Post, default open", refused="none of draft or done"
    ),
    Case("blog", "what is the weather like in Paris", refused="nothing in it"),
    Case("blog", "", refused="empty"),
    Case("blog", "add a column to User", refused="which column"),
    Case("blog", f"add {'long_' * 14}name to User", refused="bytes"),
    # Column of 1.4, single quotes, nullable= written out
    Case(
        "legacy",
        "orders need a cancelled_at timestamp",
        {"order_.cancelled_at": {"type": STAMP, "nullable": True}},
        has=("cancelled_at = Column(sa.DateTime(timezone=True), nullable=True)",),
        hasnt=("Mapped",),
    ),
    Case(
        "legacy",
        "add price decimal(10,2) to Product",
        {"product.price": {"type": "numeric(10,2)", "nullable": True}},
        has=("price = Column(", "Numeric(10, 2)"),
    ),
    Case("legacy", "make email unique", has=("uq_customer_email_lower",)),
    Case(
        "legacy",
        "add a boolean is_active not null default true to Customer "
        "and rename Order.buyer_note to note",
        {
            "customer.is_active": {"type": "boolean", "nullable": False, "default": "true"},
            "order_.note": {"nullable": True},
        },
        gone=("order_.buyer_note",),
        has=("{self.note}",),
    ),
    Case(
        "legacy",
        "Order belongs to Product",
        {"order_.product_id": {"indexed": True, "references": "product"}},
        ("Order.product", "Product.orders"),
        has=("nullable=True",),
    ),
    Case("legacy", "change Product.stock to bigint", {"product.stock": {"type": "bigint"}}),
    Case("legacy", "rename Customer to Client", refused="is a model"),
    # SQLModel
    Case(
        "fastapi_shop",
        "add an email to Hero, unique",
        {"heroes.email": {"type": "character varying(320)", "nullable": True}},
        has=("Field(", "Optional[str]"),
        hasnt=("mapped_column", "Column("),
    ),
    Case(
        "fastapi_shop",
        "each hero needs a last_seen_at timestamp and a score integer, default 0",
        {
            "heroes.last_seen_at": {"type": STAMP, "nullable": True},
            "heroes.score": {"type": "integer", "nullable": False, "default": "0"},
        },
    ),
    Case(
        "fastapi_shop",
        "add a Mission model with title and starts_at belonging to Team",
        {
            "missions.title": {"nullable": False},
            "missions.starts_at": {"type": STAMP, "nullable": False},
            "missions.team_id": {"nullable": False, "indexed": True, "references": "teams"},
        },
        ("Mission.team", "Team.missions"),
    ),
    Case(
        "fastapi_shop",
        "add a preferences column to track hero preferences",
        {"heroes.preferences": {"type": "jsonb", "nullable": False}},
    ),
    # dataclasses
    Case(
        "events",
        "add a required slug to Event",
        asks="fill",
    ),
    Case(
        "events",
        "add a nullable description to Event",
        {"events.description": {"type": "text", "nullable": True}},
        has=("default=None",),
    ),
    Case(
        "events",
        "events have many guests and guests have many events",
        {"event_guests.guest_id": {"references": "guests"}},
        ("Event.guests", "Guest.events"),
        has=("default_factory=list",),
    ),
    Case(
        "events",
        "add an is_public flag to events, default false",
        {"events.is_public": {"type": "boolean", "nullable": False, "default": "false"}},
    ),
    # Table() and map_imperatively
    Case(
        "imperative",
        "store the IP of each login",
        {"logins.ip": {"type": "inet", "nullable": True}},
        has=('Column("ip", INET',),
    ),
    Case("imperative", "index logins by account and at", indexes=(("logins", "account_id", "at"),)),
    # a package, a mixin, relative imports, a naming convention; no Alembic
    Case(
        "plain",
        "students can be in many courses: "
        "add a many-to-many relationship between Student and Course",
        {"student_courses.student_id": {"references": "student"}},
        ("Student.courses", "Course.students"),
        has=("secondary=",),
    ),
    Case(
        "plain",
        "add a max_students integer, at least 1 to courses",
        {"course.max_students": {"type": "integer", "nullable": True}},
        checks=("course: max_students",),
    ),
    Case(
        "plain",
        "a teacher has one office",
        refused="no model Office",
    ),
    # the shop of the tour
    Case(
        "shop",
        "I need to add a new column to track user preferences",
        refused="preferences already",
    ),
    Case(
        "shop",
        "Users need a preferred_language, up to 8 characters",
        {"users.preferred_language": {"type": "character varying(8)", "nullable": True}},
        has=("preferred_language: Mapped[str | None]",),
    ),
)
