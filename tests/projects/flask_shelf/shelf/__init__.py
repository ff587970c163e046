import os

from flask import Flask
from flask_migrate import Migrate

from shelf.models import db

migrate = Migrate()


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get(
        "DATABASE_URL", "postgresql+psycopg://shelf@localhost/shelf"
    )
    db.init_app(app)
    migrate.init_app(app, db)
    return app
