"""The forms of joining, signing in and one's account."""
from __future__ import annotations

import re

from wtforms import BooleanField, EmailField, Form, PasswordField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from elearn.actions.accounts import CODE_LETTERS, plain_code
from elearn.rules.certificates import LONGEST_NAME, clean_name

ROLES = (("volunteer", "As a volunteer"), ("staff", "In a paid job"), ("student", "I’m a student"))

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def check_email(_: Form, field: EmailField) -> None:
    """An address that could be one; whether it is, the link that is sent there will show."""
    text = (field.data or "").strip()
    if not text:
        raise ValidationError("Enter your email address")
    if len(text) > 254 or not text.isascii() or not _EMAIL.fullmatch(text):
        raise ValidationError("Check the email address. It should look like name@example.org")


_ADDRESS = re.compile(r"@|://|\bwww\.", re.IGNORECASE)
"""What makes a mail program turn words into a link: whoever joins could have us send theirs to a stranger."""


def check_name(_: Form, field: StringField) -> None:
    if _ADDRESS.search(field.data or ""):
        raise ValidationError("Enter just your name, without a web or email address")
    if not clean_name(field.data or ""):
        raise ValidationError("Enter your name, as you want it on your certificates")
    if len(field.data or "") > LONGEST_NAME:
        raise ValidationError(f"Use at most {LONGEST_NAME} letters for your name")


def check_code(_: Form, field: StringField) -> None:
    text = (field.data or "").strip()
    if not text:
        raise ValidationError("Enter your team code. Your manager can give it to you")
    if len(plain_code(text)) != CODE_LETTERS:
        short = "too short" if len(plain_code(text)) < CODE_LETTERS else "too long"
        raise ValidationError(f"Check the team code. {text[:20]} is {short}")


def check_role(_: Form, field: RadioField) -> None:
    if field.data not in dict(ROLES):
        raise ValidationError("Choose how you work with children")


class JoinForm(Form):
    """Joining with a team code."""

    code = StringField(validators=[check_code])
    name = StringField(validators=[check_name])
    email = EmailField(validators=[check_email])
    role = RadioField(choices=[SelectChoice(value, words) for value, words in ROLES], validators=[check_role], validate_choice=False)


class SignInForm(Form):
    """Signing in, by link or by password."""

    email = EmailField(validators=[check_email])
    password = PasswordField()
    shared = BooleanField()


class EmailForm(Form):
    """Just an address."""

    email = EmailField(validators=[check_email])


class NameForm(Form):
    """Just a name."""

    name = StringField(validators=[check_name])
