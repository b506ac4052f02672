"""Every kind of page there is, where it is found, and who looks at it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.browser.site import AFFLUENT, KINDS, LEVEL1, NEGLECT


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page. ``path`` may name things of the site in braces; ``press`` is a button to press once it is open."""

    name: str
    path: str
    who: str = ""
    """Nobody: a visitor."""
    status: int = 200
    press: str = ""


_QUESTIONS = tuple(Kind(f"question, {kind}", f"/quiz/{{sitting}}/{number}", "nia") for number, kind in enumerate(KINDS, 1))
_CHECKS = ("single-choice", "multiple-choice", "matching", "scenario", "reflection", "numeric")

PAGES: Final = (
    Kind("home", "/"),
    Kind("home of someone signed in", "/", "amira"),
    Kind("theme", "/themes/2026-05-child-neglect"),
    Kind("themes", "/themes"),
    Kind("theme for someone who leads", "/themes/2026-05-child-neglect", "ruth"),
    Kind("listing", "/learn"),
    Kind("listing of what has a word", "/learn?q=neglect"),
    Kind("listing of nothing", "/learn?q=zebra"),
    Kind("worried", "/worried"),
    Kind("support", "/support"),
    Kind("help", "/help"),
    Kind("accessibility", "/accessibility"),
    Kind("privacy", "/privacy"),
    # briefings
    Kind("briefing", f"/7/{NEGLECT}"),
    *(Kind(f"box {number}", f"/7/{NEGLECT}/{number}") for number in (1, 4, 7)),
    Kind("briefing read by a visitor", f"/7/{NEGLECT}/done"),
    Kind("briefing read", f"/7/{NEGLECT}/done", "nia"),
    Kind("briefing on one page", f"/7/{NEGLECT}/print"),
    # courses
    Kind("course for a visitor", f"/learn/{LEVEL1}"),
    Kind("course half read", f"/learn/{LEVEL1}", "amira"),
    Kind("course done", f"/learn/{LEVEL1}", "ola"),
    Kind("course of a briefing", f"/learn/{NEGLECT}", "amira"),
    Kind("live course", "/learn/graded-care-profile-2", "bethan"),
    Kind("screen", f"/learn/{LEVEL1}/{{first-screen}}", "amira"),
    Kind("levels of support", "/learn/support-level-guidance/four-levels/levels", "amira"),
    Kind("sources", f"/learn/{LEVEL1}/sources"),
    Kind("last of the sources", f"/learn/{LEVEL1}/sources?page=3"),
    *(Kind(f"check, {kind}", f"/learn/{LEVEL1}/{{check-{kind}}}", "nia") for kind in _CHECKS),
    Kind("check with nothing answered", f"/learn/{LEVEL1}/{{check-single-choice}}", "nia", 422, "main .turn button"),
    *(Kind(f"checked, {kind}", f"/learn/{LEVEL1}/{{check-{kind}}}", "ola") for kind in _CHECKS),
    # resources
    Kind("resources", "/resources"),
    Kind("card", "/resources/aces", "amira"),
    Kind("strategy", "/resources/neglect-strategy", "ruth"),
    Kind("films", "/resources/watch-and-share"),
    Kind("poster", "/resources/poster-worried"),
    # quizzes
    *_QUESTIONS,
    Kind("question with nothing answered", "/quiz/{sitting}/1", "nia", 422, "main .turn button"),
    Kind("matching with nothing answered", "/quiz/{sitting}/4", "nia", 422, "main .turn button"),
    Kind("question where learning", "/quiz/{review}/8", "ola"),
    Kind("feedback, look again", "/quiz/{learning}/1", "nia"),
    *(Kind(f"feedback {number}", f"/quiz/{{learning}}/{number}", "nia") for number in range(2, 9)),
    Kind("review with one missing", "/quiz/{review}/review", "ola"),
    Kind("review with nothing answered", "/quiz/{sitting}/review", "nia"),
    Kind("passed", "/quiz/{passed}/result", "ola"),
    Kind("not yet", "/quiz/{not-yet}/result", "ola"),
    # one's own
    Kind("my learning, begun", "/my", "amira"),
    Kind("my learning, something changed", "/my", "ola"),
    Kind("what changed", "/learn/information-sharing/changes", "ola"),
    Kind("what changed, nothing", f"/learn/{NEGLECT}/changes", "amira"),
    Kind("my learning, overdue", "/my", "kwame"),
    Kind("my learning, up to date", "/my", "joan"),
    Kind("my learning, new", "/my?welcome=1", "viv"),
    Kind("certificates", "/certificates", "joan"),
    Kind("no certificates", "/certificates", "viv"),
    Kind("certificate", "/certificates/{joans}", "joan"),
    Kind("certificate taken back", "/certificates/{revoked}", "grace"),
    Kind("certificate replaced", "/certificates/{superseded}", "daniel"),
    Kind("check a number", "/c"),
    *(Kind(f"verify, {state}", f"/c/{{{state}}}") for state in ("valid", "expired", "revoked", "superseded")),
    Kind("verify, unknown", "/c/{unknown}", status=404),
    Kind("tool shut", "/tools/gcp2", "amira", 403),
    Kind("tool open", "/tools/gcp2", "bethan"),
    # accounts
    Kind("join", "/account/join"),
    Kind("join with nothing filled in", "/account/join", status=422, press="main form button.button"),
    Kind("look in your email", "/account/look-in-your-email"),
    Kind("sign in", "/account/sign-in"),
    Kind("sign in with nothing filled in", "/account/sign-in", status=422, press="main form button.button"),
    Kind("sign in by password", "/account/sign-in?how=password"),
    Kind("reset", "/account/reset"),
    Kind("link", "/account/link/{link-sign-in}"),
    Kind("link that has ended", "/account/link/nothing-like-it-was-ever-sent", status=410),
    Kind("account", "/account/", "amira"),
    Kind("new password", "/account/password", "amira"),
    Kind("confirm", "/account/confirm?next=/account/", "amira"),
    # managers, trainers, administrators
    Kind("teams", "/team", "ruth"),
    Kind("no team", "/team", "amira", 403),
    Kind("team", "/team/{team}", "helen"),
    Kind("person", "/team/people/{kwame}", "helen"),
    Kind("reach of a theme", "/themes/2026-05-child-neglect/reach", "ruth"),
    Kind("reach in one team", "/themes/2026-05-child-neglect/reach", "helen"),
    Kind("coverage", "/resources/neglect-strategy/coverage", "helen"),
    Kind("registers", "/live", "marcus"),
    Kind("register", "/live/{register}", "marcus"),
    Kind("office", "/office", "ruth"),
    Kind("office, asks", "/office/asks", "ruth"),
    Kind("office, people", "/office/people", "ruth"),
    Kind("office, person", "/office/people/{joan}", "ruth"),
    Kind("office, certificate", "/office/certificates/{joans}", "ruth"),
    Kind("office, certificate with nothing filled in", "/office/certificates/{joans}", "ruth", 422, "main form.panel button.button"),
    Kind("office, certificate taken back", "/office/certificates/{revoked}", "ruth"),
    Kind("office, invite", "/office/people/new", "ruth"),
    Kind("office, invite with nothing filled in", "/office/people/new", "ruth", 422, "main form button.button"),
    Kind("office, teams", "/office/teams", "ruth"),
    Kind("office, requirements", "/office/requirements", "ruth"),
    Kind("office, contacts", "/office/contacts", "ruth"),
    Kind("office, contact", "/office/contacts/{contact}/0", "ruth"),
    Kind("office, partnership", "/office/partnership", "ruth"),
    Kind("office, tools", "/office/tools", "ruth"),
    Kind("office, objective", "/office/strategies/neglect-strategy/commitment", "ruth"),
    Kind("office, objective with nothing filled in", "/office/strategies/neglect-strategy/new", "ruth", 422, "main form button.button"),
    Kind("office, links", "/office/links/2026-05-child-neglect", "ruth"),
    Kind("how questions do", "/office/questions", "ruth"),
    Kind("how questions do, too few", f"/office/questions/{LEVEL1}", "ruth"),
    Kind("how questions do, in a briefing", f"/office/questions/{NEGLECT}", "ruth"),
    Kind("how questions do, with figures", f"/office/questions/{AFFLUENT}", "ruth"),
    Kind("what the figures mean", "/office/questions/what-it-means", "ruth"),
    Kind("check the modules", "/office/writing", "ruth"),
    Kind("check a module", f"/office/writing/{NEGLECT}", "ruth"),
    Kind("a screen as learners see it", f"/office/writing/{NEGLECT}/see?part=boxes/see", "ruth"),
    Kind("a question as learners see it", f"/office/writing/{LEVEL1}/see?part=question%20{{bank-question}}&answered=1", "ruth"),
    Kind("a story with its map", f"/office/writing/{LEVEL1}/see?part=if-a-child-tells-you/kezia-talks&answered=1", "ruth"),
    Kind("office, mail", "/office/mail", "ruth"),
    Kind("office, letter", "/office/mail/{letter}", "ruth"),
    # what goes wrong
    Kind("error 403", "/office", "amira", 403),
    Kind("error 404", "/nothing/here", status=404),
    *(Kind(f"error {code}", f"/fault/{code}", "amira", code) for code in (409, 500, 503)),
)

BY_NAME: Final = {kind.name: kind for kind in PAGES}

NOT_PAGES: Final = frozenset(
    {
        "assets.send", "briefings.pdf", "certificates.everything", "certificates.pdf", "certificates.plain_pdf", "resources.pdf", "resources.plain_pdf", "site.favicon", "site.healthz",
        "site.robots", "site.security", "statistics.export", "statistics.export_devices", "statistics.export_stops", "team.export", "themes.export", "themes.feed",
    }
)
"""What is fetched but not looked at."""
