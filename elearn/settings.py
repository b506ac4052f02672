"""Settings, read once from the environment; refuses to start when something is missing or weak."""
from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]

KEYS = ("csrf", "links", "device")
"""One secret for each purpose, so that losing or changing one leaves the others alone."""

KEY_BYTES = 32

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class BadSettings(Exception):
    """The installation is not safe or not complete; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """32 random bytes for each purpose; never shown when settings are."""

    csrf: bytes = field(repr=False)
    links: bytes = field(repr=False)
    device: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail goes, when it goes out at all."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True
    at_once: bool = False
    """Encrypted from the first byte (implicit TLS, RFC 8314), not only after STARTTLS."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program is told from outside."""

    data: Path
    """Folder of the database, keys and mail; readable by the owner alone."""
    database: str
    """SQLAlchemy address."""
    keys: Keys
    url: str
    """The public address, without a slash at the end; links in mail begin with it."""
    modules: Path = ROOT / "modules"
    host: str = "127.0.0.1"
    port: int = 8000
    smtp: Smtp | None = None
    mail_from: str = "learning@localhost"
    proxies: int = 0
    """How many proxies stand in front, whose X-Forwarded-* headers are then believed."""
    demo: bool = False

    @property
    def https(self) -> bool:
        return self.url.startswith("https:")

    @property
    def hosts(self) -> frozenset[str]:
        """Host headers we answer to."""
        here = urlsplit(self.url).netloc
        return frozenset({here, f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @classmethod
    def from_environment(cls) -> Settings:
        """Read ELEARN_DATA, ELEARN_DATABASE, ELEARN_URL, ELEARN_MODULES, ELEARN_SMTP, ELEARN_MAIL_FROM, ELEARN_PROXIES, HOST, PORT.

        Raises BadSettings when one of them cannot be read, and when the data folder has not been made or is open to others.
        """
        data = Path(os.environ.get("ELEARN_DATA") or ROOT / "data").resolve()
        host, port = os.environ.get("HOST") or "127.0.0.1", _port(os.environ.get("PORT") or "8000")
        if host not in LOOPBACK and not os.environ.get("ELEARN_URL"):
            raise BadSettings(f"HOST is {host}, so others can reach this site. Set ELEARN_URL to its public address, such as https://learn.example.org")
        if host not in LOOPBACK and (data / "demo").exists():
            raise BadSettings("This data folder holds the demo, whose passwords are known. It is served on 127.0.0.1 only.")
        return cls(
            data=data,
            database=os.environ.get("ELEARN_DATABASE") or f"sqlite:///{data / 'elearn.sqlite'}",
            keys=read_keys(data),
            url=(os.environ.get("ELEARN_URL") or f"http://{host}:{port}").rstrip("/"),
            modules=Path(os.environ.get("ELEARN_MODULES") or ROOT / "modules").resolve(),
            host=host,
            port=port,
            smtp=_smtp(os.environ.get("ELEARN_SMTP") or ""),
            mail_from=os.environ.get("ELEARN_MAIL_FROM") or "learning@localhost",
            proxies=_proxies(os.environ.get("ELEARN_PROXIES") or "0"),
            demo=(data / "demo").exists(),
        )


def _whole(text: str) -> int:
    """A number of a few plain digits, or -1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


def _port(text: str) -> int:
    if not 0 < _whole(text) < 65536:
        raise BadSettings(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


MOST_PROXIES = 10


def _proxies(text: str) -> int:
    if not 0 <= _whole(text) <= MOST_PROXIES:
        raise BadSettings(f"ELEARN_PROXIES is {text!r}; it must be how many proxies of yours stand in front: 0, 1, or at most {MOST_PROXIES}.")
    return int(text)


SMTP_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
"""How mail may be handed over, with the usual port: encrypted at once, by STARTTLS, or in the clear to a relay on this machine."""


def _smtp(text: str) -> Smtp | None:
    """Read ``smtps://user:password@host:465``; a sign that means something in an address is written as in any URL: ``%40`` for @.

    ``smtp://`` is STARTTLS (but on port 465, where servers speak TLS at once); ``smtp+plain://`` leaves out TLS. Raises BadSettings,
    whose words leave the password out.
    """
    if not text:
        return None
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        port = host = None
        parts = urlsplit("")
    if parts.scheme not in SMTP_PORTS or not host or port == 0:
        raise BadSettings("ELEARN_SMTP must look like smtps://user:password@mail.example.org:465, or smtp://... with port 587 for STARTTLS.")
    port = port or SMTP_PORTS[parts.scheme]
    at_once = parts.scheme == "smtps" or (parts.scheme == "smtp" and port == SMTP_PORTS["smtps"])
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Smtp(host, port, user, password, parts.scheme != "smtp+plain", at_once)


def make_data(data: Path) -> None:
    """Make the data folder and the secrets in it, for the owner's eyes only; leaves what is there alone."""
    os.umask(0o077)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "keys").mkdir(mode=0o700, exist_ok=True)
    for name in KEYS:
        try:
            descriptor = os.open(data / "keys" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))


def read_keys(data: Path) -> Keys:
    """The secrets made by make_data. Raises BadSettings when one is missing, short, or readable by others."""
    return Keys(**{name: _key(data / "keys" / name) for name in KEYS})


def _key(path: Path) -> bytes:
    try:
        mode, key = path.stat().st_mode, path.read_bytes()
    except OSError:
        raise BadSettings(f"There is no key {path.name!r} in {path.parent}. Run bin/run, or bin/elearn init, to make it.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadSettings(f"The key {path} can be read by others. Run: chmod 600 {path}")
    if len(key) < KEY_BYTES:
        raise BadSettings(f"The key {path} is too short to be safe. Remove it and run bin/elearn init.")
    return key
