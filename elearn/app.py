"""Puts the parts together. Only this module and cli.py know them all."""
from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from elearn import clock, web
from elearn.actions.publishing import Catalogue
from elearn.documents.printer import Printer
from elearn.records import db as database
from elearn.records.db import db
from elearn.settings import ROOT, Settings
from elearn.web import catalogue
from elearn.web.application import Application
from elearn.web.outside import outside

MOST_BODY = 1_000_000
MOST_FIELDS = 500


def create_app(settings: Settings) -> Flask:
    """The site for these settings. The database must be there and up to date (see records/schema.py)."""
    app = Application("elearn", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(settings.database),
        MAX_CONTENT_LENGTH=MOST_BODY,
        MAX_FORM_MEMORY_SIZE=MOST_BODY,
        MAX_FORM_PARTS=MOST_FIELDS,
        TRUSTED_HOSTS=sorted({host.partition(":")[0] for host in settings.hosts}),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["settings"] = settings
    app.extensions["printer"] = Printer()
    app.extensions["catalogue"] = Catalogue(settings.modules, clock.now().date(), outside(settings.modules))
    db.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
        web.register(app, settings.https)
        catalogue.publish()
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]  # Flask's way
    return app
