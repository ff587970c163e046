"""Constructions of English, each in several phrasings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbwright.collect.words import read

sys.path.insert(0, str(Path(__file__).parent))
from brief_checks import digest, holds

ENTITIES = [
    ("create tables for users and posts", ["User", "Post"]),
    ("I want a blog with posts, comments and authors", ["Post", "Comment", "Author"]),
    ("Design a database schema for a library: books, members, loans", ["Book", "Member", "Loan"]),
    ("models: User, Post, Comment", ["User", "Post", "Comment"]),
    (
        "Please create a Customer table with name and email",
        ["Customer.name", "Customer.email email"],
    ),
    (
        "create a Person model with people's first name and last name",
        ["Person.first_name", "Person.last_name"],
    ),
    ("we need to track vehicles and drivers", ["Vehicle", "Driver"]),
    (
        "Build an inventory system with products, warehouses and suppliers",
        ["Product", "Warehouse", "Supplier"],
    ),
    (
        "add an OrderItem model with quantity and unit_price",
        ["OrderItem.quantity integer", "OrderItem.unit_price money"],
    ),
    ("make me a simple todo app with users and tasks", ["User", "Task"]),
    ("statuses, addresses and people are tables", []),
    ("Entities:\n- Person\n- Address\n- Series", ["Person", "Address", "Series"]),
    ("The system stores invoices and payments.", ["Invoice", "Payment"]),
    (
        "A Category has a name. A Product has a title and a price.",
        ["Category.name", "Product.price money"],
    ),
]
ATTRIBUTES = [
    (
        "A loan has a due date and the day it was returned",
        ["Loan.due_date date", "Loan.returned_on date"],
    ),
    ("User: name, email, age", ["User.name", "User.email email", "User.age integer"]),
    ("users (id, name, email unique)", ["User.email unique"]),
    (
        "A user has a unique username and an optional bio",
        ["User.username unique", "User.bio optional"],
    ),
    (
        "Product\n- price: decimal(10,2)\n- title varchar(200) not null",
        [
            "Product.price precision=10",
            "Product.price scale=2",
            "Product.title length=200",
            "Product.title required",
        ],
    ),
    ("Every product has a name of at most 100 characters", ["Product.name length=100"]),
    (
        "A review has a rating from 1 to 5 and an optional comment",
        ["Review.rating minimum=1", "Review.rating maximum=5", "Review.comment optional"],
    ),
    (
        "A review has a rating between 1 and 5",
        ["Review.rating minimum=1", "Review.rating maximum=5"],
    ),
    ("An item has a quantity which must be greater than 0", ["Item.quantity above=0"]),
    (
        "Item: quantity (integer, >= 1), weight float",
        ["Item.quantity minimum=1", "Item.weight float"],
    ),
    (
        "The stock of a product must never be negative. A product has a stock.",
        ["Product.stock minimum=0"],
    ),
    ("Product has a price. The price is positive.", ["Product.price above=0"]),
    (
        "Article has a title (max 120 characters), a body and a published flag",
        ["Article.title length=120", "Article.body text", "Article.published boolean"],
    ),
    (
        "Event: title, starts at, ends at, location (optional)",
        ["Event.starts_at datetime", "Event.ends_at datetime", "Event.location optional"],
    ),
    (
        "Employee has a name, salary, hire date and an is_manager boolean",
        ["Employee.salary money", "Employee.hire_date date", "Employee.is_manager boolean"],
    ),
    (
        "Device: serial number (unique, required), last seen timestamp, ip address",
        ["Device.serial_number unique", "Device.last_seen datetime", "Device.ip_address ip"],
    ),
    (
        "Settings table with key (unique) and value json",
        ["Setting.key unique", "Setting.value json"],
    ),
    (
        "A user has an email, which must be unique, and a password",
        ["User.email unique", "User.password password"],
    ),
    (
        "A user has an email that must be unique, and a phone number which is optional",
        ["User.email unique", "User.phone_number optional"],
    ),
    ("User: email? , name!", ["User.email", "User.name"]),
    (
        "Order: status defaults to pending, total",
        ["Order.status default=pending", "Order.total money"],
    ),
    (
        "Order\n- status: pending, paid, shipped (default pending)\n- total: money",
        [
            "Order.status in pending|paid|shipped",
            "Order.status default=pending",
            "Order.total money",
        ],
    ),
    ("a users table with name, email and no phone", ["User.name", "User.email", "!User.phone"]),
    (
        "A customer does not need a password. A customer has an email.",
        ["Customer.email", "!Customer.password"],
    ),
    (
        "User with authentication fields but without a password",
        ["User.email unique", "!User.password"],
    ),
    ("User\n- email\n- timestamps\n- soft delete", ["User soft_delete", "User.email"]),
    ("A user has an address and contact details", ["User.street", "User.city", "User.phone"]),
    (
        "Order line: quantity, unit price, total = quantity * unit_price",
        ["OrderLine.total = quantity * unit_price"],
    ),
    (
        "An order line has a quantity, a unit price and a line total. The line total is quantity "
        "times unit price.",
        ["OrderLine.line_total = quantity * unit_price"],
    ),
    ("A page has SEO fields", ["Page.slug slug", "Page.meta_title"]),
    (
        "Patient has an encrypted SSN and a date of birth",
        ["Patient.ssn encrypted", "Patient.date_of_birth date"],
    ),
    ("Product has tags and a description", ["Product.tags tags", "Product.description text"]),
    (
        "A file has a size in bytes, a mime type and a name",
        ["File.size integer", "File.mime_type", "File.name"],
    ),
    ("Order has an order number that never changes", ["Order.order_number immutable"]),
    ("users: email uniqe, name optoinal", ["User.email unique", "User.name optional"]),
    ("A course has a price in EUR", ["Course.price money", "currency EUR"]),
    ("A room has a capacity of up to 8", ["Room.capacity maximum=8"]),
    (
        "Task\n- title: string (required)\n- done: bool = false\n- priority: int, 1-5",
        [
            "Task.title required",
            "Task.done default=False",
            "Task.priority minimum=1",
            "Task.priority maximum=5",
        ],
    ),
    ("`user`: `id` uuid, `email` text", ["User key=uuid", "User.email text"]),
    (
        "Product: name string, price money, active boolean default true",
        ["Product.name string", "Product.price money", "Product.active default=True"],
    ),
    (
        "Table users: id (uuid, primary key), email (varchar 255, unique), created_at (timestamp)",
        ["User key=uuid", "User.email unique", "User.created_at datetime"],
    ),
]
VALUES = [
    (
        "Post has a title. Its status is one of draft, published, archived.",
        ["Post.status in draft|published|archived"],
    ),
    ("A post can be draft, published or archived", ["Post.status in draft|published|archived"]),
    ("Orders have a status: new, paid or shipped", ["Order.status in new|paid|shipped"]),
    ("An order has a status (new/paid/shipped)", ["Order.status in new|paid|shipped"]),
    ("The status of an order is either open or closed", ["Order.status in open|closed"]),
    (
        "An order's status can be pending, paid or refunded",
        ["Order.status in pending|paid|refunded"],
    ),
    ("Ticket: priority enum(low, medium, high)", ["Ticket.priority in low|medium|high"]),
    (
        "Ticket: priority one of low, medium or high, title",
        ["Ticket.priority in low|medium|high", "Ticket.title"],
    ),
    (
        "A membership has a role of owner, admin or member",
        ["Membership.role in owner|admin|member"],
    ),
    (
        "Order: status (new/paid/shipped)\nA paid order can only become shipped.",
        ["Order.status paid>shipped"],
    ),
    (
        "Order: status (new/paid/shipped/refunded)\nA paid order may only become shipped or "
        "refunded",
        ["Order.status paid>shipped|refunded"],
    ),
    (
        "An invoice has a status. It goes from draft to sent to paid.",
        ["Invoice.status draft>sent", "Invoice.status sent>paid"],
    ),
    (
        "Order has a status: draft -> placed -> paid -> shipped",
        ["Order.status draft>placed", "Order.status paid>shipped"],
    ),
    (
        "Order: status (pending/paid/cancelled)\n- only pending orders can be cancelled",
        ["Order.status pending>cancelled"],
    ),
    (
        "Order: status (pending/paid/cancelled)\nCancelled orders are final.",
        ["Order.status in pending|paid|cancelled"],
    ),
    ("Invoices move from draft to sent, then to paid", ["Invoice.status draft>sent"]),
]
RELATIONS = [
    (
        "A book has a title. Members have a name and borrow books: a loan has a due date",
        ["Loan -> Member", "Loan -> Book", "Loan.due_date date"],
    ),
    (
        "A book has a title. A member has a name and borrows books. A loan has a due date",
        ["Loan -> Member", "Loan -> Book"],
    ),
    ("A user has many posts", ["Post -> User"]),
    ("Each post belongs to one user", ["Post -> User required"]),
    ("posts belong to users", ["Post -> User"]),
    (
        "A post belongs to exactly one author and can have many tags",
        ["Post -> Author required", "Post <-> Tag"],
    ),
    ("Users have one profile", ["Profile 1-1 User"]),
    ("Every user has exactly one profile", ["Profile 1-1 User"]),
    ("User has a one-to-one relationship with Profile", ["Profile 1-1 User"]),
    ("a profile belongs to a user, a user has one profile", ["Profile 1-1 User"]),
    ("Students can take many courses and a course has many students", ["Student <-> Course"]),
    ("many-to-many between students and courses", ["Student <-> Course"]),
    ("There is a many-to-many relationship between authors and books", ["Author <-> Book"]),
    ("A book has one or more authors and an author can have several books", ["Book <-> Author"]),
    ("User 1:n Post", ["Post -> User"]),
    (
        "An order has many products through order items. A product has a name.",
        ["OrderItem -> Order", "OrderItem -> Product", "!Product -> Order"],
    ),
    ("Post n:m Tag", ["Post <-> Tag"]),
    ("User -> Post (one-to-many)", ["Post -> User"]),
    ("An order is placed by a customer", ["Order -> Customer"]),
    ("Orders are placed by customers", ["Order -> Customer"]),
    ("customers place orders", ["Order -> Customer"]),
    ("A customer can place many orders", ["Order -> Customer"]),
    ("A task may be assigned to a user", ["Task -> User optional"]),
    ("A task is optionally assigned to a user", ["Task -> User optional"]),
    ("A comment can reply to another comment", ["Comment -> Comment optional"]),
    ("Categories form a tree", ["Category -> Category as parent"]),
    ("Categories can be nested", ["Category -> Category as parent"]),
    ("A category can have a parent category", ["Category -> Category optional"]),
    (
        "A category may have many subcategories. A category has a name.",
        ["Category -> Category optional"],
    ),
    ("users follow other users", ["User <-> User"]),
    (
        "Users can follow each other. A user has a name.",
        ["Follow -> User as follower", "Follow -> User as followed"],
    ),
    (
        "An enrollment links a student and a course",
        ["Enrollment -> Student", "Enrollment -> Course"],
    ),
    ("Order: customer, total\nCustomer: name", ["Order -> Customer", "Order.total"]),
    ("Order: customer_id (FK), total\nCustomer: name", ["Order -> Customer", "!Order.customer_id"]),
    ("orders: id, customer_id references customers, total", ["Order -> Customer"]),
    ("Post\n- author (User)\n- title\nUser\n- name", ["Post -> User as author", "Post.title"]),
    ("Post\n- author: User\n- title\nUser\n- name", ["Post -> User as author"]),
    ("Post\n- author -> User\nUser\n- name", ["Post -> User as author"]),
    (
        "Task\n- title\n- assignee (User, optional)\nUser\n- name",
        ["Task -> User as assignee", "Task -> User optional"],
    ),
    ("A team has a leader, who is a user. Users have a name.", ["Team"]),
    ("A car has an owner. An owner has a name.", ["Car -> Owner"]),
    (
        "Employees have an optional manager. An employee has a name.",
        ["Employee -> Employee as manager"],
    ),
    (
        "Patients book appointments with doctors",
        ["Appointment -> Patient", "Appointment -> Doctor"],
    ),
    ("An invoice consists of several invoice lines", ["InvoiceLine -> Invoice"]),
    ("A playlist contains songs, and a song can be in many playlists", ["Playlist <-> Song"]),
    ("Products are tagged with tags", ["Product <-> Tag"]),
    ("A project has members (users), many-to-many. Users have a name.", ["Project"]),
    ("A ticket is created by a user and assigned to a user", ["Ticket -> User"]),
    ("Movies have many actors and actors play in many movies", ["Movie <-> Actor"]),
    ("A message is sent by a user to a channel", ["Message -> User", "Message -> Channel"]),
    ("at most one address per customer", ["Address -> Customer"]),
    (
        "A hotel has rooms; rooms have a number and a floor",
        ["Room -> Hotel", "Room.number", "Room.floor integer"],
    ),
    (
        "A department has several employees, each with a name and a salary",
        ["Employee -> Department", "Employee.salary"],
    ),
]
UNIQUES = [
    ("A user has an email. No two users can have the same email.", ["User.email unique"]),
    ("User: email\nemail must be unique", ["User.email unique"]),
    (
        "Payment: amount, provider id\nThe provider's id must not be stored twice.",
        ["Payment.provider_id unique"],
    ),
    ("Product: name, slug unique per shop\nShop: name", ["Product unique(shop, slug)"]),
    ("A product has a slug that is unique within its shop", ["Product unique(shop, slug)"]),
    (
        "A customer has subscriptions with a status (active/canceled); only one active "
        "subscription per customer",
        ["Subscription unique(customer) where status=active"],
    ),
    (
        "A user can review a product only once. A review has a rating.",
        ["Review unique(product, user)"],
    ),
    (
        "A review belongs to a user and a product. One review per user and product.",
        ["Review unique(product, user)"],
    ),
    (
        "Seat: room, row, number\nRoom: name\nrow and number are unique together",
        ["Seat unique(number, row)"],
    ),
    (
        "Seat: room, row, number\nRoom: name\nthe combination of room, row and number must be "
        "unique",
        ["Seat unique(number, room, row)"],
    ),
    ("Student: name, email\nThere must be no duplicate emails.", ["Student.email unique"]),
    (
        "Vote belongs to a user and a poll. A user can vote only once per poll.",
        ["Vote -> User", "Vote -> Poll"],
    ),
    (
        "Room: number\nno two rooms of a hotel may have the same number\nHotel: name",
        ["Room unique(hotel, number)"],
    ),
]
RULES = [
    ("Event: title, start, end\nThe start must be before the end.", ["Event ordered(start, end)"]),
    (
        "Event: title, starts at, ends at\nend must be after start",
        ["Event ordered(starts_at, ends_at)"],
    ),
    (
        "Project: start date, end date\nthe end date can't be before the start date",
        ["Project ordered(start_date, end_date)"],
    ),
    (
        "Booking: room, start, end\nRoom: number\nA room can't be booked twice at the same time.",
        ["Booking no-overlap(start, end) per room"],
    ),
    (
        "Booking: room, start, end\nRoom: number\nBookings of the same room must not overlap.",
        ["Booking no-overlap(start, end) per room"],
    ),
    (
        "Appointment: doctor, starts at, ends at\nDoctor: name\nNo overlapping appointments for "
        "the same doctor",
        ["Appointment no-overlap(starts_at, ends_at) per doctor"],
    ),
    (
        "Contact: email, phone\nEither email or phone must be given.",
        ["Contact at-least-one(email, phone)"],
    ),
    (
        "Contact: email, phone\nat least one of email and phone must be set",
        ["Contact at-least-one(email, phone)"],
    ),
    (
        "Order: status (new/paid/shipped), tracking number\nA shipped order must have a tracking "
        "number.",
        ["Order when(tracking_number) where status=shipped"],
    ),
    (
        "Post has many comments. When a post is deleted, its comments are deleted too.",
        ["Comment -> Post cascade"],
    ),
    (
        "Post has many comments. When a post is deleted its comments go too.",
        ["Comment -> Post cascade"],
    ),
    ("Post has many comments. Deleting a post deletes its comments.", ["Comment -> Post cascade"]),
    ("Post has many comments. Comments are deleted with their post.", ["Comment -> Post cascade"]),
    (
        "Customer has many orders. Deleting a customer keeps their orders.",
        ["Order -> Customer set null"],
    ),
    (
        "Customer has many orders. A customer with orders cannot be deleted.",
        ["Order -> Customer restrict"],
    ),
    (
        "Customer has many orders. Customers can't be deleted while they have orders.",
        ["Order -> Customer restrict"],
    ),
    (
        "User has many tasks. When a user is deleted, their tasks become unassigned.",
        ["Task -> User set null"],
    ),
    (
        "Invoice belongs to customer. Invoices can never be deleted.",
        ["Invoice -> Customer restrict"],
    ),
    ("User: name\nUsers are soft deleted.", ["User soft_delete"]),
    ("User: name\nsoft delete for users", ["User soft_delete"]),
    ("Document: title\nConcurrent edits must not overwrite each other.", ["Document versioned"]),
    ("Document: title\nUse optimistic locking for documents", ["Document versioned"]),
    ("LedgerEntry: amount\nLedger entries are never updated.", ["LedgerEntry append_only"]),
    ("LedgerEntry: amount\nledger entries are immutable", ["LedgerEntry append_only"]),
    (
        "Reading: value, recorded at\n10 million readings a month, kept for 90 days",
        ["Reading month=10000000", "Reading days=90"],
    ),
    (
        "Reading: value, recorded at\nWe expect about 5000 readings per day",
        ["Reading month=150000"],
    ),
    ("Reading: value, recorded at\nReadings older than 30 days are deleted", ["Reading days=30"]),
    ("Event: name\nEvents are kept for 2 years.", ["Event days=730"]),
    (
        "Every row belongs to an organization. Project: name",
        ["tenant Organization", "Project.name"],
    ),
    ("Multi-tenant by company. Project: name", ["tenant Company", "Project.name"]),
    (
        "Everything belongs to a workspace. Country: name\nCountries are shared between "
        "workspaces.",
        ["tenant Workspace", "Country shared"],
    ),
    ("Use UUIDs as primary keys. User: name", ["keys uuid"]),
    (
        "Product: name, price\nOrder line: product, quantity, unit price\nThe price at the time "
        "of the order is kept.",
        ["OrderLine.unit_price from=Product.price"],
    ),
    (
        "Product: name, price\nOrder line: product, quantity, unit price copied from product.price",
        ["OrderLine.unit_price from=Product.price"],
    ),
    ("All amounts are in EUR. Invoice: total", ["currency EUR"]),
    ("A manager is a kind of employee. An employee has a name.", ["Manager kind_of=Employee"]),
]
ACCESS = [
    (
        "Order: customer, placed at\nCustomer: name\nWe list a customer's orders newest first.",
        ["Order by(customer) range() order(-placed_at)"],
    ),
    (
        "Order: customer, placed at\nCustomer: name\nlist orders of a customer, newest first",
        ["Order by(customer) range() order(-placed_at)"],
    ),
    (
        "Order: customer, placed at\nCustomer: name\nOrders are listed by customer, newest first",
        ["Order by(customer) range() order(-placed_at)"],
    ),
    ("User: email, name\nWe look up users by name.", ["User by(name) range() order()"]),
    ("Product: name, description\nUsers search products by name", ["Product search(name)"]),
    (
        "Ticket: status (open/closed), created at, agent\nAgent: name\nWe show the open tickets "
        "of an agent, oldest first",
        ["Ticket by(agent) range() order(created_at) where status=open"],
    ),
    (
        "Reading: sensor, recorded at, value\nSensor: name\nshow the latest readings of a sensor",
        ["Reading by(sensor) range() order(-recorded_at)"],
    ),
    (
        "Movement: warehouse, moved at\nWarehouse: code\nfind movements by warehouse and date",
        ["Movement by(warehouse) range(moved_at) order()"],
    ),
    (
        "Post: title, published at\nposts are sorted by published_at descending",
        ["Post by() range() order(-published_at)"],
    ),
]
TOLD = [
    ("Users have an email. Emails are sent asynchronously.", "asynchronously"),
    ("A user has an email and a flurbed gizmo of doom", "of doom"),
    ("The report is generated weekly. User: name", "weekly"),
    ("User: name: strng64", "strng64"),
    ("Orders usually have a customer", "usually"),
    ("a user has one profile and users have many profiles, one-to-one", "profiles"),
    ("User: email required\nThe email is optional.", "email is optional"),
    ("Task: priority (low/high)\nThe priority is one of low, medium, high.", "priority is one of"),
    ("A post belongs to one user. A user belongs to one post.", "user belongs to one post"),
    ("User has name. Make it webscale with blockchain.", "webscale"),
    ("A room has up to 5 photos", "up to 5"),
]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [*ENTITIES, *ATTRIBUTES, *VALUES, *RELATIONS, *UNIQUES, *RULES, *ACCESS],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_phrasing_is_read(text: str, wanted: list[str]) -> None:
    assert holds(text, wanted) == [], sorted(digest(read(text)))


@pytest.mark.parametrize(("text", "word"), TOLD, ids=lambda each: each)
def test_what_is_not_understood_is_told(text: str, word: str) -> None:
    reading = read(text)
    told = [each.text for each in (*reading.unused, *reading.problems)]
    assert any(word in each for each in told), (told, [u.meaning for u in reading.understood])
