"""/certificates : one's own certificates and their PDFs.  /c : anyone checks anyone's by its number."""
from __future__ import annotations

import io
import logging
import re
import threading
import time
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, redirect, request, stream_with_context, url_for

from elearn import clock
from elearn.actions import Refused, overview
from elearn.actions.certificates import Held, Named, held, held_by, try_surname
from elearn.actions.printing import pdf as printed
from elearn.documents.printer import PrintFailed
from elearn.records.db import Busy, db, writing
from elearn.rules.access import Permission
from elearn.rules.certificates import SHOWN, Certificate, VerdictKind, grouped, normalise, verdict
from elearn.rules.validity import in_words, local_day
from elearn.web import cookies
from elearn.web.catalogue import catalogue
from elearn.web.guard import needs, person, profile, public
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("certificates", __name__)

log = logging.getLogger(__name__)

ENDS_SOON = 60
"""Days before its end from which a certificate is shown as ending."""

MISSES, MISSES_IN = 30, 60.0
"""Numbers we never issued that one network may ask for in so many seconds."""

TOO_MANY = "That was a lot of tries. Wait a minute, then try again."


# ---- One's own ---------------------------------------------------------------------------------------------------------

def asked(code: str) -> Held | None:
    """The certificate an address names, in whatever spelling."""
    plain = normalise(code)
    return held(db.session(), plain) if plain else None


def _title(certificate: Certificate) -> str:
    return f"{certificate.course}, level {certificate.level}" if certificate.level else certificate.course


def _state(found: Held) -> tuple[str, str]:
    """Kind of status and its words, for the holder."""
    zone, until = tenant().zone, found.certificate.until
    today = local_day(clock.now(), zone)
    match found.verdict(today, zone).kind:
        case "revoked":
            return "expired", "Taken back"
        case "superseded":
            return "waiting", "Replaced"
        case "expired":
            return "late", f"Ran out on {in_words(until)}" if until else "Ran out"
    if until is None:
        return "done", "In date"
    if (until - today).days <= ENDS_SOON:
        return "due", f"Ends {in_words(until)}"
    return "done", f"In date until {in_words(until)}"


def _link(found: Held) -> str:
    """Where anyone can check it."""
    return f"{cookies.settings().url}{url_for('certificates.verify', code=found.code)}"


def _cover(found: Held) -> str:
    course = catalogue().courses.get(found.item)
    return course.cover if course else "done"


@bp.get("/certificates")
@needs(Permission.LEARN)
def mine() -> str:
    rows = [(found, _title(found.certificate), _cover(found), *_state(found)) for found in held_by(db.session(), person().id)]
    return render("certificates/mine.html", rows=rows, downloadable=sum(_stands(row[0]) for row in rows))


@bp.get("/certificates/<code>")
@needs(Permission.SEE_OWN, load=asked, into="found")
def show(found: Held) -> str:
    g.token_page = True
    zone, now = tenant().zone, clock.now()
    course = catalogue().courses.get(found.item)
    standing = overview.record(db.session(), profile(), catalogue().courses, now, zone, {found.item}).standings.get(found.item)
    return render(
        "certificates/show.html", found=found, standing=standing, course=course, certificate=found.certificate,
        title=_title(found.certificate), number=grouped(found.code),
        said=found.verdict(local_day(now, zone), zone), state=_state(found), link=_link(found),
        newer=grouped(found.superseded_by) if found.superseded_by else "",
    )


# ---- PDFs --------------------------------------------------------------------------------------------------------------

@bp.get("/certificates/<code>.pdf")
@needs(Permission.SEE_OWN, load=asked, into="found")
def pdf(found: Held) -> Any:
    return _download(found, plain=False)


@bp.get("/certificates/<code>/plain.pdf")
@needs(Permission.SEE_OWN, load=asked, into="found")
def plain_pdf(found: Held) -> Any:
    return _download(found, plain=True)


def _bytes(found: Held, plain: bool) -> bytes:
    """The bytes that were kept, or are kept now. Raises PrintFailed."""
    made = printed(db.session(), current_app.extensions["printer"], found.code, plain, cookies.settings().url, clock.now())
    assert made is not None
    return made


def _download(found: Held, plain: bool) -> Any:
    if found.withdrawn:
        day = in_words(local_day(found.withdrawn[0], tenant().zone))
        raise Refused(f"This certificate was taken back on {day}, so it cannot be downloaded.")
    try:
        body = _bytes(found, plain)
    except PrintFailed as error:
        log.error("certificate %s not printed: %s: %s", found.code[-4:], type(error).__name__, error)
        return render("certificates/not_printed.html", found=found), 503, {"Retry-After": "300"}
    response = Response(body, mimetype="application/pdf")
    return _attached(response, f"{_title(found.certificate)}{' (ink-saving)' if plain else ''}.pdf")


_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
"""What some file system does not take in a name."""


def _attached(response: Response, name: str) -> Response:
    """To be saved under *name*: in plain letters for old browsers, as it is for all others (RFC 6266)."""
    name = " ".join(_UNFIT.sub(" ", name).split())
    simple = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    simple = f"certificate{simple}" if simple.startswith(".") else simple
    as_it_is = {} if simple == name else {"filename*": f"UTF-8''{quote(name, safe='')}"}
    response.headers.set("Content-Disposition", "attachment", filename=simple, **as_it_is)
    return response


def _stands(found: Held) -> bool:
    return not found.withdrawn and not found.superseded_by


@bp.get("/certificates/all.zip")
@needs(Permission.LEARN)
def everything() -> Response:
    """Every certificate of one's own that was not taken back or replaced."""
    return _bundle((("", found) for found in held_by(db.session(), person().id) if _stands(found)), "My certificates.zip")


def bundle(numbers: Sequence[tuple[str, str]], name: str) -> Response:
    """These certificates in one file, each a folder and a number; the holder's name stands in front of the name of each."""
    return _bundle(_looked_up(numbers), name)


def _looked_up(numbers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Held]]:
    for folder, number in numbers:
        found = held(db.session(), number)
        if found and _stands(found):  # somebody may take one back while the others are on their way
            yield f"{_fit(folder) or 'Team'}/{_fit(found.certificate.holder_name)} ", found


def _bundle(found: Iterable[tuple[str, Held]], name: str) -> Response:
    response = Response(stream_with_context(_zipped(found)), mimetype="application/zip")
    return _attached(response, name)


MOST_BYTES = 100
"""Of a name within the name of a file: with the day, a title and the number it stays below the 255 bytes that disks take."""


def _fit(name: str) -> str:
    """*name* as any file system takes it: short enough, and without dots at its ends, for a folder ".." would lead out of where it is unpacked."""
    return _UNFIT.sub(" ", name).encode()[:MOST_BYTES].decode(errors="ignore").strip(" .")


class _Outlet(io.RawIOBase):
    """A file that can only be written; what was written is taken away in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _zipped(all_of_them: Iterable[tuple[str, Held]]) -> Iterator[bytes]:
    """A file of certificates, one at a time: never more than one PDF is in memory, and the database is let go while one is sent.

    Each comes with what stands before its name: a folder, a holder.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for before, found in all_of_them:
            name = f"{before}{found.certificate.completed:%Y-%m-%d} {_fit(_title(found.certificate))} {grouped(found.code)}"
            try:
                body, end = _bytes(found, plain=False), "pdf"
            except (PrintFailed, Busy) as error:
                log.error("certificate %s not printed: %s: %s", found.code[-4:], type(error).__name__, error)
                body, end = b"This certificate could not be printed just now. It is safe. Try again later.\n", "txt"
            at = found.certificate.issued_at.astimezone(tenant().zone)
            archive.writestr(zipfile.ZipInfo(f"{name}.{end}", (at.year, at.month, at.day, at.hour, at.minute, at.second)), body)
            db.session().rollback()
            yield outlet.take()
    yield outlet.take()


# ---- Anyone checks -----------------------------------------------------------------------------------------------------

class Misses:
    """How often each network asked for a number we never issued. Kept in memory: a look changes nothing that is stored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._counts: dict[str, int] = {}

    def _now(self) -> None:
        if time.monotonic() >= self._until:
            self._until, self._counts = time.monotonic() + MISSES_IN, {}

    def too_many(self, network: str) -> bool:
        with self._lock:
            self._now()
            return self._counts.get(network, 0) >= MISSES

    def add(self, network: str) -> None:
        with self._lock:
            self._now()
            self._counts[network] = self._counts.get(network, 0) + 1


def _misses() -> Misses:
    found: Misses = current_app.extensions.setdefault("missed-numbers", Misses())
    return found


def _network() -> str:
    """Where the request came from: an IPv4 address, or the part of an IPv6 address that one household shares."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    return str(ip_network(f"{address}/64", strict=False) if address.version == 6 else address)


OTHERS: Sequence[tuple[VerdictKind, str, str]] = (
    ("valid", "Real and in date", "It counts until the day it shows, to the end of that day."),
    ("expired", "Real, but it ran out", "It was valid until the day it shows. Ask if they have a newer one."),
    ("superseded", "Replaced by a newer one", "The name was put right. We show the number of the new certificate."),
    ("revoked", "Taken back", "The partnership withdrew it, and says when and why. Contact them before you rely on it."),
    ("unknown", "No such number", "We never use the letters I, L, O and U. Check it and try again."),
)
"""What the other answers look like."""

SLIP = "Check each letter and digit. This number has a slip in it, or a piece is missing"


@bp.get("/c")
@public("anyone may check a certificate")
def check() -> Any:
    typed = request.args.get("number", "").strip()[:100]
    if plain := normalise(typed):
        return redirect(url_for(".verify", code=plain), 303)
    errors = {"number": SLIP if typed else "Type the number of a certificate"} if "number" in request.args else {}
    return render("certificates/check.html", typed=typed, errors=errors, others=OTHERS, shown=SHOWN), 422 if errors else 200


@bp.get("/c/<code>")
@public("anyone may check a certificate")
def verify(code: str) -> Any:
    return _answer(code)


@bp.post("/c/<code>")
@public("anyone who knows the surname may see the name")
def name(code: str) -> Any:
    return _answer(code, surname=request.form.get("surname", "").strip()[:200])


def _answer(code: str, surname: str | None = None) -> Any:
    """What we say of one number, with the holder's name if *surname* is theirs."""
    g.token_page = True
    plain, network = normalise(code), _network()
    if plain is None:
        return render("certificates/check.html", typed=code[:100], errors={"number": SLIP}, others=OTHERS, shown=SHOWN), 404
    if _misses().too_many(network):
        return render("errors/refused.html", title="That was a lot at once", reason=TOO_MANY), 429, {"Retry-After": "60"}
    found = held(db.session(), plain)
    if found is None:
        _misses().add(network)
        return _page(plain, None, {}, None), 404
    if surname is None:
        return _page(plain, found, {}, None)
    return _named(plain, found, surname, network)


def _named(plain: str, found: Held, surname: str, network: str) -> Any:
    if not surname:
        return _page(plain, found, {"surname": "Type the last part of the name"}, None), 422
    with writing(db.session()) as session:
        said = try_surname(session, found, surname, network, clock.now())
    if said is Named.SAME:
        return _page(plain, found, {}, found.certificate.holder_name)
    if said is Named.TOO_MANY:
        error = "Too many names were tried. Wait an hour, or ask the person to show you the certificate"
        return _page(plain, found, {"surname": error}, None, surname), 429, {"Retry-After": "3600"}
    return _page(plain, found, {"surname": "That is not the name on this certificate. Check the spelling"}, None, surname), 422


def _page(plain: str, found: Held | None, errors: dict[str, str], holder: str | None, surname: str = "") -> str:
    zone = tenant().zone
    today = local_day(clock.now(), zone)
    said = found.verdict(today, zone) if found else verdict(None, None, None, today)
    return render(
        "certificates/verify.html", number=grouped(plain), plain=plain, found=found, said=said, shown=SHOWN, holder=holder, errors=errors,
        title=_title(found.certificate) if found else "", now=clock.now(), others=[row for row in OTHERS if row[0] != said.kind],
        surname=surname,
        newer=grouped(found.superseded_by) if found and found.superseded_by else "",
        older=grouped(found.supersedes) if found and found.supersedes else "",
    )
