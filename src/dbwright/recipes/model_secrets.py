"""Ways to store a secret so that readers of the table cannot use it."""

from __future__ import annotations

from dbwright.core.finding import Fix, Location
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.recipes import model_parts
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_words import SecretKind

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
