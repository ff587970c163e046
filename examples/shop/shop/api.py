"""The application: uvicorn shop.api:app."""

from fastapi import FastAPI

from shop.routers import accounts, catalog, orders, reports


def create_app() -> FastAPI:
    app = FastAPI(title="Kettle")
    for module in (accounts, catalog, orders, reports):
        app.include_router(module.router)
    return app


app = create_app()
