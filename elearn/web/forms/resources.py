"""What administrators fill in to make resources and themes their partnership's own."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Form, RadioField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields import Field, SelectChoice
from wtforms.validators import DataRequired, Optional

from elearn.web.forms.office import Day, https_address
from elearn.web.forms.typed import LONGEST_ADDRESS, at_most, one_line

MOST_ITEMS = 8

PLACES = [SelectChoice("more", "More to read or watch"), SelectChoice("review", "A review, and what we learned from it")]


class ObjectiveForm(Form):
    """One objective of a strategy."""

    title = StringField("What we want", [DataRequired("Enter what you want, in a few words"), at_most(80)], filters=[one_line])
    text = TextAreaField("In one or two sentences", [at_most(240)], filters=[one_line])
    owner = StringField("Who leads on it", [at_most(80)], filters=[one_line])
    measure = StringField("How you will know", [at_most(160)], filters=[one_line])
    review_on = Day("When you will look at it again", [Optional()])
    items = SelectMultipleField("Learning that goes with it")

    def __init__(self, *given: Any, courses: Sequence[tuple[str, str]] = (), **values: Any) -> None:
        super().__init__(*given, **values)
        self.items.choices = [SelectChoice(slug, title) for slug, title in courses]

    def validate_items(self, field: Field) -> None:
        if len(field.data or ()) > MOST_ITEMS:
            raise ValidationError(f"Choose {MOST_ITEMS} or fewer: people need to see what matters most")


class LinkForm(Form):
    """A page of the partnership's own, for a resource or a theme."""

    title = StringField("What it is", [DataRequired("Enter what the page is, like “Our neglect strategy”"), at_most(120)], filters=[one_line])
    address = StringField("Its address", [DataRequired("Enter an address that begins with https://"), at_most(LONGEST_ADDRESS)], filters=[one_line])
    text = StringField("One line about it", [at_most(200)], filters=[one_line])
    place = RadioField("Where it belongs", choices=PLACES, default="more")

    def validate_address(self, field: Field) -> None:
        if not https_address(field.data):
            raise ValidationError("Enter an address that begins with https://")
