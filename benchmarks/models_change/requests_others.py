"""Requests on SQLite and MariaDB: every kind of change, and what the catalog there must have.

Written before the revisions for these databases were. A revision is right only when it went up,
down and up with rows, and nothing is left to autogenerate.
"""

from __future__ import annotations

from dataclasses import replace

from case import Case

_BOTH: tuple[Case, ...] = (
    Case(
        "blog",
        "I need to add a new column to track user preferences",
        {"users.preferences": {"type": "json", "nullable": False, "default": "'{}'"}},
        has=("preferences: Mapped[dict[str, Any]]",),
        hasnt=("JSONB",),
    ),
    Case(
        "blog",
        "add a column to track user preferences",
        {
            "user_preferences.user_id": {"references": "users", "on_delete": "CASCADE"},
            "user_preferences.value": {"type": "json", "nullable": False},
        },
        ("User.preferences", "UserPreference.user"),
        choose="key-value",
    ),
    Case(
        "blog",
        "track user preferences: theme, language and newsletter flag",
        {
            "user_preferences.theme": {"nullable": True},
            "user_preferences.user_id": {"unique": True, "references": "users"},
        },
        choose="settings-table",
    ),
    Case(
        "blog",
        "add a nullable phone to User",
        {"users.phone": {"type": "varchar(32)", "nullable": True}},
    ),
    Case(
        "blog",
        "Add a status (draft, published, archived) to posts, default draft",
        {"posts.status": {"nullable": False, "default": "'draft'"}},
        checks=("posts: archived",),
    ),
    Case("blog", "User.name should be required", asks="fill"),
    Case(
        "blog",
        "User.name should be required",
        {"users.name": {"nullable": False, "type": "varchar(100)"}},
        given=(("fill", "users.name:'nobody'"),),
    ),
    Case(
        "blog",
        "add a required slug to Post",
        {"posts.slug": {"nullable": False}},
        given=(("fill", "posts.slug:title"),),
        warns="missing-natural-unique",
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
            },
            "posts.author_id": {"references": "users", "on_delete": "CASCADE", "indexed": True},
        },
        ("Post.editor", "User.editor_posts", "Post.author", "User.posts"),
    ),
    Case(
        "blog",
        "add a Comment model with body and an optional edited_at related to Post and User",
        {
            "comments.body": {"type": "text", "nullable": False},
            "comments.post_id": {"references": "posts"},
            "comments.user_id": {"references": "users"},
        },
        ("Comment.post", "Post.comments", "Comment.user", "User.comments"),
    ),
    Case(
        "blog",
        "we list a user's posts newest first",
        indexes=(("posts", "author_id", "created_at"),),
    ),
    Case(
        "blog",
        "rename Post.body to content",
        {"posts.content": {"type": "text", "nullable": False}},
        gone=("posts.body",),
    ),
    Case("blog", "drop the label column from tags", gone=("tags.label",)),
    Case(
        "blog",
        "add a rating between 1 and 5 to posts",
        {"posts.rating": {"nullable": True}},
        checks=("posts: rating",),
    ),
    Case("blog", "add a phone to Custmer", refused="no model Custmer"),
    Case("blog", "add soft delete to Post", {"posts.deleted_at": {"nullable": True}}),
    Case("blog", "allow User.email to be null", {"users.email": {"nullable": True}}),
    Case(
        "blog",
        "set default of Post.title to 'untitled'",
        {"posts.title": {"default": "'untitled'", "nullable": False}},
    ),
    Case(
        "blog",
        "drop the unique constraint on Tag.label",
        {"tags.label": {"unique": False, "nullable": False}},
    ),
    Case(
        "blog",
        "add timestamps to all models",
        {
            "tags.created_at": {"nullable": False},
            "tags.updated_at": {"nullable": False},
            "posts.updated_at": {"nullable": False},
            "users.updated_at": {"nullable": False},
        },
    ),
    Case("blog", "give every post a slug, unique", {"posts.slug": {"unique": True}}),
    Case("legacy", "change Product.stock to bigint", {"product.stock": {"type": "bigint"}}),
    Case(
        "legacy",
        "change stock to numeric(12,2)",
        {"product.stock": {"nullable": False}},
    ),
    Case(
        "legacy",
        "increase the length of Customer.name to 200",
        {"customer.name": {"type": "varchar(200)", "nullable": False}},
    ),
    Case(
        "legacy",
        "add a boolean is_active not null default true to Customer "
        "and rename Order.buyer_note to note",
        {"customer.is_active": {"nullable": False}, "order_.note": {"nullable": True}},
        gone=("order_.buyer_note",),
    ),
    Case(
        "legacy",
        "Order belongs to Product",
        {"order_.product_id": {"indexed": True, "references": "product"}},
        ("Order.product", "Product.orders"),
    ),
    Case(
        "events",
        "events have many guests and guests have many events",
        {"event_guests.guest_id": {"references": "guests"}},
        ("Event.guests", "Guest.events"),
    ),
    Case("events", "add a required slug to Event", asks="fill"),
    Case(
        "fastapi_shop",
        "add a Mission model with title and starts_at belonging to Team",
        {"missions.team_id": {"nullable": False, "indexed": True, "references": "teams"}},
        ("Mission.team", "Team.missions"),
    ),
    Case(
        "plain",
        "add a max_students integer, at least 1 to courses",
        {"course.max_students": {"nullable": True}},
        checks=("course: max_students",),
    ),
    Case(
        "imperative",
        "index logins by account and at",
        indexes=(("logins", "account_id", "at"),),
    ),
)
_SQLITE: tuple[Case, ...] = (
    Case("blog", "make User.email unique", {"users.email": {"unique": True}}, choose="exact"),
    Case("blog", "make User.email unique", has=("uq_users_email_lower",)),
    Case(
        "blog",
        "remove the index on posts.author_id",
        {"posts.author_id": {"indexed": False}},
        warns="foreign-key-without-index",
    ),
    Case(
        "blog",
        "change Post.title to integer",
        {"posts.title": {"type": "integer", "nullable": False}},
    ),
    Case(
        "imperative",
        "store the IP of each login",
        {"logins.ip": {"nullable": True}},
        hasnt=("INET",),
    ),
)
_MARIADB: tuple[Case, ...] = (
    # its collation makes A and a one address: a plain UNIQUE says it all
    Case("blog", "make User.email unique", {"users.email": {"unique": True}}),
    # the server keeps an index for each foreign key, whatever is dropped
    Case("blog", "remove the index on posts.author_id", {"posts.author_id": {"indexed": True}},
         warns="foreign-key-without-index", same_tables=True),
    Case("blog", "change Post.title to text", {"posts.title": {"type": "text"}}),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *(replace(case, database="sqlite") for case in (*_BOTH, *_SQLITE)),
    *(replace(case, database="mariadb") for case in (*_BOTH, *_MARIADB)),
)
