"""Looking changes nothing: whoever follows every link there is leaves every table as it was, but for two that are meant to grow."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.web.town import PERSONAS, Town

if TYPE_CHECKING:
    from tests.web.walks import Walks

GROWS: Final = {
    "tools.show": {"gate_log"},  # every look at the gate is written down, as access must be
    "certificates.pdf": {"print"},  # the bytes of a PDF are made when first asked for, and kept for good
    "certificates.plain_pdf": {"print"},
    "certificates.everything": {"print"},
}
"""What a look at these may add. All else is pure; when a session was last in use is noted beside all this (town.UNSTEADY)."""


def test_the_walk_went_everywhere(walks: Walks, town: Town) -> None:
    """A walk that finds nothing proves nothing."""
    matcher = town.app.url_map.bind("localhost")
    seen = {path.partition("?")[0] for persona in PERSONAS for path, answer in walks.answers(persona) if answer.status_code == 200}
    reached = {matcher.match(path)[0] for path in seen}
    looks = {rule.endpoint for rule in town.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    unlinked = {
        "account.link",  # only mail leads there
        "account.look_in_mail", "account.reset", "account.confirm",  # one is sent there; a link stands where a password is asked for
        "certificates.verify",  # the printed code leads there
        "changes.show",  # offered when a course that somebody holds has changed
        "site.healthz", "site.robots", "site.security", "site.favicon",
        "statistics.export_devices", "statistics.export_stops",  # offered once thirty people have begun
        "tools.show",  # it answers 403 here
    }
    assert looks - reached <= unlinked, "no link leads here"


def test_every_look_is_answered(walks: Walks) -> None:
    for persona in PERSONAS:
        for path, answer in walks.answers(persona):
            fine = answer.status_code in {200, 301, 302, 303} or path.startswith("/tools/")
            assert fine, f"{persona} follows a link to {path}, which answers {answer.status}"


def test_looking_changes_nothing_but_the_logs_made_for_it(walks: Walks, town: Town) -> None:
    matcher = town.app.url_map.bind("localhost")
    for persona, path, tables in walks.changes:
        endpoint = matcher.match(path.partition("?")[0])[0]
        assert tables <= GROWS.get(str(endpoint), set()), f"{persona} looked at {path}, and {set(tables)} changed"
    changed = {table for table in walks.after if walks.after[table] != walks.tables[table]}
    assert changed <= {"gate_log", "print"}


def test_looking_at_the_gate_is_written_down_each_time(town: Town) -> None:
    before = len(town.rows()["gate_log"])
    for _ in range(2):
        town.client("learner").get("/tools/gcp2")
    rows = town.rows()["gate_log"]
    assert len(rows) == before + 2 and all(row[1] == town.people["learner"].id for row in rows[-2:])


def test_a_certificate_is_printed_once_however_often_it_is_asked_for(town: Town) -> None:
    path = town.address("/certificates/{certificate}.pdf", "learner")
    first, again = town.client("learner").get(path), town.client("learner").get(path)
    assert first.data == again.data and first.data.startswith(b"%PDF") and len(town.rows()["print"]) == 1


def test_a_link_from_a_mail_is_only_looked_at_until_its_button_is_pressed(town: Town) -> None:
    """Mail programs open links by themselves."""
    path = town.address("/account/link/{link}", "learner")
    for _ in range(3):
        assert town.app.test_client().get(path).status_code == 200
    assert not town.changed()
