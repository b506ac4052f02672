"""The command line: what it prints, what it changes, how it ends."""
from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from elearn import cli, clock
from elearn.actions import accounts
from elearn.records import backup, ledger, people, sessions
from elearn.records.db import WriteTurn, writing
from elearn.records.people import PersonRow
from elearn.settings import ROOT, Settings
from tests import builders
from tests.databases import connect

HEAD = "name,email,agency,team,role,job,joined,manages\n"
SOUND = HEAD + (
    "Siân Hughes,Sian.Hughes@example.org,Council,Oakfield,Volunteer,Befriender,2026-01-05,\n"
    "Helen Marsh,helen@example.org,Council,Oakfield,staff,,,yes\n"
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for data; nothing else in the environment matters."""
    for name in [name for name in os.environ if name.startswith("ELEARN_") or name in {"HOST", "PORT"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ELEARN_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def ready(data: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert cli.main(["init"]) == 0
    capsys.readouterr()
    return data


@pytest.fixture
def session(ready: Path) -> Iterator[Session]:
    engine = connect(f"sqlite:///{ready / 'elearn.sqlite'}")
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_init_makes_a_private_folder_with_keys_and_a_database(data: Path) -> None:
    assert cli.main(["init"]) == 0
    made = (data, data / "keys", data / "keys" / "links", data / "elearn.sqlite")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    assert modes == {"data": 0o700, "keys": 0o700, "links": 0o600, "elearn.sqlite": 0o600}


def test_init_again_changes_nothing(ready: Path) -> None:
    before = (ready / "keys" / "links").read_bytes()
    assert cli.main(["init"]) == 0
    assert (ready / "keys" / "links").read_bytes() == before


def test_an_older_database_is_saved_before_it_is_brought_up_to_date(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.schema, "upgrade", lambda _: True)
    monkeypatch.setattr(cli.schema, "newest", lambda: "9999")
    assert cli.main(["init"]) == 0
    assert (ready / "backups" / "before-9999.zip").exists()


def test_without_a_data_folder_every_command_says_what_to_run(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["check"], ["people", "list"], ["jobs", "run"], ["routes"], ["backup", "x.zip"], ["run"]):
        assert cli.main(command) == cli.CANNOT
        assert "bin/elearn init" in capsys.readouterr().err


def test_a_key_that_others_can_read_is_refused(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ready / "keys" / "csrf").chmod(0o644)
    assert cli.main(["check"]) == cli.CANNOT
    assert "chmod 600" in capsys.readouterr().err


def test_check_is_content_with_a_sound_database_and_names_what_is_broken(
    ready: Path, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check"]) == 0
    with writing(session):
        team = builders.team(session, builders.agency(session))
        now = clock.now()
        session.add(PersonRow(id=7, name="Amira", email="AMIRA@example.org", team_id=team, role="staff", joined=now.date(), created=now))
    capsys.readouterr()
    assert cli.main(["check"]) == cli.FOUND
    assert "Every address is kept in one spelling: person 7" in capsys.readouterr().out


def test_a_file_that_is_no_database_is_said_in_words(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ready / "elearn.sqlite").write_bytes(b"Dear all, " * 1000)
    assert cli.main(["check"]) == cli.CANNOT
    said = capsys.readouterr().err
    assert "The database cannot be used" in said
    assert "Traceback" not in said


def test_content_check_prints_every_problem_and_fails(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / "modules" / "safer7" / "broken"
    module.mkdir(parents=True)
    (module / "module.yaml").write_text("title: Broken\n")
    monkeypatch.setenv("ELEARN_MODULES", str(tmp_path / "modules"))
    assert cli.main(["content", "check"]) == cli.FOUND
    assert "safer7/broken/module.yaml" in capsys.readouterr().out
    assert cli.main(["content", "check", "--format", "json"]) == cli.FOUND
    found = json.loads(capsys.readouterr().out)
    assert {"file", "line", "rule", "text", "mend", "severity"} <= set(found[0])


def test_content_check_needs_no_data_folder(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["content", "check"]) == 0
    assert "0 errors" in capsys.readouterr().out
    assert not data.exists()


# ---- People ------------------------------------------------------------------------------------------------------------

def test_the_first_administrator_gets_a_link_that_works_once_and_for_an_hour(
    ready: Path, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["people", "add-administrator", "Ruth Adeyemi", "Ruth@Example.org"]) == 0
    said = capsys.readouterr().out
    secret = said.split("/account/link/")[1].split()[0]
    ruth = people.profile_by_email(session, "ruth@example.org")
    assert ruth is not None
    assert (ruth.administrator, ruth.team, ruth.email) == (True, "Partnership office", "ruth@example.org")
    now = clock.now()
    row = session.scalars(select(sessions.LinkRow)).one()
    assert 3590 < (row.expires - now).total_seconds() <= 3600
    assert secret not in row.secret
    with writing(session):
        assert accounts.use(session, secret, now, UTC)[0] == ruth.id
        assert accounts.look(session, secret, now) is None


def test_a_second_link_makes_the_first_stop_working(ready: Path, session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = []
    for _ in range(2):
        assert cli.main(["people", "add-administrator", "Ruth Adeyemi", "ruth@example.org"]) == 0
        secrets.append(capsys.readouterr().out.split("/account/link/")[1].split()[0])
    assert [accounts.look(session, secret, clock.now()) is not None for secret in secrets] == [False, True]
    assert len(session.scalars(select(PersonRow)).all()) == 1


@pytest.mark.parametrize(("name", "email", "words"), [("Ruth", "ruth", "not an e-mail address"), ("\u200b", "r@example.org", "no letters")])
def test_an_administrator_needs_a_name_and_an_address(
    ready: Path, capsys: pytest.CaptureFixture[str], name: str, email: str, words: str
) -> None:
    assert cli.main(["people", "add-administrator", name, email]) == cli.CANNOT
    assert words in capsys.readouterr().err


def imported(tmp_path: Path, text: str, *flags: str) -> int:
    file = tmp_path / "people.csv"
    file.write_bytes(text.encode("utf-8-sig"))
    return cli.main(["people", "import", str(file), *flags])


def test_people_come_in_from_a_spreadsheet_with_their_teams(
    ready: Path, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(tmp_path, SOUND) == 0
    assert "2 people added, 0 known already, 1 new team." in capsys.readouterr().out
    sian = people.profile_by_email(session, "sian.hughes@example.org")
    assert sian is not None
    assert (sian.name, sian.role, sian.team, sian.agency) == ("Siân Hughes", "volunteer", "Oakfield", "Council")
    assert sian.joined.isoformat() == "2026-01-05"
    assert [one.name for one in people.managers_of(session, sian.team_id, clock.now())] == ["Helen Marsh"]


def test_importing_twice_adds_nobody_twice(ready: Path, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path, SOUND) == imported(tmp_path, SOUND.replace(",", ";")) == 0
    assert "0 people added, 2 known already, 0 new teams." in capsys.readouterr().out
    assert len(session.scalars(select(PersonRow)).all()) == 2


def test_a_trial_changes_nothing(ready: Path, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(tmp_path, SOUND, "--dry-run") == 0
    assert "2 people to add" in capsys.readouterr().out
    assert session.scalars(select(PersonRow)).all() == []


def test_one_wrong_row_keeps_all_of_them_out_and_every_fault_is_named(
    ready: Path, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (
        "Bo,bo,Council,Oakfield,staff,,,\nAl,helen@example.org,Council,Oakfield,staff,,,\n,c@example.org,Council,,boss,,2999-01-01,perhaps\n"
    )
    assert imported(tmp_path, SOUND + wrong) == cli.FOUND
    said = capsys.readouterr().out
    for words in (
        "Line 4: bo is not an e-mail address.", "Line 5: helen@example.org is in line 3 already.",
        "Line 6: There is no name. There is no team.",
        "The role boss is not one of staff, volunteer, student.", "2999-01-01 has not come yet.", "Manages is yes, no or empty.",
    ):
        assert words in said
    assert session.scalars(select(PersonRow)).all() == []


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"name,email\nA,b@example.org\n", "no column agency, team, role"), ("name,émail".encode("latin-1"), "not UTF-8"),
    (b'name,email,agency,team,role\n"' + b"x" * 200_000, "field larger"),
])
def test_a_file_that_is_no_list_of_people_is_said_in_words(
    ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    assert cli.main(["people", "import", str(tmp_path / "people.csv")]) == cli.CANNOT
    assert words in capsys.readouterr().err


def test_everyone_is_listed_on_a_line_of_their_own(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path, SOUND)
    capsys.readouterr()
    assert cli.main(["people", "list"]) == 0
    assert [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()] == ["Helen Marsh", "Siân Hughes"]


# ---- The rest ----------------------------------------------------------------------------------------------------------

def test_routes_says_of_every_address_who_may_use_it(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["routes", "--json"]) == 0
    routes = json.loads(capsys.readouterr().out)
    assert {"/", "/healthz"} <= {route["rule"] for route in routes}
    assert all(bool(route["permission"]) != bool(route["public"]) for route in routes)


def test_jobs_that_are_due_are_done(ready: Path, session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    from elearn.records import outbox

    with writing(session):
        outbox.post(session, "tidy", clock.now())
    session.commit()
    assert cli.main(["jobs", "run"]) == 0
    assert "1 job done." in capsys.readouterr().out


def test_what_backup_saved_restore_puts_back(ready: Path, tmp_path: Path, session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(session):
        ledger.audit(session, None, "before", "test", clock.now())
    session.close()
    saved = str(tmp_path / "saved.zip")
    assert cli.main(["backup", saved]) == 0
    assert "keys" in capsys.readouterr().out
    assert cli.main(["restore", saved]) == cli.CANNOT
    assert cli.main(["restore", saved, "--replace"]) == 0
    assert cli.main(["check"]) == 0


def test_restore_refuses_while_the_site_runs(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["backup", str(tmp_path / "saved.zip")])
    with backup.running(ready):
        assert cli.main(["restore", str(tmp_path / "saved.zip"), "--replace"]) == cli.CANNOT
    assert "Stop it first" in capsys.readouterr().err


def test_when_someone_else_holds_the_turn_to_write_nothing_is_changed_and_it_says_so(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("elearn.records.db.PATIENCE", 0.05)
    with WriteTurn(ready / "elearn.turn")():
        assert imported(tmp_path, SOUND) == cli.CANNOT
    assert "Nothing was changed. Try again." in capsys.readouterr().err


def test_a_demo_never_mixes_with_real_people(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path, SOUND)
    assert cli.main(["demo"]) == cli.CANNOT
    assert "needs an empty one" in capsys.readouterr().err
    assert not (ready / "demo").exists()


def test_the_demo_is_served_to_nobody_else(ready: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (ready / "demo").touch()
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("ELEARN_URL", "https://learn.example.org")
    assert cli.main(["run"]) == cli.CANNOT
    assert "demo" in capsys.readouterr().err


def test_an_affected_sqlite_is_refused(ready: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("elearn.records.db.has_wal_fault", lambda _: True)
    assert cli.main(["check"]) == cli.CANNOT
    assert "can lose saved work" in capsys.readouterr().err


def test_a_command_typed_wrongly_is_explained(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["peeple"])
    assert ended.value.code == 2
    assert "usage: bin/elearn" in capsys.readouterr().err


def test_the_script_finds_the_program_from_any_folder(ready: Path, tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "bin" / "elearn", "people", "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_settings_and_the_command_line_look_in_the_same_folder(ready: Path) -> None:
    assert Settings.from_environment().data == cli.data_folder()
