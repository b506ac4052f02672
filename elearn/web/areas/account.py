"""/account : joining, signing in and out, and one's own account."""
from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.exc import OperationalError

from elearn import clock
from elearn.actions import Refused, accounts, passwords, reading
from elearn.actions.accounts import Came, Entered
from elearn.records import people, sessions
from elearn.records.db import Busy, db, writing
from elearn.rules.access import Permission, Person
from elearn.rules.certificates import clean_name
from elearn.web import confirming, cookies, kept, staying
from elearn.web.addresses import own_path
from elearn.web.catalogue import catalogue
from elearn.web.forms.account import ROLES, EmailForm, JoinForm, NameForm, SignInForm
from elearn.web.forms.problems import problems
from elearn.web.guard import NEXT, ComeBack, needs, person, public, visitor
from elearn.web.pages import render
from elearn.web.reader import reads_on
from elearn.web.tenant import tenant

log = logging.getLogger(__name__)

bp = Blueprint("account", __name__, url_prefix="/account")
bp.after_app_request(staying.tell)


def _came() -> Came:
    return Came(cookies.device(), request.remote_addr or "", (request.user_agent.string or "")[:300], "shared" in request.form)


def _next() -> str:
    return own_path(request.values.get(NEXT, ""), url_for("learn.mine"))


# ---- Joining ------------------------------------------------------------------------------------------------------------

@bp.get("/join")
@public("anyone may join with a team code")
def join() -> str:
    form = JoinForm(request.args)
    return render("account/join.html", form=form, roles=ROLES, errors=[])


@bp.post("/join")
@public("anyone may join with a team code")
def send_join() -> Any:
    form, session, came, now = JoinForm(request.form), db.session(), _came(), clock.now()
    fits = form.validate()
    team = None if form.code.errors else _team(form, came)
    if not fits or form.code.errors or team is None:
        return render("account/join.html", form=form, roles=ROLES, errors=problems(form)), 422
    with writing(session):
        accounts.join(session, team, clean_name(form.name.data or ""), form.email.data or "", form.role.data, came, now)
    return redirect(url_for(".look_in_mail"), 303)


def _team(form: JoinForm, came: Came) -> people.Team | None:
    """The team whose code was typed; without one, the form says why."""
    refused, team = None, None
    with writing(db.session()) as session:
        try:
            team = accounts.try_code(session, accounts.plain_code(form.code.data or ""), came, clock.now())
        except Refused as error:
            refused = str(error)
    if team is None:
        form.code.errors = [refused or "We don’t know that code. Check it with your manager"]
    return team


@bp.get("/look-in-your-email")
@public("says the same to everyone")
def look_in_mail() -> str:
    return render("account/look_in_mail.html", folder=cookies.settings().smtp is None)


# ---- Signing in ---------------------------------------------------------------------------------------------------------

@bp.get("/sign-in")
@public("signing in is for people who are not signed in")
def sign_in() -> Any:
    if visitor() is not None:
        return redirect(_next(), 303)
    return _sign_in(SignInForm(), request.args.get("how", ""), [])


def _sign_in(form: SignInForm, how: str, errors: list[tuple[str, str]]) -> str:
    return render(
        "account/sign_in.html", form=form, how="password" if how == "password" else "link", errors=errors, next=_next(),
        kept="1" if request.values.get("kept") == "1" else None,
    )


@bp.post("/sign-in")
@public("signing in is for people who are not signed in")
def enter() -> Any:
    form, how, came = SignInForm(request.form), request.form.get("how", ""), _came()
    if not form.validate():
        return _sign_in(form, how, problems(form)), 422
    if how == "password" and not form.password.data:
        return _sign_in(form, how, [("password", "Enter your password")]), 422
    if how == "password":
        return _by_password(form, came)
    with writing(db.session()) as session:
        accounts.send_sign_in(session, form.email.data or "", came, clock.now(), own_path(request.form.get(NEXT, ""), ""))
    return redirect(url_for(".look_in_mail"), 303)


def _by_password(form: SignInForm, came: Came) -> Any:
    session, now, email, given = db.session(), clock.now(), form.email.data or "", form.password.data or ""
    before = current_user.live
    with writing(session):
        allowed = accounts.take_guess(session, email, came, now)
    person_id, kept_form = accounts.kept_password(session, email) if allowed else (None, None)
    session.rollback()
    if not passwords.matches(kept_form, given) or person_id is None:
        return _refuse(form, email, allowed)
    stronger = passwords.make(given) if kept_form and passwords.outdated(kept_form) else None
    entered = None
    with writing(session):
        if accounts.still_kept(session, person_id, email, kept_form):
            accounts.right_guess(session, email, came, now)
            if stronger:
                accounts.rehash(session, person_id, stronger)
            entered = _enter(person_id, came, before)
    return _welcome(entered, _next()) if entered else _refuse(form, email, allowed)


def _refuse(form: SignInForm, email: str, allowed: bool) -> Any:
    log.warning("sign-in refused", extra={"said": {"account": sessions.digest(people.plain_email(email))[:16], "allowed": allowed}})
    return _sign_in(form, "password", [("password", accounts.WRONG if allowed else accounts.TOO_MANY)]), 422


def _enter(person_id: int, came: Came, before: sessions.Live | None) -> Entered:
    """Open the session and give the person what was read in this browser; inside a writing transaction. *before* is the session
    that this browser had until now: it ends, so that no copy of its cookie goes on."""
    session, now = db.session(), clock.now()
    if before is not None:
        sessions.end(session, before.id, before.person.id, now)
    entered = accounts.enter(session, person_id, came, accounts.privileged(people.person(session, person_id, now)), now)
    reading.take_over(session, person_id, came.device, catalogue().courses, now, tenant().zone, reads_on())
    return entered


def _welcome(entered: Entered, address: str) -> Response:
    """Go on, signed in; what was kept from before is saved now, once."""
    session, now = db.session(), clock.now()
    with writing(session):
        drafts = accounts.take_drafts(session, entered.person_id, now)
    who = people.person(session, entered.person_id, now)
    if who is not None:
        for path, form in drafts:
            _save_kept(who, path, form)
    return cookies.begin(make_response(redirect(address, 303)), entered.secret)


def _save_kept(who: Person, path: str, form: dict[str, Any]) -> None:
    """Save what was kept; what cannot be saved just now is kept on, and never keeps its owner out."""
    try:
        kept.apply(who, path, form)
    except (Busy, OperationalError):
        with writing(db.session()) as session:
            accounts.put_back(session, who.id, path, form, clock.now())


@bp.get("/link/<token>")
@public("whoever holds a link from our mail may open it")
def link(token: str) -> Any:
    g.token_page = True
    found = accounts.look(db.session(), token, clock.now())
    if found is None:
        return render("account/link_old.html"), 410
    return render("account/link.html", found=found, secret=token)


@bp.post("/link/<token>")
@public("whoever holds a link from our mail may use it, once")
def use_link(token: str) -> Any:
    g.token_page = True
    came, now, zone, before = _came(), clock.now(), tenant().zone, current_user.live
    try:
        with writing(db.session()) as session:
            used = accounts.use(session, token, now, zone)
            entered = _enter(used.person_id, came, before)
    except Refused:
        return render("account/link_old.html"), 410
    ends = {"join": url_for("learn.mine", welcome=1), "reset": url_for(".password"), "undo-email": url_for(".password")}
    return _welcome(entered, ends.get(used.purpose) or own_path(used.next, url_for("learn.mine")))


@bp.get("/reset")
@public("whoever has forgotten a password is not signed in")
def reset() -> str:
    return render("account/reset.html", form=EmailForm(), errors=[])


@bp.post("/reset")
@public("whoever has forgotten a password is not signed in")
def send_reset() -> Any:
    form, came = EmailForm(request.form), _came()
    if not form.validate():
        return render("account/reset.html", form=form, errors=problems(form)), 422
    with writing(db.session()) as session:
        accounts.send_reset(session, form.email.data or "", came, clock.now())
    return redirect(url_for(".look_in_mail"), 303)


# ---- Signing out --------------------------------------------------------------------------------------------------------

@bp.post("/sign-out")
@needs(Permission.LEARN)
def sign_out() -> Response:
    with writing(db.session()) as session:
        sessions.end(session, current_user.live.id, person().id, clock.now())
    return cookies.forget(make_response(redirect(url_for("site.home"), 303)))


@bp.post("/sign-out-everywhere")
@needs(Permission.LEARN)
def sign_out_everywhere() -> Response:
    with writing(db.session()) as session:
        sessions.end_all(session, person().id, clock.now())
    return cookies.forget(make_response(redirect(url_for("site.home"), 303)))


@bp.post("/sessions/<int:id>/end")
@needs(Permission.LEARN)
def end_session(id: int) -> Any:
    with writing(db.session()) as session:
        sessions.end(session, id, person().id, clock.now())
    if id == current_user.live.id:
        return cookies.forget(make_response(redirect(url_for("site.home"), 303)))
    return redirect(url_for(".home", said="ended") + "#sessions", 303)


@bp.post("/stay")
@needs(Permission.LEARN)
def stay() -> Any:
    """Note that the session is in use: for the button that a page offers before it ends. A script is told how long it lasts now."""
    live: sessions.Live = current_user.live
    with writing(db.session()) as session:
        sessions.touch(session, live.id, clock.now())
    if request.accept_mimetypes.best == "application/json":
        return {"left": staying.left(replace(live, seen=clock.now()), clock.now())}
    return redirect(_next(), 303)


# ---- Confirming who one is ----------------------------------------------------------------------------------------------

@bp.get("/confirm")
@needs(Permission.LEARN)
def confirm() -> str:
    """Asked of people who signed in a while ago, before they change what lets somebody in."""
    return _confirm([])


def _confirm(errors: list[tuple[str, str]]) -> str:
    me, where = people.profile(db.session(), person().id), _next()
    return render(
        "account/confirm.html", errors=errors, me=me, has_password=me is not None and _has_password(me), next=where,
        kept=f"{confirming.KEPT}=1" in where,
    )


@bp.post("/confirm")
@needs(Permission.LEARN)
def prove() -> Any:
    """By password, which gives a new session, or by a link that does."""
    session, now, came = db.session(), clock.now(), _still()
    me = people.profile(session, person().id)
    assert me is not None
    if request.form.get("how") == "link":
        with writing(session):
            accounts.send_sign_in(session, me.email, came, now, _next())
        return redirect(url_for(".look_in_mail"), 303)
    given = request.form.get("password", "")
    if not given or not _has_password(me):
        return _confirm([("password", "Enter your password")] if _has_password(me) else []), 422
    if words := _old_problem(me, came, given):
        return _confirm([("password", words)]), 422
    session.rollback()
    with writing(session):
        if not sessions.end(session, current_user.live.id, me.id, now):
            raise ComeBack  # signed out everywhere meanwhile: whoever holds this session must not get another one
        entered = accounts.enter(session, me.id, came, accounts.privileged(person()), now)
    return cookies.begin(make_response(redirect(_next(), 303)), entered.secret)


def _still() -> Came:
    """Where this comes from, on a computer that others use too if the session was opened on such a one."""
    return replace(_came(), shared=current_user.live.idle_minutes <= accounts.SHARED_IDLE.total_seconds() // 60)


# ---- One's own account --------------------------------------------------------------------------------------------------

SAID = {
    "ended": "That session is signed out.",
    "name": "Your name is changed. Certificates you already have keep the old one.",
    "email": "We have sent a link to the new address. Nothing changes until you use it.",
    "password": "Your password is changed. Other sessions are signed out.",
}


def _home(name: NameForm, email: EmailForm, errors: list[tuple[str, str]]) -> str:
    session = db.session()
    me = people.profile(session, person().id)
    listed = sessions.listed(session, person().id, clock.now())
    has_password = me is not None and _has_password(me)
    return render(
        "account/home.html", me=me, name=name, email=email, errors=errors, sessions=listed, this=current_user.live.id,
        has_password=has_password, kept=email.email.raw_data is not None and not errors, said=SAID.get(request.args.get("said", "")),
    )


@bp.get("/")
@needs(Permission.LEARN)
def home() -> str:
    return _home(NameForm(), EmailForm(confirming.kept()), [])


@bp.post("/name")
@needs(Permission.LEARN)
def change_name() -> Any:
    form = NameForm(request.form)
    if not form.validate():
        return _home(form, EmailForm(), problems(form)), 422
    with writing(db.session()) as session:
        accounts.rename(session, person().id, clean_name(form.name.data or ""), clock.now())
    return redirect(url_for(".home", said="name"), 303)


@bp.post("/email")
@needs(Permission.LEARN)
def change_email() -> Any:
    form = EmailForm(request.form)
    if not form.validate():
        return _home(NameForm(), form, problems(form)), 422
    if not confirming.fresh():
        return confirming.first(url_for(".home"))
    me = people.profile(db.session(), person().id)
    assert me is not None
    if people.plain_email(form.email.data or "") == me.email:
        return _home(NameForm(), form, [("email", "This is your address already")]), 422
    with writing(db.session()) as session:
        accounts.ask_email(session, me, form.email.data or "", clock.now())
    return redirect(url_for(".home", said="email"), 303)


@bp.get("/password")
@needs(Permission.LEARN)
def password() -> str:
    return _password([])


def _password(errors: list[tuple[str, str]]) -> str:
    me = people.profile(db.session(), person().id)
    return render("account/password.html", errors=errors, fresh=confirming.fresh(), has_password=me is not None and _has_password(me), me=me)


def _has_password(me: people.Profile) -> bool:
    return accounts.kept_password(db.session(), me.email)[1] is not None


@bp.post("/password")
@needs(Permission.LEARN)
def change_password() -> Any:
    """The two inputs are both called password: pages that give people back what they sent leave that name out."""
    session, now = db.session(), clock.now()
    came = _still()
    me = people.profile(session, person().id)
    assert me is not None
    old, new = ["", "", *request.form.getlist("password")][-2:]
    if not confirming.fresh():
        if not _has_password(me):
            return _password([]), 422
        if words := _old_problem(me, came, old):
            return _password([("old", words)]), 422
    if words := passwords.problem(new, accounts.known_words(session, me)):
        return _password([("new", words)]), 422
    session.rollback()
    hashed = passwords.make(new)
    with writing(session):
        if not sessions.end(session, current_user.live.id, me.id, now):
            raise ComeBack  # signed out everywhere meanwhile: whoever holds this session must not get another one
        accounts.set_password(session, me.id, hashed, now)
        entered = accounts.enter(session, me.id, came, accounts.privileged(person()), now)
    return cookies.begin(make_response(redirect(url_for(".home", said="password"), 303)), entered.secret)


def _old_problem(me: people.Profile, came: Came, given: str) -> str | None:
    """Why the current password that was given does not do; None when it is right."""
    session, now = db.session(), clock.now()
    with writing(session):
        allowed = accounts.take_guess(session, me.email, came, now)
    if not allowed:
        return accounts.TOO_MANY
    _, kept_form = accounts.kept_password(session, me.email)
    session.rollback()
    if not passwords.matches(kept_form, given):
        return "That is not your current password. If you have forgotten it, sign out and ask for a link by email"
    with writing(session):
        accounts.right_guess(session, me.email, came, now)
    return None
