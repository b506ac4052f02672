"""Work done later. To add a job: write its function, then name it at the end of `jobs`."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import printing
from elearn.documents.printer import Printer
from elearn.jobs.worker import Do
from elearn.mail.send import Post
from elearn.records import learning, outbox, sessions, tenancy
from elearn.records.db import writing

Open = Callable[[], Session]


def jobs(printer: Printer, post: Post, url: str) -> Mapping[str, Do]:
    """Every job by its name, bound to what it works with."""

    def mail(open_session: Open, to: str, template: str, path: str, facts: dict[str, str]) -> None:
        with open_session() as session:
            partnership = tenancy.partnership(session)
            helpline = next((c.number for c in tenancy.contacts(session) if c.key == "childrens-services" and c.agency_id is None), "")
        site = {"site_name": partnership.site_name, "partnership": partnership.name, "helpline": helpline, "link": f"{url}{path}"}
        if to:
            post.send(to, template, site | facts)

    def print_(open_session: Open, code: str) -> None:
        with open_session() as session:
            printing.pdf(session, printer, code, plain=False, url=url, now=clock.now())

    def tidy(open_session: Open) -> None:
        with open_session() as session, writing(session):
            now: datetime = clock.now()
            sessions.tidy(session, now)
            outbox.tidy(session, now)
            learning.forget_visitors(session, now)

    return {"mail": mail, "print": print_, "tidy": tidy}
