"""Words with which somebody asks for models, as data."""

from __future__ import annotations

LEADS = (
    "i need to", "we need to", "i need", "we need", "i want to", "we want to", "i want", "we want",
    "i would like to", "we would like to", "i would like", "we would like", "please", "can you",
    "could you",
    "would you", "help me to", "help me", "help us", "i am building", "we are building",
    "i have to", "we have to",
    "let us", "you should", "your task is to", "our goal is to", "the goal is to", "i am making",
    "we are making",
    "we run", "i run", "we have", "i have", "we operate", "this is", "it is", "imagine",
    "the system should",
    "the application should", "the app should", "the system must", "the application must",
    "the app must", "the system",
    "the application", "the app", "the database should", "the database must", "we are", "i am",
    "there is", "there are",
    "our", "need to", "want to", "need", "want", "we will", "how do i", "how can i", "you",
    "the database", "we",
)  # fmt: skip
VERBS = (
    "create", "design", "model", "build", "make", "add", "set up", "define", "generate", "develop",
    "write",
    "implement", "give me", "store", "track", "manage", "save", "keep track of", "record",
    "stores", "tracks",
    "manages", "records", "handle", "collect", "collects", "handles", "sell", "building", "making",
    "have", "has",
    "introduce", "draft", "sketch", "needs", "keep", "keeps", "supports", "support", "contains",
    "includes",
)  # fmt: skip
MODELS = {"model", "table", "entity", "class", "models", "tables", "entities", "classes"}
SCHEMAS = {
    "database",
    "schema",
    "db",
    "backend",
    "databases",
    "schemas",
    "api",
    "structure",
    "datamodel",
}
SYSTEMS = SCHEMAS | {
    "app", "application", "system", "platform", "website", "site", "service", "tool", "tracker",
    "software",
    "saas", "product_line", "project_tool", "portal", "webshop", "crm", "erp", "cms", "web",
    "solution", "clone",
    "planner", "marketplace", "forum", "blog", "startup",
}  # fmt: skip
PLACES = {"shop", "store", "clinic", "school", "library", "hotel", "gym", "restaurant",
    "hospital", "bank",
           "university", "farm", "garage", "museum", "cinema", "company", "bakery", "warehouse",
           "agency",
           "e-commerce", "ecommerce", "airline", "salon", "zoo", "practice", "bookshop",
           "bookstore", "chat"}  # fmt: skip
JOINTS = ("with", "that has", "which has", "having", "containing", "including", "that have",
    "which have", "for",
           "that contains", "which contains", ":", "consisting of", "that stores", "which stores",
           "that tracks",
           "that keeps", "and", "of", "where", "in which", "that manages", "which tracks",
           "to track",
           "to store", "to manage", "to record", "to keep", "—", ",", "which includes",
           "that includes", "like", "such as",
           "called", "named", "that handles", "tracking", "storing", "managing", "-",
           "who")  # fmt: skip
LISTING = {
    "with", "containing", "including", "having", "that has", "which has", "consisting of", "of",
    "for", "that tracks", "to track", "that stores", "to store", "to manage", "that manages",
    "which stores", "tracking", "storing", "managing", "which tracks", "that handles",
    "to record", "that includes", "which includes", "that contains", "which contains",
    "that keeps", "to keep",
}  # fmt: skip
"""Joints behind which things are listed."""
ADJECTIVES = {"simple", "basic", "small", "new", "complete", "sqlalchemy", "relational",
    "typical", "full", "little",
               "minimal", "postgres", "postgresql", "following", "proper", "good", "online",
               "data", "database", "own",
               "modern", "couple", "few", "standard", "second", "python", "sql", "web-based",
               "clean", "normalized"}  # fmt: skip
