"""More requests, as engineers type them: in haste, misspelt, British, for many models at once.

Each with what must be true afterwards, written before the request was run.
"""

from __future__ import annotations

from case import STAMP, Case

CASES: tuple[Case, ...] = (
    # several models in one request
    Case(
        "blog",
        "add timestamps to all models",
        {
            "tags.created_at": {"type": STAMP, "nullable": False, "default": "now()"},
            "tags.updated_at": {"type": STAMP, "nullable": False, "default": "now()"},
            "posts.updated_at": {"type": STAMP, "nullable": False, "default": "now()"},
            "users.updated_at": {"type": STAMP, "nullable": False, "default": "now()"},
        },
        has=("onupdate=func.now()",),
    ),
    Case(
        "legacy",
        "add timestamps to Product and Order",
        {
            "product.created_at": {"type": STAMP, "nullable": False},
            "product.updated_at": {"type": STAMP, "nullable": False},
            "order_.updated_at": {"type": STAMP, "nullable": False},
            "order_.created_at": {"type": STAMP, "nullable": False},
        },
        hasnt=("Mapped",),
    ),
    Case("plain", "add a created_at to every model", refused="has a column created_at already"),
    Case(
        "blog",
        "add a nullable external_id string to users, posts and tags",
        {
            "users.external_id": {"type": "character varying(255)", "nullable": True},
            "posts.external_id": {"type": "character varying(255)", "nullable": True},
            "tags.external_id": {"type": "character varying(255)", "nullable": True},
        },
    ),
    Case(
        "fastapi_shop",
        "add an is_active boolean to both Team and Hero",
        {
            "teams.is_active": {"type": "boolean", "nullable": False},
            "heroes.is_active": {"type": "boolean", "nullable": False},
        },
    ),
    Case(
        "legacy",
        "every table should have a notes text column",
        {
            "customer.notes": {"type": "text"},
            "product.notes": {"type": "text"},
            "order_.notes": {"type": "text"},
        },
    ),
    # typos of command words
    Case("blog", "add colum birthday to user", {"users.birthday": {"type": "date"}}),
    Case("blog", "ad a phone to User", {"users.phone": {"nullable": True}}),
    Case("blog", "add a new feild nickname to users", {"users.nickname": {"nullable": True}}),
    Case("blog", "renmae Post.body to content", {"posts.content": {}}, gone=("posts.body",)),
    Case("blog", "remvoe the label column from tags", gone=("tags.label",)),
    Case("blog", "creat an indx on posts.title", {"posts.title": {"indexed": True}}),
    Case("legacy", "mkae Product.name uniqe", {"product.name": {"unique": True}}),
    Case("blog", "add a nullabel phone to User", {"users.phone": {"nullable": True}}),
    Case("blog", "add colum birthday to usr", refused="did you mean User"),
    # near names are asked back
    Case("blog", "make User.emial unique", refused="did you mean email"),
    Case("blog", "index posts by tilte", refused="did you mean title"),
    Case("legacy", "drop Customer.nmae", refused="did you mean name"),
    # British and American, terse and colloquial
    Case("legacy", "add a colour column on product", {"product.colour": {"nullable": True}}),
    Case("legacy", "product needs a colour", {"product.colour": {"nullable": True}}),
    Case("legacy", "Product needs a color varchar(20)", {
        "product.color": {"type": "character varying(20)"}}),
    Case("blog", "make email unique on users", has=("uq_users_email_lower",)),
    Case("legacy", "rename column buyer_note to note on Order", {"order_.note": {}},
         gone=("order_.buyer_note",)),
    Case("legacy", "rename stock to quantity in product", {"product.quantity": {"type": "integer"}},
         gone=("product.stock",), warns="missing-check"),
    Case("legacy", "add column price numeric(10,2) to product", {
        "product.price": {"type": "numeric(10,2)"}}),
    Case("legacy", "ALTER TABLE product ADD COLUMN weight numeric(8,3)", {
        "product.weight": {"type": "numeric(8,3)", "nullable": True}}),
    Case("legacy", "change stock to numeric(12,2)", {"product.stock": {"type": "numeric(12,2)"}}),
    Case("legacy", "make stock a bigint", {"product.stock": {"type": "bigint"}}),
    Case("legacy", "product.name should be 200 chars max", {
        "product.name": {"type": "character varying(200)"}}),
    Case("legacy", "increase the length of Customer.name to 200", {
        "customer.name": {"type": "character varying(200)"}}),
    Case("legacy", "link orders to products", {
        "order_.product_id": {"references": "product", "indexed": True}},
        ("Order.product", "Product.orders")),
    Case("legacy", "index orders by buyer and placed_at",
         indexes=(("order_", "buyer_id", "placed_at"),)),
    Case("legacy", "index orders by customer and date",
         indexes=(("order_", "buyer_id", "placed_at"),)),
    Case("blog", "add soft delete to Post", {
        "posts.deleted_at": {"type": STAMP, "nullable": True}}),
    Case("blog", "posts should be soft deletable", {
        "posts.deleted_at": {"type": STAMP, "nullable": True}}),
    Case("blog", "allow User.email to be null", {"users.email": {"nullable": True}}),
    Case("blog", "User.email is optional", {"users.email": {"nullable": True}}),
    Case("blog", "remove the index on posts.author_id", {"posts.author_id": {"indexed": False}},
         warns="foreign-key-without-index"),
    Case("blog", "drop the unique constraint on Tag.label", {"tags.label": {"unique": False}}),
    Case("blog", "set default of Post.title to 'untitled'", {
        "posts.title": {"default": "'untitled'"}}),
    Case("events", "add a capacity to venues, required, default 100", {
        "venues.capacity": {"type": "integer", "nullable": False, "default": "100"}}),
    Case("events", "guests need a phone and a birthday", {
        "guests.phone": {"nullable": True}, "guests.birthday": {"type": "date"}}),
    Case("fastapi_shop", "hero should have a unique code up to 12 characters", {
        "heroes.code": {"type": "character varying(12)", "unique": True}}),
    Case("imperative", "add a locale to accounts", {"accounts.locale": {"nullable": True}},
         has=('Column("locale"',)),
    Case("plain", "a course has many students", {"student.course_id": {"references": "course"}},
         ("Student.course", "Course.students")),
    Case("blog", "give every post a slug, unique", {"posts.slug": {"unique": True}}),
    Case("blog", "add a likes counter to Post, default 0", {
        "posts.likes": {"type": "integer", "nullable": False, "default": "0"}}),
    Case("blog", "add user_agent and ip_address to users", {
        "users.user_agent": {}, "users.ip_address": {"type": "inet"}}),
    Case("blog", "can we store the birth date of users?", {"users.birth_date": {"type": "date"}}),
    Case("blog", "add a column", refused="which model"),
    Case("blog", "sort posts by title on the start page", refused="no column title on the"),
)  # fmt: skip
