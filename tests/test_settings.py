"""What the environment says is read once: in words when it cannot be, and without a secret in them."""
from __future__ import annotations

from pathlib import Path

import pytest

from elearn.settings import BadSettings, Settings, Smtp, make_data

VARIABLES = (
    "ELEARN_DATA", "ELEARN_DATABASE", "ELEARN_URL", "ELEARN_MODULES", "ELEARN_SMTP", "ELEARN_MAIL_FROM", "ELEARN_PROXIES", "HOST", "PORT",
)


@pytest.fixture(autouse=True)
def _an_environment_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    make_data(tmp_path / "data")
    monkeypatch.setenv("ELEARN_DATA", str(tmp_path / "data"))


def smtp(text: str, patch: pytest.MonkeyPatch) -> Smtp | None:
    patch.setenv("ELEARN_SMTP", text)
    return Settings.from_environment().smtp


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "٣", "²", "1e3", " ", "9" * 5000, "11", "0x1"])
def test_a_number_of_proxies_that_is_none_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEARN_PROXIES", text)
    with pytest.raises(BadSettings, match="ELEARN_PROXIES"):
        Settings.from_environment()


@pytest.mark.parametrize("text", ["x", "0", "-1", "65536", "²", "٣٠٠٠", "8000 ", "9" * 5000])
def test_a_port_that_is_none_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(BadSettings, match="PORT"):
        Settings.from_environment()


def test_what_is_set_to_nothing_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ELEARN_PROXIES", "PORT", "ELEARN_SMTP", "HOST", "ELEARN_URL"):
        monkeypatch.setenv(name, "")
    read = Settings.from_environment()
    assert (read.proxies, read.port, read.smtp, read.host, read.url) == (0, 8000, None, "127.0.0.1", "http://127.0.0.1:8000")


def test_mail_is_handed_over_encrypted_at_once_or_after_starttls_or_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    host, name, word = "mail.example.org", "learn", "pass"
    assert smtp("smtps://learn:pass@mail.example.org", monkeypatch) == Smtp(host, 465, name, word, tls=True, at_once=True)
    assert smtp("smtps://mail.example.org:2465", monkeypatch) == Smtp(host, 2465, tls=True, at_once=True)
    assert smtp("smtp://learn:pass@mail.example.org", monkeypatch) == Smtp(host, 587, name, word, tls=True)
    assert smtp("smtp://learn:pass@mail.example.org:465", monkeypatch) == Smtp(host, 465, name, word, tls=True, at_once=True)
    assert smtp("smtp+plain://localhost", monkeypatch) == Smtp("localhost", 25, tls=False)


def test_a_name_or_password_may_hold_signs_that_mean_something_in_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    found = smtp("smtps://learn%40example.org:p%3Aa%2Fs%25s@mail.example.org", monkeypatch)
    assert found is not None and (found.user, found.password) == ("learn@example.org", "p:a/s%s")


@pytest.mark.parametrize(
    "text", ["mail.example.org", "https://mail.example.org", "smtp://", "smtps://u:the-word@host:port", "smtp://u:the-word@h:99999", "smtp://[x",
             "smtp://h:0"],
)
def test_a_mail_server_that_cannot_be_read_is_refused_by_name_without_its_password(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSettings, match="ELEARN_SMTP") as caught:
        smtp(text, monkeypatch)
    assert "the-word" not in str(caught.value) and caught.value.__cause__ is None
