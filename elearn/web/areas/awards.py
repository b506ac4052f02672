"""/office/certificates : correcting the name on a certificate, and taking one back."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from elearn import clock
from elearn.actions import Refused
from elearn.actions.certificates import Held, held, reissue, withdraw
from elearn.records import people
from elearn.records.db import db, writing
from elearn.rules.access import Permission
from elearn.rules.certificates import grouped
from elearn.rules.validity import local_day
from elearn.web import confirming
from elearn.web.areas.certificates import asked
from elearn.web.forms.office import CorrectForm, TakeBackForm
from elearn.web.forms.problems import problems
from elearn.web.guard import needs, person
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("awards", __name__, url_prefix="/office/certificates")

DONE = ("corrected", "taken-back")


@bp.get("/<code>")
@needs(Permission.CHANGE_CERTIFICATE, load=asked, into="found")
def show(found: Held) -> str:
    kept = confirming.kept()
    back = kept if kept and "reason" in kept else None
    return _page(found, _correct_form(found, None if back else kept), TakeBackForm(back), kept is not None)


def _correct_form(found: Held, given: MultiDict[str, str] | None = None) -> CorrectForm:
    return CorrectForm(given, data={"holder": found.certificate.holder_name})


def _page(found: Held, correct: CorrectForm, back: TakeBackForm, kept: bool = False) -> str:
    zone, said = tenant().zone, request.args.get("said", "")
    return render(
        "office/certificate.html", found=found, certificate=found.certificate, number=grouped(found.code),
        who=people.profile(db.session(), found.person_id),
        verdict=found.verdict(local_day(clock.now(), zone), zone), older=grouped(found.supersedes) if found.supersedes else "",
        newer=grouped(found.superseded_by) if found.superseded_by else "", correct=correct, back=back,
        errors=[*problems(correct), *problems(back)], kept=kept, said=said if said in DONE else "",
    )


def _again(code: str, said: str) -> Any:
    return redirect(url_for(".show", code=code, said=said), 303)


@bp.post("/<code>/name")
@needs(Permission.CHANGE_CERTIFICATE, load=asked, into="found")
def correct(found: Held) -> Any:
    """Make another certificate with this name, which takes its place."""
    form = _correct_form(found, request.form)
    if not form.validate():
        return _page(found, form, TakeBackForm()), 422
    if not confirming.fresh():
        return confirming.first(url_for(".show", code=found.code))
    try:
        with writing(db.session()) as session:
            code = reissue(session, found.code, form.holder.data, person().id, clock.now(), tenant().zone)
    except Refused as refused:
        newest = held(db.session(), found.code)
        if newest and newest.superseded_by:  # a second click, or somebody else was first
            return _again(newest.superseded_by, "corrected")
        form.holder.errors = [str(refused)]
        return _page(found, form, TakeBackForm()), 422
    return _again(code, "corrected")


@bp.post("/<code>/take-back")
@needs(Permission.CHANGE_CERTIFICATE, load=asked, into="found")
def take_back(found: Held) -> Any:
    """Take the certificate back, with the completion it rests on."""
    form = TakeBackForm(request.form)
    if not form.validate():
        return _page(found, _correct_form(found), form), 422
    if not confirming.fresh():
        return confirming.first(url_for(".show", code=found.code))
    try:
        with writing(db.session()) as session:
            withdraw(session, found.code, form.reason.data, person().id, clock.now())
    except Refused as refused:
        newest = held(db.session(), found.code)
        if newest and newest.withdrawn:
            return _again(found.code, "taken-back")
        form.reason.errors = [str(refused)]
        return _page(found, _correct_form(found), form), 422
    return _again(found.code, "taken-back")
