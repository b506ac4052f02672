"""Settings, read once from the environment; refuses to start when something is missing or weak."""
from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

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

        Raises BadSettings when the data folder has not been made or is open to others.
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
            proxies=int(os.environ.get("ELEARN_PROXIES") or 0),
            demo=(data / "demo").exists(),
        )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise BadSettings(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _smtp(text: str) -> Smtp | None:
    """Read ``smtp://user:password@host:587``; ``smtp+plain://`` leaves out TLS (for a relay on this machine)."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtp+plain"} or not parts.hostname:
        raise BadSettings("ELEARN_SMTP must look like smtp://user:password@mail.example.org:587")
    return Smtp(parts.hostname, parts.port or 587, parts.username or "", parts.password or "", parts.scheme == "smtp")


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
