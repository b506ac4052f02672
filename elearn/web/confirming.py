"""Asks people to prove who they are once more before what lets somebody in is changed, and keeps what they typed until they are back.

NIST SP 800-63B and OWASP ASVS 7.5.1 and 7.5.3 ask for it: a computer that was left open must not be enough to make an administrator.
"""
from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from elearn import clock
from elearn.actions import accounts
from elearn.records.db import db, writing
from elearn.web import csrf
from elearn.web.guard import person
from elearn.web.kept import unsaid

KEPT = "kept"


def fresh() -> bool:
    """Whether the person has proved who they are in the last minutes."""
    return bool(clock.now() <= current_user.live.fresh + accounts.FRESH)


def first(page: str) -> Any:
    """Keep the form for *page*, a path of ours, and lead to where people confirm who they are, which leads back to it."""
    form = {name: values for name, values in request.form.lists() if name != csrf.FIELD and not unsaid(name)}
    with writing(db.session()) as session:
        accounts.keep_form(session, person().id, page, form, clock.now())
    return redirect(url_for("account.confirm", next=f"{page}?{KEPT}=1"), 303)


def kept() -> MultiDict[str, str] | None:
    """What was typed on this page before, where its address says that it was kept; the person looks it over and sends it again."""
    if request.args.get(KEPT) != "1":
        return None
    form = accounts.kept_form(db.session(), person().id, f"{request.script_root}{request.path}", clock.now())
    return MultiDict([(name, value) for name, values in form.items() for value in values]) if form else None
