"""What our messages say: one idea and one button each, and nothing private in the subject, which shows on a lock screen."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class Message:
    """The words of one kind of message. ``{name}`` and the like stand for facts; they are values, never templates."""

    subject: str
    heading: str
    before: tuple[str, ...]
    button: str
    after: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is sent."""

    subject: str
    text: str
    html: str


_ONCE = "The link works once, for {life}."
_NOT_ME = "If this was not you, you can leave it: nothing happens until the link is used."

MESSAGES: Mapping[str, Message] = {
    "join": Message(
        "Finish joining {site_name}",
        "One more step",
        ("Hello {name},", "Press the button to join {team}. What you have read already will be saved."),
        "Join {team}",
        (_ONCE, _NOT_ME),
        "You get this because someone gave this address on our joining page.",
    ),
    "already": Message(
        "Your account on {site_name}",
        "You already have an account",
        ("Hello {name},", "Someone, perhaps you, tried to join with this address. You can sign in with the button."),
        "Sign in",
        (_ONCE, _NOT_ME),
        "You get this because this address was given on our joining page.",
    ),
    "invite": Message(
        "An invitation to {site_name}",
        "Come and join {team}",
        ("Hello {name},", "{inviter} invites you to join {team} on {site_name}, where your safeguarding learning is kept."),
        "Join {team}",
        (_ONCE,),
        "You get this because {inviter} gave us your work address.",
    ),
    "sign-in": Message(
        "Your link to sign in",
        "Sign in",
        ("Hello {name},", "Here is your link to sign in to {site_name}."),
        "Sign in",
        (_ONCE, _NOT_ME),
        "You get this because someone asked for a link to sign in with this address.",
    ),
    "reset": Message(
        "Choose a new password",
        "Choose a new password",
        ("Hello {name},", "Press the button to choose a new password for {site_name}."),
        "Choose a password",
        (_ONCE, _NOT_ME),
        "You get this because someone asked to change the password for this address.",
    ),
    "confirm-email": Message(
        "Confirm your new address",
        "Is this your address?",
        ("Hello {name},", "Press the button to use this address for {site_name} from now on."),
        "Use this address",
        (_ONCE, _NOT_ME),
        "You get this because this address was given on an account page.",
    ),
    "email-changed": Message(
        "Your address was changed",
        "Your address was changed",
        (
            "Hello {name},",
            "The address for your account on {site_name} is now {new_email}. If that was you, there is nothing to do.",
            "If it was not you, change it back. That also signs out every device and takes the password away: nobody else can come in.",
        ),
        "Change it back",
        (_ONCE,),
        "You get this because this was the address of your account until now.",
    ),
    "password-changed": Message(
        "A change to your account",
        "Your password was changed",
        (
            "Hello {name},",
            "The password for your account on {site_name} was changed. If that was you, there is nothing to do.",
            "If this was not you, choose a new one now. That also signs out every device.",
        ),
        "Choose a new password",
        (),
        "You get this because this is the address of your account.",
    ),
}
"""Every message by its name."""


def write(template: str, facts: Mapping[str, str]) -> Written:
    """The message called *template* for these *facts*. Raises KeyError for an unknown message or a missing fact."""
    message = MESSAGES[template]
    subject = message.subject.format_map(facts)
    said = {
        "subject": subject,
        "heading": message.heading.format_map(facts),
        "before": [line.format_map(facts) for line in message.before],
        "button": message.button.format_map(facts),
        "after": [line.format_map(facts) for line in message.after],
        "why": message.why.format_map(facts),
    }
    page = {**said, **{name: facts[name] for name in ("link", "site_name", "partnership")}, "helpline": facts.get("helpline", "")}
    return Written(subject, _env().get_template("mail/message.txt").render(page), _env().get_template("mail/message.html").render(page))


@lru_cache(maxsize=1)
def _env() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=select_autoescape(("html",)),
    )
