"""Requests that are about something else than models, migrations and queries: where to go."""

from __future__ import annotations

import re

FIELD = "it knows models, migrations and queries of SQLAlchemy and Alembic projects"
DATABASES = "PostgreSQL, SQLite, MySQL and MariaDB, reached through SQLAlchemy"
_TOOLS = {
    r"mongo(?:db)?|elastic\s?search|opensearch|cassandra|dynamo(?:db)?|neo4j|couch(?:db|base)|"
    r"firebase|firestore|clickhouse|snowflake|bigquery|redshift|oracle|mssql|sql server|db2|"
    r"influx(?:db)?":
        f"it knows {DATABASES}, and {{0}} is none of these; its own manual and tools do",
    r"kubernetes|k8s|helm|terraform|ansible|docker|aws|azure|gcp|google cloud|nginx|heroku|vercel":
        "it runs and configures no servers; the manual of {0} does tell",
    r"vue|angular|svelte|css|html|javascript|typescript|jsx|next\.?js|flutter|React(?= )":
        "it knows what happens below an application, not its pages",
    r"excel|spreadsheets?|powerpoint|google sheets|airtable|word document|MS Word":
        "it changes models and their tables, no documents",
    r"overfit\w*|underfit\w*|epochs|neural|pytorch|tensorflow|keras|hyperparameters?|gradient "
    r"descent":
        "its models are those of SQLAlchemy, not trained ones",
    r"blender|photoshop|figma|autocad|sketchup": "its models are classes and tables",
    r"django|prisma|hibernate|sequelize|typeorm|rails|active ?record|peewee|tortoise":
        "it reads models of SQLAlchemy and revisions of Alembic, and {0} has its own",
    r"google|website|web site|seo|wordpress": "it knows databases, not sites of the web",
}  # fmt: skip
_PLACED = re.compile(
    r"\b(?:in|into|to|on|from|my|our|the|for|using|with|up|your|a|get)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_TOPICS = re.compile(
    r"^\W*(?:(?:please|can|could|you|hey|hi|would|pls|now)\W+)*"
    r"(?:(?:write|tell|sing|compose|give|make|create|draw|paint|generate)\s+(?:me\s+|us\s+)?"
    r"(?:an?\s+|some\s+|the\s+)?(?:\w+\s+){0,2}?(?:poem|haiku|song|joke|jokes|story|essay|novel|picture|"
    r"rhyme|limerick|blog post|logo|website|landing page)\b"
    r"|(?:book|reserve|buy|order|call|text|translate|summari[sz]e|play|cook|bake|draw|paint)\s+(?:me|us|a|an|this|the|my)\b"
    r"|(?:what(?:'s|s| is| was)?|how(?:'s|s| is)?|will|tell me)\b.{0,40}\b(?:weather|time is it|"
    r"news|score|"
    r"stock price|horoscope|capital of)\b)",
    re.IGNORECASE,
)
_PROGRAMS = re.compile(
    r"\b(?:write|give|create|make|generate|code)\b.{0,30}\b(?:python|bash|shell|java|c\+\+|rust|go)\s+"
    r"(?:function|script|program|class|code|app|game)\b",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"\b(?:give|show|tell|send|print|reveal|what(?:'s| is))\b.{0,60}\b(?:passwords?|credentials?|"
    r"secret keys?|"
    r"api keys?|tokens?)\b",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\b(?:columns?|fields?|hash|models?|attributes?|tables?)\b", re.IGNORECASE)
_DEEDS = re.compile(
    r"\b(?:delete|truncate|wipe|purge|empty|erase|remove|drop|kill)\b|"
    r"\b(?:update|insert|change)\s+(?:all|every)\b|"
    r"\b(?:run|execute)\b.{0,40}\b(?:drop|delete|truncate|update|alter|statement|sql)\b",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"\b(?:prod(?:uction)?|live|staging)\b(?:\s+(?:db|database|server|system))?|"
    r"\ball\s+(?:the\s+)?(?:rows|records|data|entries|users|orders|customers)\b|\bevery\s+row\b",
    re.IGNORECASE,
)
_ENTITIES = re.compile(r"\b(?:models?|tables?|schema|entities|entity|database)\b", re.IGNORECASE)
_DESIGN = re.compile(
    r"\b(?:create|design|build|model|define|need|want|set up|schema)\b", re.IGNORECASE
)
_FOREIGN = {
    "german": "füge bitte eine einen der die das spalte tabelle zu und nicht wie ich zum zur für "
    "wird mit ist",
    "spanish": "añade una un la el los las por favor columna tabla a de que como para hacer "
    "índice es y",
    "french": "ajoute ajouter une un la le les colonne s'il vous plaît table pour comment faire "
    "est et des dans",
    "italian": "aggiungi una un la il colonna tabella per favore come fare che è di della",
    "portuguese": "adicione uma um a o coluna tabela por favor como fazer para é de da não",
    "dutch": "voeg een de het kolom tabel toe aan alsjeblieft hoe kan ik is van",
}
_MARKS = {
    "spalte", "tabelle", "füge", "columna", "añade", "tabla", "colonne", "ajoute", "ajouter",
        "colonna",
    "aggiungi", "tabella", "coluna", "adicione", "tabela", "kolom", "voeg", "tabel", "índice",
        "bitte",
}  # fmt: skip
ENGLISH = "it reads English, and the names of your project in it; write what it asks for in English"


def outside(text: str) -> str:
    """Gives why a request is not of this field, and where to go; "" for one that may be.

    >>> outside("tune my MongoDB")[:60]
    'it knows PostgreSQL, SQLite, MySQL and MariaDB, reached thro'
    >>> outside("create a table for docker images")
    ''
    """
    text = text[:5000]
    if _SECRETS.search(text) and not _COLUMNS.search(text):
        return "it reads no secrets and tells none; ask whoever runs the database"
    if _DEEDS.search(text) and _LIVE.search(text) and not re.search(r"\b(column|field|migration|"
        r"revision|safe|how|downtime|model)s?\b", text, re.I):  # fmt: skip
        return (
            "it never writes to a database that holds your rows, and runs no statement there; "
            "write it, run it in a transaction with a copy at hand, and have it reviewed before: "
            'dbwright ask "is this safe? DELETE FROM …"'
        )
    if _TOPICS.search(text) or _PROGRAMS.search(text):
        return f"{FIELD}, and nothing else; this is for a person or another tool"
    for pattern, why in _TOOLS.items():
        # a name that is also a common word counts as it is spelled there
        for found in re.finditer(
            rf"(?<![\w.]){f'(?:{pattern})'}(?![\w])", text, 0 if "React" in pattern else re.I
        ):
            if _is_place(text, found.start()):
                return f"{why.format(found[0])}. {FIELD[:1].upper()}{FIELD[1:]}"
    return ""


def _is_place(text: str, at: int) -> bool:
    """Whether a word stands where something is to be done, not for what is to be stored."""
    designs = _DESIGN.search(text) and _ENTITIES.search(text)
    if not designs:
        return True
    return bool(
        re.search(r"\b(?:in|into|to|on|from|using|with|my|our)\s+(?:\w+\s+)?$", text[:at], re.I)
    )


def foreign(text: str) -> str:
    """Gives the language of a request that is not in English, "" where it may be."""
    words = re.findall(r"[^\W\d_]+", text[:2000].lower())
    if not set(words) & _MARKS:
        return ""
    counted = {name: sum(w in said.split() for w in words) for name, said in _FOREIGN.items()}
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] * 3 >= len(words) and counted[best] >= 2 else ""
