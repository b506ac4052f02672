"""Where the people of a team stand, as a report: one row for every person and item."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from elearn.actions.overview import Record
from elearn.reports.report import Report, Value
from elearn.rules.standing import Standing

COLUMNS = ("Name", "Email", "Role", "Job", "Team", "Agency", "Item", "Required", "State", "Reason", "Done", "Counts until", "Due", "As of")


def team_report(
    title: str, people: Iterable[Record], items: Sequence[str] | None, name: Callable[[str], str], as_of: datetime, zone: tzinfo,
    filters: Sequence[str] = (),
) -> Report:
    """Everyone in *people* with each of *items* (None: with every item they have a standing in).

    *name* turns the slug of an item into its title. An item that is not asked of someone says so, and is never left out: a gap could
    be read as "in order".
    """
    local = as_of.astimezone(zone)
    rows: list[Sequence[Value]] = []
    for one in people:
        rows += [_row(one, name(item), one.standings.get(item), local) for item in (one.standings if items is None else items)]
    return Report(title, COLUMNS, rows, local, filters)


def _row(one: Record, title: str, held: Standing | None, as_of: datetime) -> Sequence[Value]:
    who = one.profile
    state, reason = (held.state.value, held.reason) if held else ("not needed", "This is not asked of this person.")
    done, until, due = (held.done_on, held.until, held.due) if held else (None, None, None)
    return (
        who.name, who.email, who.role, who.job, who.team, who.agency, title, "yes" if held and held.required else "no", state, reason,
        done, until, due, f"{as_of:%Y-%m-%d %H:%M}",
    )
