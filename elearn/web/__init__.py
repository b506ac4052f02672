"""The site. To add an area: write its file in areas/, then name it here."""
from __future__ import annotations

from flask import Flask

from elearn.web import asked, assets, catalogue, errors, filters, guard, headers, logs, pages
from elearn.web.areas import (
    account,
    authors,
    awards,
    briefings,
    certificates,
    changes,
    learn,
    live,
    office,
    quizzes,
    resources,
    site,
    statistics,
    team,
    themes,
    tools,
)
from elearn.web.tenant import Tenancy

AREAS = (site, themes, resources, account, briefings, learn, changes, quizzes, certificates, tools, live, team, office, awards, statistics, authors)


def register(app: Flask, https: bool) -> None:
    app.request_class = asked.Asked
    app.extensions["tenancy"] = Tenancy()
    for area in AREAS:
        app.register_blueprint(area.bp)
    headers.register(app, https)
    assets.register(app)
    pages.register(app)
    filters.register(app)
    errors.register(app)
    logs.register(app)
    guard.protect(app)
    app.before_request_funcs.setdefault(None, []).insert(0, catalogue.Looker())
