"""Who is in the demo: the people one can sign in as, the rest of their team, and everyone else by chance."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import cycle
from random import Random

from elearn.demo.partnership import EAST, NAMES, OAKFIELD, OFFICE, STAFF, STUDENT, TEAMS, VOLUNTEER, WRITTEN_THEIR_WAY, TeamPlan


class Way(Enum):
    """How someone usually goes about what is asked of them."""

    PROMPT = "in good time"
    LATE = "some weeks late"
    LAPSING = "once, and not again"
    NEVER = "not yet"
    STARTED = "begun, and stopped half-way"
    STUCK = "every try used, and asked for one more"


_WAYS = (Way.PROMPT,) * 66 + (Way.LATE,) * 15 + (Way.LAPSING,) * 7 + (Way.NEVER,) * 6 + (Way.STARTED,) * 6


@dataclass(frozen=True, slots=True)
class Plan:
    """Someone to make. ``joined`` and ``left`` count days before today; ``but`` names items they go about in another way."""

    name: str
    mail: str
    team: str
    job: str
    role: str
    joined: int
    way: Way = Way.PROMPT
    but: tuple[tuple[str, Way], ...] = ()
    left: int | None = None
    manages: tuple[str, ...] = ()
    trainer: bool = False
    administrator: bool = False
    signs_in: str = ""
    """What kind of person this is, for those with the demo's password."""

    def way_with(self, item: str) -> Way:
        return dict(self.but).get(item, self.way)


L1, NEGLECT, CURIOUS, GCP2 = "child-abuse-and-neglect", "child-neglect", "professional-curiosity", "graded-care-profile-2"

CAST = (
    Plan("Amira Khan", "amira.khan@oakfield.example", OAKFIELD, "Family volunteer", VOLUNTEER, 12, Way.NEVER,
         ((L1, Way.STARTED), (CURIOUS, Way.PROMPT)), signs_in="Volunteer, half-way through the level 1 course"),
    Plan("Helen Marsh", "helen.marsh@oakfield.example", OAKFIELD, "Centre manager", STAFF, 2300, manages=(OAKFIELD,),
         signs_in="Manager of Oakfield Family Centre"),
    Plan("Marcus Bell", "marcus.bell@wspp.example", OFFICE, "Trainer", STAFF, 1900, trainer=True,
         signs_in="Trainer, who keeps the registers"),
    Plan("Bethan Rees", "bethan.rees@wch.example", EAST, "Health visitor", STAFF, 2100, signs_in="Health visitor, trained to use GCP2"),
    Plan("Ruth Adeyemi", "ruth.adeyemi@wspp.example", OFFICE, "Partnership manager", STAFF, 2600, manages=(OFFICE,), administrator=True,
         signs_in="Administrator of the site"),
    Plan("Joan Pickering", "joan.pickering@oakfield.example", OAKFIELD, "Family volunteer", VOLUNTEER, 1400,
         signs_in="Volunteer, up to date"),
    Plan("Kwame Mensah", "kwame.mensah@oakfield.example", OAKFIELD, "Youth worker", STAFF, 300, Way.NEVER,
         signs_in="Youth worker, overdue"),
    Plan("Siân Hughes", "sian.hughes@oakfield.example", OAKFIELD, "Family volunteer", VOLUNTEER, 6, Way.NEVER,
         signs_in="Volunteer who joined last week"),
    Plan("Tomasz Nowak", "tomasz.nowak@oakfield.example", OAKFIELD, "Support worker", STAFF, 60, but=((L1, Way.STUCK),),
         signs_in="Support worker, waiting for one more try"),
    Plan("Daniel Okafor", "daniel.okafor@oakfield.example", OAKFIELD, "Social worker", STAFF, 1500),
    Plan("Fatima Begum", "fatima.begum@oakfield.example", OAKFIELD, "Nursery key worker", STAFF, 25, Way.NEVER, ((CURIOUS, Way.PROMPT),)),
    Plan("Mei Lin Chan", "mei-lin.chan@oakfield.example", OAKFIELD, "Midwife", STAFF, 1100),
    Plan("Priya Shah", "priya.shah@oakfield.example", OAKFIELD, "School nurse", STAFF, 900, Way.LAPSING),
    Plan("Lewis Grant", "lewis.grant@oakfield.example", OAKFIELD, "Student social worker", STUDENT, 40, Way.LATE),
    Plan("Grace Bautista", "grace.bautista@oakfield.example", OAKFIELD, "Family support worker", STAFF, 1300),
    Plan("Ifeoma Okeke", "ifeoma.okeke@wspp.example", OFFICE, "Trainer", STAFF, 1200, trainer=True),
)
"""The people one meets by name; the first nine can be signed in as."""

CHANGES_NAME = ("daniel.okafor@oakfield.example", "Daniel Okafor-Reid")
TAKEN_BACK = "grace.bautista@oakfield.example"


@dataclass(slots=True)
class _Register:
    """Names and addresses given out so far, so that no two people share one."""

    taken: set[str] = field(default_factory=set)

    def address(self, first: str, domain: str) -> str:
        base, number = re.sub(r"[^a-z0-9.-]+", "", first), 1
        address = f"{base}@{domain}.example"
        while address in self.taken:
            number += 1
            address = f"{base}{number}@{domain}.example"
        self.taken.add(address)
        return address


def everyone(random: Random) -> Sequence[Plan]:
    """400 people; the same for the same *random*."""
    register = _Register({plan.mail for plan in CAST})
    names = _names(random, {plan.name for plan in CAST})
    own_letters = cycle(WRITTEN_THEIR_WAY)
    found = list(CAST)
    for number, team in enumerate(TEAMS):
        here = [plan for plan in CAST if plan.team == team.name]
        managed = any(team.name in plan.manages for plan in here)
        for place in range(team.size - len(here)):
            special = 0 < number <= len(WRITTEN_THEIR_WAY) and place == 1
            name, first = next(own_letters) if special else _plain(next(names))
            mail = register.address(first, team.domain)
            found.append(_by_chance(random, team, place, name, mail, leads=place == 0 and not managed))
    return found


def _by_chance(random: Random, team: TeamPlan, place: int, name: str, mail: str, leads: bool) -> Plan:
    if leads:
        return Plan(name, mail, team.name, "Team manager", STAFF, random.randint(900, 2800), manages=(team.name,))
    job, role = team.jobs[place % len(team.jobs)]
    left = random.randint(20, 400) if random.random() < 0.04 else None
    return Plan(name, mail, team.name, job, role, _joined(random, role), random.choice(_WAYS), left=left)


def _joined(random: Random, role: str) -> int:
    """Days ago: most have been here for years, some came lately, and students never stay long."""
    if role == STUDENT:
        return random.randint(10, 300)
    return random.randint(4, 60) if random.random() < 0.08 else random.randint(60, 2900)


def _names(random: Random, taken: set[str]) -> Iterator[str]:
    """Names without end, each once."""
    weights = [12, *([3] * (len(NAMES) - 1))]
    while True:
        given, family = random.choices(NAMES, weights)[0]
        name = f"{random.choice(given)} {random.choice(family)}"
        if name not in taken:
            taken.add(name)
            yield name


def _plain(name: str) -> tuple[str, str]:
    """A name with the first part of its address."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(str.maketrans("łøđıə", "lodia")))
    return name, ".".join("".join(char for char in letters if char.isascii()).split())

