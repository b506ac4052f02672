"""The samples in deploy/ are read by the programs they are for, where those are here, and say what the site itself expects."""
from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from elearn.server import DRAIN, MOST_BODY
from elearn.settings import ROOT, Settings, make_data

DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
PROGRAM = "/opt/elearn/site/bin/elearn"


def run(*command: str) -> str:
    """What the program says; fails when it finds fault."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def needed(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not on this machine: its sample was only read by our own eyes")
    return found


# ---- systemd -----------------------------------------------------------------------------------------------------------

def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """The program is not at its place here; a stand-in is."""
    analyze = needed("systemd-analyze")
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    said = run(analyze, "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS))
    assert not said.strip(), said


def test_the_nightly_backup_runs_at_a_time_that_systemd_can_read() -> None:
    when = _unit("elearn-backup.timer")["Timer"]["OnCalendar"]
    assert "Normalized form" in run(needed("systemd-analyze"), "calendar", when)


def _unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    read.read(DEPLOY / name, "utf-8")
    return read


def test_the_service_waits_longer_than_the_site_needs_to_finish_and_keeps_files_to_itself() -> None:
    service = _unit("elearn.service")["Service"]
    assert int(service["TimeoutStopSec"]) > DRAIN and service["UMask"] == "0077" and service["NoNewPrivileges"] == "yes"
    assert service["User"] == "elearn" and service["ReadWritePaths"] == "/var/lib/elearn"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_commands_that_the_program_has(unit: Path) -> None:
    from elearn.cli import main

    for command in re.findall(rf"{PROGRAM} ([a-z-]+)", unit.read_text("utf-8")):
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0, command


# ---- The settings ------------------------------------------------------------------------------------------------------

def _sample() -> dict[str, str]:
    """Every setting of the sample, those commented out as well."""
    lines = (DEPLOY / "elearn.env.sample").read_text("utf-8").splitlines()
    return dict(found.groups() for line in lines if (found := re.fullmatch(r"#?([A-Z_]+)=(\S*)", line)))  # type: ignore[misc]  # two groups


def test_the_sample_settings_are_read_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = _sample()
    for name in ("HOST", "PORT", "ELEARN_DATABASE", "ELEARN_MODULES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in sample.items():
        monkeypatch.setenv(name, value)
    make_data(tmp_path / "data")
    monkeypatch.setenv("ELEARN_DATA", str(tmp_path / "data"))
    read = Settings.from_environment()
    assert read.https and read.proxies == 1 and read.smtp is not None and read.smtp.at_once and read.mail_from == sample["ELEARN_MAIL_FROM"]


def test_every_setting_is_explained_where_the_sample_says_so() -> None:
    explained = (ROOT / "docs/running.md").read_text("utf-8")
    read = set(re.findall(r'environ\.get\("([A-Z_]+)"', (ROOT / "elearn/settings.py").read_text("utf-8")))
    assert set(_sample()) <= read
    assert not {name for name in read if f"`{name}`" not in explained}


# ---- In front of it ----------------------------------------------------------------------------------------------------

def _nginx() -> str:
    return (DEPLOY / "nginx.conf").read_text("utf-8")


def _statements(text: str) -> list[str]:
    """The sample without comments and line ends, cut at ; { and }."""
    plain = " ".join(line.partition("#")[0] for line in text.splitlines())
    return [" ".join(part.split()) for part in re.split(r"[;{}]", plain) if part.strip()]


def test_nginx_finds_nothing_wrong_with_its_sample(tmp_path: Path) -> None:
    nginx, openssl = needed("nginx"), needed("openssl")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    run(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=here", "-keyout", str(key), "-out", str(certificate))
    sample = _nginx().replace("/etc/letsencrypt/live/learn.example.org", str(tmp_path))
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {sample}\n }}"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")
    run(nginx, "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path))


def test_the_sample_for_nginx_is_whole_and_passes_on_what_the_site_believes() -> None:
    text = _nginx()
    plain = "\n".join(line.partition("#")[0] for line in text.splitlines())
    assert plain.count("{") == plain.count("}")
    assert all(line.rstrip().endswith((";", "{", "}")) for line in plain.splitlines() if line.strip()), "a line that does not end"
    said = set(_statements(text))
    assert {
        "proxy_set_header Host $host", "proxy_set_header X-Forwarded-For $remote_addr", "proxy_set_header X-Forwarded-Proto $scheme",
        "proxy_set_header X-Forwarded-Host $host", "proxy_pass http://127.0.0.1:8000", "access_log off",
    } <= said


@pytest.mark.parametrize(("file", "size"), [("nginx.conf", r"client_max_body_size (\d+)k;"), ("Caddyfile", r"max_size (\d+)KB")])
def test_what_stands_in_front_takes_as_much_as_the_site_does(file: str, size: str) -> None:
    found = re.search(size, (DEPLOY / file).read_text("utf-8"))
    assert found and int(found[1]) * 1000 >= MOST_BODY


def test_caddy_finds_nothing_wrong_with_its_sample() -> None:
    run(needed("caddy"), "adapt", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile")


def test_the_sample_for_caddy_is_whole() -> None:
    plain = "\n".join(line.partition("#")[0] for line in (DEPLOY / "Caddyfile").read_text("utf-8").splitlines())
    assert plain.count("{") == plain.count("}") and "reverse_proxy 127.0.0.1:8000" in plain
