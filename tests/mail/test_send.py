"""Sending: into a folder for the owner's eyes alone, or to a mail server, and nothing of a message in the log."""
from __future__ import annotations

import logging
import shutil
import socketserver
import ssl
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from elearn.mail.send import Folder, NotSent, Relay, build
from elearn.settings import Smtp

FACTS = {
    "name": "Bob Adeyemi", "team": "Oakfield", "inviter": "Alice", "life": "15 minutes", "site_name": "Learning Zone",
    "partnership": "Westmere", "helpline": "", "link": "https://learn.example/account/link/the-secret",
}
TO, FROM = "bob@westmere.example", "learning@westmere.example"


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


# ---- The message --------------------------------------------------------------------------------------------------------

def test_a_message_has_a_plain_and_an_html_part_and_says_that_a_machine_wrote_it() -> None:
    message = read(build(TO, "sign-in", FACTS, FROM).as_bytes())
    assert (message["To"], message["From"], message["Subject"]) == (TO, FROM, "Your link to sign in")
    assert message["Auto-Submitted"] == "auto-generated" and message["Date"] and message["Message-ID"].endswith("@elearn.invalid>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for part in message.iter_parts():
        assert FACTS["link"] in part.get_content()


@pytest.mark.parametrize("breaks", [f"{end}Bcc: thief@example.org" for end in ("\r\n", "\n", "\r", "\u2028", "\x0b")])
@pytest.mark.parametrize("fact", ["name", "team", "inviter", "site_name", "partnership", "link"])
def test_no_fact_adds_a_header_or_another_receiver(breaks: str, fact: str) -> None:
    plain, message = (read(build(TO, "invite", facts, FROM).as_bytes()) for facts in (FACTS, FACTS | {fact: f"Bob{breaks}\r\n\r\nHello"}))
    assert message.keys() == plain.keys() and message["To"] == TO and message["Bcc"] is None
    assert len(list(message.iter_parts())) == 2


@pytest.mark.parametrize("address", [f"{TO}\r\nBcc: thief@example.org", f"{TO}\nX: y", "bob\r\n@westmere.example"])
def test_an_address_with_a_line_break_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        build(address, "sign-in", FACTS, FROM)


@pytest.mark.parametrize("address", ["bob,thief@example.org", "bob<thief@example.org>@x.example", "Bob Adeyemi@x.example"])
def test_an_address_never_becomes_two(address: str) -> None:
    message = read(build(address, "sign-in", FACTS, FROM).as_bytes())
    assert len(message["To"].addresses) == 1


def test_a_name_in_any_writing_arrives_as_it_is() -> None:
    for name in ("Zoë Łukasiewicz", "مريم العلي", "李小龍", "நந்தினி", "O’Brien-Šeš"):
        message = read(build(TO, "join", FACTS | {"name": name}, FROM).as_bytes())
        assert all(name in part.get_content() for part in message.iter_parts())


# ---- The folder ---------------------------------------------------------------------------------------------------------

def test_the_folder_and_what_is_in_it_are_for_the_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data" / "mail"
    Folder(folder, FROM).send(TO, "sign-in", FACTS)
    [file] = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(file.read_bytes())["To"] == TO
    assert FACTS["link"] in capsys.readouterr().out, "without a mail server, the server prints the link"


def test_messages_of_one_moment_are_all_kept_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from elearn import clock

    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _ in range(20):
        Folder(tmp_path, FROM).send(TO, "sign-in", FACTS)
    assert len(list(tmp_path.glob("*.eml"))) == 20


# ---- The mail server ----------------------------------------------------------------------------------------------------

@dataclass
class Server:
    """A mail server of our own on this machine. *says* answers a command with a line, or None for the usual one."""

    port: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    says: Callable[[str], str | None] = lambda _: None
    secure: ssl.SSLContext | None = None
    """With it, the server speaks TLS from the first byte."""

    def relay(self, tls: bool = False, user: str = "", password: str = "", at_once: bool = False) -> Relay:
        return Relay(Smtp("127.0.0.1", self.port, user, password, tls, at_once), FROM)


USUAL = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 yes", "DATA": "354 go on", "QUIT": "221 bye"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("socket.getfqdn", lambda *_: "here.example")  # no name server is asked
    state = Server()

    class Talk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def setup(self) -> None:
            if state.secure:
                self.request = state.secure.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self) -> None:
            self.say(state.says("CONNECT") or "220 here")
            while line := self.rfile.readline().decode("latin-1").strip():
                state.commands.append(line)
                verb = line.split()[0].upper()
                answer = state.says(line) or USUAL.get(verb, "250 yes")
                self.say(answer)
                if verb == "DATA" and answer.startswith("354"):
                    body = b"".join(iter(self.rfile.readline, b".\r\n"))
                    state.messages.append(body)
                    self.say(state.says("BODY") or "250 kept")
                if verb in {"QUIT", "STARTTLS"}:
                    return

    class Quiet(socketserver.ThreadingTCPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up because it does not believe us is what some tests are about."""

    with Quiet(("127.0.0.1", 0), Talk) as made:
        state.port = made.server_address[1]
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield state
        made.shutdown()


def test_a_message_goes_to_the_mail_server(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    server.relay().send(TO, "sign-in", FACTS)
    assert [f"mail FROM:<{FROM}>", f"rcpt TO:<{TO}>"] == [line.split(" size=")[0] for line in server.commands if "<" in line]
    [raw] = server.messages
    assert read(raw)["Subject"] == "Your link to sign in"
    assert TO not in caplog.text and "the-secret" not in caplog.text


def test_the_password_is_given_when_there_is_one(server: Server) -> None:
    server.relay(user="learn", password="a-password").send(TO, "sign-in", FACTS)
    assert any(line.startswith("AUTH PLAIN") for line in server.commands) and len(server.messages) == 1


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody has signed but itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl here to make a certificate with")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=here"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *files], check=True, capture_output=True)
    return certificate, key


def test_a_message_goes_out_encrypted_from_the_first_byte(server: Server, papers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    server.secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.secure.load_cert_chain(*papers)
    monkeypatch.setenv("SSL_CERT_FILE", str(papers[0]))
    server.relay(tls=True, at_once=True, user="learn", password="a-password").send(TO, "sign-in", FACTS)
    [raw] = server.messages
    assert read(raw)["To"] == TO
    assert any(line.startswith("AUTH PLAIN") for line in server.commands) and "STARTTLS" not in server.commands


def test_a_certificate_that_nobody_vouches_for_is_not_believed(server: Server, papers: tuple[Path, Path]) -> None:
    server.secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.secure.load_cert_chain(*papers)
    with pytest.raises(ssl.SSLCertVerificationError):
        server.relay(tls=True, at_once=True, user="learn", password="a-password").send(TO, "sign-in", FACTS)
    assert server.commands == [] and server.messages == []


def test_a_server_that_does_not_speak_tls_at_once_hears_nothing(server: Server) -> None:
    with pytest.raises(OSError):
        server.relay(tls=True, at_once=True, user="learn", password="a-password").send(TO, "sign-in", FACTS)
    heard = "\n".join(server.commands)
    assert server.messages == [] and not any(word in heard for word in ("EHLO", "AUTH", TO, FROM))
    assert not heard or heard.startswith("\x16\x03"), "the first thing said is a TLS handshake, whose own bytes are drawn by chance"


def test_nothing_is_sent_in_the_clear_to_a_server_that_offers_no_tls(server: Server) -> None:
    with pytest.raises(NotSent):
        server.relay(tls=True, user="learn", password="a-password").send(TO, "sign-in", FACTS)
    assert server.messages == [] and not any(line.startswith(("AUTH", "mail", "rcpt")) for line in server.commands)


def test_a_server_that_shows_no_certificate_is_not_believed(server: Server) -> None:
    server.says = lambda line: {"E": "250-here\r\n250 STARTTLS", "S": "220 go on"}.get(line[0].upper()) if line != "CONNECT" else None
    with pytest.raises(OSError):
        server.relay(tls=True).send(TO, "sign-in", FACTS)
    assert server.messages == []


@pytest.mark.parametrize(
    ("when", "answer", "words"),
    [
        ("rcpt", f"550 no such person {TO}", r"\[550\]"), ("mail", f"451 later, {TO}", "451"),
        ("BODY", "554 the-secret looks like spam", "554"),
        ("CONNECT", "421 full", "421"), ("AUTH", "535 wrong", "535"),
    ],
)
def test_a_refusal_is_told_without_the_address_or_the_message(server: Server, when: str, answer: str, words: str) -> None:
    server.says = lambda line: answer if line.startswith(when) else None
    with pytest.raises(NotSent, match=words) as caught:
        server.relay(user="learn" if when == "AUTH" else "", password="p").send(TO, "sign-in", FACTS)
    told: Any = caught.value
    assert TO not in str(told) and "secret" not in str(told) and told.__suppress_context__


def test_nobody_at_the_other_end_is_an_error(server: Server) -> None:
    with pytest.raises(OSError):
        Relay(Smtp("127.0.0.1", 1, tls=False), FROM).send(TO, "sign-in", FACTS)
