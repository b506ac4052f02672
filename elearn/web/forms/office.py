"""The forms of the office, of teams and of registers. Each names the fields it takes; whatever else is sent is not looked at."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, Regexp

from elearn.actions.attendance import LONGEST
from elearn.actions.certificates import LONGEST_REASON
from elearn.rules.certificates import LONGEST_NAME
from elearn.web.forms.account import check_email
from elearn.web.forms.typed import LONGEST_ADDRESS, as_name, at_most, one_line, several_lines

ROLES = (("volunteer", "Volunteer"), ("staff", "Paid staff"), ("student", "Student"))

LONGEST_LEVEL = 40
"""Letters of a level's name: two lines on a telephone."""

_NUMBER = re.compile(r"\+?[0-9](?:[ ()-]{0,2}[0-9]){2,14}")
_UNSEEN = re.compile(r"[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def _offer(pairs: Sequence[tuple[int | str, str]]) -> list[SelectChoice]:
    """What a list offers: value and words of each."""
    return [SelectChoice(value, words) for value, words in pairs]


def https_address(text: str) -> bool:
    """Whether *text* is the address of a page that nobody on the way can read or change."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host and not parts.username and not _UNSEEN.search(text)


def _https(form: Form, field: Field) -> None:
    if not https_address(field.data):
        raise ValidationError("Enter an address that begins with https://")


def _phone(form: Form, field: Field) -> None:
    if not _NUMBER.fullmatch(field.data):
        raise ValidationError("Enter a phone number in digits, like 0306 999 0142")


class Day(DateField):
    """A day, as browsers send it or as people type it: 2026-05-26, 26/05/2026 or 26 May 2026."""

    data: Any

    def __init__(self, label: str, validators: Sequence[Any], **rest: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"], **rest)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError:
            raise ValueError("Enter a day, like 26/05/2026") from None


class Whole(IntegerField):
    """A whole number."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata([text.strip()[:12] for text in valuelist])
        except ValueError:
            self.data = None
            if any(text.strip() for text in valuelist):
                raise ValueError("Enter a whole number, like 28") from None


class Choose(SelectField):
    """One of a list."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None

    def pre_validate(self, form: Form) -> None:
        if not any(choice.selected for choice in self.iter_choices()):
            raise ValidationError("Choose one from the list")


class InviteForm(Form):
    """Someone new for a team."""

    name = StringField("Their name", [DataRequired("Enter their name"), at_most(LONGEST_NAME)], filters=[as_name])
    email = StringField("Their email", [DataRequired("Enter their email"), check_email], filters=[one_line])
    role = Choose("How they work with children", choices=_offer(ROLES), default="staff")


class OfficeInviteForm(InviteForm):
    """Someone new for any team, who may also manage it or train."""

    team = Choose("Team", coerce=int)
    manages = BooleanField("They manage this team")
    trainer = BooleanField("They are a trainer")

    def __init__(self, *given: object, teams: Sequence[tuple[int | str, str]] = (), **values: object) -> None:
        super().__init__(*given, **values)
        self.team.choices = _offer(teams)


class PersonForm(Form):
    """Who someone is here."""

    name = StringField("Name", [DataRequired("Enter a name"), at_most(LONGEST_NAME)], filters=[as_name])
    role = Choose("How they work with children", choices=_offer(ROLES))
    job = StringField("Job", [at_most(LONGEST_NAME)], filters=[one_line])
    team = Choose("Team", coerce=int)
    trainer = BooleanField("Trainer: may record who came to live courses")
    administrator = BooleanField("Administrator: may change everything in this office")
    suspended = BooleanField("Suspended: may not sign in for now")
    left = Day("Last day, if they have left", [Optional()])

    def __init__(self, *given: object, teams: Sequence[tuple[int | str, str]] = (), **values: object) -> None:
        super().__init__(*given, **values)
        self.team.choices = _offer(teams)


class ChargeForm(Form):
    """A team for someone to manage, from one day to another."""

    managed = Choose("Team", coerce=int)
    since = Day("From", [InputRequired("Enter the first day, like 26/05/2026")])
    last_day = Day("Last day", [Optional()])

    def __init__(self, *given: object, teams: Sequence[tuple[int | str, str]] = (), **values: object) -> None:
        super().__init__(*given, **values)
        self.managed.choices = _offer(teams)


class AgencyForm(Form):
    """A new agency."""

    agency_name = StringField(
        "Name of the agency",
        [DataRequired("Enter a name for the agency"), at_most(LONGEST_NAME)], filters=[as_name],
    )


class TeamForm(Form):
    """A new team of an agency."""

    agency = Choose("Agency", coerce=int)
    team_name = StringField(
        "Name of the team", [DataRequired("Enter a name for the team"), at_most(LONGEST_NAME)], filters=[as_name]
    )

    def __init__(self, *given: object, agencies: Sequence[tuple[int | str, str]] = (), **values: object) -> None:
        super().__init__(*given, **values)
        self.agency.choices = _offer(agencies)


class RequirementForm(Form):
    """Something people must keep in date. How long it counts is judged by rules/validity.py."""

    item = Choose("What they must do")
    whom = Choose("Who must do it")
    role = Choose("Only people in this role", choices=_offer((("", "Any role"), *ROLES)))
    rule = Choose(
        "How long it counts",
        choices=_offer((
            ("module", "As long as the course itself says"),
            ("never", "For good"),
            ("rolling", "Some months from the day it was done"),
            ("anniversary", "Some months, always from the same day of the year"),
            ("fixed", "Until a fixed day of the year"),
        )),
    )
    months = Whole("Months it counts", [Optional(), NumberRange(1, 120, "Enter a number of months from 1 to 120")])
    window_days = Whole(
        "Days before its end from which it may be done again",
        [Optional(), NumberRange(0, 365, "Enter a number of days from 0 to 365")],
    )
    fixed_day = StringField("The fixed day, like 31 August", [Optional(), at_most(20)], filters=[one_line])
    at_least = Whole("Months it counts at least", [Optional(), NumberRange(0, 120, "Enter a number of months from 0 to 120")])
    due_days = Whole(
        "Days to do it in",
        [Optional(), NumberRange(0, 730, "Enter a number of days from 0 to 730, or leave it empty")],
    )
    starts = Day("From", [InputRequired("Enter the first day, like 26/05/2026")])

    def __init__(
        self, *given: object, items: Sequence[tuple[int | str, str]] = (), whom: Sequence[tuple[int | str, str]] = (), **values: object
    ) -> None:
        super().__init__(*given, **values)
        self.item.choices, self.whom.choices = _offer(items), _offer(whom)


class CorrectForm(Form):
    """The name as it should stand on a certificate."""

    holder = StringField(
        "Name on the certificate",
        [DataRequired("Type the name as it should stand on the certificate"), at_most(LONGEST_NAME)], filters=[one_line],
    )


class TakeBackForm(Form):
    """Why a certificate is taken back."""

    reason = TextAreaField(
        "Why it is taken back",
        [
            DataRequired("Say why it is taken back. Everyone who checks the number will see the reason"),
            at_most(LONGEST_REASON),
        ],
        filters=[several_lines],
    )


class EndForm(Form):
    """The last day of a requirement."""

    last_day = Day("Last day", [InputRequired("Enter the last day, like 26/05/2026")])


class ContactForm(Form):
    """A local number for help. An empty number takes the entry away."""

    name = StringField(
        "Name people see",
        [DataRequired("Enter a name, like “Children’s Services”"), at_most(LONGEST_NAME)], filters=[as_name],
    )
    number = StringField("Phone number", [Optional(), _phone], filters=[one_line])
    note = StringField("When to use it", [at_most(200)], filters=[one_line])
    checked = BooleanField("I have checked this number today")


def _level(number: int) -> StringField:
    words = f"Enter a name for level {number}. If it has none, enter “Level {number}”"
    return StringField(
        f"Level {number}", [DataRequired(words), at_most(LONGEST_LEVEL)], filters=[as_name]
    )


_OF_LEVEL = re.compile(r"(?<!\d)\d(?!\d)|\b(?:level|tier|stage|step|band)s?\s+(one|two|three|four)\b", re.IGNORECASE)


def _numbers_in(name: str) -> frozenset[int]:
    """The numbers of levels that stand in a name, in figures of any script, or in words after “level” and its like."""
    words = ("one", "two", "three", "four")
    found = (words.index(match[1].lower()) + 1 if match[1] else int(match[0]) for match in _OF_LEVEL.finditer(name))
    return frozenset(number for number in found if 1 <= number <= len(words))


class PartnershipForm(Form):
    """Who runs this site."""

    name = StringField(
        "Name of the partnership",
        [DataRequired("Enter the name of the partnership"), at_most(LONGEST_NAME)], filters=[as_name],
    )
    site_name = StringField(
        "Name of this site",
        [DataRequired("Enter a name for this site"), at_most(40)], filters=[as_name],
    )
    prefix = StringField(
        "Letters that begin certificate numbers",
        [Regexp(r"[A-Z][A-Z0-9]{1,2}\Z", message="Enter 2 or 3 capital letters and numbers, beginning with a letter, like WM7")],
        filters=[lambda text: one_line(text).upper()],
    )
    zone = Choose("Time zone")
    neutral_site = StringField(
        "Page that “Leave quickly” opens",
        [DataRequired("Enter an address that begins with https://"), _https, at_most(LONGEST_ADDRESS)], filters=[one_line],
    )
    signer = StringField("Who signs certificates", [at_most(LONGEST_NAME)], filters=[as_name])
    signer_role = StringField("Their role", [at_most(LONGEST_NAME)], filters=[one_line])
    level_1, level_2, level_3, level_4 = _level(1), _level(2), _level(3), _level(4)

    def __init__(self, *given: object, **values: object) -> None:
        super().__init__(*given, **values)
        zones = sorted(zone for zone in available_timezones() if zone.startswith("Europe/"))
        self.zone.choices = _offer([(zone, zone.replace("_", " ")) for zone in [*zones, "UTC"]])

    def validate_level_1(self, field: Field) -> None:
        self._of_its_own(1, field)

    def validate_level_2(self, field: Field) -> None:
        self._of_its_own(2, field, self.level_1)

    def validate_level_3(self, field: Field) -> None:
        self._of_its_own(3, field, self.level_1, self.level_2)

    def validate_level_4(self, field: Field) -> None:
        self._of_its_own(4, field, self.level_1, self.level_2, self.level_3)

    def _of_its_own(self, number: int, field: Field, *lower: Field) -> None:
        """Two levels of one name could not be told apart, and a name with another's number would lead to the wrong help."""
        if field.data.casefold() in {other.data.casefold() for other in lower}:
            raise ValidationError("Another level has this name. Give each level a name of its own")
        if others := sorted(_numbers_in(field.data) - {number}):
            raise ValidationError(f"This is level {number}, and {others[0]} is the number of another level. Take it out of this name")


class ToolForm(Form):
    """Where a gated tool is kept. With no address it is shut for everyone."""

    address = StringField("Address of the tool", [Optional(), _https, at_most(LONGEST_ADDRESS)], filters=[one_line])
    licence = BooleanField("Our organisation holds the licence for this tool, and only trained people will be given what is there")

    def validate_licence(self, field: Field) -> None:
        if self.address.data and not field.data:
            raise ValidationError("Tick this if your organisation holds the licence. Without it we can’t send anyone there.")


class LiveForm(Form):
    """A day of a live course."""

    course = Choose("Course")
    day = Day("Day", [InputRequired("Enter the day, like 26/05/2026")])
    place = StringField(
        "Place",
        [DataRequired("Enter the place, like “Town Hall, room 2”, or “online”"), at_most(LONGEST_NAME)],
        filters=[one_line],
    )
    minutes = Whole(
        "Minutes it lasted",
        [InputRequired("Enter how many minutes it lasted, like 390"), NumberRange(1, LONGEST, f"Enter a number of minutes up to {LONGEST}")],
    )

    def __init__(
        self, *given: object, courses: Sequence[tuple[int | str, str]] = (), days: tuple[date, date] | None = None,
        least: Mapping[str, int] = MappingProxyType({}), **values: object,
    ) -> None:
        """*days* are the first and the last that are possible; *least* is how many minutes each course must have lasted."""
        super().__init__(*given, **values)
        self.course.choices, self._days, self._least = _offer(courses), days, least

    def validate_day(self, field: Field) -> None:
        if self._days and field.data and field.data > self._days[1]:
            raise ValidationError("That day is still to come. Make the register on the day, or after it.")
        if self._days and field.data and field.data < self._days[0]:
            raise ValidationError("That is more than ten years ago. Check the year.")

    def validate_minutes(self, field: Field) -> None:
        least = self._least.get(self.course.data, 0)
        if field.data is not None and field.data < least:
            raise ValidationError(f"Enter {least} minutes or more: a shorter day does not count as this course.")


class RegisterForm(Form):
    """The words of a register; the people on it are read beside it."""

    find = TextAreaField("Names or emails", [at_most(4_000)], filters=[several_lines])
    reason = StringField("Why", [at_most(200)], filters=[one_line])
