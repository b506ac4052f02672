"""bin/prepare on machines that are not there: stubs stand for apt, sudo, Python, uv and npm, and write down what they were asked."""
from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from elearn.settings import ROOT

REAL = ("basename", "cat", "chmod", "cksum", "cp", "dirname", "mkdir", "rm", "tr")
"""What every Debian has; the rest of the machine is hidden."""

STUB = """#!/bin/sh
echo "RAN {name} $*" >&2
{body}
"""

PYTHON = """#!/bin/sh
# Answers as a Python of that version with those libraries would; makes a venv that holds itself.
case "$*" in
    *ctypes.CDLL*) for last in "$@"; do :; done; case " $NO_LIBRARY " in *" $last "* | *" all "*) exit 1 ;; esac; exit 0 ;;
    *version_info*) exit ${OLD_PYTHON:-0} ;;
    *platform*) echo 3.9.2; exit 0 ;;
    *ensurepip*) [ -z "${NO_ENSUREPIP:-}" ] || [ -e "$HOME/venv-installed" ]; exit $? ;;
esac
echo "RAN $(basename "$0") $*" >&2
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; chmod 755 "$3/bin/python"; fi
exit ${PIP_FAILS:-0}
"""

UV = """#!/bin/sh
echo "RAN uv $* (downloads: $UV_PYTHON_DOWNLOADS)" >&2
for last in "$@"; do :; done
if [ "$1" = venv ]; then mkdir -p "$last/bin"; cp "$HOME/bin/python3" "$last/bin/python"; fi
exit ${PIP_FAILS:-0}
"""

APT = """#!/bin/sh
echo "RAN apt-get $*" >&2
case "$1" in
    update) echo yes >"$HOME/lists"; exit ${UPDATE_FAILS:-0} ;;
    install) case "$*" in *python3-venv*) echo yes >"$HOME/venv-installed" ;; esac; case "$* " in *" ${NO_SUCH_PACKAGE:-nothing} "*) exit 100 ;; esac; [ -z "${NO_LISTS:-}" ] || [ -e "$HOME/lists" ] ;;
esac
"""


@dataclass
class Machine:
    """A machine with only what is put on it."""

    home: Path
    bin: Path
    says: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, text: str = "") -> Machine:
        path = self.bin / name
        path.write_text(text or STUB.format(name=name, body="exit 0"), "utf-8")
        path.chmod(0o755)
        return self

    def user(self, number: int) -> Machine:
        return self.put("id", f"#!/bin/sh\necho {number}\n")

    def prepare(self, *args: str, status: int = 0, **says: str) -> list[str]:
        """Run it; returns what was said and what was run, in order."""
        environment = {"PATH": str(self.bin), "HOME": str(self.bin.parent), "NO_LIBRARY": "", **self.says, **says}
        done = subprocess.run(
            [str(self.home / "bin/prepare"), *args], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        lines = done.stderr.splitlines()
        assert done.returncode == status and done.stdout == "", f"{done.returncode}\n{done.stdout}{done.stderr}"
        return [line.replace(str(self.home), "HOME") for line in lines]


Make = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path) -> Make:
    """``machine("apt-get", "uv", user=1000)``: a machine with those, all libraries, and the program on it."""

    def make(*there: str, user: int = 0) -> Machine:
        home, bin = tmp_path / "site", tmp_path / "bin"
        (home / "bin").mkdir(parents=True)
        bin.mkdir()
        shutil.copy(ROOT / "bin/prepare", home / "bin/prepare")
        for name in ("requirements.txt", "requirements-dev.txt"):
            (home / name).write_text("one==1 --hash=sha256:00\n", "utf-8")
        for name in REAL:
            found = shutil.which(name)
            assert found, name
            (bin / name).symlink_to(found)
        made = Machine(home, bin).user(user).put("python3", PYTHON).put("fc-list")
        texts = {"apt-get": APT, "uv": UV, "sudo": '#!/bin/sh\necho "RAN sudo $*" >&2\n"$@"\n'}
        for name in there:
            made.put(name, texts.get(name, ""))
        return made

    return make


def ran(lines: list[str], what: str = "") -> list[str]:
    return [line.removeprefix("RAN ") for line in lines if line.startswith(f"RAN {what}")]


def before(lines: list[str], first: str, then: str) -> bool:
    """Whether *first* was said before *then* was run."""
    said = next(number for number, line in enumerate(lines) if first in line)
    return said < next(number for number, line in enumerate(lines) if then in line)


PANGO = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0"


# ---- System packages ---------------------------------------------------------------------------------------------------

def test_what_is_missing_is_named_first_and_then_installed_and_nothing_else(machine: Make) -> None:
    lines = machine("apt-get", "sudo").prepare(NO_LIBRARY="all")
    assert ran(lines, "apt-get") == [f"apt-get install -qq -y --no-install-recommends {PANGO}"]
    assert before(lines, f"Installing with apt-get: {PANGO}", "RAN apt-get") and not ran(lines, "sudo"), "root needs no sudo"


def test_only_what_is_missing_is_installed(machine: Make) -> None:
    made = machine("apt-get")
    (made.bin / "fc-list").unlink()
    lines = made.prepare(NO_LIBRARY="libharfbuzz-subset.so.0")
    assert ran(lines, "apt-get") == ["apt-get install -qq -y --no-install-recommends libharfbuzz-subset0 fontconfig"]


def test_nothing_is_installed_where_nothing_is_missing(machine: Make) -> None:
    assert ran(machine("apt-get").prepare(), "apt-get") == []


def test_the_lists_of_packages_are_fetched_only_when_they_are_old(machine: Make) -> None:
    lines = machine("apt-get").prepare(NO_LIBRARY="all", NO_LISTS="1")
    assert [line.split()[1] for line in ran(lines, "apt-get")] == ["install", "update", "install"]


def test_who_is_not_root_uses_sudo(machine: Make) -> None:
    lines = machine("apt-get", "sudo", user=1000).prepare(NO_LIBRARY="libpango-1.0.so.0")
    assert ran(lines, "sudo") == ["sudo apt-get install -qq -y --no-install-recommends libpango-1.0-0"]
    assert before(lines, "needs some system packages", "RAN sudo")


@pytest.mark.parametrize(("there", "said"), [(("apt-get",), "Ask whoever looks after this machine"), ((), "as Debian calls them")])
def test_who_cannot_install_is_told_what_to_ask_for_and_the_site_goes_on_without(machine: Make, there: tuple[str, ...], said: str) -> None:
    lines = machine(*there, user=1000).prepare(NO_LIBRARY="all")
    assert any(said in line for line in lines) and any(PANGO in line for line in lines)
    assert any("the site will work, but PDFs will not be made" in line for line in lines)
    assert not ran(lines, "apt-get") and ran(lines, "python3 -m venv")


def test_what_apt_could_not_do_is_said_with_the_command_to_try(machine: Make) -> None:
    lines = machine("apt-get").prepare(NO_LIBRARY="all", NO_LISTS="1", UPDATE_FAILS="1")
    assert any(line.startswith("That did not work. Run it by hand") and PANGO in line for line in lines)


# ---- Python packages ---------------------------------------------------------------------------------------------------

def test_pip_installs_what_is_pinned_and_hashed_after_saying_so(machine: Make) -> None:
    lines = machine().prepare()
    venv, pip = ran(lines)
    assert venv == "python3 -m venv HOME/.venv"
    assert pip == "python -m pip install -qq --disable-pip-version-check --require-hashes -r HOME/requirements.txt"
    assert before(lines, "Making a place for Python packages", "RAN python3 -m venv")
    assert before(lines, "Installing Python packages from requirements.txt", "RAN python -m pip")


def test_uv_is_used_where_it_is_and_fetches_no_python(machine: Make) -> None:
    lines = machine("uv").prepare()
    venv, pip = ran(lines)
    assert venv.startswith("uv venv -q --python ") and venv.endswith("HOME/.venv (downloads: never)")
    assert pip == "uv pip install -q --python HOME/.venv/bin/python --require-hashes -r HOME/requirements.txt (downloads: never)"
    assert before(lines, "Making a place", "RAN uv venv") and before(lines, "Installing Python packages", "RAN uv pip")


def test_a_second_time_nothing_is_done_or_said(machine: Make) -> None:
    made = machine("uv", "apt-get")
    assert made.prepare()
    assert made.prepare(NO_LIBRARY="all") == []


def test_other_requirements_are_installed_into_the_place_there_is(machine: Make) -> None:
    made = machine("uv")
    made.prepare()
    (made.home / "requirements.txt").write_text("two==2 --hash=sha256:00\n", "utf-8")
    assert [line.split()[1] for line in ran(made.prepare())] == ["pip"]


def test_a_place_whose_python_is_gone_is_made_anew(machine: Make) -> None:
    made = machine("uv")
    made.prepare()
    (made.home / ".venv/bin/python").unlink()
    assert [line.split()[1] for line in ran(made.prepare())] == ["venv", "pip"]


def test_what_could_not_be_installed_is_tried_again_the_next_time(machine: Make) -> None:
    made = machine("uv")
    made.prepare()
    (made.home / "requirements.txt").write_text("two==2 --hash=sha256:00\n", "utf-8")
    assert any("Is there a connection to the internet?" in line for line in made.prepare(PIP_FAILS="1", status=3))
    assert ran(made.prepare())


def test_python_without_venv_gets_it_from_apt_first(machine: Make) -> None:
    lines = machine("apt-get").prepare(NO_ENSUREPIP="1")
    assert [line.split()[:2] for line in ran(lines)[:2]] == [["apt-get", "install"], ["python3", "-m"]]
    assert "python3-venv" in ran(lines, "apt-get")[0]


def test_without_a_way_to_get_venv_it_stops_and_says_so(machine: Make) -> None:
    made = machine(user=1000)
    lines = made.prepare(NO_ENSUREPIP="1", status=3)
    assert lines[-1] == "Without python3-venv nothing can be installed." and not (made.home / ".venv/.installed").exists()


def test_a_python_that_is_too_old_is_told_and_nothing_is_touched(machine: Make) -> None:
    made = machine("apt-get", "uv")
    lines = made.prepare(OLD_PYTHON="1", NO_LIBRARY="all", status=3)
    assert len(lines) == 1 and "3.11 or newer is needed; python3 is 3.9.2" in lines[0]
    assert not (made.home / ".venv").exists()


# ---- For the tests -----------------------------------------------------------------------------------------------------

def test_what_the_tests_need_comes_in_order_each_announced(machine: Make) -> None:
    lines = machine("apt-get", "uv").put("npm").prepare("--tests")
    browser, apt, venv, pip, npm = ran(lines)
    assert browser.split()[-1] == "chromium-headless-shell" and "chromium" not in apt.split()
    assert {"poppler-utils", "qpdf", "default-jdk-headless"} <= set(apt.split()) and "npm" not in apt.split()
    assert venv.startswith("uv venv") and pip.split(" (")[0].endswith("HOME/requirements-dev.txt")
    assert npm.startswith("npm install --ignore-scripts") and all("@" in word.strip("@") for word in npm.split()[-4:]), "each is pinned"
    assert before(lines, "Testing in a browser needs some system packages", "RAN apt-get") and before(lines, "the judges of pages", "RAN npm")


def test_where_there_is_no_browser_without_a_window_the_tests_take_the_one_with(machine: Make) -> None:
    lines = machine("apt-get", "uv").put("npm").prepare("--tests", NO_SUCH_PACKAGE="chromium-headless-shell")
    *_, apt = [line for line in ran(lines, "apt-get") if "install" in line]
    assert {"chromium", "poppler-utils"} <= set(apt.split()) and any(line.startswith("npm") for line in ran(lines))


def test_what_was_installed_for_the_tests_serves_the_site_too(machine: Make) -> None:
    made = machine("apt-get", "uv").put("npm")
    made.prepare("--tests")
    assert made.prepare() == [] and made.prepare("--tests") == []


def test_tests_that_cannot_run_stop_before_python_packages_are_fetched(machine: Make) -> None:
    lines = machine("uv", user=1000).prepare("--tests", status=3)
    assert lines[-1] == "The tests cannot run without them." and not ran(lines)
