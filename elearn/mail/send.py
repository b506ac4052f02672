"""Sends messages: by SMTP where that is set up, else into a folder of .eml files."""
from __future__ import annotations

import logging
import os
import secrets
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


PATIENCE = 20.0
"""Seconds to wait for the mail server."""


class NotSent(Exception):
    """The message did not go out."""


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
    """Keeps messages as files for the owner's eyes alone, and prints that one came: the whole site works without a mail server."""

    path: Path
    sender: str

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        message = build(to, template, facts, self.sender)
        file = self.path / f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
            kept.write(message.as_bytes())
        print(f"Mail for {to}: {message['Subject']}\n  {facts.get('link', '')}\n  kept in {file}", flush=True)


@dataclass(frozen=True, slots=True)
class Relay:
    """Hands messages to an SMTP server."""

    smtp: Smtp
    sender: str

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None:
        """Raises NotSent, whose words hold neither the address nor what was to be sent: they end up in the log."""
        message = build(to, template, facts, self.sender)
        try:
            with self._connect() as server:
                if self.smtp.user:
                    server.login(self.smtp.user, self.smtp.password)
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"the mail server answered {error.smtp_code} ({type(error).__name__})") from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            raise NotSent(f"the mail server refused the address: {codes}") from None
        except smtplib.SMTPException as error:
            raise NotSent(f"the mail server did not take the message ({type(error).__name__})") from None
        log.info("mail sent: %s", template)

    def _connect(self) -> smtplib.SMTP:
        """A connection that is encrypted as it should be, to a server whose certificate is good."""
        host, port = self.smtp.host, self.smtp.port
        if self.smtp.at_once:
            return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
        try:
            if self.smtp.tls:
                server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
        return server
