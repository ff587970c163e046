"""Ways to store a secret so that readers of the table cannot use it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.finding import Fix, Location
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_parts, model_syntax, model_types, model_usage, models
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_words import SecretKind, secret

HIDING = (
    "hash", "crypt", "digest", "hmac", "pbkdf", "argon", "scrypt", "sha1", "sha256", "sha512",
    "seal", "vault",
)  # fmt: skip

REASONS: dict[SecretKind, str] = {
    "password": "a password is only ever compared, so a slow hash of it is enough",
    "token": "a token is only ever compared, and random, so a fast digest of it is enough",
    "key": "a key that must be used again has to be encrypted, with a key from elsewhere",
    "personal": "what must be read back has to be encrypted, with a key from elsewhere",
}
DIGEST = '''class Digest(TypeDecorator):
    """Stores the SHA-256 digest of a token; look-ups by the token itself keep working."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else hashlib.sha256(value.encode()).hexdigest()
'''
_HASHED = """{name}_hash: Mapped[str] = mapped_column(String(255))
# when it is set:     user.{name}_hash = argon2.PasswordHasher().hash({name})
# when it is checked: argon2.PasswordHasher().verify(user.{name}_hash, given)"""
_SEALED = """class Sealed(TypeDecorator):
    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else Fernet(settings.column_key).encrypt(value.encode())

    def process_result_value(self, value, dialect):
        return None if value is None else Fernet(settings.column_key).decrypt(value).decode()

{name}: Mapped[str] = mapped_column(Sealed)"""
_TEXTS = ("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT", "CHAR", "AutoString")


def hiding(mapping: Mapping, location: Location, table: str, column: str, kind: SecretKind) -> Fix:
    """Gives the fix that hides one secret column."""
    if kind == "token":
        return _digested(mapping, location, table, column)
    code = (_HASHED if kind == "password" else _SEALED).format(name=column)
    bare = table.rpartition(".")[2]
    kind_of = "sa.Text()" if kind == "password" else "sa.LargeBinary()"
    new = f"{column}_hash" if kind == "password" else f"{column}_sealed"
    migration = (
        f'op.add_column("{bare}", sa.Column("{new}", {kind_of}))\n'
        f"# fill it in batches in Python, let the application read it, then:\n"
        f'op.drop_column("{bare}", "{column}")'
    )
    title = "store a slow hash" if kind == "password" else "encrypt it"
    return Fix(title, f"{code}\n# and in a revision of its own:\n{migration}")


def _digested(mapping: Mapping, location: Location, table: str, column: str) -> Fix:
    mappers = mapping.mappers_of(table)
    draft = Draft(mapping).column_type(location, _TEXTS, "Digest")
    source = mapping.source(location.file or "")
    if mappers and (source is None or "class Digest(" not in source.text):
        owner = mappers[0].name
        draft = draft.change(
            Place(location.file or "", 0),
            lambda text: model_parts.insert_before_class(text, owner, DIGEST),
        )
    draft = draft.imports(location, "sqlalchemy", "String", "TypeDecorator")
    draft = draft.imports(location, "hashlib")
    migration = (
        f'op.execute("UPDATE {table} SET {column} = encode(sha256(convert_to({column}, '
        "'UTF8')), 'hex')\")"
    )
    return draft.fix(
        "store the digest", otherwise=f"{DIGEST}\n{column} = mapped_column(Digest)",
        migration=migration,
    )  # fmt: skip


def names(mapping: Mapping) -> frozenset[str]:
    """Gives what the code calls the text columns that are named as secrets."""
    found: set[str] = set()
    for table in mapping.schema.tables:
        for column in table.columns:
            if secret(column.name) and model_types.is_text(column.type):
                attribute = mapping.attribute(table.key, column.name)
                found |= {column.name, attribute.name if attribute else column.name}
    return frozenset(found)


def is_hidden(mapping: Mapping, table: Table, column: Column, attribute: Attribute | None) -> bool:
    """Whether the value is hidden before it is stored, or is no secret by itself.

    It is none where it is a key of another table, or the path of a file that the code opens.
    """
    if any(column.name in key.columns for key in table.foreign_keys):
        return True
    if attribute is None:
        return False
    if attribute.type.is_decorated or attribute.type.is_a("Enum", "UserDefinedType"):
        return True
    if _says_hidden(mapping, table, column):
        return True
    known = {attribute.name, column.name, attribute.name.lstrip("_")}
    if any(model_usage.is_opened(mapping.sources, name) for name in known):
        return True
    calls = {c for name in known for c in model_usage.stored_names(mapping.sources, name)}
    calls |= {c for mapper in mapping.mappers_of(table.key) for c in _calls(mapping, mapper)}
    return any(mark in call.lower() for call in calls for mark in HIDING)


def _says_hidden(mapping: Mapping, table: Table, column: Column) -> bool:
    """Whether a comment, or the class's docstring beside the column's name, says so."""
    said = [column.comment or "", models.comment_at(mapping, mapping.place_of(table, column.name))]
    for mapper in mapping.mappers_of(table.key):
        source = mapping.source(mapper.place.file) if mapper.place else None
        node = model_syntax.class_named(source, mapper.name) if source else None
        text = ast.get_docstring(node) or "" if node else ""
        said += [text] if column.name in text else []
    return any(mark in text.lower() for text in said for mark in HIDING)


def _calls(mapping: Mapping, mapper: Mapper) -> Iterator[str]:
    """The functions called in the class's own methods."""
    source = mapping.source(mapper.place.file) if mapper.place else None
    node = model_syntax.class_named(source, mapper.name) if source else None
    for function in node.body if node else ():
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    yield model_syntax.dotted(call.func)
