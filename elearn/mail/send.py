"""Sends messages: by SMTP where that is set up, else into a folder of .eml files."""
from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

from elearn import clock
from elearn.mail.messages import write
from elearn.settings import Smtp

log = logging.getLogger(__name__)


class Post(Protocol):
    """Takes a message and sees that it goes out; raises when it could not."""

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None: ...


def build(to: str, template: str, facts: Mapping[str, str], sender: str) -> EmailMessage:
    """The message with a plain and an HTML part. Names and addresses can add no header: the library encodes them.

    Raises ValueError for an address that is none.
    """
    local, _, domain = to.rpartition("@")
    written = write(template, facts)
    message = EmailMessage()
    message["Subject"] = " ".join(written.subject.split())
    message["From"] = sender
    message["To"] = Address(username=local, domain=domain)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain="elearn.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    return message


@dataclass(frozen=True, slots=True)
class Folder:
    """Keeps messages as files, and says on the log that one came: the whole site works without a mail server."""

    path: Path
    sender: str

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        message = build(to, template, facts, self.sender)
        name = f"{clock.now():%Y%m%dT%H%M%S%f}.eml"
        file = self.path / name
        file.touch(mode=0o600)
        file.write_bytes(message.as_bytes())
        print(f"Mail for {to}: {message['Subject']}\n  {facts.get('link', '')}\n  kept in {file}", flush=True)


@dataclass(frozen=True, slots=True)
class Relay:
    """Hands messages to an SMTP server."""

    smtp: Smtp
    sender: str

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None:
        with smtplib.SMTP(self.smtp.host, self.smtp.port, timeout=20) as server:
            if self.smtp.tls:
                server.starttls(context=ssl.create_default_context())
            if self.smtp.user:
                server.login(self.smtp.user, self.smtp.password)
            server.send_message(build(to, template, facts, self.sender))
        log.info("mail sent: %s", template)
