"""Tenants over imperative tables and a key that is a text."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry

metadata = MetaData()
mapper_registry = registry(metadata=metadata)

tenants = Table("tenants", metadata, Column("id", String(36), primary_key=True))
forms = Table(
    "forms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(36), ForeignKey("tenants.id"), nullable=False),
    Column("title", String(80), nullable=False),
    UniqueConstraint("tenant_id", "title", name="uq_forms_title"),
)
questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(36), ForeignKey("tenants.id"), nullable=False, index=True),
    Column("form_id", Integer, ForeignKey("forms.id"), nullable=False, index=True),  #! cross-tenant-foreign-key
    Column("label", Text, nullable=False),
)
themes = Table(
    "themes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(36), ForeignKey("tenants.id"), nullable=False, index=True),
    Column("name", String(40), nullable=False),
    UniqueConstraint("name", name="uq_themes_name"),  #! unique-across-tenants
)
answers = Table(  #! missing-tenant-key
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("respondent", String(80), nullable=False),
    Column("body", Text, nullable=False),
)


class Form:
    pass


class Question:
    pass


class Answer:
    pass


mapper_registry.map_imperatively(Form, forms)
mapper_registry.map_imperatively(Question, questions)
mapper_registry.map_imperatively(Answer, answers)
